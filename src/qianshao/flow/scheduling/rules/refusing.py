"""排班核查 whether a station's month can be reckoned with at all: what contradicts itself is refused, with the rows concerned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from qianshao.base.policy.rules.refusal import Refusal
from qianshao.flow.scheduling.rules.model import StationMonth

_SHOWN = 5


def refuse_month(month: StationMonth) -> None:
    """排班核查 of one station. Raises `Refusal` that names the rows: no working day, a check owed twice, a window that closes before
    it opens, an officer listed twice, opening hours that end before they begin, a working day shorter than its team's hours."""
    if not month.days:
        _refuse("no_days_left", f"{month.station} 没有可安排的工作日。", "month")
    problems = {
        "task_twice": ("检查事项重复", _twice(task.id for task in month.tasks), "tasks"),
        "window_reversed": (
            "最迟日早于最早日的检查事项",
            [str(task.id) for task in month.tasks if task.due_on < task.release_on],
            "tasks",
        ),
        "no_time": (
            "检查时间不是正数的检查事项",
            [str(task.id) for task in month.tasks if task.minutes <= 0],
            "tasks",
        ),
        "officer_twice": ("执法人员重复", _twice(one.id for one in month.inspectors), "inspectors"),
        "hours_reversed": (
            "营业时间起止颠倒的主体",
            [str(door) for door, rule in sorted(month.doors.items()) if rule.closes <= rule.opens],
            "doors",
        ),
    }
    for code, (words, rows, where) in problems.items():
        if rows:
            _refuse(code, f"{month.station} 有{words}：{_some(rows)}。", where)
    bounds = month.bounds
    if bounds.team_minimum < 1 or bounds.doors_per_team_day < 1 or bounds.field_days_per_week < 1:
        _refuse("bad_bounds", "每组人数、每日户数、每周外出天数都应至少为 1。", "bounds")
    if not 0 < bounds.minutes_per_day <= bounds.day_ends - bounds.day_starts:
        _refuse(
            "bad_bounds",
            f"每日外出 {bounds.minutes_per_day} 分钟，超过外出时段 {bounds.day_ends - bounds.day_starts} 分钟。",
            "bounds",
        )


def refuse_city(months: Sequence[StationMonth]) -> None:
    """全市核查: each station by itself, and nobody in two stations. Raises `Refusal`."""
    seats: dict[int, list[str]] = {}
    for month in months:
        refuse_month(month)
        for one in month.inspectors:
            seats.setdefault(one.id, []).append(month.station)
    split = [f"{officer}（{'、'.join(where)}）" for officer, where in sorted(seats.items()) if len(where) > 1]
    if split:
        _refuse("officer_in_two_stations", f"执法人员同时列在两个所：{_some(split)}。", "inspectors")


def _twice(numbers: Iterable[int]) -> list[str]:
    return [str(number) for number, count in sorted(Counter(numbers).items()) if count > 1]


def _some(rows: Sequence[str]) -> str:
    more = f" 等 {len(rows)} 个" if len(rows) > _SHOWN else ""
    return "、".join(rows[:_SHOWN]) + more


def _refuse(code: str, message: str, where: str) -> None:
    raise Refusal(code, message, field=where, status=422)
