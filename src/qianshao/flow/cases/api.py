"""Submissions of visits, and the orders that came of them."""

from __future__ import annotations

import json
from datetime import date

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router

from qianshao.base.access.api import allow, caller, today
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.flow.cases import commands, queries
from qianshao.flow.cases.schemas import OpinionIn, OrderFileOut, OrderOut, OrderPage, ReceiptOut
from qianshao.flow.fieldwork.rules.envelope import EnvelopeHead

router = Router(tags=["cases"])
_PAGE = 50


@router.post("/submissions", response={200: ReceiptOut, 202: ReceiptOut}, auth=allow("visit.submit"))
def receive_submission(
    request: HttpRequest,
    body: EnvelopeHead,
) -> tuple[int, ReceiptOut]:
    who = caller(request)
    receipt = commands.receive_visit_submission(
        by=who.actor, at=timezone.now(), on=today(), scope=who.scope, raw=json.loads(request.body)
    )
    return 200 if receipt["state"] == "accepted" else 202, ReceiptOut(**receipt)


@router.post("/submissions/{submission_id}/take-in", response=ReceiptOut, auth=allow("dispute.settle"))
def take_in_submission(request: HttpRequest, submission_id: str, body: OpinionIn) -> ReceiptOut:
    who = caller(request)
    receipt = commands.take_in_held(
        submission_id=submission_id,
        opinion=body.opinion,
        by=who.actor,
        at=timezone.now(),
        on=today(),
        scope=who.scope,
    )
    return ReceiptOut(**receipt)


@router.get("/rectifications", response=OrderPage, auth=allow("rectification.read"))
def list_rectifications(
    request: HttpRequest,
    state: str = Query("", pattern=r"^(open|overdue|closed|escalated)?$"),
    station: str = Query("", pattern=r"^(\d{9})?$"),
    entity: int | None = Query(None, ge=1, le=2**53),
    cursor: str = Query("", pattern=r"^(\d{4}-\d{2}-\d{2}\.\d{1,18})?$"),
) -> OrderPage:
    cards = queries.rectifications(
        scope=caller(request).scope,
        day=today(),
        state=state,
        station=station,
        entity_id=entity,
        after=_place(cursor),
        limit=_PAGE + 1,
    )
    shown = cards[:_PAGE]
    more = len(cards) > _PAGE
    return OrderPage(
        items=[OrderOut.of(card) for card in shown],
        next_cursor=f"{shown[-1].due_on.isoformat()}.{shown[-1].id}" if more else None,
    )


@router.get("/rectifications/{order_id}", response=OrderFileOut, auth=allow("rectification.read"))
def read_rectification(request: HttpRequest, order_id: int) -> OrderFileOut:
    file = queries.rectification(scope=caller(request).scope, order_id=order_id, day=today())
    if file is None:
        raise Refusal("not_found", "没有找到这份责令改正通知书。", status=404)
    return OrderFileOut.of_file(file)


def _place(cursor: str) -> tuple[date, int] | None:
    if not cursor:
        return None
    day, number = cursor.split(".")
    try:
        return date.fromisoformat(day), int(number)
    except ValueError as wrong:
        raise Refusal("invalid_input", "翻页位置有误。", field="cursor", status=422) from wrong
