"""The file of one business."""

from __future__ import annotations

from dataclasses import asdict

from django.http import HttpRequest
from ninja import Router

from qianshao.base.access.api import allow, caller, today
from qianshao.desks.dossier import queries
from qianshao.desks.dossier.schemas import DossierOut, MomentOut, OwedOut

router = Router(tags=["dossier"])


@router.get("/entities/{int:entity_id}", response=DossierOut, auth=allow("entity.read"))
def read_entity(request: HttpRequest, entity_id: int) -> DossierOut:
    return DossierOut(**queries.dossier(scope=caller(request).scope, entity_id=entity_id, day=today()))


@router.get("/entities/{int:entity_id}/timeline", response=list[MomentOut], auth=allow("entity.read"))
def read_timeline(request: HttpRequest, entity_id: int) -> list[MomentOut]:
    moments = queries.timeline(scope=caller(request).scope, entity_id=entity_id, day=today())
    return [MomentOut(**asdict(moment)) for moment in moments]


@router.get("/entities/{int:entity_id}/obligations", response=list[OwedOut], auth=allow("entity.read"))
def read_obligations(request: HttpRequest, entity_id: int) -> list[OwedOut]:
    found = queries.dossier(scope=caller(request).scope, entity_id=entity_id, day=today())
    return [OwedOut(**one) for one in found["obligations"]]
