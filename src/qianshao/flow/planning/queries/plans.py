"""Reading plans and visits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Q

from qianshao.base.access.queries import within
from qianshao.base.access.rules import Scope
from qianshao.base.calendar.rules import month_end
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.flow.duties.queries import asker_names
from qianshao.flow.planning.models import LeftOut, MonthPlan, Visit, VisitOfficer, VisitTask

_STATION_DIGITS = 9
_LONGEST = 42
_MOST_SHOWN = 5_000


@dataclass(frozen=True, slots=True)
class PlanCard:
    """月计划 as shown, with its progress."""

    id: int
    month: date
    station_code: str
    station_name: str
    state: str
    state_label: str
    report: dict[str, Any]
    made_at: datetime
    approved_at: datetime | None
    visits_planned: int
    visits_done: int


@dataclass(frozen=True, slots=True)
class VisitCard:
    """一次进门 as shown."""

    id: int
    plan_id: int
    station_code: str
    entity_id: int
    entity_name: str
    credit_code: str
    address: str
    phone: str
    risk_class: str
    lon: float | None
    lat: float | None
    visit_on: date
    team: int
    sequence: int
    minutes: int
    travel_minutes: int
    starts_at: int | None
    version: int
    state: str
    done_on: date | None
    officers: tuple[str, ...]
    officer_ids: tuple[int, ...]
    obligations: tuple[int, ...]
    askers: tuple[str, ...]
    """提出单位 in words: who asked for what it carries."""
    locked: bool
    plan_state: str


@dataclass(frozen=True, slots=True)
class LeftOutCard:
    """未排入的事项 as shown."""

    id: int
    obligation_id: int
    entity_id: int
    entity_name: str
    duty_code: str
    due_on: date
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """计划日历的一天."""

    day: date
    visits: int
    done: int
    minutes: int
    teams: int


def plans(
    *, scope: Scope, month: date | None = None, station: str = "", withdrawn: bool = False
) -> list[PlanCard]:
    """月计划 of the scope that count, by station; with `withdrawn` also the versions that were withdrawn, in the order they were
    made."""
    rows = MonthPlan.objects.filter(within(scope))
    if not withdrawn:
        rows = rows.exclude(state=MonthPlan.State.WITHDRAWN)
    if month is not None:
        rows = rows.filter(month=month)
    if station:
        rows = rows.filter(station_id=station)
    return _plan_cards(rows.order_by("month", "station_id", "pk"))


def plan(*, scope: Scope, plan_id: int) -> PlanCard | None:
    """月计划 by number, or None outside the scope."""
    return next(iter(_plan_cards(MonthPlan.objects.filter(within(scope), pk=plan_id))), None)


def _plan_cards(rows: Any) -> list[PlanCard]:
    found = list(rows.select_related("station"))
    counts: dict[int, Any] = {
        row["plan_id"]: row
        for row in Visit.objects.filter(plan__in=found)
        .exclude(state=Visit.State.CANCELLED)
        .values("plan_id")
        .annotate(planned=Count("id"), done=Count("id", filter=Q(state=Visit.State.DONE)))
        .order_by()
    }
    return [
        PlanCard(
            id=row.pk,
            month=row.month,
            station_code=row.station_id,
            station_name=row.station.name,
            state=row.state,
            state_label=MonthPlan.State(row.state).label,
            report=row.report,
            made_at=row.made_at,
            approved_at=row.approved_at,
            visits_planned=counts.get(row.pk, {}).get("planned", 0),
            visits_done=counts.get(row.pk, {}).get("done", 0),
        )
        for row in found
    ]


def visits(
    *,
    scope: Scope,
    plan_id: int | None = None,
    station: str = "",
    state: str = "",
    on: date | None = None,
    until: date | None = None,
    entity_id: int | None = None,
    officer_id: int | None = None,
    visit_ids: Sequence[int] | None = None,
    after: tuple[date, int] | None = None,
    limit: int = 50,
) -> list[VisitCard]:
    """进门记录 of the scope by day, team and order; a page of `limit` after the place (visit_on, id). `on` asks for one day,
    with `until` for the days from `on` to it."""
    rows = Visit.objects.filter(within(scope)).exclude(state=Visit.State.CANCELLED)
    filters = {
        "plan_id": plan_id,
        "station_id": station,
        "state": state,
        "visit_on": on if until is None else None,
        "entity_id": entity_id,
    }
    if on is not None and until is not None:
        rows = rows.filter(visit_on__range=(on, until))
    rows = rows.filter(**{name: value for name, value in filters.items() if value})
    if visit_ids is not None:
        rows = rows.filter(pk__in=visit_ids)
    if officer_id is not None:
        rows = rows.filter(pk__in=VisitOfficer.objects.filter(officer_id=officer_id).values("visit_id"))
    if after is not None:
        rows = rows.filter(Q(visit_on__gt=after[0]) | Q(visit_on=after[0], id__gt=after[1]))
    order = ("team", "sequence", "id") if on is not None and after is None and plan_id else ("visit_on", "id")
    return _visit_cards(list(rows.select_related("entity", "plan").order_by(*order)[:limit]))


def schedule(
    *, scope: Scope, first: date, last: date, station: str = "", officer_id: int | None = None
) -> list[VisitCard]:
    """日程 between two days of one station, or of one officer: every entry of the plans that stand, by day.

    Raises `Refusal`: neither a station nor an officer is asked for, an end before the start, more than six weeks.
    """
    wanted = station or (scope.prefix if len(scope.prefix) == _STATION_DIGITS else "")
    if not wanted and officer_id is None:
        raise Refusal("no_station", "请选择一个监管所或一名执法人员。", field="station", status=422)
    if not 0 <= (last - first).days < _LONGEST:
        raise Refusal(
            "days_reversed", f"止日须不早于起日，且不超过 {_LONGEST} 天。", field="last", status=422
        )
    return visits(scope=scope, station=wanted, officer_id=officer_id, on=first, until=last, limit=_MOST_SHOWN)


def visit(*, scope: Scope, visit_id: int) -> VisitCard | None:
    """一次进门 by number, cancelled ones too, or None outside the scope."""
    rows = Visit.objects.filter(within(scope), pk=visit_id).select_related("entity", "plan")
    return next(iter(_visit_cards(list(rows))), None)


def _visit_cards(rows: list[Visit]) -> list[VisitCard]:
    ids = [row.pk for row in rows]
    people: dict[int, list[tuple[int, str]]] = {}
    for link in (
        VisitOfficer.objects.filter(visit_id__in=ids).select_related("officer").order_by("-lead", "id")
    ):
        people.setdefault(link.visit_id, []).append((link.officer_id, link.officer.name))
    tasks: dict[int, list[tuple[int, str]]] = {}
    for visit, obligation, asker in (
        VisitTask.objects.filter(Q(active=True) | Q(visit__state=Visit.State.DONE), visit_id__in=ids)
        .order_by("id")
        .values_list("visit_id", "obligation_id", "obligation__asked_by")
    ):
        tasks.setdefault(visit, []).append((obligation, asker))
    askers = asker_names({asker for carried in tasks.values() for _, asker in carried})
    return [
        VisitCard(
            id=row.pk,
            plan_id=row.plan_id,
            station_code=row.station_id,
            entity_id=row.entity_id,
            entity_name=row.entity.name,
            credit_code=row.entity.credit_code,
            address=row.entity.address,
            phone=row.entity.phone,
            risk_class=row.entity.risk_class,
            lon=row.entity.lon,
            lat=row.entity.lat,
            visit_on=row.visit_on,
            team=row.team,
            sequence=row.sequence,
            minutes=row.minutes,
            travel_minutes=row.travel_minutes,
            starts_at=row.starts_at,
            version=row.version,
            state=row.state,
            done_on=row.done_on,
            officers=tuple(name for _, name in people.get(row.pk, [])),
            officer_ids=tuple(number for number, _ in people.get(row.pk, [])),
            obligations=tuple(number for number, _ in tasks.get(row.pk, [])),
            askers=tuple(askers[one] for one in sorted({one for _, one in tasks.get(row.pk, [])}, key=len)),
            locked=row.locked,
            plan_state=row.plan.state,
        )
        for row in rows
    ]


def officer_day(*, scope: Scope, officer_id: int, on: date) -> list[VisitCard]:
    """当日路线 of an officer in order, from approved plans only."""
    rows = (
        Visit.objects.filter(within(scope), visit_on=on, plan__state=MonthPlan.State.APPROVED)
        .exclude(state=Visit.State.CANCELLED)
        .filter(pk__in=VisitOfficer.objects.filter(officer_id=officer_id).values("visit_id"))
    )
    return _visit_cards(list(rows.select_related("entity", "plan").order_by("sequence", "id")))


def next_day_of(*, scope: Scope, officer_id: int, after: date) -> date | None:
    """The officer's next day with a visit still to be made."""
    rows = Visit.objects.filter(
        within(scope),
        visit_on__gt=after,
        state=Visit.State.PLANNED,
        plan__state=MonthPlan.State.APPROVED,
        pk__in=VisitOfficer.objects.filter(officer_id=officer_id).values("visit_id"),
    )
    return rows.order_by("visit_on").values_list("visit_on", flat=True).first()


def left_out(*, scope: Scope, plan_id: int, after: int = 0, limit: int = 50) -> list[LeftOutCard]:
    """未排入的事项 of a plan, a page of `limit` after the id `after`."""
    rows = LeftOut.objects.filter(within(scope, "plan__station_id"), plan_id=plan_id, id__gt=after)
    return [
        LeftOutCard(
            id=row.pk,
            obligation_id=row.obligation_id,
            entity_id=row.obligation.entity_id,
            entity_name=row.obligation.entity.name,
            duty_code=row.obligation.duty_code,
            due_on=row.obligation.due_on,
            reason=row.reason,
            detail=row.detail,
        )
        for row in rows.select_related("obligation__entity").order_by("id")[:limit]
    ]


def calendar(*, scope: Scope, month: date, station: str = "") -> list[CalendarDay]:
    """计划日历: entries per day of the month in the scope."""
    rows = Visit.objects.filter(within(scope), visit_on__range=(month, month_end(month))).exclude(
        state=Visit.State.CANCELLED
    )
    if station:
        rows = rows.filter(station_id=station)
    per_team: dict[date, dict[str, Any]] = {}
    counted = rows.values("visit_on", "station_id", "team", "state", "minutes", "travel_minutes")
    for row in counted:
        day = per_team.setdefault(row["visit_on"], {"visits": 0, "done": 0, "minutes": 0, "teams": set()})
        day["visits"] += 1
        day["done"] += row["state"] == Visit.State.DONE
        day["minutes"] += row["minutes"] + row["travel_minutes"]
        day["teams"].add((row["station_id"], row["team"]))
    return [
        CalendarDay(on, found["visits"], found["done"], found["minutes"], len(found["teams"]))
        for on, found in sorted(per_team.items())
    ]


def progress(*, scope: Scope, first: date, last: date) -> dict[str, dict[str, int]]:
    """进度 per station: entries planned and done, and the obligations they carry, between two days."""
    rows = (
        Visit.objects.filter(within(scope), visit_on__range=(first, last))
        .exclude(state=Visit.State.CANCELLED)
        .values("station_id")
        .annotate(planned=Count("id"), done=Count("id", filter=Q(state=Visit.State.DONE)))
        .order_by()
    )
    found = {
        row["station_id"]: {"planned": row["planned"], "done": row["done"], "carried": 0} for row in rows
    }
    carried = (
        VisitTask.objects.filter(
            within(scope, "visit__station_id"), active=True, visit__visit_on__range=(first, last)
        )
        .values("visit__station_id")
        .annotate(count=Count("id"))
        .order_by()
    )
    for row in carried:
        if row["visit__station_id"] in found:
            found[row["visit__station_id"]]["carried"] = row["count"]
    return found
