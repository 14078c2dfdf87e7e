"""批准、撤回、回报 what happens to a plan and its visits once made."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from qianshao.base.access.queries import within
from qianshao.base.access.rules import Scope
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.base.records.commands import record_event
from qianshao.base.records.rules import Actor
from qianshao.flow.planning.models import LeftOut, MonthPlan, Visit, VisitTask
from qianshao.flow.yearplans.queries.plans import in_force_for, year_plan_law


def approve_plan(*, plan_id: int, scope: Scope, by: Actor, at: datetime) -> MonthPlan:
    """批准计划: before the first visit (国办发〔2024〕54号：检查前须经批准). Under which year plan is on the record.

    Raises `Refusal`: not found, not a draft, or no year plan in force where the city's setting asks for one.
    """
    with transaction.atomic():
        plan = _locked(plan_id, scope)
        if plan.state != MonthPlan.State.DRAFT:
            raise Refusal("not_a_draft", "只有草案可以批准，该计划已批准或已撤回。")
        under = _year_plan(plan, timezone.localtime(at).date())
        plan.state, plan.approved_at, plan.approved_by = MonthPlan.State.APPROVED, at, by.account_id
        plan.save()
        _record(plan, "approve_plan", by=by, at=at, year_plan=under)
    return plan


def _year_plan(plan: MonthPlan, today: date) -> str:
    """The number and version of the year plan in force; "none" where there is none and the setting only warns."""
    standing = in_force_for(station=plan.station_id, year=plan.month.year)
    if standing is not None:
        return f"{standing.number}.{standing.version}"
    if year_plan_law(today).parameters["month_plan_refused"].value:
        raise Refusal(
            "no_year_plan",
            f"{plan.month.year} 年度检查计划尚未批准，月计划不能批准。",
            remedy="请区局或市局先批准本年度的检查计划。",
            basis="广东省优化营商环境条例第四十八条",
        )
    return "none"


def withdraw_plan(*, plan_id: int, scope: Scope, reason: str, by: Actor, at: datetime) -> MonthPlan:
    """撤回计划: visits not yet carried out are cancelled and their obligations are free again; done visits stay. Which visits stood
    is kept in the report, so that the version can be compared with the next one."""
    with transaction.atomic():
        plan = _locked(plan_id, scope)
        if plan.state == MonthPlan.State.WITHDRAWN:
            raise Refusal("already_withdrawn", "该计划已经撤回。")
        if not reason.strip():
            raise Refusal("reason_needed", "撤回计划须说明原因。", field="reason", status=422)
        standing = Visit.objects.filter(plan=plan).exclude(state=Visit.State.CANCELLED).order_by("pk")
        plan.report = plan.report | {"stood": list(standing.values_list("pk", flat=True))}
        open_visits = Visit.objects.filter(plan=plan, state=Visit.State.PLANNED)
        VisitTask.objects.filter(visit__in=open_visits).update(active=False)
        open_visits.update(state=Visit.State.CANCELLED)
        LeftOut.objects.filter(plan=plan).delete()
        plan.state = MonthPlan.State.WITHDRAWN
        plan.save()
        _record(plan, "withdraw_plan", by=by, at=at, reason=reason)
    return plan


def _locked(plan_id: int, scope: Scope) -> MonthPlan:
    plan = MonthPlan.objects.select_for_update().filter(within(scope), pk=plan_id).first()
    if plan is None:
        raise Refusal("not_found", "没有找到这个计划。", status=404)
    return plan


def _record(plan: MonthPlan, verb: str, *, by: Actor, at: datetime, **payload: str) -> None:
    record_event(
        by=by,
        at=at,
        verb=verb,
        subject=("plan", plan.pk),
        unit=plan.station_id,
        payload={"month": plan.month.isoformat()} | payload,
        rows=[("planning_month_plan", plan.pk)],
    )


def mark_visited(*, visit_id: int, done_on: date) -> Visit:
    """回报: the visit was carried out. Runs inside the transaction of the submission, whose event names the row.

    Raises `Refusal` when the visit is not waiting to be carried out or its plan is not approved.
    """
    visit = Visit.objects.select_for_update().select_related("plan").get(pk=visit_id)
    if visit.plan.state != MonthPlan.State.APPROVED:
        raise Refusal("plan_not_approved", "所在月计划尚未批准，不得实施检查。", basis="国办发〔2024〕54号")
    if visit.state != Visit.State.PLANNED:
        raise Refusal("visit_not_open", "该次检查已完成或已取消。")
    visit.state, visit.done_on = Visit.State.DONE, done_on
    visit.version += 1
    visit.save()
    return visit


def release_tasks(*, visit_id: int) -> int:
    """放回事项: nothing could be checked at the door, so that what is still owed may be planned again.

    Runs inside the transaction of the submission. Returns how many tasks were released.
    """
    return VisitTask.objects.filter(visit_id=visit_id, active=True).update(active=False)
