"""Checks met without a visit."""

from __future__ import annotations

from dataclasses import asdict

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router

from qianshao.base.access.api import allow, caller, today
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.flow.offsite import commands, queries
from qianshao.flow.offsite.schemas import OffsiteCaseOut, OffsiteIn, OffsiteOut, OffsitePage

router = Router(tags=["offsite"])
_PAGE = 50


@router.get("/offsite", response=OffsitePage, auth=allow("offsite.read"))
def list_checks(
    request: HttpRequest,
    entity: int | None = Query(None, ge=1, le=2**53),
    cursor: int | None = Query(None, ge=0, le=2**53),
) -> OffsitePage:
    cards = queries.offsite_checks(
        scope=caller(request).scope, today=today(), entity_id=entity, before=cursor, limit=_PAGE + 1
    )
    shown = [OffsiteOut(**asdict(card)) for card in cards[:_PAGE]]
    return OffsitePage(items=shown, next_cursor=shown[-1].id if len(cards) > _PAGE else None)


@router.get("/obligations/{obligation_id}/offsite", response=OffsiteCaseOut, auth=allow("offsite.read"))
def read_case(request: HttpRequest, obligation_id: int) -> OffsiteCaseOut:
    found = queries.offsite_case(scope=caller(request).scope, obligation_id=obligation_id, today=today())
    if found is None:
        raise Refusal("not_found", "没有找到这项检查。", status=404)
    return OffsiteCaseOut(**asdict(found))


@router.post(
    "/obligations/{obligation_id}/offsite", response={201: OffsiteCaseOut}, auth=allow("offsite.record")
)
def record(request: HttpRequest, obligation_id: int, body: OffsiteIn) -> tuple[int, OffsiteCaseOut]:
    who = caller(request)
    commands.meet_offsite(
        obligation_id=obligation_id,
        evidence=commands.Evidence(**body.dict()),
        scope=who.scope,
        by=who.actor,
        at=timezone.now(),
        today=today(),
    )
    return 201, read_case(request, obligation_id)
