"""排班 a station's month: overdue and high risk first, close together, nobody over their hours.

1. Tasks that nobody could do on any day of their window are set aside with the reason.
2. The due tasks of each door become the fewest stops (interval stabbing); teams are formed for what the stops ask for.
3. Each stop goes where it costs least; one that finds no room may move one other door, then is split.
4. Doors are moved as long as that saves; tasks due later ride along where time is left; the doors of each day are shared among
   its teams and put in order so that all travel least.
The same input and seed give the same plan.
"""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from random import Random

from qianshao.flow.scheduling.rules.bounds import room_at, set_bounds
from qianshao.flow.scheduling.rules.improving import (
    RoomMaker,
    exchange,
    move_doors,
    shorten_routes,
)
from qianshao.flow.scheduling.rules.model import Schedule, Split, StationMonth, Stop, Task
from qianshao.flow.scheduling.rules.reasons import crowded_out, hopeless
from qianshao.flow.scheduling.rules.routes import SLACK, TeamDays, written
from qianshao.flow.scheduling.rules.stops import (
    Windows,
    is_mandatory,
    open_windows,
    packed,
    part_of,
    stops_of_door,
)
from qianshao.flow.scheduling.rules.teams import crews_of, week_of, weekly_quota
from qianshao.flow.scheduling.rules.touring import share_doors

_PASSES = 2
_TRIES = 20_000


def solve(month: StationMonth) -> Schedule:
    """月计划: place every due task of the month that can be placed; say of every other one why not."""
    schedule = Schedule()
    windows = open_windows(month)
    stops = _stops(month, windows, schedule)
    crews = crews_of(month, Counter(stop.competences for stop in stops))
    days = TeamDays(month, crews, stops)
    fitting = [part for stop in stops for part in _fitting(stop, days, windows, schedule)]
    maker = RoomMaker(days, _TRIES)
    refused = [stop for stop in _in_order(fitting, month) if not days.place(stop)]
    refused = [stop for stop in refused if not maker.place(stop)]
    move_doors(days, _PASSES)
    shorten_routes(days)
    if refused:
        share_doors(days)
    refused = [stop for stop in refused if not maker.place(stop)]
    for stop in refused:
        _place_parts(stop, maker, windows, schedule)
    _say_parts(refused, days, schedule)
    _take_along(month, windows, days)
    share_doors(days)
    shorten_routes(days)
    schedule.visits = [visit for _, visit in written(days)]
    schedule.travel_km = days.travel_km()
    set_capacity(month, schedule)
    set_bounds(month, windows, schedule)
    return schedule


def _stops(month: StationMonth, windows: Windows, schedule: Schedule) -> list[Stop]:
    """The fewest stops of all doors; due tasks that nobody could ever do are set aside."""
    due = [task for task in month.tasks if is_mandatory(task, month.days)]
    schedule.mandatory = len(due)
    schedule.unplaced += [hopeless(task, month) for task in due if task.id not in windows]
    workable = sorted((task for task in due if task.id in windows), key=lambda task: (task.door, task.id))
    return [
        stop
        for _, members in groupby(workable, key=lambda task: task.door)
        for stop in stops_of_door(list(members), windows, month)
    ]


def _in_order(stops: list[Stop], month: StationMonth) -> list[Stop]:
    """Overdue first, then by class; among equals the narrow window first, then as the seed has it."""
    lot = Random(f"{month.seed}:{month.station}")
    ticket = {door: lot.random() for door in sorted({stop.door for stop in stops})}
    return sorted(
        stops,
        key=lambda stop: (
            *stop.urgency,
            stop.last - stop.first,
            stop.last,
            ticket[stop.door],
            stop.tasks[0].id,
        ),
    )


def _fitting(stop: Stop, days: TeamDays, windows: Windows, schedule: Schedule) -> list[Stop]:
    """The stop, or its parts where no one team holds all its competences or one day is too short for it."""
    month = days.month
    parts = [stop]
    if not len(days.in_window(stop)):
        parts = _by_holder(stop, days, windows)
        if len(parts) > 1:
            asked = "、".join(sorted(stop.competences))
            schedule.splits.append(Split(stop.door, len(parts), f"没有一个组可以同时办理 {asked}"))
    fine: list[Stop] = []
    for part in parts:
        room = room_at(part.tasks[0], month) - SLACK
        if part.minutes - month.bounds.door_minutes <= room:
            fine.append(part)
            continue
        pieces = packed(part.tasks, room)
        fine += [part_of(piece, windows, month) for piece in pieces]
        if len(pieces) > 1:
            why = f"全部事项需 {part.minutes} 分钟，超过一个工作日"
            schedule.splits.append(Split(stop.door, len(pieces), why))
    return fine


def _by_holder(stop: Stop, days: TeamDays, windows: Windows) -> list[Stop]:
    """The stop's tasks in few parts such that on some common day some team may carry out each part."""
    low, high = int(days.starts[stop.first]), int(days.starts[stop.last + 1])
    able = sorted(
        {
            tuple(place for place, task in enumerate(stop.tasks) if days.limits.able(task, row))
            for row in range(low, high)
        }
    )
    left, parts = list(range(len(stop.tasks))), []
    while left:
        best = max(able, key=lambda one: sum(place in one for place in left), default=())
        members = [place for place in left if place in best] or left[:1]
        parts.append(part_of([stop.tasks[place] for place in members], windows, days.month))
        left = [place for place in left if place not in members]
    return parts


def _place_parts(stop: Stop, maker: RoomMaker, windows: Windows, schedule: Schedule) -> None:
    """A stop too big for the room that is left is tried by competence, then task by task."""
    if len(stop.tasks) == 1:
        schedule.unplaced += crowded_out(stop, maker.days)
        return
    names = sorted(stop.competences)
    groups = [[task] for task in stop.tasks]
    if len(names) > 1:
        groups = [[task for task in stop.tasks if task.competence == name] for name in names]
    for members in groups:
        part = part_of(members, windows, maker.days.month)
        if not _joins_entry(part, maker.days, windows) and not maker.place(part):
            _place_parts(part, maker, windows, schedule)


def _joins_entry(part: Stop, days: TeamDays, windows: Windows) -> bool:
    """Let another entry at the part's door carry it too, on whatever day has room for both."""
    for row in days.entering(part.door):
        entry = next(one for one in days.stops[row] if one.door == part.door)
        both = part_of([*entry.tasks, *part.tasks], windows, days.month)
        if both.first <= both.last and exchange(days, row, entry, both):
            return True
    return False


def _say_parts(refused: list[Stop], days: TeamDays, schedule: Schedule) -> None:
    entry_of = {task.id: stop for stops in days.stops for stop in stops for task in stop.tasks}
    for stop in refused:
        entries = {id(entry_of[task.id]) for task in stop.tasks if task.id in entry_of}
        if len(entries) > 1:
            schedule.splits.append(Split(stop.door, len(entries), "窗口内没有一个组的一天容得下全部事项"))


def _take_along(month: StationMonth, windows: Windows, days: TeamDays) -> None:
    """提前一并检查: tasks due after the month ride along through a door that is entered anyway, earliest due first.

    Only now, when every due task has had its turn, so that nothing due is left out for them. A door goes to another
    team-day where that lets more of them ride along.
    """
    later: dict[int, list[Task]] = {}
    for task in sorted(month.tasks, key=lambda one: (one.due_on, one.id)):
        if task.id in windows and not is_mandatory(task, month.days):
            later.setdefault(task.door, []).append(task)
    entered = [(row, stop) for row, stops in enumerate(days.stops) for stop in stops if stop.door in later]
    for row, stop in entered:
        room = room_at(stop.tasks[0], month) - SLACK
        tasks = _most_that_fit(stop, later[stop.door], windows, room)
        while len(tasks) > len(stop.tasks) and not exchange(days, row, stop, part_of(tasks, windows, month)):
            tasks = tasks[:-1]
        taken = {task.id for task in tasks}
        later[stop.door] = [task for task in later[stop.door] if task.id not in taken]


def _most_that_fit(stop: Stop, waiting: list[Task], windows: Windows, room: float) -> list[Task]:
    """The stop's tasks and those waiting, as long as a common day remains and one day is long enough."""
    tasks, first, last, minutes = (
        list(stop.tasks),
        stop.first,
        stop.last,
        sum(one.minutes for one in stop.tasks),
    )
    for task in waiting:
        start, end = max(first, windows[task.id][0]), min(last, windows[task.id][1])
        if start <= end and minutes + task.minutes <= room:
            tasks, first, last, minutes = [*tasks, task], start, end, minutes + task.minutes
    return tasks


def set_capacity(month: StationMonth, schedule: Schedule) -> None:
    """What the station could do at most: field days of all its people, in teams of the least size."""
    person_days = 0
    for week, quota in weekly_quota(month).items():
        days = [day for day in month.days if week_of(day) == week]
        person_days += sum(min(quota, sum(map(one.can_work, days))) for one in month.inspectors)
    team_days = person_days // month.bounds.team_minimum
    schedule.capacity_minutes = team_days * month.bounds.minutes_per_day
    schedule.capacity_doors = team_days * month.bounds.doors_per_team_day
