"""The register: lists, search, counts, export, filters."""

from __future__ import annotations

import tempfile
from dataclasses import asdict
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import File, Query, Router
from ninja.files import UploadedFile

from qianshao.base.access.api import allow, caller, today
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.flow.registry.commands.conflicts import declare_conflict, lift_conflict
from qianshao.flow.registry.commands.exporting import LABELS, export_entities
from qianshao.flow.registry.commands.loading import correct_row, take_delivery
from qianshao.flow.registry.commands.opening import note_opening_hours
from qianshao.flow.registry.commands.saved_filters import drop_filter, keep_filter
from qianshao.flow.registry.queries import filing, listing
from qianshao.flow.registry.queries.conflicts import conflict_cards
from qianshao.flow.registry.queries.listing import Filters
from qianshao.flow.registry.queries.opening import opening_hours
from qianshao.flow.registry.schemas import (
    ConflictIn,
    ConflictOut,
    CorrectIn,
    DeliveryTaken,
    EntityPageOut,
    FacetOut,
    FacetValueOut,
    FilterIn,
    LiftIn,
    OpeningHoursIn,
    OpeningHoursOut,
    SavedFilterIn,
    SavedFilterOut,
    TakenDelivery,
)

router = Router(tags=["registry"])
_MOST_UPLOAD = 200 * 1024 * 1024
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@router.get("/entities", response=EntityPageOut, auth=allow("entity.read"))
def list_entities(
    request: HttpRequest,
    filters: Query[FilterIn],
    cursor: int | None = Query(None, ge=0, le=2**53),
    limit: int = Query(50, ge=1, le=200),
) -> EntityPageOut:
    page = listing.entity_page(
        scope=caller(request).scope, filters=Filters(**filters.dict()), cursor=cursor, limit=limit
    )
    return EntityPageOut(**asdict(page))


@router.get("/entities/facets", response=list[FacetOut], auth=allow("entity.read"))
def list_facets(request: HttpRequest, filters: Query[FilterIn]) -> list[FacetOut]:
    found = listing.facets(scope=caller(request).scope, filters=Filters(**filters.dict()))
    return [
        FacetOut(
            facet=one.name,
            values=[
                FacetValueOut(value=text, label=LABELS.get(one.name, {}).get(text, text), count=count)
                for text, count in one.values
            ],
        )
        for one in found
    ]


@router.get("/entities/export", auth=allow("entity.export"))
def export(request: HttpRequest, filters: Query[FilterIn]) -> HttpResponse:
    who = caller(request)
    content = export_entities(
        scope=who.scope, filters=Filters(**filters.dict()), by=who.actor, at=timezone.now()
    )
    response = HttpResponse(content, content_type=_SHEET)
    response.headers["Content-Disposition"] = 'attachment; filename="entities.xlsx"'
    return response


@router.get("/saved-filters", response=list[SavedFilterOut], auth=allow("filter.keep"))
def list_saved_filters(request: HttpRequest) -> list[SavedFilterOut]:
    return [SavedFilterOut(**asdict(card)) for card in filing.saved_filters(scope=caller(request).scope)]


@router.post("/saved-filters", response={201: SavedFilterOut}, auth=allow("filter.keep"))
def keep_saved_filter(request: HttpRequest, body: SavedFilterIn) -> tuple[int, SavedFilterOut]:
    query = {name: text for name, text in body.query.dict().items() if text}
    number = keep_filter(name=body.name, query=query, by=caller(request).actor, at=timezone.now())
    return 201, SavedFilterOut(id=number, name=body.name, query=query)


@router.delete("/saved-filters/{filter_id}", response={204: None}, auth=allow("filter.keep"))
def drop_saved_filter(request: HttpRequest, filter_id: int) -> tuple[int, None]:
    drop_filter(filter_id=filter_id, by=caller(request).actor, at=timezone.now())
    return 204, None


@router.get("/entities/{int:entity_id}/conflicts", response=list[ConflictOut], auth=allow("conflict.read"))
def list_conflicts(request: HttpRequest, entity_id: int) -> list[ConflictOut]:
    scope = caller(request).scope
    if filing.entity(scope=scope, entity_id=entity_id) is None:
        raise Refusal("not_found", "没有找到这个主体。", status=404)
    return [ConflictOut(**asdict(card)) for card in conflict_cards(scope=scope, entity_id=entity_id)]


@router.post(
    "/entities/{int:entity_id}/conflicts", response={201: list[ConflictOut]}, auth=allow("conflict.declare")
)
def declare(request: HttpRequest, entity_id: int, body: ConflictIn) -> tuple[int, list[ConflictOut]]:
    who = caller(request)
    declare_conflict(entity_id=entity_id, **body.dict(), scope=who.scope, by=who.actor, at=timezone.now())
    return 201, list_conflicts(request, entity_id)


@router.post("/conflicts/{conflict_id}/lift", response={204: None}, auth=allow("conflict.declare"))
def lift(request: HttpRequest, conflict_id: int, body: LiftIn) -> tuple[int, None]:
    who = caller(request)
    lift_conflict(
        conflict_id=conflict_id, reason=body.reason, scope=who.scope, by=who.actor, at=timezone.now()
    )
    return 204, None


@router.get(
    "/entities/{int:entity_id}/opening-hours", response=OpeningHoursOut | None, auth=allow("entity.read")
)
def read_opening_hours(request: HttpRequest, entity_id: int) -> OpeningHoursOut | None:
    scope = caller(request).scope
    if filing.entity(scope=scope, entity_id=entity_id) is None:
        raise Refusal("not_found", "没有找到这个主体。", status=404)
    card = opening_hours(scope=scope, entity_ids=[entity_id]).get(entity_id)
    return None if card is None else OpeningHoursOut(**asdict(card))


@router.put(
    "/entities/{int:entity_id}/opening-hours", response=OpeningHoursOut | None, auth=allow("hours.note")
)
def note_hours(request: HttpRequest, entity_id: int, body: OpeningHoursIn) -> OpeningHoursOut | None:
    who = caller(request)
    note_opening_hours(entity_id=entity_id, **body.dict(), scope=who.scope, by=who.actor, at=timezone.now())
    return read_opening_hours(request, entity_id)


@router.post("/uploads", response=DeliveryTaken, auth=allow("delivery.upload"))
def upload_delivery(request: HttpRequest, file: UploadedFile = File(...)) -> DeliveryTaken:
    if (file.size or 0) > _MOST_UPLOAD:
        raise Refusal(
            "file_too_large", "文件超过 200 MB，请拆分或由管理员用 qianshao ingest 入库。", status=413
        )
    with tempfile.NamedTemporaryFile() as kept:
        for piece in file.chunks():
            kept.write(piece)
        kept.flush()
        delivery, changed = take_delivery(
            path=Path(kept.name),
            file_name=Path(file.name or "").name,
            by=caller(request).actor,
            at=timezone.now(),
            today=today(),
        )
    return DeliveryTaken(changed=changed, delivery=TakenDelivery(**asdict(delivery)))


@router.post("/quarantine/{row_id}/correct", response={204: None}, auth=allow("quarantine.settle"))
def correct_quarantined(request: HttpRequest, row_id: int, body: CorrectIn) -> tuple[int, None]:
    who = caller(request)
    correct_row(
        row_id=row_id, scope=who.scope, values=body.values, by=who.actor, at=timezone.now(), today=today()
    )
    return 204, None
