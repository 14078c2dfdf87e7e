"""专项行动: drafted, submitted, approved by the level above, filed, begun, ended. Every act is one event on the campaign's row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from qianshao.base.access.rules import EVERYTHING, Scope
from qianshao.base.places.queries import division_names
from qianshao.base.policy.rules.library import Duty
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.base.records.commands import next_document_number, record_event
from qianshao.base.records.rules import Actor
from qianshao.flow.campaigns.models import Campaign
from qianshao.flow.campaigns.queries import campaign_parameters, origin, reach
from qianshao.flow.campaigns.rules import (
    BASIS,
    COUNTED,
    check_approver,
    check_stage,
    check_target,
    check_window,
    check_words,
    check_yearly_number,
)
from qianshao.flow.duties.commands.campaigning import Near, Owed, cancel_campaign, owe_campaign
from qianshao.flow.duties.queries import duties_on


@dataclass(frozen=True, slots=True)
class Plan:
    """检查计划 of a campaign: what its maker writes."""

    title: str
    purpose: str
    basis: str
    duty_codes: Sequence[str]
    target: Mapping[str, Any]
    first_on: date
    last_on: date
    from_above: bool = False
    above_ref: str = ""


def make_campaign(*, unit: str, plan: Plan, scope: Scope, by: Actor, at: datetime, today: date) -> Campaign:
    """拟订专项行动: a draft with its number of the year. Raises `Refusal`: a unit outside the scope, words missing, a duty that is
    not published, a window or a target that cannot be."""
    if not scope.covers(unit) or unit not in division_names(codes={unit}):
        raise Refusal("not_found", "没有找到这个单位。", status=404)
    _check(plan, unit, today)
    with transaction.atomic():
        year = plan.first_on.year
        campaign = Campaign(
            unit=unit,
            year=year,
            sequence=next_document_number(kind="campaign", unit=unit, year=year),
            made_at=at,
            made_by=by.account_id,
            made_name=by.name,
        )
        _write(campaign, plan)
        _record(campaign, "make_campaign", by=by, at=at)
    return campaign


def change_campaign(
    *, campaign_id: int, plan: Plan, scope: Scope, by: Actor, at: datetime, today: date
) -> Campaign:
    """修改草案. Raises `Refusal`: not found, no draft, another year than its number's, and whatever `make_campaign` refuses."""
    with transaction.atomic():
        campaign = _locked(campaign_id, scope, "change")
        _check(plan, campaign.unit, today)
        if plan.first_on.year != campaign.year:
            raise Refusal(
                "other_year",
                f"编号属于 {campaign.year} 年，改到其他年度请重新拟订。",
                field="first_on",
                status=422,
            )
        _write(campaign, plan)
        _record(campaign, "change_campaign", by=by, at=at)
    return campaign


def submit_campaign(*, campaign_id: int, scope: Scope, by: Actor, at: datetime, today: date) -> Campaign:
    """提交 for approval, counted on the register as it is. Raises `Refusal`: not found, no draft, over already, reaching nobody, or
    the unit's number of the year used up (not for what a superior deployed)."""
    with transaction.atomic():
        campaign = _locked(campaign_id, scope, "submit")
        check_window(campaign.first_on, campaign.last_on, today)
        _refuse_number(campaign, today)
        _count(campaign, today)
        campaign.state, campaign.returned_reason = Campaign.State.SUBMITTED, ""
        campaign.submitted_at, campaign.submitted_by, campaign.submitted_name = at, by.account_id, by.name
        campaign.save()
        _record(campaign, "submit_campaign", by=by, at=at, reach=campaign.reach)
    return campaign


def return_campaign(*, campaign_id: int, reason: str, scope: Scope, by: Actor, at: datetime) -> Campaign:
    """退回 a submitted campaign with the reason; it is a draft again. Raises `Refusal`: not found, not submitted, no reason."""
    check_words({"reason": reason})
    with transaction.atomic():
        campaign = _locked(campaign_id, scope, "return")
        campaign.state, campaign.returned_reason = Campaign.State.DRAFT, reason.strip()
        campaign.save()
        _record(campaign, "return_campaign", by=by, at=at, reason=reason.strip())
    return campaign


def approve_campaign(
    *,
    campaign_id: int,
    approval_ref: str,
    approved_on: date,
    body: str,
    scope: Scope,
    by: Actor,
    at: datetime,
    today: date,
) -> Campaign:
    """批准 under a document number, by a unit above the one that runs it; the city's own by whom `body` names, entered by another
    person. Raises `Refusal`: not found, not submitted, no number, a day to come, not from above."""
    check_words({"approval_ref": approval_ref})
    _refuse_future(approved_on, today, "approved_on")
    with transaction.atomic():
        campaign = _locked(campaign_id, scope, "approve")
        check_approver(
            campaign.unit,
            by_unit=by.unit,
            account=by.account_id,
            made_by=campaign.made_by,
            submitted_by=campaign.submitted_by,
            body=body,
        )
        campaign.state = Campaign.State.APPROVED
        campaign.approval_ref, campaign.approved_on = approval_ref.strip(), approved_on
        campaign.approved_name = by.name
        campaign.approved_body = body.strip() or f"{division_names(codes={by.unit})[by.unit]}市场监督管理局"
        campaign.save()
        _record(campaign, "approve_campaign", by=by, at=at, approval=campaign.approval_ref)
    return campaign


def file_campaign(
    *, campaign_id: int, filed_on: date, receipt: str, scope: Scope, by: Actor, at: datetime, today: date
) -> Campaign:
    """备案 of an approved campaign: the day and the receipt. Raises `Refusal`: not found, not approved, a day to come, no receipt."""
    check_words({"receipt": receipt})
    _refuse_future(filed_on, today, "filed_on")
    with transaction.atomic():
        campaign = _locked(campaign_id, scope, "file")
        campaign.filed_on, campaign.filed_ref = filed_on, receipt.strip()
        campaign.save()
        _record(campaign, "file_campaign", by=by, at=at, receipt=campaign.filed_ref)
    return campaign


def begin_campaign(
    *,
    campaign_id: int,
    scope: Scope,
    by: Actor,
    at: datetime,
    today: date,
    near: Near | None = None,
    **told: Any,
) -> tuple[Campaign, Owed]:
    """启动: from now on its checks are owed. `near` are the doors entered lately or soon and what is done there, `told` what the
    event says of them.

    Runs inside the caller's transaction. Raises `Refusal`: not found, not approved, not filed, over already, a duty withdrawn from
    the list meanwhile, reaching nobody any more.
    """
    campaign = _locked(campaign_id, scope, "start")
    if not campaign.filed_ref:
        raise Refusal(
            "not_filed", "专项行动须备案后才能启动。", basis=BASIS, remedy="请先登记备案日期和回执。"
        )
    check_window(campaign.first_on, campaign.last_on, today)
    duties = _count(campaign, today)
    owed = owe_campaign(
        duties=duties,
        target=campaign.target,
        unit=campaign.unit,
        origin=origin(unit=campaign.unit, from_above=campaign.from_above, today=today),
        ref=campaign.ref,
        first_on=campaign.first_on,
        last_on=campaign.last_on,
        today=today,
        near=near,
    )
    campaign.state, campaign.started_at = Campaign.State.RUNNING, at
    campaign.save()
    _record(
        campaign,
        "begin_campaign",
        by=by,
        at=at,
        owed=owed.checks,
        doors=owed.doors,
        carried=owed.carried,
        excused=owed.excused,
        **told,
    )
    return campaign, owed


def end_campaign(
    *, campaign_id: int, outcome: str, reason: str, scope: Scope, by: Actor, at: datetime
) -> tuple[Campaign, int]:
    """结束 ("close") or 撤回 ("withdraw") with the reason: what is still open is cancelled; what was done stays, and so does the campaign.

    Runs inside the caller's transaction. Returns how many checks were cancelled. Raises `Refusal`: not found, no reason, ended already.
    """
    check_words({"reason": reason})
    campaign = _locked(campaign_id, scope, outcome)
    name = f"专项行动“{campaign.title}”{'结束' if outcome == 'close' else '撤回'}：{reason.strip()}"
    cancelled = cancel_campaign(ref=campaign.ref, reason=name[:200])
    campaign.state = Campaign.State.CLOSED if outcome == "close" else Campaign.State.WITHDRAWN
    campaign.ended_at, campaign.ended_reason = at, reason.strip()
    campaign.save()
    _record(campaign, f"{outcome}_campaign", by=by, at=at, reason=reason.strip(), cancelled=cancelled)
    return campaign, cancelled


def _locked(campaign_id: int, scope: Scope, act: str) -> Campaign:
    campaign = Campaign.objects.select_for_update().filter(pk=campaign_id).first()
    if campaign is None or not scope.covers(campaign.unit):
        raise Refusal("not_found", "没有找到这个专项行动。", status=404)
    check_stage(act, campaign.state)
    return campaign


def _published(codes: Sequence[str], today: date) -> list[Duty]:
    known = duties_on(today)
    if strange := [code for code in codes if code not in known]:
        raise Refusal(
            "not_published",
            f"检查事项不在公布的清单内，不得检查：{'、'.join(strange)}。",
            basis=BASIS,
            field="duty_codes",
            status=422,
        )
    if not codes:
        raise Refusal("no_duty", "请选择检查事项。", field="duty_codes", status=422)
    return [known[code] for code in sorted(set(codes))]


def _check(plan: Plan, unit: str, today: date) -> None:
    check_words({"title": plan.title, "purpose": plan.purpose, "basis": plan.basis})
    _published(plan.duty_codes, today)
    check_window(plan.first_on, plan.last_on, today)
    check_target(plan.target, unit)
    if plan.from_above and not plan.above_ref.strip():
        raise Refusal("above_ref_needed", "上级部署的，请填写上级文号。", field="above_ref", status=422)


def _write(campaign: Campaign, plan: Plan) -> None:
    campaign.title, campaign.purpose, campaign.basis = (
        plan.title.strip(),
        plan.purpose.strip(),
        plan.basis.strip(),
    )
    campaign.duty_codes, campaign.target = sorted(set(plan.duty_codes)), dict(plan.target)
    campaign.first_on, campaign.last_on = plan.first_on, plan.last_on
    campaign.from_above, campaign.above_ref = (
        plan.from_above,
        plan.above_ref.strip() if plan.from_above else "",
    )
    campaign.save()


def _count(campaign: Campaign, today: date) -> list[Duty]:
    """Count whom it reaches now and note it on the campaign. Raises `Refusal` when that is nobody."""
    duties = _published(campaign.duty_codes, today)
    found = reach(
        scope=EVERYTHING,
        unit=campaign.unit,
        duties=duties,
        target=campaign.target,
        last_on=campaign.last_on,
        today=today,
        from_above=campaign.from_above,
    )
    if not found.checks:
        raise Refusal(
            "reaches_nobody", "没有符合条件的检查对象，请调整事项或对象条件。", field="target", status=422
        )
    campaign.reach = {
        "doors": found.doors,
        "checks": found.checks,
        "carried": found.carried,
        "excused": found.excused,
        "new_doors": found.new_doors,
        "hours": found.hours,
        "as_of": today.isoformat(),
    }
    return duties


def _refuse_number(campaign: Campaign, today: date) -> None:
    if campaign.from_above:
        return
    rows = Campaign.objects.select_for_update().filter(unit=campaign.unit, year=campaign.year).order_by("pk")
    standing = [one.title for one in rows if one.state in COUNTED and not one.from_above]
    check_yearly_number(standing, int(campaign_parameters(today)["a_year"].value), campaign.year)


def _refuse_future(day: date, today: date, field: str) -> None:
    if day > today:
        raise Refusal("in_the_future", "日期不能晚于今天。", field=field, status=422)


def _record(campaign: Campaign, verb: str, *, by: Actor, at: datetime, **payload: Any) -> None:
    record_event(
        by=by,
        at=at,
        verb=verb,
        subject=("campaign", campaign.pk),
        unit=campaign.unit,
        payload={"title": campaign.title} | payload,
        rows=[("campaigns_campaign", campaign.pk)],
    )
