"""Campaigns from their draft to their approval; the rooms further right begin and end them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router

from qianshao.base.access.api import allow, caller, today
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.flow.campaigns import commands, queries
from qianshao.flow.campaigns.schemas import (
    ApproveIn,
    CampaignIn,
    CampaignOut,
    CampaignPage,
    FileIn,
    NewCampaignIn,
    ReachIn,
    ReachOut,
    ReturnIn,
)
from qianshao.flow.duties.queries import duties_on

router = Router(tags=["campaigns"])
_PAGE = 50


def _acting(request: HttpRequest) -> dict[str, Any]:
    """Within which units, who, and when: what every command is told."""
    who = caller(request)
    return {"scope": who.scope, "by": who.actor, "at": timezone.now()}


def _plan(body: CampaignIn) -> commands.Plan:
    told = body.dict(exclude={"unit", "target"})
    return commands.Plan(**told, target=body.target.dict(exclude_none=True))


def _campaign(request: HttpRequest, campaign_id: int) -> CampaignOut:
    card = queries.campaign(scope=caller(request).scope, campaign_id=campaign_id)
    if card is None:
        raise Refusal("not_found", "没有找到这个专项行动。", status=404)
    return CampaignOut(**asdict(card))


@router.get("/campaigns", response=CampaignPage, auth=allow("campaign.read"))
def list_campaigns(
    request: HttpRequest,
    state: str = Query("", pattern=r"^(draft|submitted|approved|running|closed|withdrawn)?$"),
    cursor: int | None = Query(None, ge=0, le=2**53),
) -> CampaignPage:
    cards = queries.campaigns(scope=caller(request).scope, state=state, before=cursor, limit=_PAGE + 1)
    shown = [CampaignOut(**asdict(card)) for card in cards[:_PAGE]]
    return CampaignPage(
        items=shown,
        next_cursor=shown[-1].id if len(cards) > _PAGE else None,
        a_year=int(queries.campaign_parameters(today())["a_year"].value),
    )


@router.post("/campaigns", response={201: CampaignOut}, auth=allow("campaign.make"))
def make(request: HttpRequest, body: NewCampaignIn) -> tuple[int, CampaignOut]:
    made = commands.make_campaign(unit=body.unit, plan=_plan(body), **_acting(request), today=today())
    return 201, _campaign(request, made.pk)


@router.post("/campaigns/reach", response=ReachOut, auth=allow("campaign.make"))
def count_reach(request: HttpRequest, body: ReachIn) -> ReachOut:
    known = duties_on(today())
    found = queries.reach(
        scope=caller(request).scope,
        unit=body.unit,
        duties=[known[code] for code in sorted(set(body.duty_codes)) if code in known],
        target=body.target.dict(exclude_none=True),
        last_on=body.last_on,
        from_above=body.from_above,
        today=today(),
    )
    return ReachOut(**asdict(found))


@router.get("/campaigns/{campaign_id}", response=CampaignOut, auth=allow("campaign.read"))
def read_campaign(request: HttpRequest, campaign_id: int) -> CampaignOut:
    return _campaign(request, campaign_id)


@router.put("/campaigns/{campaign_id}", response=CampaignOut, auth=allow("campaign.make"))
def change(request: HttpRequest, campaign_id: int, body: CampaignIn) -> CampaignOut:
    commands.change_campaign(campaign_id=campaign_id, plan=_plan(body), **_acting(request), today=today())
    return _campaign(request, campaign_id)


@router.post("/campaigns/{campaign_id}/submit", response=CampaignOut, auth=allow("campaign.make"))
def submit(request: HttpRequest, campaign_id: int) -> CampaignOut:
    commands.submit_campaign(campaign_id=campaign_id, **_acting(request), today=today())
    return _campaign(request, campaign_id)


@router.post("/campaigns/{campaign_id}/return", response=CampaignOut, auth=allow("campaign.approve"))
def send_back(request: HttpRequest, campaign_id: int, body: ReturnIn) -> CampaignOut:
    commands.return_campaign(campaign_id=campaign_id, reason=body.reason, **_acting(request))
    return _campaign(request, campaign_id)


@router.post("/campaigns/{campaign_id}/approve", response=CampaignOut, auth=allow("campaign.approve"))
def approve(request: HttpRequest, campaign_id: int, body: ApproveIn) -> CampaignOut:
    commands.approve_campaign(campaign_id=campaign_id, **body.dict(), **_acting(request), today=today())
    return _campaign(request, campaign_id)


@router.post("/campaigns/{campaign_id}/file", response=CampaignOut, auth=allow("campaign.make"))
def file(request: HttpRequest, campaign_id: int, body: FileIn) -> CampaignOut:
    commands.file_campaign(campaign_id=campaign_id, **body.dict(), **_acting(request), today=today())
    return _campaign(request, campaign_id)
