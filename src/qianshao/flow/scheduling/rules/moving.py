"""改期 one entry moved by hand to another day or team: routes are reckoned anew, everything else stays as it is.

Nothing is decided here. Whoever moves asks the checker afterwards and refuses what breaks a rule.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from math import ceil

import numpy as np

from qianshao.flow.scheduling.rules.ground import ground_of
from qianshao.flow.scheduling.rules.hours import timed
from qianshao.flow.scheduling.rules.model import PlannedVisit, Schedule, StationMonth, Stop
from qianshao.flow.scheduling.rules.stops import stop_on


def moved(month: StationMonth, schedule: Schedule, at: int, *, day: date, team: int) -> Schedule:
    """改期: the schedule with its visit number `at` (place in `visits`) carried out by `team` on `day`, where the way there
    costs least within opening hours. Visits keep their places in `visits`. The team is whoever goes out with that number on
    the day, else its usual members who can work then."""
    visits, one = list(schedule.visits), schedule.visits[at]
    source = [n for n in _route(visits, one.day, one.team) if n != at]
    target = [n for n in _route(visits, day, team) if n != at]
    officers = visits[target[0]].officers if target else _usual_members(month, visits, day, team)
    visits[at] = replace(one, day=day, team=team, officers=officers)
    ways = [[*target[:place], at, *target[place:]] for place in range(len(target) + 1)]
    best = min(ways, key=lambda way: _cost(month, [visits[n] for n in way]))
    for route in ([source] if (day, team) != (one.day, one.team) else []) + [best]:
        for number, timed_visit in zip(route, in_order(month, [visits[n] for n in route]), strict=True):
            visits[number] = timed_visit
    return replace(schedule, visits=visits, travel_km=travelled(month, visits))


def _route(visits: list[PlannedVisit], day: date, team: int) -> list[int]:
    """Places of the visits of one team-day in their order."""
    found = [place for place, one in enumerate(visits) if (one.day, one.team) == (day, team)]
    return sorted(found, key=lambda place: visits[place].sequence)


def _usual_members(month: StationMonth, visits: list[PlannedVisit], day: date, team: int) -> tuple[int, ...]:
    able = {one.id for one in month.inspectors if one.can_work(day)}
    usual = Counter(one.officers for one in visits if one.team == team).most_common(1)
    return tuple(number for number in usual[0][0] if number in able) if usual else ()


def _cost(month: StationMonth, visits: list[PlannedVisit]) -> tuple[bool, float]:
    """Whether opening hours forbid the order, and its minutes of travel."""
    stops, legs = _stops(month, visits), _legs(month, visits)
    return timed(stops, legs, month.bounds) is None, round(sum(legs), 6)


def in_order(month: StationMonth, visits: list[PlannedVisit]) -> list[PlannedVisit]:
    """The visits of one team-day numbered in this order, each with its minutes of travel and its beginning; the last one bears
    the way back."""
    legs = _legs(month, visits)
    timing = timed(_stops(month, visits), legs, month.bounds)
    gone, told, found = 0.0, 0, []
    for number, one in enumerate(visits, start=1):
        gone += legs[number - 1] + (legs[-1] if number == len(visits) else 0.0)
        starts_at = None if timing is None else round(timing.begins[number - 1])
        travel = ceil(gone - 1e-6) - told
        found.append(replace(one, sequence=number, travel_minutes=travel, starts_at=starts_at))
        told = ceil(gone - 1e-6)
    return found


def _stops(month: StationMonth, visits: list[PlannedVisit]) -> list[Stop]:
    tasks = {task.id: task for task in month.tasks}
    return [stop_on([tasks[number] for number in one.tasks], 0, month) for one in visits]


def _legs(month: StationMonth, visits: list[PlannedVisit]) -> list[float]:
    """Minutes on the road: to the first door, between doors, back."""
    ground = ground_of(month)
    where = {task.door: (task.lon, task.lat) for task in month.tasks}
    home = month.lon, month.lat
    points = np.array([ground.point(*place) for place in [home, *(where[one.door] for one in visits), home]])
    return [float(km) / month.bounds.speed_kmh * 60 for km in ground.km(points[:-1], points[1:])]


def travelled(month: StationMonth, visits: list[PlannedVisit]) -> float:
    """Kilometres on the road of all team-days."""
    routes: dict[tuple[date, int], list[PlannedVisit]] = {}
    for one in visits:
        routes.setdefault((one.day, one.team), []).append(one)
    ordered = (sorted(route, key=lambda one: one.sequence) for route in routes.values())
    return sum(sum(_legs(month, route)) for route in ordered) / 60 * month.bounds.speed_kmh
