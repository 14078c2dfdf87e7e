"""The planner's problem as tables: a station's month read for the solver, and a living plan read back from its visits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from qianshao.base.access.queries import within
from qianshao.base.access.rules import Scope
from qianshao.base.calendar.rules import add_months, month_end, working_days, working_days_of_month
from qianshao.base.places.queries import roads_within
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.base.stations.models import Officer, OfficerLeave, Station
from qianshao.flow.duties.queries import (
    due_rows,
    duties_on,
    duty_name,
    entries_made,
    inspection_caps,
    planning_parameters,
    task_rows,
)
from qianshao.flow.planning.models import LeftOut, Visit, VisitOfficer, VisitTask
from qianshao.flow.registry.queries.conflicts import conflicts
from qianshao.flow.registry.queries.opening import opening_hours
from qianshao.flow.scheduling.rules.ground import Roads
from qianshao.flow.scheduling.rules.model import (
    FREE,
    Bounds,
    DoorRule,
    Inspector,
    PlannedVisit,
    Schedule,
    StationMonth,
    Task,
    Unplaced,
)
from qianshao.flow.scheduling.rules.roads import roads_of
from qianshao.flow.scheduling.rules.stops import is_mandatory


def station_month(
    *,
    scope: Scope,
    station: str,
    month: date,
    today: date,
    seed: int,
    months: int = 1,
    planned_too: bool = False,
) -> StationMonth:
    """排班问题 of a station and as many `months` from `month` on, with everything the solver may know: what is owed and not
    planned yet, who may go out, the working days from `today` on; with `planned_too` also what a plan carries already. Raises
    `Refusal` when no such day is left or the station lies outside the scope."""
    last = month_end(add_months(month, months - 1))
    days = tuple(day for day in working_days(month, last) if day >= today)
    if not days:
        raise Refusal("no_days_left", f"{month:%Y年%-m月}已没有可安排的工作日。", status=422)
    rows = due_rows(scope=_only(scope, station), until=last)
    return _problem(
        station,
        days=days,
        rows=rows if planned_too else _free(rows),
        today=today,
        seed=seed,
    )


def _free(rows: list[dict[str, Any]], *, but: int | None = None) -> list[dict[str, Any]]:
    """Obligations that no visit carries; those that the plan `but` carries count as free."""
    taken = VisitTask.objects.filter(active=True, obligation_id__in=[row["id"] for row in rows])
    if but is not None:
        taken = taken.exclude(visit__plan_id=but)
    numbers = set(taken.values_list("obligation_id", flat=True))
    return [row for row in rows if row["id"] not in numbers]


def living_plan(
    *,
    scope: Scope,
    plan_id: int,
    station: str,
    month: date,
    today: date,
    seed: int,
    open_ones: bool = False,
) -> tuple[StationMonth, Schedule, dict[int, int]]:
    """执行中的计划 of a station and month as the checker reads it: every working day of the month, the visits that stand
    (done ones too), what was left out, and the visit's number by its place in the schedule.

    Its tasks are those of the plan; with `open_ones` what is done and what is owed now, be it in the plan or not.
    """
    visits = list(
        Visit.objects.filter(within(scope), plan_id=plan_id)
        .exclude(state=Visit.State.CANCELLED)
        .order_by("visit_on", "team", "sequence")
    )
    people = _grouped(
        VisitOfficer.objects.filter(visit__in=visits)
        .order_by("-lead", "id")
        .values_list("visit_id", "officer_id")
    )
    carried = _grouped(
        VisitTask.objects.filter(visit__in=visits, active=True)
        .order_by("id")
        .values_list("visit_id", "obligation_id")
    )
    left = list(LeftOut.objects.filter(plan_id=plan_id))
    visits = [
        one for one in visits if one.pk in carried
    ]  # a closed door released its tasks: nothing to place
    only = _only(scope, station)
    done = {one.pk for one in visits if one.state == Visit.State.DONE}
    ids = [task for visit, tasks in carried.items() for task in tasks if visit in done or not open_ones]
    rows = task_rows(scope=only, ids=ids + ([] if open_ones else [one.obligation_id for one in left]))
    if open_ones:
        rows += _free(due_rows(scope=only, until=month_end(month)), but=plan_id)
    month_ = _problem(
        station,
        days=tuple(working_days_of_month(month)),
        rows=rows,
        today=today,
        seed=seed,
    )
    schedule = Schedule(
        visits=[
            PlannedVisit(
                one.entity_id,
                one.visit_on,
                one.team,
                one.sequence,
                tuple(people.get(one.pk, ())),
                tuple(carried.get(one.pk, ())),
                one.minutes,
                one.travel_minutes,
                one.starts_at,
            )
            for one in visits
        ],
        unplaced=[Unplaced(one.obligation_id, one.reason, one.detail) for one in left],
        mandatory=sum(is_mandatory(task, month_.days) for task in month_.tasks),
    )
    return month_, schedule, {place: one.pk for place, one in enumerate(visits)}


def _only(scope: Scope, station: str) -> Scope:
    """The scope cut down to one station of it."""
    if not scope.covers(station):
        raise Refusal("not_found", "没有找到这个所。", status=404)
    return Scope(prefix=station, role=scope.role, account_id=scope.account_id, officer_id=scope.officer_id)


def _grouped(pairs: Any) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return found


_AROUND = 0.03  # degrees of road network beyond the outermost doors


def _roads(home: Station, tasks: Sequence[Task]) -> Roads | None:
    """道路网 around the station and its doors, where one was loaded."""
    places = [(home.lon, home.lat), *((task.lon, task.lat) for task in tasks)]
    lons, lats = zip(*places, strict=True)
    segments = roads_within(
        west=min(lons) - _AROUND,
        east=max(lons) + _AROUND,
        south=min(lats) - _AROUND,
        north=max(lats) + _AROUND,
    )
    return roads_of(segments, places)


def _problem(
    station: str,
    *,
    days: tuple[date, ...],
    rows: Sequence[dict[str, Any]],
    today: date,
    seed: int,
) -> StationMonth:
    home = Station.objects.get(pk=station)
    tasks = tuple(tasks_of(rows, lon=home.lon, lat=home.lat, today=today))
    return StationMonth(
        station=station,
        lon=home.lon,
        lat=home.lat,
        days=days,
        tasks=tasks,
        inspectors=tuple(_inspectors(station, days[0], days[-1])),
        bounds=bounds_on(today),
        seed=seed,
        doors=door_rules(station=station, tasks=tasks, days=days),
        roads=_roads(home, tasks),
    )


def bounds_on(day: date) -> Bounds:
    """规则与设置 of planning in force on a day."""
    parameters = planning_parameters(day)
    return Bounds(
        team_minimum=int(parameters["team_minimum"].value),
        minutes_per_day=int(parameters["minutes_per_day"].value),
        door_minutes=int(parameters["door_minutes"].value),
        speed_kmh=parameters["speed_kmh"].value,
        detour=parameters["detour"].value,
        field_days_per_week=int(parameters["field_days_per_week"].value),
        doors_per_team_day=int(parameters["doors_per_team_day"].value),
        day_starts=int(parameters["day_starts"].value),
        day_ends=int(parameters["day_ends"].value),
        drawn_present=int(parameters["drawn_present"].value),
    )


def door_rules(*, station: str, tasks: Sequence[Task], days: Sequence[date]) -> dict[int, DoorRule]:
    """一户的限制 of the doors of these tasks: declared conflicts, opening hours, and what the yearly cap leaves beside the entries
    made this year and those planned for other checks than these. A door without limits has no rule."""
    scope = Scope(prefix=station, role="station_head")
    owed = Counter(task.door for task in tasks)
    apart: dict[int, set[int]] = {}
    for officer, door in conflicts(scope=scope, on=days[0], until=days[-1]):
        apart.setdefault(door, set()).add(officer)
    hours = opening_hours(scope=scope)
    left = _entries_left(scope, tasks, days[0])
    found = {}
    for door, count in owed.items():
        open_, entries = hours.get(door), left.get(door)
        rule = DoorRule(
            conflicted=frozenset(apart.get(door, ())),
            entries_left=None if entries is None or entries >= count else entries,
        )
        if open_ is not None:
            rule = replace(rule, opens=open_.opens, closes=open_.closes, closed_on=frozenset(open_.closed_on))
        if rule != FREE:
            found[door] = rule
    return found


def _entries_left(scope: Scope, tasks: Sequence[Task], first: date) -> dict[int, int]:
    """Entries that the cap of the year leaves for the tasks at each door; empty where no cap is set."""
    cap = inspection_caps(first).cap_of("station")
    if cap is None:
        return {}
    used = entries_used(scope=scope, tasks=tasks, year=first.year)
    least = min(cap.entries.values())
    return {task.door: max(0, cap.entries.get(task.risk_class, least) - used[task.door]) for task in tasks}


def entries_used(*, scope: Scope, tasks: Sequence[Task], year: int) -> Counter[int]:
    """已用次数 of the doors of these tasks in a year: entries made, and those planned, but for entries that carry the tasks
    themselves."""
    counted = VisitTask.objects.filter(active=True).exclude(
        obligation__origin__in=inspection_caps(date(year, 1, 1)).not_counted
    )
    ours = VisitTask.objects.filter(active=True, obligation_id__in=[task.id for task in tasks])
    visits = Visit.objects.filter(within(scope), visit_on__year=year, pk__in=counted.values("visit_id"))
    used = Counter(entries_made(scope=scope, organ_level="station", year=year))
    planned = visits.filter(state=Visit.State.PLANNED).exclude(pk__in=ours.values("visit_id"))
    used.update(planned.values_list("entity_id", flat=True))
    used.subtract(
        visits.filter(state=Visit.State.DONE, pk__in=ours.values("visit_id")).values_list(
            "entity_id", flat=True
        )
    )
    return used


def tasks_of(rows: Sequence[dict[str, Any]], *, lon: float, lat: float, today: date) -> list[Task]:
    """待排事项 of rows of the planner's table; a door without a place counts as lying at (lon, lat)."""
    drawn = {certificate for row in rows for certificate in row["drawn_officers"]}
    officers = dict(Officer.objects.filter(certificate_no__in=drawn).values_list("certificate_no", "id"))
    stopped, duties = inspection_caps(today).stopped, duties_on(today)
    return [
        Task(
            id=row["id"],
            door=row["entity_id"],
            competence=row["competence"],
            minutes=row["minutes"],
            release_on=row["release_on"],
            due_on=row["due_on"],
            risk_class=row["entity__risk_class"],
            lon=row["entity__lon"] or lon,
            lat=row["entity__lat"] or lat,
            located=bool(row["entity__lon"] and row["entity__lat"]),
            drawn=frozenset(officers[one] for one in row["drawn_officers"] if one in officers),
            capped=row["origin"] in stopped,
            coverage=row["duty_code"] in duties and duties[row["duty_code"]].rule == "coverage",
            duty=duty_name(code=row["duty_code"], day=today),
        )
        for row in rows
    ]


def _inspectors(station: str, first: date, last: date) -> list[Inspector]:
    away: dict[int, set[date]] = {}
    for leave in OfficerLeave.objects.filter(
        officer__station_id=station, from_on__lte=last, to_on__gte=first
    ):
        span = range(leave.from_on.toordinal(), leave.to_on.toordinal() + 1)
        away.setdefault(leave.officer_id, set()).update(date.fromordinal(day) for day in span)
    officers = Officer.objects.filter(station_id=station, active=True, auxiliary=False).order_by("id")
    return [
        Inspector(
            one.pk, frozenset(one.competences), one.certificate_expires_on, frozenset(away.get(one.pk, ()))
        )
        for one in officers
    ]
