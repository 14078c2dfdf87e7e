"""What every act on a version of a year plan begins and ends with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from qianshao.base.access.rules import Scope
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.base.records.commands import record_event
from qianshao.base.records.rules import Actor
from qianshao.flow.yearplans.models import YearPlan
from qianshao.flow.yearplans.rules.stages import check_stage


def lock_version(*, plan_id: int, scope: Scope, act: str) -> YearPlan:
    """锁定版本 if the scope covers its unit and `act` may be done to it now. Inside the caller's transaction. Raises `Refusal`."""
    plan = YearPlan.objects.select_for_update().filter(pk=plan_id).first()
    if plan is None or not scope.covers(plan.unit):
        raise Refusal("not_found", "没有找到这个年度计划。", status=404)
    check_stage(act, plan.state)
    return plan


def record_version(
    *,
    plan: YearPlan,
    verb: str,
    by: Actor,
    at: datetime,
    rows: Sequence[tuple[str, object]] = (),
    **payload: Any,
) -> None:
    """版本留痕: one event that names the version and whatever else the act wrote. Inside the caller's transaction."""
    record_event(
        by=by,
        at=at,
        verb=verb,
        subject=("year_plan", plan.pk),
        unit=plan.unit,
        payload={"year": plan.year, "version": plan.version} | payload,
        rows=[("yearplans_year_plan", plan.pk), *rows],
    )
