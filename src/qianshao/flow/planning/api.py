"""Plans of months: made, approved, looked at."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router

from qianshao.base.access.api import allow, caller, today
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.flow.planning.commands.exporting import export_calendar, export_comparison, export_plan
from qianshao.flow.planning.commands.living import Leave, adjust_plan, lock_visit, move_visit
from qianshao.flow.planning.commands.making import make_plans
from qianshao.flow.planning.commands.running import approve_plan, withdraw_plan
from qianshao.flow.planning.queries import plans as queries
from qianshao.flow.planning.queries.comparing import comparison
from qianshao.flow.planning.queries.yearly import against_year
from qianshao.flow.planning.schemas import (
    AdjustIn,
    AdjustmentOut,
    AgainstYearOut,
    CalendarDayOut,
    ComparisonOut,
    LeftOutOut,
    LeftOutPage,
    LockIn,
    MoveIn,
    PlanIn,
    PlanOut,
    VisitOut,
    WithdrawIn,
)

router = Router(tags=["planning"])
_MONTH = r"^(20\d{2}-(0[1-9]|1[0-2]))?$"
_PAGE = 50
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _month(text: str) -> date | None:
    return date.fromisoformat(f"{text}-01") if text else None


def _acting(request: HttpRequest) -> dict[str, Any]:
    """Within which units, who, and when: what every command is told."""
    who = caller(request)
    return {"scope": who.scope, "by": who.actor, "at": timezone.now()}


def _plan(request: HttpRequest, plan_id: int) -> PlanOut:
    card = queries.plan(scope=caller(request).scope, plan_id=plan_id)
    if card is None:
        raise Refusal("not_found", "没有找到这个计划。", status=404)
    return PlanOut(**asdict(card))


@router.get("/plans", response=list[PlanOut], auth=allow("plan.read"))
def list_plans(
    request: HttpRequest,
    month: str = Query("", pattern=_MONTH),
    station: str = Query("", pattern=r"^(\d{9})?$"),
    withdrawn: bool = False,
) -> list[PlanOut]:
    scope = caller(request).scope
    cards = queries.plans(scope=scope, month=_month(month), station=station, withdrawn=withdrawn)
    return [PlanOut(**asdict(card)) for card in cards]


@router.post("/plans", response={201: PlanOut}, auth=allow("plan.make"))
def make_plan(request: HttpRequest, body: PlanIn) -> tuple[int, PlanOut]:
    acting = _acting(request)
    if not acting.pop("scope").covers(body.station):
        raise Refusal("not_found", "没有找到这个所。", status=404)
    wanted = body.dict() | {"month": _month(body.month) or today()}
    made = make_plans(**wanted, **acting, today=today(), seed=settings.PLAN_SEED)
    return 201, _plan(request, made[0].pk)


@router.get("/plans/{plan_id}", response=PlanOut, auth=allow("plan.read"))
def read_plan(request: HttpRequest, plan_id: int) -> PlanOut:
    return _plan(request, plan_id)


@router.post("/plans/{plan_id}/approve", response=PlanOut, auth=allow("plan.approve"))
def approve(request: HttpRequest, plan_id: int) -> PlanOut:
    approve_plan(plan_id=plan_id, **_acting(request))
    return _plan(request, plan_id)


@router.post("/plans/{plan_id}/withdraw", response=PlanOut, auth=allow("plan.approve"))
def withdraw(request: HttpRequest, plan_id: int, body: WithdrawIn) -> PlanOut:
    withdraw_plan(plan_id=plan_id, reason=body.reason, **_acting(request))
    return _plan(request, plan_id)


@router.get("/plan-comparisons", response=ComparisonOut, auth=allow("plan.read"))
def compare(request: HttpRequest, left: int, right: int) -> ComparisonOut:
    return ComparisonOut(**asdict(comparison(scope=caller(request).scope, left_id=left, right_id=right)))


@router.get("/plan-comparisons/export", auth=allow("plan.read"))
def export_compared(request: HttpRequest, left: int, right: int) -> HttpResponse:
    content = export_comparison(left_id=left, right_id=right, **_acting(request))
    return _file(content, _XLSX, "comparison.xlsx")


@router.get("/plans/{plan_id}/year", response=AgainstYearOut, auth=allow("plan.read"))
def plan_against_year(request: HttpRequest, plan_id: int) -> AgainstYearOut:
    found = against_year(scope=caller(request).scope, plan_id=plan_id, today=today())
    if found is None:
        raise Refusal("not_found", "没有找到这个计划。", status=404)
    return AgainstYearOut(**asdict(found))


@router.get("/plans/{plan_id}/visits", response=list[VisitOut], auth=allow("plan.read"))
def plan_visits(request: HttpRequest, plan_id: int, on: date, until: date | None = None) -> list[VisitOut]:
    _plan(request, plan_id)
    cards = queries.visits(scope=caller(request).scope, plan_id=plan_id, on=on, until=until, limit=1000)
    return [VisitOut(**asdict(card)) for card in cards]


@router.get("/plans/{plan_id}/export", auth=allow("plan.read"))
def export(request: HttpRequest, plan_id: int) -> HttpResponse:
    content = export_plan(plan_id=plan_id, **_acting(request), today=today())
    return _file(content, _XLSX, "plan.xlsx")


@router.get("/plans/{plan_id}/ics", auth=allow("plan.read"))
def export_ics(request: HttpRequest, plan_id: int, officer: int | None = Query(None, ge=1)) -> HttpResponse:
    content = export_calendar(plan_id=plan_id, officer_id=officer, **_acting(request), today=today())
    return _file(content, "text/calendar; charset=utf-8", "plan.ics")


def _file(content: bytes, media_type: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@router.post("/plans/{plan_id}/adjust", response=AdjustmentOut, auth=allow("plan.make"))
def adjust(request: HttpRequest, plan_id: int, body: AdjustIn) -> AdjustmentOut:
    leave = None if body.leave is None else Leave(**body.leave.dict())
    done = adjust_plan(plan_id=plan_id, reason=body.reason, leave=leave, **_acting(request), today=today())
    return AdjustmentOut(**asdict(done))


@router.post("/visits/{visit_id}/move", response=VisitOut, auth=allow("plan.make"))
def move(request: HttpRequest, visit_id: int, body: MoveIn) -> VisitOut:
    move_visit(visit_id=visit_id, **body.dict(), **_acting(request), today=today())
    return _visit(request, visit_id)


@router.post("/visits/{visit_id}/lock", response=VisitOut, auth=allow("plan.make"))
def lock(request: HttpRequest, visit_id: int, body: LockIn) -> VisitOut:
    lock_visit(visit_id=visit_id, locked=body.locked, **_acting(request))
    return _visit(request, visit_id)


def _visit(request: HttpRequest, visit_id: int) -> VisitOut:
    card = queries.visit(scope=caller(request).scope, visit_id=visit_id)
    if card is None:
        raise Refusal("not_found", "没有找到这次检查。", status=404)
    return VisitOut(**asdict(card))


@router.get("/plans/{plan_id}/left-out", response=LeftOutPage, auth=allow("plan.read"))
def plan_left_out(request: HttpRequest, plan_id: int, cursor: int = Query(0, ge=0, le=2**53)) -> LeftOutPage:
    _plan(request, plan_id)
    cards = queries.left_out(scope=caller(request).scope, plan_id=plan_id, after=cursor, limit=_PAGE + 1)
    shown = [LeftOutOut(**asdict(card)) for card in cards[:_PAGE]]
    return LeftOutPage(items=shown, next_cursor=shown[-1].id if len(cards) > _PAGE else None)


@router.get("/schedule", response=list[VisitOut], auth=allow("plan.read"))
def read_schedule(
    request: HttpRequest,
    first: date,
    last: date,
    station: str = Query("", pattern=r"^(\d{9})?$"),
    officer: int | None = Query(None, ge=1),
) -> list[VisitOut]:
    scope = caller(request).scope
    cards = queries.schedule(scope=scope, first=first, last=last, station=station, officer_id=officer)
    return [VisitOut(**asdict(card)) for card in cards]


@router.get("/calendar", response=list[CalendarDayOut], auth=allow("plan.read"))
def read_calendar(
    request: HttpRequest,
    month: str = Query(pattern=r"^20\d{2}-(0[1-9]|1[0-2])$"),
    station: str = Query("", pattern=r"^(\d{9})?$"),
) -> list[CalendarDayOut]:
    days = queries.calendar(scope=caller(request).scope, month=_month(month) or today(), station=station)
    return [CalendarDayOut(**asdict(day)) for day in days]
