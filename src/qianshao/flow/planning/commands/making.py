"""编制 a month's or quarter's plan of a station, and of all stations."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction

from qianshao.base.access.rules import EVERYTHING
from qianshao.base.calendar.rules import add_months, month_end, official
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.base.records.commands import record_event
from qianshao.base.records.rules import Actor
from qianshao.base.stations.models import Station
from qianshao.base.tables.rules.spreading import Engine, apart, spread
from qianshao.flow.planning.models import LeftOut, MonthPlan, Visit, VisitOfficer, VisitTask
from qianshao.flow.planning.queries.problem import station_month
from qianshao.flow.registry.queries.filing import names_of
from qianshao.flow.scheduling.rules.model import PlannedVisit, Schedule, StationMonth
from qianshao.flow.scheduling.rules.quarters import by_month
from qianshao.flow.scheduling.rules.refusing import refuse_city, refuse_month
from qianshao.flow.scheduling.rules.report import named_doors, report_of
from qianshao.flow.scheduling.rules.solving import solve
from qianshao.flow.scheduling.rules.verify import broken_rules

Progress = Callable[[str, int, int], None]
_LOCK = 720_576
_QUARTER = 3


def make_month_plan(
    *, station: str, month: date, by: Actor, at: datetime, today: date, seed: int
) -> MonthPlan:
    """编制月计划 of one station. Raises `Refusal` as `make_plans`."""
    return make_plans(station=station, month=month, by=by, at=at, today=today, seed=seed)[0]


def make_plans(
    *, station: str, month: date, by: Actor, at: datetime, today: date, seed: int, quarter: bool = False
) -> list[MonthPlan]:
    """编制计划 of one station: of a month, or of the quarter that begins with it, its three months reckoned as one and each kept as
    a plan of its own.

    Raises `Refusal` when a month is over or planned already (two at once: one wins), when `month` begins no quarter, or when the
    month contradicts itself; then none is kept.
    """
    months = _months_of(month) if quarter else [month]
    for one in months:
        _refuse_past(one, today)
        _refuse_second(station, one)
    problem = station_month(
        scope=EVERYTHING, station=station, month=month, today=today, seed=seed, months=len(months)
    )
    refuse_month(problem)
    return _save(problem, apart(solve, problem), by=by, at=at)


def make_city_plan(
    *,
    month: date,
    by: Actor,
    at: datetime,
    today: date,
    seed: int,
    engine: Engine,
    quarter: bool = False,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """编制全市计划 of a month, or of the quarter that begins with it: every station that has none, each a part of its own on the
    engine. Raises `Refusal` before anything is planned when a station's month contradicts itself or somebody serves in two
    stations."""
    months = _months_of(month) if quarter else [month]
    for one in months:
        _refuse_past(one, today)
    planned = {code for one in months for code in _standing(one).values_list("station_id", flat=True)}
    stations = [code for code in Station.objects.values_list("code", flat=True) if code not in planned]
    if not stations:
        raise Refusal(
            "already_planned", f"{month:%Y年%-m月}各所计划均已编制。", remedy="如需重编，请先撤回原计划。"
        )
    totals = {"stations": 0, "obligations": 0, "visits": 0, "lower_bound": 0, "left_out": 0}
    problems = [
        station_month(scope=EVERYTHING, station=code, month=month, today=today, seed=seed, months=len(months))
        for code in stations
    ]
    refuse_city(problems)
    for place, (problem, schedule) in enumerate(
        zip(problems, spread(solve, problems, engine), strict=True), start=1
    ):
        for plan in _save(problem, schedule, by=by, at=at):
            for name in ("obligations", "visits", "lower_bound", "left_out"):
                totals[name] += int(plan.report[name])
        totals["stations"] += 1
        if progress:
            progress(problem.station, place, len(stations))
    return totals | {"one_visit_each": totals["obligations"]}


def _months_of(quarter: date) -> list[date]:
    """The three months of a quarter. Raises `Refusal` when the day begins none."""
    if quarter.day != 1 or quarter.month % _QUARTER != 1:
        raise Refusal("not_a_quarter", "季度应从 1、4、7、10 月的首日开始。", field="month", status=422)
    return [add_months(quarter, step) for step in range(_QUARTER)]


def _standing(month: date) -> Any:
    return MonthPlan.objects.filter(month=month).exclude(state=MonthPlan.State.WITHDRAWN)


def _refuse_past(month: date, today: date) -> None:
    if month.day != 1:
        raise Refusal("not_a_month", "月份应为当月首日。", field="month", status=422)
    if month_end(month) < today:
        raise Refusal("month_over", f"{month:%Y年%-m月}已经结束，不能再编制计划。", field="month", status=422)


def _refuse_second(station: str, month: date) -> None:
    if _standing(month).filter(station_id=station).exists():
        raise Refusal(
            "already_planned",
            f"该所{month:%Y年%-m月}的计划已经编制，同一月份只能有一份有效计划。",
            remedy="如需重编，请先撤回原计划。",
        )


def _save(problem: StationMonth, schedule: Schedule, *, by: Actor, at: datetime) -> list[MonthPlan]:
    """One transaction: the plan of each month with visits, teams, tasks, what was left out, one event. A plan that breaks a rule
    is not saved."""
    parts = by_month(problem, schedule)
    wrong = broken_rules(problem, schedule) + [
        line for _, month, part in parts for line in broken_rules(month, part)
    ]
    if wrong:
        raise Refusal("plan_breaks_rules", f"编制结果未通过核验，未保存：{wrong[0]}", status=500)
    with transaction.atomic():
        return [_save_month(first, month, part, by=by, at=at) for first, month, part in parts]


def _save_month(
    first: date, problem: StationMonth, schedule: Schedule, *, by: Actor, at: datetime
) -> MonthPlan:
    names = names_of(scope=EVERYTHING, entity_ids=named_doors(problem, schedule))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK, int(problem.station[4:]) * 16 + first.month]
        )
    _refuse_second(problem.station, first)
    plan = MonthPlan.objects.create(
        month=first,
        station_id=problem.station,
        report=report_of(problem, schedule, names)
        | {"bounds": asdict(problem.bounds), "holidays_official": official(first.year)},
        seed=problem.seed,
        policy_version=hashlib.sha256(repr(asdict(problem.bounds)).encode()).hexdigest(),
        made_at=at,
        made_by=by.account_id,
    )
    save_visits(plan, schedule.visits)
    save_left_out(plan, schedule)
    record_event(
        by=by,
        at=at,
        verb="make_month_plan",
        subject=("plan", plan.pk),
        unit=problem.station,
        payload={
            "month": first.isoformat(),
            "visits": len(schedule.visits),
            "left_out": len(schedule.unplaced),
        },
        rows=[("planning_month_plan", plan.pk)],
    )
    return plan


def save_visits(plan: MonthPlan, planned: Sequence[PlannedVisit]) -> None:
    """Write new visits of a plan with their people and tasks. Runs inside the caller's transaction."""
    visits = Visit.objects.bulk_create(
        Visit(
            plan=plan,
            station_id=plan.station_id,
            entity_id=one.door,
            visit_on=one.day,
            team=one.team,
            sequence=one.sequence,
            minutes=one.minutes,
            travel_minutes=one.travel_minutes,
            starts_at=one.starts_at,
        )
        for one in planned
    )
    pairs = list(zip(visits, planned, strict=True))
    VisitOfficer.objects.bulk_create(
        VisitOfficer(visit=visit, officer_id=officer, lead=place == 0)
        for visit, one in pairs
        for place, officer in enumerate(one.officers)
    )
    VisitTask.objects.bulk_create(
        VisitTask(visit=visit, obligation_id=task) for visit, one in pairs for task in one.tasks
    )


def save_left_out(plan: MonthPlan, schedule: Schedule) -> None:
    """Write what a plan leaves out, and why. Runs inside the caller's transaction."""
    LeftOut.objects.bulk_create(
        LeftOut(plan=plan, obligation_id=one.task, reason=one.reason, detail=one.detail)
        for one in schedule.unplaced
    )
