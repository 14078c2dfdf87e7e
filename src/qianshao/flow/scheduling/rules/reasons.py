"""未排原因 why a due task is in no visit, and the cheapest cure. An infeasible month says what is missing."""

from __future__ import annotations

from dataclasses import replace

from qianshao.flow.scheduling.rules.bounds import room_at
from qianshao.flow.scheduling.rules.model import StationMonth, Stop, Task, Unplaced
from qianshao.flow.scheduling.rules.routes import TeamDays
from qianshao.flow.scheduling.rules.stops import window

LABELS = {
    "no_officers": "持证执法人员不足",
    "no_competence": "缺少资质人员",
    "certificate_expired": "资质人员执法证到期",
    "on_leave": "资质人员请假",
    "no_hours": "工时不足",
    "window_closed": "窗口内无工作日",
    "door_shut": "窗口内不营业",
    "conflict": "人员须回避",
    "drawn_absent": "抽中人员不能到场",
    "cap_reached": "年度次数上限已满",
}


def hopeless(task: Task, month: StationMonth) -> Unplaced:
    """Why nobody could do the task on any day of its window."""
    found = window(task, month.days)
    if found is None:
        return Unplaced(
            task.id,
            "window_closed",
            f"窗口 {task.release_on} 至 {task.due_on} 内没有可安排的工作日；请调整窗口或在当月之前安排",
        )
    minimum = month.bounds.team_minimum
    name, days = task.competence, month.days[found[0] : found[1] + 1]
    holders = [one for one in month.inspectors if name in one.competences]
    if len(month.inspectors) < minimum:
        lacking = minimum - len(month.inspectors)
        return Unplaced(task.id, "no_officers", f"本所持证执法人员不足 {minimum} 人，请增派 {lacking} 人")
    if not holders:
        return Unplaced(task.id, "no_competence", f"本所无人具备“{name}”资质；请从他所借调 1 人或安排取证")
    last = max(one.certified_until for one in holders)
    if last < days[0]:
        return Unplaced(
            task.id,
            "certificate_expired",
            f"具备“{name}”资质的 {len(holders)} 人执法证均已到期（最晚 {last}）；请换证或从他所借调 1 人",
        )
    rule = month.doors.get(task.door)
    if rule is not None and all(day.weekday() in rule.closed_on for day in days):
        return Unplaced(task.id, "door_shut", "窗口内的工作日该户都不营业；请核实营业时间或调整窗口")
    if not any(one.can_work(day) for one in holders for day in days):
        return Unplaced(
            task.id,
            "on_leave",
            f"具备“{name}”资质的 {len(holders)} 人在窗口内均请假或证件到期；请从他所借调 1 人或调整请假",
        )
    return Unplaced(
        task.id, "no_officers", f"窗口内每日可外出的执法人员都不足 {minimum} 人；请增派 1 人或调整请假"
    )


def crowded_out(stop: Stop, days: TeamDays) -> list[Unplaced]:
    """Why the stop's tasks found no room although somebody could do them, with the cheapest of the cures."""
    if not days.limits.entry_left(stop):
        left = days.limits.rule(stop.door).entries_left
        why = (
            "cap_reached",
            f"本年度检查次数上限只余 {left} 次；请并入已排的检查、改用非现场方式，或按程序报批",
        )
    elif not len(days.in_window(stop)) and (barred := _barred(stop, days)):
        why = barred
    else:
        why = "no_hours", _lacking_hours(stop, days)
    return [Unplaced(task.id, *why) for task in stop.tasks]


def _barred(stop: Stop, days: TeamDays) -> tuple[str, str] | None:
    """Whether conflicts, or the absence of those drawn, keep every team of the stop's days away from it."""
    rule, names = days.limits.rule(stop.door), "、".join(sorted(stop.competences))
    if stop.drawn and len(days.in_window(replace(stop, drawn=frozenset()))):
        return "drawn_absent", "抽中人员在窗口内都不能到场；请人工调整检查组并说明理由，或调整请假"
    if rule.conflicted:
        return (
            "conflict",
            f"具备“{names}”的各组均有人员须回避；请从他所借调 {days.month.bounds.team_minimum} 人",
        )
    return None


def _lacking_hours(stop: Stop, days: TeamDays) -> str:
    month, bounds = days.month, days.month.bounds
    names = "、".join(sorted(stop.competences))
    room = room_at(stop.tasks[0], month)
    rows = days.in_window(stop)
    open_rows = days.doors[rows] > 0
    unopened = int((~open_rows & ~days.openable[rows]).sum())
    full = int((days.doors[rows] >= days.most).sum())
    if stop.latest < stop.earliest:
        rule = days.limits.rule(stop.door)
        cause = f"检查需 {stop.minutes} 分钟，该户每天只营业 {rule.closes - rule.opens} 分钟"
        cure = "请分日实施，或核实营业时间"
    elif stop.minutes - bounds.door_minutes > room:
        cause = f"检查需 {stop.minutes - bounds.door_minutes} 分钟，一天除去路途只有 {int(room)} 分钟"
        cure = "请分日实施或由两组同时检查"
    elif unopened:
        cause = f"窗口内具备“{names}”的各组外出日已排满"
        cure = f"每人每周外出多于 {bounds.field_days_per_week} 天即可排入（尚有 {unopened} 个组·日未外出）"
    elif full:
        cause = f"窗口内具备“{names}”的各组每日 {bounds.doors_per_team_day} 户已满或工时已满"
        cure = f"请提高每日户数上限，或增派 {bounds.team_minimum} 人"
    else:
        cause = f"窗口内具备“{names}”的各组工时已满"
        cure = f"请增派 {bounds.team_minimum} 人，约需 {stop.minutes} 分钟"
    return f"{cause}；{cure}"
