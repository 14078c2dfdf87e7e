"""启动、结束、撤回 a campaign: the doors that are entered anyway are told before it begins; what is taken back leaves the plans."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from qianshao.base.access.rules import Scope
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.base.records.rules import Actor
from qianshao.flow.asking.queries import Notice, campaign_notice
from qianshao.flow.campaigns.commands import begin_campaign, end_campaign
from qianshao.flow.duties.commands.campaigning import Near, Owed
from qianshao.flow.planning.commands.joining import let_go
from qianshao.flow.planning.queries.entries import near_doors_sql

HOWS = {"join": "并入已排", "later": "顺延到下次进门", "apart": "另行进门"}


def start_campaign(
    *, campaign_id: int, how: str, reason: str, scope: Scope, by: Actor, at: datetime, today: date
) -> Owed:
    """启动专项行动. `how`: "" asks; "join" lets planned entries carry its checks and waits at doors entered lately; "later" waits at
    both; "apart" enters once more, with the reason on record.

    Raises `Refusal`: doors entered lately or soon while `how` is "", no reason for going apart, and whatever
    `campaigns.begin_campaign` refuses. Nothing is written then.
    """
    with transaction.atomic():
        notice = campaign_notice(scope=scope, campaign_id=campaign_id, today=today)
        if notice.near and not how:
            raise Refusal(
                "doors_are_entered",
                f"涉及的 {notice.doors:,} 户中，{_told(notice)}，不宜再次进门。",
                remedy="请并入已排的检查，或顺延到下次进门；确需另行进门的，说明理由。",
                basis="综合查一次（国办发〔2024〕54号）",
            )
        if how == "apart" and notice.near and not reason.strip():
            raise Refusal("reason_needed", "另行进门须说明理由。", field="reason", status=422)
        rows, parameters = near_doors_sql(scope=scope, today=today, days=notice.days)
        near = Near(rows, parameters, how, notice.days) if how in {"join", "later"} else None
        _, owed = begin_campaign(
            campaign_id=campaign_id,
            scope=scope,
            by=by,
            at=at,
            today=today,
            near=near,
            how=how or "alone",
            reason=reason.strip(),
            planned=notice.planned,
            entered=notice.entered,
        )
    return owed


def _told(notice: Notice) -> str:
    parts = [
        f"{notice.planned:,} 户 {notice.days} 天内已排检查" if notice.planned else "",
        f"{notice.entered:,} 户 {notice.days} 天内检查过" if notice.entered else "",
    ]
    return "，".join(part for part in parts if part)


def close_campaign(*, campaign_id: int, reason: str, scope: Scope, by: Actor, at: datetime) -> int:
    """结束专项行动: what is open is cancelled with the reason and leaves the plans. Returns how many checks. Raises `Refusal`."""
    return _end("close", campaign_id, reason, scope, by, at)


def withdraw_campaign(*, campaign_id: int, reason: str, scope: Scope, by: Actor, at: datetime) -> int:
    """撤回专项行动 at any stage before its end, with the reason; a running one as if it were closed. Raises `Refusal`."""
    return _end("withdraw", campaign_id, reason, scope, by, at)


def _end(outcome: str, campaign_id: int, reason: str, scope: Scope, by: Actor, at: datetime) -> int:
    with transaction.atomic():
        campaign, cancelled = end_campaign(
            campaign_id=campaign_id, outcome=outcome, reason=reason, scope=scope, by=by, at=at
        )
        let_go(origin_ref=campaign.ref)
    return cancelled
