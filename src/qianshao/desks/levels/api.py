"""Who asked for what, and what became of it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date

from django.http import HttpRequest
from ninja import Query, Router

from qianshao.base.access.api import allow, caller, today
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.desks.levels import queries
from qianshao.desks.levels.schemas import (
    AskedRowOut,
    AskedRowPage,
    AskerOut,
    CampaignStationOut,
    LevelsOut,
    ProgressOut,
)

router = Router(tags=["levels"])
_PAGE = 50
_UNIT = r"^(\d{4}|\d{6}|\d{9})?$"
_CURSOR = r"^(\d{4}-\d{2}-\d{2}\.\d{1,18})?$"


def _days(first: date | None, last: date | None) -> tuple[date, date]:
    """The calendar year of today unless asked otherwise."""
    until = last or today().replace(month=12, day=31)
    since = first or until.replace(month=1, day=1)
    if until < since:
        raise Refusal("ends_before_start", "止日早于起日。", field="last", status=422)
    return since, until


def _place(cursor: str) -> tuple[date, int] | None:
    if not cursor:
        return None
    day, number = cursor.split(".")
    try:
        return date.fromisoformat(day), int(number)
    except ValueError as wrong:
        raise Refusal("invalid_input", "翻页位置有误。", field="cursor", status=422) from wrong


@router.get("/levels", response=LevelsOut, auth=allow("obligation.read"))
def read_levels(
    request: HttpRequest,
    unit: str = Query("", pattern=_UNIT),
    first: date | None = None,
    last: date | None = None,
) -> LevelsOut:
    since, until = _days(first, last)
    scope = caller(request).scope
    askers = queries.levels(scope=scope, unit=unit, first=since, last=until, today=today())
    return LevelsOut(
        first=since,
        last=until,
        unit=unit or scope.prefix,
        askers=[
            AskerOut(
                unit=one.unit,
                name=one.name,
                level=one.level,
                whole=ProgressOut(**asdict(one.whole)),
                kinds=[ProgressOut(**asdict(kind)) for kind in one.kinds],
            )
            for one in askers
        ],
    )


@router.get("/levels/rows", response=AskedRowPage, auth=allow("obligation.read"))
def list_rows(
    request: HttpRequest,
    unit: str = Query("", pattern=_UNIT),
    first: date | None = None,
    last: date | None = None,
    asked_by: str = Query("", pattern=_UNIT),
    kind: str = Query("", pattern=r"^(law|campaign|draw|complaint|recheck)?$"),
    figure: str = Query("owed", pattern=r"^(owed|planned|done|overdue|together)$"),
    cursor: str = Query("", pattern=_CURSOR),
) -> AskedRowPage:
    since, until = _days(first, last)
    cards = queries.asked_cards(
        scope=caller(request).scope,
        unit=unit,
        first=since,
        last=until,
        today=today(),
        asked_by=asked_by,
        kind=kind,
        figure=figure,
        after=_place(cursor),
        limit=_PAGE + 1,
    )
    shown = cards[:_PAGE]
    more = f"{shown[-1].row.due_on}.{shown[-1].row.id}" if len(cards) > _PAGE else None
    return AskedRowPage(
        items=[
            AskedRowOut(**asdict(one.row), duty_name=one.duty_name, asked_by_name=one.asked_by_name)
            for one in shown
        ],
        next_cursor=more,
    )


@router.get(
    "/campaigns/{campaign_id}/progress", response=list[CampaignStationOut], auth=allow("campaign.read")
)
def read_campaign_progress(request: HttpRequest, campaign_id: int) -> list[CampaignStationOut]:
    found = queries.campaign_stations(scope=caller(request).scope, campaign_id=campaign_id, today=today())
    return [
        CampaignStationOut(
            **asdict(one.progress), doors_with_problems=one.doors_with_problems, problems=one.problems
        )
        for one in found
    ]
