"""Deliveries and their quarantined rows."""

from __future__ import annotations

from dataclasses import asdict

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router

from qianshao.base.access.api import allow, caller
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.flow.sources import queries
from qianshao.flow.sources.commands import dismiss_row
from qianshao.flow.sources.schemas import DeliveryOut, DismissIn, QuarantineOut, QuarantinePage

router = Router(tags=["sources"])
_PAGE = 50


@router.get("/deliveries", response=list[DeliveryOut], auth=allow("delivery.read"))
def list_deliveries(request: HttpRequest) -> list[DeliveryOut]:
    return [DeliveryOut(**asdict(card)) for card in queries.deliveries()]


@router.get("/deliveries/{delivery_id}", response=DeliveryOut, auth=allow("delivery.read"))
def read_delivery(request: HttpRequest, delivery_id: int) -> DeliveryOut:
    card = queries.delivery(delivery_id=delivery_id)
    if card is None:
        raise Refusal("not_found", "没有找到这份来文。", status=404)
    return DeliveryOut(**asdict(card))


@router.get("/quarantine", response=QuarantinePage, auth=allow("delivery.read"))
def list_quarantine(
    request: HttpRequest,
    delivery: int | None = Query(None, ge=1, le=2**53),
    reason: str = Query("", max_length=40),
    state: str = Query("open", pattern=r"^(open|corrected|dismissed)?$"),
    cursor: int = Query(0, ge=0, le=2**53),
) -> QuarantinePage:
    scope = caller(request).scope
    cards = queries.quarantine(
        scope=scope, delivery_id=delivery, reason=reason, state=state, after=cursor, limit=_PAGE + 1
    )
    shown = [QuarantineOut(**asdict(card)) for card in cards[:_PAGE]]
    counts = queries.reasons(scope=scope)
    return QuarantinePage(
        items=shown,
        next_cursor=shown[-1].id if len(cards) > _PAGE else None,
        open=sum(counts.values()),
        reasons=counts,
    )


@router.post("/quarantine/{row_id}/dismiss", response={204: None}, auth=allow("quarantine.settle"))
def dismiss_quarantined(request: HttpRequest, row_id: int, body: DismissIn) -> tuple[int, None]:
    who = caller(request)
    dismiss_row(row_id=row_id, scope=who.scope, reason=body.reason, by=who.actor, at=timezone.now())
    return 204, None
