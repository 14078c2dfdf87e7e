"""一户多项合一 the tasks of one door are carried by as few entries as their windows allow.

The fewest entries of one door are found exactly: intervals are stabbed by the fewest points (greedy by right end; Hougardy
and Vygen, Algorithmic Mathematics). Windows wider than the month are cut to it; tasks due later ride along where they can.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from datetime import date

from qianshao.flow.planning.rules.model import Stop, Task

_URGENCY = {"D": 0, "C": 1, "B": 2}


def window(task: Task, days: tuple[date, ...]) -> tuple[int, int] | None:
    """检查窗口 as first and last place in `days`; None when no working day lies in it. Overdue: the whole month."""
    first = bisect_left(days, task.release_on)
    last = bisect_right(days, task.due_on) - 1
    if task.due_on < days[0]:
        first, last = 0, len(days) - 1
    return (first, last) if first <= last else None


def is_mandatory(task: Task, days: tuple[date, ...]) -> bool:
    """Whether the task falls due in this month or is overdue."""
    return task.due_on <= _month_end(days)


def _month_end(days: tuple[date, ...]) -> date:
    following = date(days[0].year + days[0].month // 12, days[0].month % 12 + 1, 1)
    return date.fromordinal(following.toordinal() - 1)


def stab(windows: Iterable[tuple[int, int]]) -> int:
    """The fewest points that meet every window: the lower bound of entries at one door."""
    points, at = 0, -1
    for first, last in sorted(windows, key=lambda pair: pair[1]):
        if first > at:
            points, at = points + 1, last
    return points


def stops_of_door(tasks: list[Task], days: tuple[date, ...], door_minutes: int) -> list[Stop]:
    """The fewest stops that carry the door's mandatory tasks, with later tasks riding along where a common day remains."""
    must = sorted(
        ((window(task, days), task) for task in tasks if is_mandatory(task, days) and window(task, days)),
        key=lambda pair: (pair[0][1], pair[1].id),  # type: ignore[index]
    )
    groups: list[tuple[int, int, list[Task]]] = []
    for found, task in must:
        assert found is not None
        if groups and found[0] <= groups[-1][1]:
            first, last, members = groups[-1]
            groups[-1] = (max(first, found[0]), min(last, found[1]), [*members, task])
        else:
            groups.append((found[0], found[1], [task]))
    riders = sorted(
        (task for task in tasks if not is_mandatory(task, days)), key=lambda task: (task.due_on, task.id)
    )
    for task in riders:
        for place, (first, last, members) in enumerate(groups):
            start = max(first, bisect_left(days, task.release_on))
            if start <= last:
                groups[place] = (start, last, [*members, task])
                break
    return [_stop(first, last, members, days, door_minutes) for first, last, members in groups]


def _stop(first: int, last: int, members: list[Task], days: tuple[date, ...], door_minutes: int) -> Stop:
    overdue = any(task.due_on < days[0] for task in members)
    worst = min(_URGENCY.get(task.risk_class, 3) for task in members)
    return Stop(
        door=members[0].door,
        tasks=members,
        first=first,
        last=last,
        lon=members[0].lon,
        lat=members[0].lat,
        minutes=door_minutes + sum(task.minutes for task in members),
        competences=frozenset(task.competence for task in members),
        urgency=(0 if overdue else 1, worst),
    )


def split_stop(stop: Stop, parts: list[list[Task]], days: tuple[date, ...], door_minutes: int) -> list[Stop]:
    """The stop as several, each with some of its tasks and the same common window."""
    return [_stop(stop.first, stop.last, part, days, door_minutes) for part in parts if part]


def packed(tasks: list[Task], limit: int) -> list[list[Task]]:
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
