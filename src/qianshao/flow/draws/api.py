"""Draws: frozen, committed, drawn by two persons, opened, published."""

from __future__ import annotations

import secrets
from dataclasses import asdict

from django.http import FileResponse, HttpRequest
from django.utils import timezone
from ninja import Router

from qianshao.base.access.api import allow, caller, today
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.flow.draws import commands, queries
from qianshao.flow.draws.schemas import CancelIn, CommitIn, DrawIn, DrawOut, NumberIn

router = Router(tags=["draws"])


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
    made = commands.freeze_draw(**body.dict(), by=who.actor, at=timezone.now(), today=today())
    return 201, _draw(request, made.pk)


@router.get("/draws/{draw_id}", response=DrawOut, auth=allow("draw.read"))
def read_draw(request: HttpRequest, draw_id: int) -> DrawOut:
    return _draw(request, draw_id)


@router.post("/draws/{draw_id}/commit", response=DrawOut, auth=allow("draw.make"))
def commit(request: HttpRequest, draw_id: int, body: CommitIn) -> DrawOut:
    who = caller(request)
    commands.commit_draw(
        draw_id=draw_id,
        scope=who.scope,
        source=body.source,
        seed=secrets.token_hex(32),
        by=who.actor,
        at=timezone.now(),
    )
    return _draw(request, draw_id)


@router.post("/draws/{draw_id}/number", response=DrawOut, auth=allow("draw.make"))
def enter_number(request: HttpRequest, draw_id: int, body: NumberIn) -> DrawOut:
    who = caller(request)
    commands.enter_number(draw_id=draw_id, scope=who.scope, value=body.value, by=who.actor, at=timezone.now())
    return _draw(request, draw_id)


@router.post("/draws/{draw_id}/open", response=DrawOut, auth=allow("draw.make"))
def open_sealed(request: HttpRequest, draw_id: int) -> DrawOut:
    who = caller(request)
    commands.open_draw(draw_id=draw_id, scope=who.scope, by=who.actor, at=timezone.now(), today=today())
    return _draw(request, draw_id)


@router.post("/draws/{draw_id}/publish", response=DrawOut, auth=allow("draw.make"))
def publish(request: HttpRequest, draw_id: int) -> DrawOut:
    who = caller(request)
    commands.publish_draw(draw_id=draw_id, scope=who.scope, by=who.actor, at=timezone.now())
    return _draw(request, draw_id)


@router.post("/draws/{draw_id}/cancel", response=DrawOut, auth=allow("draw.make"))
def cancel(request: HttpRequest, draw_id: int, body: CancelIn) -> DrawOut:
    who = caller(request)
    commands.cancel_draw(
        draw_id=draw_id, scope=who.scope, reason=body.reason, by=who.actor, at=timezone.now()
    )
    return _draw(request, draw_id)


@router.get("/draws/{draw_id}/announcement", auth=allow("draw.read"))
def download_announcement(request: HttpRequest, draw_id: int) -> FileResponse:
    file = queries.announcement_file(scope=caller(request).scope, draw_id=draw_id)
    if file is None:
        raise Refusal("not_published", "没有找到已公布的公告。", status=404)
    return FileResponse(file.open("rb"), as_attachment=True, filename=f"draw-{draw_id}.txt")
