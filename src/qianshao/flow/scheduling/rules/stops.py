"""一户多项合一 the tasks of one door are carried by as few entries as their windows allow.

The fewest entries of one door are found exactly: intervals are stabbed by the fewest points (greedy by right end; Hougardy
and Vygen, Algorithmic Mathematics). Windows wider than the month are cut to it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from datetime import date

from qianshao.flow.scheduling.rules.model import FREE, StationMonth, Stop, Task

_URGENCY = {"D": 0, "C": 1, "B": 2}
Windows = Mapping[int, tuple[int, int]]
LOWEST = 3
"""Urgency of a business of class A, or of none yet."""


def window(task: Task, days: tuple[date, ...]) -> tuple[int, int] | None:
    """检查窗口 as first and last place in `days`; None when no working day lies in it. Overdue: the whole month."""
    if task.due_on < days[0]:
        return 0, len(days) - 1
    first = bisect_left(days, task.release_on)
    last = bisect_right(days, task.due_on) - 1
    return (first, last) if first <= last else None


def is_mandatory(task: Task, days: tuple[date, ...]) -> bool:
    """Whether the task falls due by the end of the last of these months, or is overdue."""
    return task.due_on <= _month_end(days)


def _month_end(days: tuple[date, ...]) -> date:
    following = date(days[-1].year + days[-1].month // 12, days[-1].month % 12 + 1, 1)
    return date.fromordinal(following.toordinal() - 1)


def stab(windows: Iterable[tuple[int, int]]) -> int:
    """The fewest points that meet every window: the lower bound of entries at one door."""
    points, at = 0, -1
    for first, last in sorted(windows, key=lambda pair: pair[1]):
        if first > at:
            points, at = points + 1, last
    return points


def able_days(month: StationMonth) -> dict[str, list[int]]:
    """Places of the days on which a team with the competence can be formed at all, by competence."""
    able: dict[str, list[int]] = {}
    for place, day in enumerate(month.days):
        present = [one for one in month.inspectors if one.can_work(day)]
        if len(present) >= month.bounds.team_minimum:
            for name in {name for one in present for name in one.competences}:
                able.setdefault(name, []).append(place)
    return able


def open_windows(month: StationMonth) -> dict[int, tuple[int, int]]:
    """检查窗口 of every task that can be done at all: its first and last day on which somebody could do it and the door is open."""
    able = able_days(month)
    weekdays = [day.weekday() for day in month.days]
    windows = {}
    for task in month.tasks:
        found, days = window(task, month.days), able.get(task.competence, [])
        if closed := month.doors.get(task.door, FREE).closed_on:
            days = [day for day in days if weekdays[day] not in closed]
        if found is None:
            continue
        first, last = bisect_left(days, found[0]), bisect_right(days, found[1]) - 1
        if first <= last:
            windows[task.id] = days[first], days[last]
    return windows


def stops_of_door(tasks: list[Task], windows: Windows, month: StationMonth) -> list[Stop]:
    """The fewest stops that carry the door's due tasks, each with the days common to all of its tasks."""
    groups: list[tuple[int, int, list[Task]]] = []
    for task in sorted(tasks, key=lambda one: (windows[one.id][1], one.id)):
        first, last = windows[task.id]
        if groups and first <= groups[-1][1]:
            start, end, members = groups[-1]
            groups[-1] = (max(start, first), end, [*members, task])
        else:
            groups.append((first, last, [task]))
    return [_stop(first, last, members, month) for first, last, members in groups]


def _stop(first: int, last: int, members: list[Task], month: StationMonth) -> Stop:
    overdue = any(task.due_on < month.days[0] for task in members)
    rule = month.doors.get(members[0].door, FREE)
    minutes = month.bounds.door_minutes + sum(task.minutes for task in members)
    return Stop(
        door=members[0].door,
        tasks=members,
        first=first,
        last=last,
        lon=members[0].lon,
        lat=members[0].lat,
        minutes=minutes,
        competences=frozenset(task.competence for task in members),
        urgency=(0 if overdue else 1, min(_URGENCY.get(task.risk_class, LOWEST) for task in members)),
        earliest=rule.opens,
        latest=rule.closes - minutes,
        drawn=frozenset(task.drawn for task in members if task.drawn),
        capped=any(task.capped for task in members),
    )


def part_of(members: list[Task], windows: Windows, month: StationMonth) -> Stop:
    """One entry for these tasks of one door, on the days common to them."""
    first = max(windows[task.id][0] for task in members)
    last = min(windows[task.id][1] for task in members)
    return _stop(first, last, members, month)


def stop_on(members: list[Task], place: int, month: StationMonth) -> Stop:
    """One entry for these tasks of one door on one day (its place in `days`)."""
    return _stop(place, place, members, month)


def packed(tasks: list[Task], limit: float) -> list[list[Task]]:
    """Tasks in as few parts of at most `limit` minutes as first-fit decreasing finds."""
    parts: list[list[Task]] = []
    for task in sorted(tasks, key=lambda one: (-one.minutes, one.id)):
        fitting = (part for part in parts if sum(one.minutes for one in part) + task.minutes <= limit)
        home = next(fitting, None)
        if home is None:
            parts.append([task])
        else:
            home.append(task)
    return parts
