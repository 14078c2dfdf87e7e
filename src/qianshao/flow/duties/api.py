"""Duties in force, and what is owed."""

from __future__ import annotations

from datetime import date

from django.http import HttpRequest
from ninja import Query, Router

from qianshao.base.access.api import allow, caller, today
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.flow.duties import queries
from qianshao.flow.duties.schemas import DutyOut, ObligationOut, ObligationPage

router = Router(tags=["duties"])
_PAGE = 50


@router.get("/duties", response=list[DutyOut], auth=allow("duty.read"))
def list_duties(request: HttpRequest) -> list[DutyOut]:
    return [DutyOut.of(duty) for duty in queries.duties_on(today()).values()]


@router.get("/duties/{code}", response=DutyOut, auth=allow("duty.read"))
def read_duty(request: HttpRequest, code: str) -> DutyOut:
    duty = queries.duties_on(today()).get(code)
    if duty is None:
        raise Refusal("not_found", "没有找到这个检查事项。", status=404)
    return DutyOut.of(duty)


@router.get("/obligations", response=ObligationPage, auth=allow("obligation.read"))
def list_obligations(
    request: HttpRequest,
    station: str = Query("", pattern=r"^(\d{9})?$"),
    state: str = Query("", pattern=r"^(open|done|cancelled)?$"),
    field: str = Query("", max_length=30),
    asked_by: str = Query("", pattern=r"^(city|district|station)?$"),
    due_before: date | None = None,
    cursor: str = Query("", pattern=r"^(\d{4}-\d{2}-\d{2}\.\d{1,18})?$"),
) -> ObligationPage:
    cards = queries.obligations(
        scope=caller(request).scope,
        day=today(),
        station=station,
        state=state,
        field=field,
        asked_by=asked_by,
        due_before=due_before,
        after=_place(cursor),
        limit=_PAGE + 1,
    )
    more = len(cards) > _PAGE
    shown = cards[:_PAGE]
    return ObligationPage(
        items=[ObligationOut.of(card) for card in shown],
        next_cursor=f"{shown[-1].due_on.isoformat()}.{shown[-1].id}" if more else None,
    )


def _place(cursor: str) -> tuple[date, int] | None:
    if not cursor:
        return None
    day, number = cursor.split(".")
    return date.fromisoformat(day), int(number)
