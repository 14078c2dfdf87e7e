"""What would be if: asked for, listed, read."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router

from qianshao.base.access.api import allow, caller, today
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.flow.scenarios import queries
from qianshao.flow.scenarios.commands import suppose
from qianshao.flow.scenarios.schemas import ScenarioIn, ScenarioOut, ScenarioPage

router = Router(tags=["scenarios"])
_PAGE = 30


def _out(card: queries.ScenarioCard) -> ScenarioOut:
    return ScenarioOut(**(asdict(card) | {"result": card.result or None}))


def _scenario(request: HttpRequest, scenario_id: int) -> ScenarioOut:
    card = queries.scenario(scope=caller(request).scope, scenario_id=scenario_id)
    if card is None:
        raise Refusal("not_found", "没有找到这次推演。", status=404)
    return _out(card)


@router.get("/scenarios", response=ScenarioPage, auth=allow("scenario.read"))
def list_scenarios(request: HttpRequest, cursor: int | None = Query(None, ge=1, le=2**53)) -> ScenarioPage:
    cards = queries.scenarios(scope=caller(request).scope, before=cursor, limit=_PAGE + 1)
    shown = [_out(card) for card in cards[:_PAGE]]
    return ScenarioPage(items=shown, next_cursor=shown[-1].id if len(cards) > _PAGE else None)


@router.post("/scenarios", response={201: ScenarioOut}, auth=allow("scenario.make"))
def make_scenario(request: HttpRequest, body: ScenarioIn) -> tuple[int, ScenarioOut]:
    who = caller(request)
    row = suppose(
        title=body.title,
        unit=body.unit,
        month=date.fromisoformat(f"{body.month}-01"),
        supposition=body.supposition.dict(),
        scope=who.scope,
        by=who.actor,
        at=timezone.now(),
        today=today(),
    )
    return 201, _scenario(request, row.pk)


@router.get("/scenarios/{scenario_id}", response=ScenarioOut, auth=allow("scenario.read"))
def read_scenario(request: HttpRequest, scenario_id: int) -> ScenarioOut:
    return _scenario(request, scenario_id)
