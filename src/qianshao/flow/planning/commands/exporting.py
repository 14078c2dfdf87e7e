"""导出 a month's plan as the table that is filed, and as calendars; every export is on the record."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.utils import timezone
from icalendar import Calendar, Event

from qianshao.base.access.rules import Scope
from qianshao.base.gateways.rules.sheets import PrintedSheet, printed_workbook
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.base.records.commands import record_event
from qianshao.base.records.rules import Actor
from qianshao.flow.duties.queries import duties_on, duty_name, planning_parameters, rows_by_id
from qianshao.flow.planning.queries.comparing import DoorChange, comparison
from qianshao.flow.planning.queries.plans import LeftOutCard, PlanCard, VisitCard, left_out, plan, visits

_MOST = 20_000
_COLUMNS = (
    ("序号", 5),
    ("日期", 11),
    ("检查组", 7),
    ("顺序", 5),
    ("统一社会信用代码", 21),
    ("名称", 32),
    ("住所", 40),
    ("研判类别（非官方）", 9),
    ("检查事项", 44),
    ("依据", 44),
    ("提出单位", 12),
    ("检查方式", 9),
    ("检查人员", 18),
    ("预计到达", 9),
    ("预计分钟", 8),
    ("状态", 8),
)
_LEFT_COLUMNS = (("名称", 32), ("检查事项", 34), ("最迟日", 11), ("原因与办法", 70))
_CHANGE_COLUMNS = (("变化", 8), ("名称", 34), ("左", 36), ("右", 36))
_KINDS = {"moved": "改期", "team": "换人", "dropped": "不再进门", "added": "新增进门"}
FIGURES = (
    ("due", "到期事项"),
    ("obligations", "排入事项"),
    ("visits", "进门次数"),
    ("lower_bound", "理论下界"),
    ("gap", "与下界差距"),
    ("left_out", "未排入"),
    ("minutes_used", "已用分钟"),
    ("minutes_available", "可用分钟"),
    ("travel_km", "路程（公里）"),
    ("officers", "执法人员"),
    ("team_days", "检查组次"),
)
"""Figures of a plan's report, as they are compared."""
_STATES = {"planned": "待检查", "done": "已完成"}


def export_plan(*, plan_id: int, scope: Scope, by: Actor, at: datetime, today: date) -> bytes:
    """月度检查计划表 as a workbook: every visit with its checks and their basis, and what was left out with the reason.

    Every cell but the numbers is written as text. Raises `Refusal` when the plan is not found.
    """
    card = _plan(plan_id, scope)
    rows = visits(scope=scope, plan_id=plan_id, limit=_MOST)
    checks = _checks(rows, scope, today)
    content = _workbook(
        card, rows, left_out(scope=scope, plan_id=plan_id, limit=_MOST), checks, by, at, today
    )
    _record(card, "xlsx", len(rows), by, at)
    return content


def export_calendar(
    *, plan_id: int, officer_id: int | None, scope: Scope, by: Actor, at: datetime, today: date
) -> bytes:
    """检查日程 as iCalendar (RFC 5545): one entry per visit that waits, at the hour it is reckoned for; of one officer, or
    of all. An entry keeps its identity, so that a calendar that takes it in again moves it. Raises `Refusal`."""
    card = _plan(plan_id, scope)
    rows = [
        one
        for one in visits(scope=scope, plan_id=plan_id, officer_id=officer_id, limit=_MOST)
        if one.state == "planned"
    ]
    checks = _checks(rows, scope, today)
    book = Calendar()
    book.add("prodid", "-//Qianshao//qianshao//ZH")
    book.add("version", "2.0")
    book.add("x-wr-calname", f"{card.station_name} {card.month:%Y-%m}")
    begin = _time_of_day(int(planning_parameters(today)["day_starts"].value))
    for one in rows:
        starts = timezone.make_aware(
            datetime.combine(one.visit_on, begin if one.starts_at is None else _time_of_day(one.starts_at))
        )
        entry = Event()
        entry.add("uid", f"visit-{one.id}@qianshao")
        entry.add("sequence", one.version)
        entry.add("dtstamp", at)
        entry.add("dtstart", starts)
        entry.add("dtend", starts + timedelta(minutes=one.minutes))
        entry.add("summary", f"{one.entity_name}（第 {one.team} 组）")
        entry.add("location", one.address)
        entry.add("description", "\n".join([*checks[one.id][0], "、".join(one.officers)]))
        book.add_component(entry)
    _record(card, "ics", len(rows), by, at)
    return bytes(book.to_ical())


def export_comparison(*, left_id: int, right_id: int, scope: Scope, by: Actor, at: datetime) -> bytes:
    """计划对比表 as a workbook: the figures of both, every door that changed, every person's load. Raises `Refusal` as
    `comparison`."""
    found = comparison(scope=scope, left_id=left_id, right_id=right_id)
    sides = [
        f"{one.month:%Y年%-m月}（{one.state_label}，{timezone.localtime(one.made_at):%m-%d %H:%M}）"
        for one in (found.left, found.right)
    ]
    title = f"{found.left.station_name}计划对比"
    note = f"左：{sides[0]}；右：{sides[1]}；不变 {found.same} 次；导出：{by.name} {timezone.localtime(at):%Y-%m-%d %H:%M}"
    figures = [
        (label, str(found.left.report.get(name, "")), str(found.right.report.get(name, "")))
        for name, label in FIGURES
    ]
    content = printed_workbook(
        [
            PrintedSheet("数字", title, note, (("指标", 24), ("左", 16), ("右", 16)), figures),
            PrintedSheet("变化", title, note, _CHANGE_COLUMNS, [_change_line(one) for one in found.changes]),
            PrintedSheet(
                "负担",
                title,
                note,
                (("执法人员", 16), ("左·分钟", 10), ("右·分钟", 10), ("左·进门", 10), ("右·进门", 10)),
                [
                    (one.name, one.left_minutes, one.right_minutes, one.left_visits, one.right_visits)
                    for one in found.loads
                ],
            ),
        ]
    )
    with transaction.atomic():
        record_event(
            by=by,
            at=at,
            verb="export_comparison",
            subject=("plan", left_id),
            unit=found.left.station_code,
            payload={"with": right_id, "changes": len(found.changes)},
        )
    return content


def _change_line(one: DoorChange) -> tuple[int | str, ...]:
    sides = (
        (one.left_on, one.left_team, one.left_officers),
        (one.right_on, one.right_team, one.right_officers),
    )
    told = [f"{day} 第 {team} 组 {'、'.join(people)}" if day else "" for day, team, people in sides]
    return _KINDS[one.kind], one.entity_name, *told


def _time_of_day(minutes: int) -> time:
    return time(minutes // 60, minutes % 60)


def _plan(plan_id: int, scope: Scope) -> PlanCard:
    card = plan(scope=scope, plan_id=plan_id)
    if card is None:
        raise Refusal("not_found", "没有找到这个计划。", status=404)
    return card


def _checks(rows: list[VisitCard], scope: Scope, today: date) -> dict[int, tuple[list[str], list[str]]]:
    """Names and bases of each visit's checks."""
    duties = duties_on(today)
    ids = [number for one in rows for number in one.obligations]
    codes = {row.pk: row.duty_code for row in rows_by_id(scope=scope, ids=ids)}
    found = {}
    for one in rows:
        known = [duties[codes[number]] for number in one.obligations if codes.get(number) in duties]
        bases = [str(basis) for duty in known for basis in duty.basis]
        found[one.id] = [duty.name for duty in known], list(dict.fromkeys(bases))
    return found


def _workbook(
    card: PlanCard,
    rows: list[VisitCard],
    left: list[LeftOutCard],
    checks: dict[int, tuple[list[str], list[str]]],
    by: Actor,
    at: datetime,
    today: date,
) -> bytes:
    approved = f"（{timezone.localtime(card.approved_at):%Y-%m-%d}）" if card.approved_at else ""
    title = f"{card.station_name}{card.month:%Y年%-m月}检查计划"
    note = f"状态：{card.state_label}{approved}；进门 {len(rows)} 次；导出：{by.name} {timezone.localtime(at):%Y-%m-%d %H:%M}"
    visit_lines = [_visit_line(number, one, checks[one.id]) for number, one in enumerate(rows, start=1)]
    left_lines = [
        (
            one.entity_name,
            duty_name(code=one.duty_code, day=today),
            one.due_on.isoformat(),
            one.detail,
        )
        for one in left
    ]
    return printed_workbook(
        [
            PrintedSheet("检查计划", title, note, _COLUMNS, visit_lines),
            PrintedSheet("未排入", title, note, _LEFT_COLUMNS, left_lines),
        ]
    )


def _visit_line(number: int, one: VisitCard, checks: tuple[list[str], list[str]]) -> tuple[int | str, ...]:
    return (
        number,
        one.visit_on.isoformat(),
        one.team,
        one.sequence,
        one.credit_code,
        one.entity_name,
        one.address,
        one.risk_class,
        "\n".join(checks[0]),
        "\n".join(checks[1]),
        "、".join(one.askers),
        "现场检查",
        "、".join(one.officers),
        "" if one.starts_at is None else f"{_time_of_day(one.starts_at):%H:%M}",
        one.minutes,
        _STATES.get(one.state, one.state),
    )


def _record(card: PlanCard, form: str, count: int, by: Actor, at: datetime) -> None:
    with transaction.atomic():
        record_event(
            by=by,
            at=at,
            verb="export_plan",
            subject=("plan", card.id),
            unit=card.station_code,
            payload={"form": form, "visits": count},
        )
