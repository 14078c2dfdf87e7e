"""新增检查 that a complaint or another event asks for. Whoever adds one at a door that is entered anyway is told, and may join."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from qianshao.base.access.rules import Scope
from qianshao.base.policy.rules.library import Duty
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.base.records.commands import record_event
from qianshao.base.records.rules import Actor
from qianshao.flow.duties.commands.keeping import owe_check
from qianshao.flow.duties.queries import duties_on, planning_parameters
from qianshao.flow.planning.commands.joining import join_entry
from qianshao.flow.planning.queries.entries import Entry, entries_near
from qianshao.flow.registry.queries.filing import entity


@dataclass(frozen=True, slots=True)
class AskedCheck:
    """新增的检查: the obligation, and the visit that it joined, if any."""

    obligation_id: int
    visit_id: int | None
    visit_on: date | None


def ask_check(
    *,
    entity_id: int,
    duty_code: str,
    due_on: date,
    reference: str,
    reason: str,
    how: str,
    by: Actor,
    at: datetime,
    today: date,
    scope: Scope,
) -> AskedCheck:
    """新增检查 at one door. `how`: "" asks; "join" carries it through the entry that is planned; "apart" enters once more, with
    the reason on record.

    Raises `Refusal`: a business not found or not active, a duty that is not published (清单之外无检查，国办发〔2024〕54号), a day that is
    past, no reference or reason; with `how` "" a door that was entered or will be within the days set; with "join" no entry
    that can carry it. Nothing is written then.
    """
    door = entity(scope=scope, entity_id=entity_id)
    if door is None:
        raise Refusal("not_found", "没有找到这个主体。", status=404)
    duty = _published(duty_code, today)
    _refuse(door.state, due_on, reference, reason, today)
    days = int(planning_parameters(today)["entry_notice_days"].value)
    near = entries_near(scope=scope, entity_id=entity_id, today=today, days=days)
    if near and not how:
        raise Refusal(
            "door_is_entered",
            f"{door.name} {_told(near[0])}，{days} 天内不宜再次进门。",
            remedy="请并入已排的检查；确需另行进门的，选择“另行进门”，理由记录在案。",
            basis="综合查一次（国办发〔2024〕54号）",
        )
    with transaction.atomic():
        obligation = owe_check(
            entity_id=entity_id,
            station=door.station_id,
            duty=duty,
            asked_by=by.unit,
            origin="complaint",
            origin_ref=reference.strip(),
            release_on=today,
            due_on=due_on,
        )
        joined = (
            join_entry(obligation=obligation, due_on=due_on, scope=scope, today=today)
            if how == "join"
            else None
        )
        record_event(
            by=by,
            at=at,
            verb="ask_check",
            subject=("entity", entity_id),
            unit=door.station_id,
            payload={
                "duty": duty.code,
                "reference": reference.strip(),
                "reason": reason.strip(),
                "how": how or "alone",
                "visit": joined.visit_id if joined else None,
            },
            rows=[
                ("duties_obligation", obligation),
                *([("planning_month_plan", joined.plan_id)] if joined else []),
            ],
        )
    return AskedCheck(obligation, joined.visit_id if joined else None, joined.visit_on if joined else None)


def _published(code: str, today: date) -> Duty:
    duty = duties_on(today).get(code)
    if duty is None:
        raise Refusal(
            "not_published",
            "该检查事项不在公布的清单内，不得检查。",
            basis="国办发〔2024〕54号",
            field="duty_code",
            status=422,
        )
    return duty


def _refuse(state: str, due_on: date, reference: str, reason: str, today: date) -> None:
    if state != "active":
        raise Refusal("not_active", "该主体不在业，不安排检查。", status=422)
    if due_on < today:
        raise Refusal("in_the_past", "最迟日不能早于今天。", field="due_on", status=422)
    for name, text, words in (
        ("reference", reference, "请填写来源编号，如投诉举报单号。"),
        ("reason", reason, "请说明新增检查的理由。"),
    ):
        if not text.strip():
            raise Refusal(f"{name}_needed", words, field=name, status=422)


def _told(first: Entry) -> str:
    return f"已于 {first.on} 检查过" if first.done else f"已排在 {first.on} 由第 {first.team} 组检查"
