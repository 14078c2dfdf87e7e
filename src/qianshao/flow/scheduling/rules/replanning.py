"""变更重排 a plan that lives: an officer is ill, a door has closed, a complaint has come. As little as possible changes.

What still stands stays on its day, with its team, in its order. What cannot stand goes first to another team of the same
day, then to another day; what is new joins an entry at the same door where one is planned, and opens a new one elsewhere.
What a person has locked, what is done and what lies before `first` is never touched.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby

from qianshao.flow.scheduling.rules.bounds import set_bounds
from qianshao.flow.scheduling.rules.improving import RoomMaker
from qianshao.flow.scheduling.rules.model import Inspector, PlannedVisit, Schedule, StationMonth, Stop, Task
from qianshao.flow.scheduling.rules.reasons import crowded_out, hopeless
from qianshao.flow.scheduling.rules.routes import TeamDays, written
from qianshao.flow.scheduling.rules.solving import set_capacity
from qianshao.flow.scheduling.rules.stops import (
    Windows,
    is_mandatory,
    open_windows,
    stop_on,
    stops_of_door,
)
from qianshao.flow.scheduling.rules.teams import Crew, paired

_TRIES = 4_000


@dataclass(slots=True)
class Replanned:
    """重排结果: the schedule, and for each of its visits the place of the visit it was before, or None where it is new."""

    schedule: Schedule
    before: list[int | None] = field(default_factory=list)


def replan(
    month: StationMonth, standing: Sequence[PlannedVisit], fixed: frozenset[int], first: date
) -> Replanned:
    """变更重排: `month` holds every task that is planned or asks to be; `standing` are the visits as planned, `fixed` the places
    of those that must not move. Days before `first` take nothing new. Tasks of `standing` that `month` lacks are no longer
    owed: their entries shrink or fall away."""
    days, windows = _team_days(month, standing, fixed, first)
    origin, freed = _load(days, windows, standing, fixed, first)
    carried = {task.id for row in days.stops for stop in row for task in stop.tasks}
    carried |= {task.id for stop in freed for task in stop.tasks}
    fresh = [task for task in month.tasks if task.id not in carried and is_mandatory(task, month.days)]
    schedule = Schedule(mandatory=sum(is_mandatory(task, month.days) for task in month.tasks))
    schedule.unplaced += [hopeless(task, month) for task in fresh if task.id not in windows]
    fresh = _join_entries(days, windows, [task for task in fresh if task.id in windows], origin, fixed)
    still = frozenset(stop for stop, at in origin.items() if at in fixed)
    maker = RoomMaker(days, _TRIES, still)
    for stop in [*freed, *_new_stops(fresh, windows, month)]:
        was = origin.get(stop)
        same_day = standing[was].day if was is not None else None
        on = month.days.index(same_day) if same_day in month.days else None
        if (on is None or not days.place(stop, on=on)) and not days.place(stop) and not maker.place(stop):
            schedule.unplaced += crowded_out(stop, days)
    pairs = written(days)
    schedule.visits = [visit for _, visit in pairs]
    schedule.travel_km = days.travel_km()
    set_capacity(month, schedule)
    set_bounds(month, windows, schedule)
    return Replanned(schedule, [origin.get(stop) for stop, _ in pairs])


def _team_days(
    month: StationMonth, standing: Sequence[PlannedVisit], fixed: frozenset[int], first: date
) -> tuple[TeamDays, Windows]:
    """Team-days with the people who go out already, and the windows cut to the days that are left."""
    place = sum(day < first for day in month.days)
    windows = {
        number: (max(start, place), end)
        for number, (start, end) in open_windows(month).items()
        if end >= place
    }
    tasks = {task.id: task for task in month.tasks}
    known = [[tasks[number] for number in one.tasks if number in tasks] for one in standing]
    stops = [stop_on(members, 0, month) for members in known if members]
    return TeamDays(month, _crews(month, standing, fixed), stops), windows


def _crews(month: StationMonth, standing: Sequence[PlannedVisit], fixed: frozenset[int]) -> list[Crew]:
    """检查组 of every day: those that go out as they are as far as two of them can work, the usual teams where nobody goes out
    yet, pairs of whoever is left."""
    people = {one.id: one for one in month.inspectors}
    usual: dict[int, tuple[int, ...]] = {}
    for (team, officers), _ in Counter((one.team, one.officers) for one in standing).most_common():
        if team not in usual and not set(officers) & {one for team_ in usual.values() for one in team_}:
            usual[team] = officers
    out = {(one.day, one.team): one.officers for one in standing}
    held = {(standing[at].day, standing[at].team) for at in fixed}
    highest = max((one.team for one in standing), default=0)
    crews = []
    for place, day in enumerate(month.days):
        free = {one.id: one for one in month.inspectors if one.can_work(day)}
        asked = [(team, officers) for (on, team), officers in sorted(out.items()) if on == day]
        asked += [pair for pair in sorted(usual.items()) if pair[0] not in dict(asked)]
        for team, officers in asked:
            members = [people[one] for one in officers if one in free]
            if (day, team) in held:
                members = [people.get(one) or Inspector(one, frozenset(), day) for one in officers]
            if len(members) >= month.bounds.team_minimum or (day, team) in held:
                crews.append(Crew(place, team, tuple(members)))
                for one in members:
                    free.pop(one.id, None)
        crews += _left_over(month, place, list(free.values()), highest)
    return crews


def _left_over(month: StationMonth, place: int, free: list[Inspector], highest: int) -> list[Crew]:
    teams, _ = paired(free, month.bounds.team_minimum)
    return [Crew(place, highest + number, tuple(team)) for number, team in enumerate(teams, start=1)]


def _load(
    days: TeamDays,
    windows: Windows,
    standing: Sequence[PlannedVisit],
    fixed: frozenset[int],
    first: date,
) -> tuple[dict[Stop, int], list[Stop]]:
    """Put the standing visits back where they are. Returns which visit each stop was, and the stops that cannot stay."""
    month, origin, freed = days.month, dict[Stop, int](), list[Stop]()
    tasks = {task.id: task for task in month.tasks}
    row_of = {(month.days[crew.place], crew.number): row for row, crew in enumerate(days.crews)}
    order = sorted(
        range(len(standing)), key=lambda at: (standing[at].day, standing[at].team, standing[at].sequence)
    )
    for at in order:
        visit = standing[at]
        members = [tasks[number] for number in visit.tasks if number in tasks]
        if not members:
            continue
        row = row_of.get((visit.day, visit.team))
        stays = at in fixed or (visit.day >= first and _lawful(days, row, visit.day, members))
        if stays and row is not None:
            place = days.crews[row].place
            stop = stop_on(members, place, month)
            days.insert(stop, row, len(days.stops[row]), 0.0)
            days.set_route(row, list(days.stops[row]))
            if at not in fixed and days.used[row] > days.limit:
                days.remove(row, len(days.stops[row]) - 1)
                stays = False
        if not stays or row is None:
            members = [task for task in members if task.id in windows]
            for stop in _new_stops(members, windows, month):
                freed.append(stop)
                origin[stop] = at
        else:
            origin[stop] = at
    return origin, freed


def _lawful(days: TeamDays, row: int | None, day: date, members: list[Task]) -> bool:
    if row is None:
        return False
    first = days.month.days[0]
    return all(
        days.limits.able(task, row) and (task.due_on < first or task.release_on <= day <= task.due_on)
        for task in members
    )


def _new_stops(tasks: list[Task], windows: Windows, month: StationMonth) -> list[Stop]:
    stops = [
        stop
        for _, members in groupby(sorted(tasks, key=lambda one: (one.door, one.id)), key=lambda one: one.door)
        for stop in stops_of_door(list(members), windows, month)
    ]
    return sorted(stops, key=lambda stop: (*stop.urgency, stop.last, stop.tasks[0].id))


def _join_entries(
    days: TeamDays, windows: Windows, fresh: list[Task], origin: dict[Stop, int], fixed: frozenset[int]
) -> list[Task]:
    """New tasks ride along through a door that is entered anyway. Returns those that found no such entry."""
    entries: dict[int, list[tuple[int, Stop]]] = {}
    for row, stops in enumerate(days.stops):
        for stop in stops:
            if origin.get(stop) not in fixed:
                entries.setdefault(stop.door, []).append((row, stop))
    left = []
    for task in fresh:
        if not any(
            _widened(days, row, stop, task, windows, origin) for row, stop in entries.get(task.door, ())
        ):
            left.append(task)
            continue
        entries[task.door] = [
            (row, stop) for row, stops in enumerate(days.stops) for stop in stops if stop.door == task.door
        ]
    return left


def _widened(
    days: TeamDays, row: int, stop: Stop, task: Task, windows: Windows, origin: dict[Stop, int]
) -> bool:
    place, (start, end) = days.crews[row].place, windows[task.id]
    if not start <= place <= end or not days.limits.able(task, row) or stop not in days.stops[row]:
        return False
    if days.used[row] + task.minutes > days.limit:
        return False
    before = list(days.stops[row])
    wider = stop_on([*stop.tasks, task], place, days.month)
    _replace(days, row, stop, wider, [wider if one is stop else one for one in before])
    if days.used[row] > days.limit:
        _replace(days, row, wider, stop, before)
        return False
    origin[wider] = origin[stop]
    return True


def _replace(days: TeamDays, row: int, old: Stop, new: Stop, route: list[Stop]) -> None:
    days.remove(row, days.stops[row].index(old))
    days.insert(new, row, 0, 0.0)
    days.set_route(row, route)
