"""季度计划 several months reckoned as one problem, then taken apart so that each month is a plan of its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from qianshao.flow.scheduling.rules.bounds import set_bounds
from qianshao.flow.scheduling.rules.model import Schedule, StationMonth
from qianshao.flow.scheduling.rules.moving import travelled
from qianshao.flow.scheduling.rules.solving import set_capacity
from qianshao.flow.scheduling.rules.stops import is_mandatory, open_windows


def by_month(quarter: StationMonth, schedule: Schedule) -> list[tuple[date, StationMonth, Schedule]]:
    """分月: for each month of the quarter its first day, its problem and its part of the schedule.

    A task that an earlier month carries is in that month alone; what found no place is told in the month in which it falls due,
    what was overdue in the first one. Each part keeps to every rule that holds for a month.
    """
    months = sorted({day.replace(day=1) for day in quarter.days})
    tasks = {task.id: task for task in quarter.tasks}
    found = []
    for first in months:
        days = tuple(day for day in quarter.days if day.replace(day=1) == first)
        visits = [one for one in schedule.visits if one.day.replace(day=1) == first]
        left = [one for one in schedule.unplaced if _told_in(tasks[one.task].due_on, months) == first]
        carried = {number for one in visits for number in one.tasks} | {one.task for one in left}
        month = replace(quarter, days=days, tasks=tuple(one for one in quarter.tasks if one.id in carried))
        entered = {one.door for one in visits}
        part = Schedule(
            visits=visits,
            unplaced=left,
            splits=[one for one in schedule.splits if one.door in entered],
            mandatory=sum(is_mandatory(task, days) for task in month.tasks),
            travel_km=travelled(month, visits),
        )
        set_capacity(month, part)
        set_bounds(month, open_windows(month), part)
        found.append((first, month, part))
    return found


def _told_in(due_on: date, months: list[date]) -> date:
    return max((first for first in months if first <= due_on), default=months[0])
