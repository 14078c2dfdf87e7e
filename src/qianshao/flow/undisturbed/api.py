"""The list of businesses left alone."""

from __future__ import annotations

from dataclasses import asdict

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router

from qianshao.base.access.api import allow, caller, today
from qianshao.flow.registry.queries.listing import Filters
from qianshao.flow.undisturbed import commands, queries
from qianshao.flow.undisturbed.schemas import (
    JudgedOut,
    ListIn,
    RemoveIn,
    SelectionIn,
    UndisturbedOut,
    UndisturbedPage,
)

router = Router(tags=["undisturbed"])
_PAGE = 50


def _selection(body: SelectionIn) -> commands.Selection:
    filters = None if body.filters is None else Filters(**body.filters.dict())
    return commands.Selection(filters, body.entity_ids)


@router.get("/undisturbed", response=UndisturbedPage, auth=allow("undisturbed.read"))
def list_entries(
    request: HttpRequest,
    standing: bool | None = None,
    entity: int | None = Query(None, ge=1, le=2**53),
    cursor: int | None = Query(None, ge=0, le=2**53),
) -> UndisturbedPage:
    scope = caller(request).scope
    cards = queries.undisturbed(
        scope=scope, standing=standing, entity_id=entity, before=cursor, limit=_PAGE + 1
    )
    shown = [UndisturbedOut(**asdict(card)) for card in cards[:_PAGE]]
    return UndisturbedPage(
        items=shown,
        next_cursor=shown[-1].id if len(cards) > _PAGE else None,
        standing=queries.standing_count(scope=scope),
    )


@router.post("/undisturbed/judge", response=JudgedOut, auth=allow("undisturbed.list"))
def judge(request: HttpRequest, body: SelectionIn) -> JudgedOut:
    found = commands.judge_selection(selection=_selection(body), scope=caller(request).scope, today=today())
    return JudgedOut(**asdict(found))


@router.post("/undisturbed", response={201: JudgedOut}, auth=allow("undisturbed.list"))
def add(request: HttpRequest, body: ListIn) -> tuple[int, JudgedOut]:
    who = caller(request)
    found = commands.list_undisturbed(
        selection=_selection(body),
        **body.dict(exclude={"filters", "entity_ids"}),
        scope=who.scope,
        by=who.actor,
        at=timezone.now(),
        today=today(),
    )
    return 201, JudgedOut(**asdict(found))


@router.post("/undisturbed/{entry_id}/remove", response={204: None}, auth=allow("undisturbed.list"))
def remove(request: HttpRequest, entry_id: int, body: RemoveIn) -> tuple[int, None]:
    who = caller(request)
    commands.remove_undisturbed(
        entry_id=entry_id,
        reason=body.reason,
        scope=who.scope,
        by=who.actor,
        at=timezone.now(),
        today=today(),
    )
    return 204, None
