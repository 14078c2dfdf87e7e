"""Year plans: made, changed, decided; and what is published, for anybody."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router

from qianshao.base.access.api import allow, caller, today
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.flow.yearplans.commands import deciding
from qianshao.flow.yearplans.commands.exporting import export_year_plan
from qianshao.flow.yearplans.commands.making import Change, change_year_plan, make_year_plan, reckon_again
from qianshao.flow.yearplans.queries import plans as queries
from qianshao.flow.yearplans.queries.published import published_plan, published_plans
from qianshao.flow.yearplans.schemas import (
    PublishedOut,
    PublishedWhole,
    YearApproveIn,
    YearChangeIn,
    YearChangeOut,
    YearFileIn,
    YearItemOut,
    YearPlanIn,
    YearPlanOut,
    YearPlanWhole,
    YearReasonIn,
    report_out,
)

router = Router(tags=["yearplans"])
_KEPT = "public, max-age=60"
"""How long a reader or a proxy may keep what is published."""


def _acting(request: HttpRequest) -> dict[str, Any]:
    """Within which units, who, and when: what every command is told."""
    who = caller(request)
    return {"scope": who.scope, "by": who.actor, "at": timezone.now()}


def _card(request: HttpRequest, plan_id: int) -> queries.YearPlanCard:
    card = queries.year_plan(scope=caller(request).scope, plan_id=plan_id)
    if card is None:
        raise Refusal("not_found", "没有找到这个年度计划。", status=404)
    return card


def _whole(request: HttpRequest, plan_id: int) -> YearPlanWhole:
    card = _card(request, plan_id)
    versions = queries.year_plans(scope=caller(request).scope, year=card.year)
    changed = queries.changes(number=card.number, version=card.version)
    return YearPlanWhole(
        plan=_out(card),
        report=report_out(card.report),
        changes=[YearChangeOut(**asdict(one)) for one in changed],
        versions=[_out(one) for one in versions if one.number == card.number],
    )


def _out(card: queries.YearPlanCard) -> YearPlanOut:
    return YearPlanOut(**{name: getattr(card, name) for name in YearPlanOut.model_fields})


@router.get("/year-plans", response=list[YearPlanOut], auth=allow("yearplan.read"))
def list_year_plans(
    request: HttpRequest, year: int | None = Query(None, ge=2020, le=2100)
) -> list[YearPlanOut]:
    return [_out(card) for card in queries.year_plans(scope=caller(request).scope, year=year)]


@router.post("/year-plans", response={201: YearPlanWhole}, auth=allow("yearplan.make"))
def make(request: HttpRequest, body: YearPlanIn) -> tuple[int, YearPlanWhole]:
    made = make_year_plan(**body.dict(), **_acting(request), today=today())
    return 201, _whole(request, made.pk)


@router.get("/year-plans/{year_plan_id}", response=YearPlanWhole, auth=allow("yearplan.read"))
def read(request: HttpRequest, year_plan_id: int) -> YearPlanWhole:
    return _whole(request, year_plan_id)


@router.get("/year-plans/{year_plan_id}/items", response=list[YearItemOut], auth=allow("yearplan.read"))
def list_items(
    request: HttpRequest, year_plan_id: int, station: str = Query("", pattern=r"^(\d{9})?$")
) -> list[YearItemOut]:
    card = _card(request, year_plan_id)
    return [YearItemOut(**asdict(one)) for one in queries.year_plan_items(plan_id=card.id, station=station)]


@router.post("/year-plans/{year_plan_id}/changes", response={201: YearPlanWhole}, auth=allow("yearplan.make"))
def change(request: HttpRequest, year_plan_id: int, body: YearChangeIn) -> tuple[int, YearPlanWhole]:
    change_year_plan(plan_id=year_plan_id, change=Change(**body.dict()), **_acting(request), today=today())
    return 201, _whole(request, year_plan_id)


@router.post("/year-plans/{year_plan_id}/reckon", response=YearPlanWhole, auth=allow("yearplan.make"))
def reckon(request: HttpRequest, year_plan_id: int) -> YearPlanWhole:
    reckon_again(plan_id=year_plan_id, **_acting(request), today=today())
    return _whole(request, year_plan_id)


@router.post("/year-plans/{year_plan_id}/submit", response=YearPlanWhole, auth=allow("yearplan.make"))
def submit(request: HttpRequest, year_plan_id: int) -> YearPlanWhole:
    deciding.submit_year_plan(plan_id=year_plan_id, **_acting(request))
    return _whole(request, year_plan_id)


@router.post("/year-plans/{year_plan_id}/return", response=YearPlanWhole, auth=allow("yearplan.approve"))
def send_back(request: HttpRequest, year_plan_id: int, body: YearReasonIn) -> YearPlanWhole:
    deciding.return_year_plan(plan_id=year_plan_id, reason=body.reason, **_acting(request))
    return _whole(request, year_plan_id)


@router.post("/year-plans/{year_plan_id}/approve", response=YearPlanWhole, auth=allow("yearplan.approve"))
def approve(request: HttpRequest, year_plan_id: int, body: YearApproveIn) -> YearPlanWhole:
    deciding.approve_year_plan(plan_id=year_plan_id, reference=body.reference, **_acting(request))
    return _whole(request, year_plan_id)


@router.post("/year-plans/{year_plan_id}/file", response=YearPlanWhole, auth=allow("yearplan.make"))
def file(request: HttpRequest, year_plan_id: int, body: YearFileIn) -> YearPlanWhole:
    deciding.file_year_plan(plan_id=year_plan_id, **body.dict(), **_acting(request), today=today())
    return _whole(request, year_plan_id)


@router.post("/year-plans/{year_plan_id}/publish", response=YearPlanWhole, auth=allow("yearplan.make"))
def publish(request: HttpRequest, year_plan_id: int) -> YearPlanWhole:
    deciding.publish_year_plan(plan_id=year_plan_id, **_acting(request))
    return _whole(request, year_plan_id)


@router.post("/year-plans/{year_plan_id}/amend", response={201: YearPlanWhole}, auth=allow("yearplan.make"))
def amend(request: HttpRequest, year_plan_id: int, body: YearReasonIn) -> tuple[int, YearPlanWhole]:
    made = deciding.amend_year_plan(
        plan_id=year_plan_id, reason=body.reason, **_acting(request), today=today()
    )
    return 201, _whole(request, made.pk)


@router.post("/year-plans/{year_plan_id}/withdraw", response=YearPlanWhole, auth=allow("yearplan.approve"))
def withdraw(request: HttpRequest, year_plan_id: int, body: YearReasonIn) -> YearPlanWhole:
    deciding.withdraw_year_plan(plan_id=year_plan_id, reason=body.reason, **_acting(request))
    return _whole(request, year_plan_id)


@router.get("/year-plans/{year_plan_id}/export", auth=allow("yearplan.read"))
def export(request: HttpRequest, year_plan_id: int) -> HttpResponse:
    content = export_year_plan(plan_id=year_plan_id, **_acting(request))
    response = HttpResponse(
        content, content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    )
    response.headers["Content-Disposition"] = 'attachment; filename="year-plan.xlsx"'
    return response


@router.get("/public/year-plans", response=list[PublishedOut], auth=None)
def list_published(request: HttpRequest, response: HttpResponse) -> list[PublishedOut]:
    response.headers["Cache-Control"] = _KEPT
    return [PublishedOut(**asdict(card)) for card in published_plans()]


@router.get("/public/year-plans/{public_plan_id}", response=PublishedWhole, auth=None)
def read_published(request: HttpRequest, response: HttpResponse, public_plan_id: int) -> PublishedWhole:
    found = published_plan(plan_id=public_plan_id)
    if found is None:
        raise Refusal("not_found", "没有找到已公布的年度计划。", status=404)
    response.headers["Cache-Control"] = _KEPT
    whole = asdict(found)
    for one in whole["items"]:
        one["concerned"] = sum(one["concerned"].values())
    return PublishedWhole(plan=PublishedOut(**whole.pop("card")), **whole)
