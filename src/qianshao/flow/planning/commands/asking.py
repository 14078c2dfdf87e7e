"""新增检查 that a complaint or another event asks for. Whoever adds one at a door that is entered anyway is told, and may join."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import F

from qianshao.base.access.rules import Scope
from qianshao.base.policy.rules.library import Duty
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.base.records.commands import record_event
from qianshao.base.records.rules import Actor
from qianshao.flow.duties.commands.keeping import owe_check
from qianshao.flow.duties.queries import duties_on, planning_parameters, task_rows
from qianshao.flow.planning.commands.living import in_words, refresh_report
from qianshao.flow.planning.models import MonthPlan, Visit, VisitTask
from qianshao.flow.planning.queries.problem import living_plan, task_of
from qianshao.flow.registry.queries.filing import entity
from qianshao.flow.scheduling.rules.verify import newly_broken


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
    near = _entries_near(entity_id, today, timedelta(days=days))
    if near and not how:
        raise Refusal(
            "door_is_entered",
            f"{door.name} {_told(near)}，{days} 天内不宜再次进门。",
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
        visit = _join(obligation, due_on, scope, today) if how == "join" else None
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
                "visit": visit.pk if visit else None,
            },
            rows=[("duties_obligation", obligation)],
        )
    return AskedCheck(obligation, visit.pk if visit else None, visit.visit_on if visit else None)


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


def _entries_near(entity_id: int, today: date, span: timedelta) -> list[Visit]:
    """Entries of the door done within `span` before today or planned within it after, the planned ones first."""
    rows = Visit.objects.filter(entity_id=entity_id).exclude(state=Visit.State.CANCELLED)
    done = rows.filter(state=Visit.State.DONE, done_on__gte=today - span)
    planned = rows.filter(state=Visit.State.PLANNED, visit_on__range=(today, today + span))
    return [*planned.order_by("visit_on"), *done.order_by("-done_on")]


def _told(near: list[Visit]) -> str:
    first = near[0]
    if first.state == Visit.State.PLANNED:
        return f"已排在 {first.visit_on} 由第 {first.team} 组检查"
    return f"已于 {first.done_on} 检查过"


def _join(obligation: int, due_on: date, scope: Scope, today: date) -> Visit:
    """Let the first entry that can carry the check do so. Raises `Refusal` with what stands against the last one tried."""
    row = task_rows(scope=scope, ids=[obligation])[0]
    asked = Visit.objects.filter(
        entity_id=row["entity_id"], state=Visit.State.PLANNED, visit_on__range=(today, due_on)
    )
    against = f"{due_on} 以前没有已排的检查"
    for visit in asked.order_by("visit_on"):
        plan = MonthPlan.objects.select_for_update().get(pk=visit.plan_id)
        month, before, numbers = living_plan(
            scope=scope,
            plan_id=plan.pk,
            station=plan.station_id,
            month=plan.month,
            today=today,
            seed=plan.seed,
        )
        wider = replace(month, tasks=(*month.tasks, task_of(row, lon=month.lon, lat=month.lat, today=today)))
        place = next(place for place, number in numbers.items() if number == visit.pk)
        visits = list(before.visits)
        visits[place] = replace(
            visits[place],
            tasks=(*visits[place].tasks, obligation),
            minutes=visits[place].minutes + row["minutes"],
        )
        after = replace(before, visits=visits, mandatory=before.mandatory + 1)
        if broken := newly_broken(wider, replace(before, mandatory=before.mandatory + 1), after):
            against = f"{visit.visit_on} " + in_words(broken[0], wider, today)
            continue
        VisitTask.objects.create(visit=visit, obligation_id=obligation)
        Visit.objects.filter(pk=visit.pk).update(
            minutes=F("minutes") + row["minutes"], version=F("version") + 1
        )
        refresh_report(plan, wider, after)
        visit.refresh_from_db()
        return visit
    raise Refusal("cannot_join", f"并入不了：{against}。", remedy="请另行进门，或先调整该次检查。")
