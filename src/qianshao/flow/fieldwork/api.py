"""The officer's day, visits, pictures, and what waits for a person."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Literal

from django.http import FileResponse, HttpRequest
from django.utils import timezone
from ninja import File, Form, Query, Router
from ninja.files import UploadedFile

from qianshao.base.access.api import allow, caller, today
from qianshao.base.places.queries import divisions
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.base.records.queries import stored_file
from qianshao.flow.fieldwork import commands, queries
from qianshao.flow.fieldwork.rules.pictures import MOST_BYTES, refuse_size
from qianshao.flow.fieldwork.schemas import (
    DisputesOut,
    FieldDayOut,
    FieldStation,
    PictureOut,
    SettlementIn,
    VisitFileOut,
    VisitLine,
    VisitPage,
)
from qianshao.flow.planning.queries.plans import visits

router = Router(tags=["fieldwork"])
_PAGE = 50


@router.get("/field/today", response=FieldDayOut, auth=allow("visit.submit"))
def field_today(request: HttpRequest, on: date | None = None) -> FieldDayOut:
    who = caller(request)
    day = queries.field_day(scope=who.scope, on=on or today())
    town = next((one for one in divisions(levels=("town",)) if one.code == who.account.unit), None)
    home = FieldStation(code=town.code, name=town.name, lon=town.lon, lat=town.lat) if town else None
    return FieldDayOut.of(day, officer_name=who.account.display_name, station=home)


@router.get("/visits", response=VisitPage, auth=allow("visit.read"))
def list_visits(
    request: HttpRequest,
    station: str = Query("", pattern=r"^(\d{9})?$"),
    state: str = Query("", pattern=r"^(planned|done)?$"),
    on: date | None = None,
    entity: int | None = Query(None, ge=1, le=2**53),
    cursor: str = Query("", pattern=r"^(\d{4}-\d{2}-\d{2}\.\d{1,18})?$"),
) -> VisitPage:
    cards = visits(
        scope=caller(request).scope,
        station=station,
        state=state,
        on=on,
        entity_id=entity,
        after=_place(cursor),
        limit=_PAGE + 1,
    )
    shown = cards[:_PAGE]
    more = len(cards) > _PAGE
    return VisitPage(
        items=[VisitLine.of(card) for card in shown],
        next_cursor=f"{shown[-1].visit_on.isoformat()}.{shown[-1].id}" if more else None,
    )


@router.get("/visits/{visit_id}", response=VisitFileOut, auth=allow("visit.read"))
def read_visit(request: HttpRequest, visit_id: int) -> VisitFileOut:
    file = queries.visit_file(scope=caller(request).scope, visit_id=visit_id, day=today())
    if file is None:
        raise Refusal("not_found", "没有找到这次检查。", status=404)
    return VisitFileOut.of_file(file)


@router.post("/attachments", response=PictureOut, auth=allow("attachment.store"))
def store_picture(
    request: HttpRequest,
    file: UploadedFile = File(...),
    sha256: str = Form(pattern=r"^[0-9a-f]{64}$"),
) -> PictureOut:
    refuse_size(file.size or 0)
    kept = commands.keep_picture(
        by=caller(request).actor,
        at=timezone.now(),
        content=file.read(MOST_BYTES + 1),
        sha256=sha256,
        original_name=file.name or "",
    )
    return PictureOut(**asdict(kept))


@router.get("/attachments/{sha256}", auth=allow("attachment.read"))
def read_picture(request: HttpRequest, sha256: str) -> FileResponse:
    found = stored_file(sha256=sha256, prefix=caller(request).scope.prefix)
    if found is None or not found.path.is_file():
        raise Refusal("not_found", "没有找到这个附件。", status=404)
    suffix = found.media_type.split("/")[-1]
    answer = FileResponse(
        found.path.open("rb"),
        content_type=found.media_type,
        as_attachment=True,
        filename=f"{sha256[:16]}.{suffix}",
    )
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@router.get("/disputes", response=DisputesOut, auth=allow("dispute.read"))
def list_disputes(request: HttpRequest) -> DisputesOut:
    scope = caller(request).scope
    return DisputesOut(
        items=queries.waiting_for_a_person(scope=scope), missing=queries.records_missing(scope=scope)
    )


@router.post("/disputes/{kind}/{number}/dismiss", response={204: None}, auth=allow("dispute.settle"))
def dismiss_dispute(
    request: HttpRequest, kind: Literal["held", "disputed"], number: str, body: SettlementIn
) -> tuple[int, None]:
    who = caller(request)
    commands.dismiss_waiting(
        kind=kind, number=number, opinion=body.opinion, by=who.actor, at=timezone.now(), scope=who.scope
    )
    return 204, None


def _place(cursor: str) -> tuple[date, int] | None:
    if not cursor:
        return None
    day, number = cursor.split(".")
    try:
        return date.fromisoformat(day), int(number)
    except ValueError as wrong:
        raise Refusal("invalid_input", "翻页位置有误。", field="cursor", status=422) from wrong
