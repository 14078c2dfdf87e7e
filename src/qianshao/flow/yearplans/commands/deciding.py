"""提交、批准、备案、公布、修订、撤回 what happens to a version once it is made. Who made it does not approve it."""

from __future__ import annotations

from datetime import date, datetime

from django.db import IntegrityError, transaction

from qianshao.base.access.rules import Scope
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.base.records.rules import Actor
from qianshao.flow.duties.commands.settings import keep_year_rates
from qianshao.flow.yearplans.commands.reckoning import ask_reckoning
from qianshao.flow.yearplans.commands.versions import lock_version, record_version
from qianshao.flow.yearplans.models import YearPlan
from qianshao.flow.yearplans.queries.plans import content_hash, in_force, rates_of
from qianshao.flow.yearplans.rules.capacity import open_days
from qianshao.flow.yearplans.rules.stages import check_other_person


def submit_year_plan(*, plan_id: int, scope: Scope, by: Actor, at: datetime) -> YearPlan:
    """提交 a draft for approval. Raises `Refusal`: not found, no draft, not reckoned yet."""
    with transaction.atomic():
        plan = lock_version(plan_id=plan_id, scope=scope, act="submit")
        if plan.reckoned_at is None:
            raise Refusal(
                "not_reckoned", "计划还没有计算完成，不能提交。", remedy="请等待计算完成或重新计算。"
            )
        plan.state = YearPlan.State.SUBMITTED
        plan.submitted_at, plan.submitted_by, plan.submitted_name = at, by.account_id, by.name
        plan.returned_reason = ""
        plan.save()
        record_version(plan=plan, verb="submit_year_plan", by=by, at=at, content=plan.content_hash)
    return plan


def return_year_plan(*, plan_id: int, scope: Scope, reason: str, by: Actor, at: datetime) -> YearPlan:
    """退回 a submitted plan with the reason; it is a draft again. Raises `Refusal`: not found, not submitted, no reason."""
    _refuse_silence(reason, "退回须说明原因。")
    with transaction.atomic():
        plan = lock_version(plan_id=plan_id, scope=scope, act="return")
        plan.state, plan.returned_reason = YearPlan.State.DRAFT, reason.strip()
        plan.save()
        record_version(plan=plan, verb="return_year_plan", by=by, at=at, reason=reason.strip())
    return plan


def approve_year_plan(*, plan_id: int, scope: Scope, reference: str, by: Actor, at: datetime) -> YearPlan:
    """批准 by somebody else of the unit, or of a level above, under a document number: from then on the year's shares and months are
    those of the plan. Raises `Refusal`: not found, not submitted, no number, the maker's own plan, content that was touched."""
    _refuse_silence(reference, "请填写批准文号。", code="reference_needed", field="reference")
    with transaction.atomic():
        plan = lock_version(plan_id=plan_id, scope=scope, act="approve")
        check_other_person(by.account_id, made_by=plan.made_by, submitted_by=plan.submitted_by)
        _refuse_touched(plan)
        plan.state, plan.approved_at, plan.approval_ref = YearPlan.State.APPROVED, at, reference.strip()
        plan.approved_name, plan.approved_unit = by.name, by.unit
        plan.save()
        _settle_rates(plan)
        record_version(plan=plan, verb="approve_year_plan", by=by, at=at, reference=reference.strip())
    return plan


def file_year_plan(
    *, plan_id: int, scope: Scope, filed_on: date, receipt: str, by: Actor, at: datetime, today: date
) -> YearPlan:
    """报上级备案: the day and the receipt. Raises `Refusal`: not found, not approved, a day to come, no receipt."""
    _refuse_silence(receipt, "请填写备案回执号。", code="receipt_needed", field="receipt")
    if filed_on > today:
        raise Refusal("in_the_future", "备案日期不能晚于今天。", field="filed_on", status=422)
    with transaction.atomic():
        plan = lock_version(plan_id=plan_id, scope=scope, act="file")
        plan.filed_on, plan.filed_ref = filed_on, receipt.strip()
        plan.save()
        record_version(plan=plan, verb="file_year_plan", by=by, at=at, receipt=receipt.strip())
    return plan


def publish_year_plan(*, plan_id: int, scope: Scope, by: Actor, at: datetime) -> YearPlan:
    """公布 an approved version: anybody may read it; the version published before is replaced and stays to be seen.

    Raises `Refusal`: not found, not approved, content that was touched since.
    """
    with transaction.atomic():
        plan = lock_version(plan_id=plan_id, scope=scope, act="publish")
        _refuse_touched(plan)
        replaced = (
            YearPlan.objects.select_for_update()
            .filter(unit=plan.unit, year=plan.year, state=YearPlan.State.PUBLISHED)
            .first()
        )
        if replaced is not None:
            replaced.state = YearPlan.State.REPLACED
            replaced.save()
        plan.state, plan.published_at = YearPlan.State.PUBLISHED, at
        plan.save()
        rows = [("yearplans_year_plan", replaced.pk)] if replaced else []
        record_version(
            plan=plan, verb="publish_year_plan", by=by, at=at, rows=rows, content=plan.content_hash
        )
    return plan


def amend_year_plan(
    *, plan_id: int, scope: Scope, reason: str, by: Actor, at: datetime, today: date
) -> YearPlan:
    """修订: a draft of the next version with the reason; the version in force stays in force until the new one is approved.

    Raises `Refusal`: not found, not published, no reason, a year that is over, a next version in preparation already.
    """
    _refuse_silence(reason, "修订须说明原因。")
    try:
        with transaction.atomic():
            old = lock_version(plan_id=plan_id, scope=scope, act="amend")
            if not any(open_days(old.year, today)):
                raise Refusal("year_over", f"{old.year} 年已没有可安排的工作日，不能再修订。", status=422)
            plan = YearPlan.objects.create(
                unit=old.unit,
                year=old.year,
                version=old.version + 1,
                number=old.number,
                title=old.title,
                reason=reason.strip(),
                first_month=1,
                as_of=today,
                made_at=at,
                made_by=by.account_id,
                made_name=by.name,
            )
            ask_reckoning(plan=plan, by=by, at=at, today=today)
            record_version(plan=plan, verb="amend_year_plan", by=by, at=at, reason=reason.strip())
    except IntegrityError as clash:
        raise Refusal("in_preparation", "该计划已有新版本正在编制，请在新版本上调整。") from clash
    return plan


def withdraw_year_plan(*, plan_id: int, scope: Scope, reason: str, by: Actor, at: datetime) -> YearPlan:
    """撤回 a version with the reason; it stays to be seen. Raises `Refusal`: not found, withdrawn or replaced already, no reason."""
    _refuse_silence(reason, "撤回须说明原因。")
    with transaction.atomic():
        plan = lock_version(plan_id=plan_id, scope=scope, act="withdraw")
        plan.state, plan.withdrawn_at, plan.withdrawn_reason = YearPlan.State.WITHDRAWN, at, reason.strip()
        plan.save()
        _settle_rates(plan)
        record_version(plan=plan, verb="withdraw_year_plan", by=by, at=at, reason=reason.strip())
    return plan


def _settle_rates(plan: YearPlan) -> None:
    """The duties are drawn from now on as the version in force says, or as the policy says where none is."""
    standing = in_force(unit=plan.unit, year=plan.year)
    rates = [] if standing is None else rates_of(number=standing.number, version=standing.version)
    keep_year_rates(
        unit=plan.unit,
        year=plan.year,
        rates=rates,
        source="" if standing is None else f"{standing.number}.{standing.version}",
    )


def _refuse_touched(plan: YearPlan) -> None:
    if content_hash(plan_id=plan.pk) != plan.content_hash:
        raise Refusal(
            "content_changed", "计划内容与计算完成时的散列不符，不能继续；请退回后重新计算。", status=500
        )


def _refuse_silence(words: str, message: str, *, code: str = "reason_needed", field: str = "reason") -> None:
    if not words.strip():
        raise Refusal(code, message, field=field, status=422)
