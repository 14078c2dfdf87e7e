"""Checks asked for at one door; campaigns begun and ended."""

from __future__ import annotations

from dataclasses import asdict

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router

from qianshao.base.access.api import allow, caller, today
from qianshao.flow.asking import queries
from qianshao.flow.asking.commands import campaigning
from qianshao.flow.asking.commands.asking import ask_check
from qianshao.flow.asking.commands.passing import change_draw
from qianshao.flow.asking.schemas import (
    AskedOut,
    AskIn,
    DrawChangeIn,
    EndedOut,
    EndIn,
    NoticeOut,
    StartedOut,
    StartIn,
)

router = Router(tags=["asking"])


@router.post("/entities/{entity_id}/checks", response={201: AskedOut}, auth=allow("check.ask"))
def add_check(request: HttpRequest, entity_id: int, body: AskIn) -> tuple[int, AskedOut]:
    who = caller(request)
    asked = ask_check(
        entity_id=entity_id,
        **body.dict(),
        by=who.actor,
        at=timezone.now(),
        today=today(),
        scope=who.scope,
    )
    return 201, AskedOut(**asdict(asked))


@router.get("/campaigns/{campaign_id}/notice", response=NoticeOut, auth=allow("campaign.make"))
def read_notice(request: HttpRequest, campaign_id: int) -> NoticeOut:
    found = queries.campaign_notice(scope=caller(request).scope, campaign_id=campaign_id, today=today())
    return NoticeOut(**asdict(found))


@router.post("/campaigns/{campaign_id}/start", response=StartedOut, auth=allow("campaign.make"))
def start(request: HttpRequest, campaign_id: int, body: StartIn) -> StartedOut:
    who = caller(request)
    owed = campaigning.start_campaign(
        campaign_id=campaign_id,
        **body.dict(),
        scope=who.scope,
        by=who.actor,
        at=timezone.now(),
        today=today(),
    )
    return StartedOut(**asdict(owed))


@router.post("/campaigns/{campaign_id}/close", response=EndedOut, auth=allow("campaign.make"))
def close(request: HttpRequest, campaign_id: int, body: EndIn) -> EndedOut:
    who = caller(request)
    count = campaigning.close_campaign(
        campaign_id=campaign_id, reason=body.reason, scope=who.scope, by=who.actor, at=timezone.now()
    )
    return EndedOut(cancelled=count)


@router.post("/campaigns/{campaign_id}/withdraw", response=EndedOut, auth=allow("campaign.make"))
def withdraw(request: HttpRequest, campaign_id: int, body: EndIn) -> EndedOut:
    who = caller(request)
    count = campaigning.withdraw_campaign(
        campaign_id=campaign_id, reason=body.reason, scope=who.scope, by=who.actor, at=timezone.now()
    )
    return EndedOut(cancelled=count)


@router.post("/draws/{int:draw_id}/change", response={204: None}, auth=allow("draw.make"))
def change_drawn(request: HttpRequest, draw_id: int, body: DrawChangeIn) -> tuple[int, None]:
    who = caller(request)
    change_draw(
        draw_id=draw_id, **body.dict(), scope=who.scope, by=who.actor, at=timezone.now(), today=today()
    )
    return 204, None
