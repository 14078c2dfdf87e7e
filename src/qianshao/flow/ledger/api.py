"""The ledger of visits avoided: the total, and each of them."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date

from django.http import HttpRequest
from ninja import Query, Router

from qianshao.base.access.api import allow, caller, today
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.flow.ledger import queries
from qianshao.flow.ledger.schemas import AvoidedOut, AvoidedPage, HeadlineOut

router = Router(tags=["ledger"])
_PAGE = 50
_CURSOR = r"^(\d{4}-\d{2}-\d{2}\.[a-z_]+\.\d{1,15})?$"


def _days(first: date | None, last: date | None) -> tuple[date, date]:
    """From the first of January to today unless asked otherwise."""
    until = last or today()
    since = first or until.replace(month=1, day=1)
    if until < since:
        raise Refusal("ends_before_start", "止日早于起日。", field="last", status=422)
    return since, until


@router.get("/ledger", response=HeadlineOut, auth=allow("ledger.read"))
def read_headline(request: HttpRequest, first: date | None = None, last: date | None = None) -> HeadlineOut:
    since, until = _days(first, last)
    return HeadlineOut(**asdict(queries.headline(scope=caller(request).scope, first=since, last=until)))


@router.get("/ledger/rows", response=AvoidedPage, auth=allow("ledger.read"))
def list_avoided(
    request: HttpRequest,
    first: date | None = None,
    last: date | None = None,
    kind: str = Query("", pattern="^(merged|ahead|carried|spared|deferred|offsite|whitelist|post_licence)?$"),
    cursor: str = Query("", pattern=_CURSOR),
) -> AvoidedPage:
    since, until = _days(first, last)
    day, _, rest = cursor.partition(".")
    name, _, place = rest.partition(".")
    cards = queries.avoided(
        scope=caller(request).scope,
        first=since,
        last=until,
        today=today(),
        kind=kind,
        after=(date.fromisoformat(day), name, int(place)) if cursor else None,
        limit=_PAGE + 1,
    )
    shown, more = cards[:_PAGE], len(cards) > _PAGE
    return AvoidedPage(
        items=[AvoidedOut(**asdict(one)) for one in shown],
        next_cursor=f"{shown[-1].on_day}.{shown[-1].kind}.{shown[-1].place}" if more else None,
    )
