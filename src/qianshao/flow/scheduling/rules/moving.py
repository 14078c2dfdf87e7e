"""改期 one entry moved by hand to another day or team: routes are reckoned anew, everything else stays as it is.

Nothing is decided here. Whoever moves asks the checker afterwards and refuses what breaks a rule.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from itertools import pairwise
from math import ceil

from qianshao.flow.scheduling.rules.bounds import km_between
from qianshao.flow.scheduling.rules.model import PlannedVisit, Schedule, StationMonth

Place = tuple[float, float]


def moved(month: StationMonth, schedule: Schedule, at: int, *, day: date, team: int) -> Schedule:
    """改期: the schedule with its visit number `at` (place in `visits`) carried out by `team` on `day`, where the way there
    costs least. Visits keep their places in `visits`. The team is whoever goes out with that number on the day, else its
    usual members who can work then."""
    visits, one = list(schedule.visits), schedule.visits[at]
    source = [n for n in _route(visits, one.day, one.team) if n != at]
    target = [n for n in _route(visits, day, team) if n != at]
    officers = visits[target[0]].officers if target else _usual_members(month, visits, day, team)
    visits[at] = replace(one, day=day, team=team, officers=officers)
    where = doors_of(month)
    ways = [[*target[:place], at, *target[place:]] for place in range(len(target) + 1)]
    best = min(ways, key=lambda way: round(_km(month, [where[visits[n].door] for n in way]), 6))
    for route in ([source] if (day, team) != (one.day, one.team) else []) + [best]:
        for number, timed in zip(route, in_order(month, [visits[n] for n in route], where), strict=True):
            visits[number] = timed
    return replace(schedule, visits=visits, travel_km=travelled(month, visits))


def _route(visits: list[PlannedVisit], day: date, team: int) -> list[int]:
    """Places of the visits of one team-day in their order."""
    found = [place for place, one in enumerate(visits) if (one.day, one.team) == (day, team)]
    return sorted(found, key=lambda place: visits[place].sequence)


def _usual_members(month: StationMonth, visits: list[PlannedVisit], day: date, team: int) -> tuple[int, ...]:
    able = {one.id for one in month.inspectors if one.can_work(day)}
    usual = Counter(one.officers for one in visits if one.team == team).most_common(1)
    return tuple(number for number in usual[0][0] if number in able) if usual else ()


def doors_of(month: StationMonth) -> dict[int, Place]:
    """Where each door of the month lies."""
    return {task.door: (task.lon, task.lat) for task in month.tasks}


def in_order(month: StationMonth, visits: list[PlannedVisit], where: dict[int, Place]) -> list[PlannedVisit]:
    """The visits of one team-day numbered in this order, each with its minutes of travel; the last one bears the way back."""
    home = (month.lon, month.lat)
    legs = [_minutes(month, a, b) for a, b in pairwise([home, *(where[one.door] for one in visits), home])]
    gone, told, timed = 0.0, 0, []
    for number, one in enumerate(visits, start=1):
        gone += legs[number - 1] + (legs[-1] if number == len(visits) else 0.0)
        timed.append(replace(one, sequence=number, travel_minutes=ceil(gone - 1e-6) - told))
        told = ceil(gone - 1e-6)
    return timed


def travelled(month: StationMonth, visits: list[PlannedVisit]) -> float:
    """Kilometres on the road of all team-days."""
    where = doors_of(month)
    routes: dict[tuple[date, int], list[PlannedVisit]] = {}
    for one in visits:
        routes.setdefault((one.day, one.team), []).append(one)
    straight = sum(
        _km(month, [where[one.door] for one in sorted(route, key=lambda one: one.sequence)])
        for route in routes.values()
    )
    return straight * month.bounds.detour


def _km(month: StationMonth, places: list[Place]) -> float:
    home = (month.lon, month.lat)
    return sum(km_between(*a, *b) for a, b in pairwise([home, *places, home]))


def _minutes(month: StationMonth, one: Place, other: Place) -> float:
    return km_between(*one, *other) * month.bounds.detour / month.bounds.speed_kmh * 60
