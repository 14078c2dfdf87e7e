"""编制 a unit's year: begun, changed, reckoned in the background."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction

from qianshao.base.access.rules import Scope
from qianshao.base.places.queries import division_names
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.base.records.commands import next_document_number
from qianshao.base.records.rules import Actor
from qianshao.flow.duties.queries import duties_on
from qianshao.flow.yearplans.commands.reckoning import ask_reckoning
from qianshao.flow.yearplans.commands.versions import lock_version, record_version
from qianshao.flow.yearplans.models import IN_PREPARATION, YearPlan, YearPlanChange
from qianshao.flow.yearplans.queries.plans import in_force, year_plan_law
from qianshao.flow.yearplans.rules.capacity import open_days
from qianshao.flow.yearplans.rules.changing import check_change, check_whose


@dataclass(frozen=True, slots=True)
class Change:
    """一项调整: a share by class, the months, or neither to put the policy's figures back; within the plan's unit or a station."""

    duty_code: str
    unit: str
    share: Mapping[str, float] | None
    months: Sequence[int] | None
    reason: str


def make_year_plan(*, unit: str, year: int, scope: Scope, by: Actor, at: datetime, today: date) -> YearPlan:
    """编制年度计划: a draft of its first version, handed to the background to be reckoned.

    Raises `Refusal`: a unit outside the scope or that is no bureau, a year that is over or further ahead than the next, a plan
    that is in preparation or in force already, also when another person was faster.
    """
    names = division_names(codes={unit})
    if not scope.covers(unit) or unit not in names or len(unit) > 6:
        raise Refusal("not_found", "没有找到这个市局或区局。", status=404)
    _refuse_year(year, today)
    law = year_plan_law(today)
    try:
        with transaction.atomic():
            _refuse_second(unit, year)
            sequence = next_document_number(kind="year_plan", unit=unit, year=year)
            plan = YearPlan.objects.create(
                unit=unit,
                year=year,
                number=law.number.format(unit=unit, year=year, number=sequence),
                title=f"{names[unit]}市场监督管理局{year}年度检查计划",
                first_month=1,
                as_of=today,
                made_at=at,
                made_by=by.account_id,
                made_name=by.name,
            )
            ask_reckoning(plan=plan, by=by, at=at, today=today)
            record_version(plan=plan, verb="make_year_plan", by=by, at=at)
    except IntegrityError as clash:
        raise _already(year) from clash
    return plan


def _refuse_year(year: int, today: date) -> None:
    if year < today.year:
        raise Refusal("year_over", f"{year} 年已经结束，不能再编制年度计划。", field="year", status=422)
    if year > today.year + 1:
        raise Refusal("too_early", "最早只能编制下一年度的计划。", field="year", status=422)
    if not any(open_days(year, today)):
        raise Refusal(
            "no_days_left", f"{year} 年已没有可安排的工作日，不能再编制年度计划。", field="year", status=422
        )


def _refuse_second(unit: str, year: int) -> None:
    if (
        YearPlan.objects.filter(unit=unit, year=year, state__in=IN_PREPARATION).exists()
        or in_force(unit=unit, year=year) is not None
    ):
        raise _already(year)


def _already(year: int) -> Refusal:
    return Refusal(
        "already_made",
        f"该单位 {year} 年度计划已经编制，同一年度只有一份。",
        remedy="需要变更的，请在原计划上调整或修订；需要重编的，请先撤回。",
    )


def reckon_again(*, plan_id: int, scope: Scope, by: Actor, at: datetime, today: date) -> YearPlan:
    """重新计算 a draft on the data of today. Raises `Refusal`: not found, no draft."""
    with transaction.atomic():
        plan = lock_version(plan_id=plan_id, scope=scope, act="change")
        ask_reckoning(plan=plan, by=by, at=at, today=today)
        record_version(plan=plan, verb="reckon_again", by=by, at=at)
    return plan


def change_year_plan(
    *, plan_id: int, change: Change, scope: Scope, by: Actor, at: datetime, today: date
) -> YearPlanChange:
    """调整草案: kept with its reason and never removed; the plan is reckoned anew.

    Raises `Refusal`: not found or no draft, a duty that is not published or that a level above plans, a unit outside the plan's,
    and whatever `check_change` finds.
    """
    with transaction.atomic():
        plan = lock_version(plan_id=plan_id, scope=scope, act="change")
        duty = duties_on(today).get(change.duty_code)
        if duty is None:
            raise Refusal("unknown_duty", f"没有检查事项 {change.duty_code}。", field="duty_code", status=422)
        if not change.unit.startswith(plan.unit) or change.unit not in division_names(codes={change.unit}):
            raise Refusal(
                "not_within", "只能在本计划的单位或所属监管所范围内调整。", field="unit", status=422
            )
        law = year_plan_law(today)
        check_whose(duty, plan.unit, law)
        days = open_days(plan.year, today)
        check_change(
            duty,
            share=change.share,
            months=change.months,
            reason=change.reason,
            open_months={place for place, count in enumerate(days, start=1) if count},
            law=law,
        )
        row = YearPlanChange.objects.create(
            plan=plan,
            unit=change.unit,
            duty_code=duty.code,
            share=change.share,
            months=None if change.months is None else sorted(change.months),
            reason=change.reason.strip(),
            changed_at=at,
            changed_by=by.name,
        )
        ask_reckoning(plan=plan, by=by, at=at, today=today)
        record_version(
            plan=plan,
            verb="change_year_plan",
            by=by,
            at=at,
            rows=[("yearplans_change", row.pk)],
            duty=duty.code,
            within=change.unit,
            reason=row.reason,
        )
    return row
