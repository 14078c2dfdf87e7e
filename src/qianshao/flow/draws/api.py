"""Draws: frozen, committed, drawn by two persons, opened, changed by hand, published, and so are their results."""

from __future__ import annotations

import secrets
from dataclasses import asdict

from django.conf import settings
from django.http import FileResponse, HttpRequest
from django.utils import timezone
from ninja import Query, Router

from qianshao.base.access.api import allow, caller, today
from qianshao.base.gateways.queries import beacon_relay
from qianshao.base.gateways.rules.beacons import QUICKNET, SAMPLE
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.flow.draws.commands import drawing, freezing, opening
from qianshao.flow.draws.commands import results as publishing
from qianshao.flow.draws.queries import draws as queries
from qianshao.flow.draws.queries import results
from qianshao.flow.draws.schemas import (
    BeaconIn,
    CancelIn,
    CommitIn,
    DrawChangeOut,
    DrawIn,
    DrawnOut,
    DrawnPage,
    DrawOut,
    DrawResultOut,
    DrawResultPage,
    NumberIn,
    PublishedResults,
    WaitingOut,
)

router = Router(tags=["draws"])
_PAGE = 50


def _draw(request: HttpRequest, draw_id: int) -> DrawOut:
    card = queries.draw(scope=caller(request).scope, draw_id=draw_id)
    if card is None:
        raise Refusal("not_found", "没有找到这次抽取。", status=404)
    return DrawOut(**asdict(card))


@router.get("/draws", response=list[DrawOut], auth=allow("draw.read"))
def list_draws(request: HttpRequest) -> list[DrawOut]:
    return [DrawOut(**asdict(card)) for card in queries.draws(scope=caller(request).scope)]


@router.post("/draws", response={201: DrawOut}, auth=allow("draw.make"))
def freeze(request: HttpRequest, body: DrawIn) -> tuple[int, DrawOut]:
    who = caller(request)
    if not who.scope.covers(body.unit):
        raise Refusal("not_found", "没有找到这个单位。", status=404)
    made = freezing.freeze_draw(**body.dict(), by=who.actor, at=timezone.now(), today=today())
    return 201, _draw(request, made.pk)


@router.get("/draws/waiting-results", response=list[WaitingOut], auth=allow("draw.read"))
def list_waiting(request: HttpRequest) -> list[WaitingOut]:
    found = results.waiting_results(scope=caller(request).scope, today=today())
    return [WaitingOut(**asdict(one)) for one in found]


@router.get("/draws/{int:draw_id}", response=DrawOut, auth=allow("draw.read"))
def read_draw(request: HttpRequest, draw_id: int) -> DrawOut:
    return _draw(request, draw_id)


@router.post("/draws/{int:draw_id}/commit", response=DrawOut, auth=allow("draw.make"))
def commit(request: HttpRequest, draw_id: int, body: CommitIn) -> DrawOut:
    who = caller(request)
    chain = SAMPLE if settings.BEACON == "sample" else QUICKNET
    drawing.commit_draw(
        draw_id=draw_id,
        scope=who.scope,
        source=body.source,
        beacon=(chain, body.beacon_at) if body.beacon_at else None,
        seed=secrets.token_hex(32),
        by=who.actor,
        at=timezone.now(),
    )
    return _draw(request, draw_id)


@router.get("/draws/{int:draw_id}/beacon", response=BeaconIn, auth=allow("draw.make"))
def fetch_beacon(request: HttpRequest, draw_id: int) -> BeaconIn:
    card, relay = _draw(request, draw_id), beacon_relay(setting=settings.BEACON)
    if relay is None or card.beacon_round is None or card.beacon_chain != relay.chain.name:
        raise Refusal(
            "no_relay",
            "本系统没有设置该链的中继，请上传信标文件。",
            remedy="可从任一中继下载该轮的 JSON 文件。",
        )
    return BeaconIn(**relay.beacon(card.beacon_round, timezone.now()))


@router.post("/draws/{int:draw_id}/number", response=DrawOut, auth=allow("draw.make"))
def enter_number(request: HttpRequest, draw_id: int, body: NumberIn) -> DrawOut:
    who = caller(request)
    drawing.enter_number(
        draw_id=draw_id,
        scope=who.scope,
        value=body.value,
        beacon=body.beacon.dict() if body.beacon else None,
        by=who.actor,
        at=timezone.now(),
    )
    return _draw(request, draw_id)


@router.post("/draws/{int:draw_id}/open", response=DrawOut, auth=allow("draw.make"))
def open_sealed(request: HttpRequest, draw_id: int) -> DrawOut:
    who = caller(request)
    opening.open_draw(draw_id=draw_id, scope=who.scope, by=who.actor, at=timezone.now(), today=today())
    return _draw(request, draw_id)


@router.post("/draws/{int:draw_id}/publish", response=DrawOut, auth=allow("draw.make"))
def publish(request: HttpRequest, draw_id: int) -> DrawOut:
    who = caller(request)
    opening.publish_draw(draw_id=draw_id, scope=who.scope, by=who.actor, at=timezone.now())
    return _draw(request, draw_id)


@router.post("/draws/{int:draw_id}/cancel", response=DrawOut, auth=allow("draw.make"))
def cancel(request: HttpRequest, draw_id: int, body: CancelIn) -> DrawOut:
    who = caller(request)
    opening.cancel_draw(draw_id=draw_id, scope=who.scope, reason=body.reason, by=who.actor, at=timezone.now())
    return _draw(request, draw_id)


@router.get("/draws/{int:draw_id}/drawn", response=DrawnPage, auth=allow("draw.read"))
def list_drawn(
    request: HttpRequest,
    draw_id: int,
    cursor: int = Query(0, ge=0, le=2**53),
    object: str = Query("", max_length=18),
) -> DrawnPage:
    _draw(request, draw_id)
    cards = queries.drawn_doors(
        scope=caller(request).scope,
        draw_id=draw_id,
        today=today(),
        after=cursor,
        limit=_PAGE + 1,
        object=object,
    )
    shown = [DrawnOut(**asdict(card)) for card in cards[:_PAGE]]
    return DrawnPage(items=shown, next_cursor=shown[-1].place if len(cards) > _PAGE else None)


@router.get("/draws/{int:draw_id}/changes", response=list[DrawChangeOut], auth=allow("draw.read"))
def list_changes(request: HttpRequest, draw_id: int) -> list[DrawChangeOut]:
    _draw(request, draw_id)
    return [
        DrawChangeOut(**asdict(one)) for one in queries.changes(scope=caller(request).scope, draw_id=draw_id)
    ]


@router.get("/draws/{int:draw_id}/results", response=DrawResultPage, auth=allow("draw.read"))
def list_results(
    request: HttpRequest,
    draw_id: int,
    urgent: str = Query("", pattern=r"^(waiting|soon|overdue|published)?$"),
    cursor: int = Query(0, ge=0, le=2**53),
) -> DrawResultPage:
    _draw(request, draw_id)
    day = today()
    cards = results.results(
        scope=caller(request).scope, draw_id=draw_id, today=day, urgent=urgent, after=cursor, limit=_PAGE + 1
    )
    shown = [DrawResultOut(**asdict(card)) for card in cards[:_PAGE]]
    law = asdict(results.publication_law(day=day))
    return DrawResultPage(items=shown, next_cursor=shown[-1].id if len(cards) > _PAGE else None, **law)


@router.post("/draws/{int:draw_id}/results/publish", response=PublishedResults, auth=allow("draw.make"))
def publish_results(request: HttpRequest, draw_id: int) -> PublishedResults:
    who = caller(request)
    many = publishing.publish_results(
        draw_id=draw_id, scope=who.scope, by=who.actor, at=timezone.now(), today=today()
    )
    return PublishedResults(published=many)


@router.get("/draws/{int:draw_id}/announcement", auth=allow("draw.read"))
def download_announcement(request: HttpRequest, draw_id: int) -> FileResponse:
    file = queries.announcement_file(scope=caller(request).scope, draw_id=draw_id)
    if file is None:
        raise Refusal("not_published", "没有找到已公布的公告。", status=404)
    return FileResponse(file.open("rb"), as_attachment=True, filename=f"draw-{draw_id}.txt")
