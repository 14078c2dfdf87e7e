"""并入 a check into an entry that is planned anyway, and 放下 what is no longer owed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from django.db import connection
from django.db.models import F

from qianshao.base.access.rules import Scope
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.flow.duties.queries import task_rows
from qianshao.flow.planning.commands.living import in_words, refresh_report, rewrite_visits
from qianshao.flow.planning.models import LeftOut, MonthPlan, Visit, VisitTask
from qianshao.flow.planning.queries.problem import living_plan, tasks_of
from qianshao.flow.scheduling.rules.moving import in_order
from qianshao.flow.scheduling.rules.verify import newly_broken


@dataclass(frozen=True, slots=True)
class Joined:
    """并入的进门: the visit that carries the check now, its day, and the plan that changed."""

    visit_id: int
    visit_on: date
    plan_id: int


def join_entry(*, obligation: int, due_on: date, scope: Scope, today: date) -> Joined:
    """并入: the first planned entry of the door that can carry the check does so. Runs inside the caller's transaction, whose event
    names the plan. Raises `Refusal` with what stands against the last entry tried."""
    row = task_rows(scope=scope, ids=[obligation])[0]
    asked = Visit.objects.filter(
        entity_id=row["entity_id"], state=Visit.State.PLANNED, visit_on__range=(today, due_on)
    )
    against = f"{due_on} 以前没有已排的检查"
    for visit in asked.order_by("visit_on"):
        plan = MonthPlan.objects.select_for_update().get(pk=visit.plan_id)
        month, before, numbers = living_plan(
            scope=scope,
            plan_id=plan.pk,
            station=plan.station_id,
            month=plan.month,
            today=today,
            seed=plan.seed,
        )
        wider = replace(
            month, tasks=(*month.tasks, *tasks_of([row], lon=month.lon, lat=month.lat, today=today))
        )
        place = next(place for place, number in numbers.items() if number == visit.pk)
        visits = list(before.visits)
        visits[place] = replace(
            visits[place],
            tasks=(*visits[place].tasks, obligation),
            minutes=visits[place].minutes + row["minutes"],
        )
        after = replace(before, visits=visits, mandatory=before.mandatory + 1)
        if broken := newly_broken(wider, replace(before, mandatory=before.mandatory + 1), after):
            against = f"{visit.visit_on} " + in_words(broken[0], wider, today)
            continue
        VisitTask.objects.create(visit=visit, obligation_id=obligation)
        Visit.objects.filter(pk=visit.pk).update(
            minutes=F("minutes") + row["minutes"], version=F("version") + 1
        )
        refresh_report(plan, wider, after)
        return Joined(visit.pk, visit.visit_on, plan.pk)
    raise Refusal("cannot_join", f"并入不了：{against}。", remedy="请另行进门，或先调整该次检查。")


_LET_GO = """
WITH let_go AS (
    UPDATE planning_visit_task t SET active = false FROM duties_obligation o, planning_visit v
    WHERE o.id = t.obligation_id AND v.id = t.visit_id AND t.active AND v.state = 'planned' AND o.state <> 'open'
        AND (o.id = ANY (%(ids)s) OR (o.origin_ref = %(ref)s AND %(ref)s <> ''))
    RETURNING t.id, t.visit_id, o.minutes),
lighter AS (SELECT visit_id, sum(minutes)::int AS minutes, array_agg(id) AS gone FROM let_go GROUP BY 1)
UPDATE planning_visit v SET minutes = greatest(v.minutes - l.minutes, 0), version = v.version + 1,
    state = CASE WHEN EXISTS (SELECT FROM planning_visit_task t WHERE t.visit_id = v.id AND t.active AND t.id <> ALL (l.gone))
        THEN v.state ELSE 'cancelled' END
FROM lighter l WHERE v.id = l.visit_id RETURNING v.id, v.state
"""


def let_go(*, obligations: Sequence[int] = (), origin_ref: str = "") -> tuple[list[int], list[int]]:
    """放下: planned visits no longer carry these obligations, or those of one origin, that are settled otherwise. A visit left with
    nothing to check is cancelled; the others get a new version, so that a phone is told.

    Set-based, inside the caller's transaction. Returns the visits cancelled and those made lighter. Routes and reports of the plans
    are reckoned anew at their next change.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LET_GO, {"ids": list(obligations), "ref": origin_ref})
        rows = cursor.fetchall()
    settled = LeftOut.objects.exclude(obligation__state="open")
    settled.filter(obligation_id__in=obligations).delete()
    if origin_ref:
        settled.filter(obligation__origin_ref=origin_ref).delete()
    return [visit for visit, state in rows if state == "cancelled"], [
        visit for visit, state in rows if state != "cancelled"
    ]


@dataclass(frozen=True, slots=True)
class Released:
    """放下的检查: the visit that was to carry it, whether that visit is cancelled, and the plan that changed."""

    visit_id: int
    cancelled: bool
    plan_id: int


def release_check(*, obligation: int, scope: Scope, today: date) -> Released | None:
    """放下一项检查 that is settled otherwise: its visit goes on without it, or not at all; the route of that day and the plan's figures
    are reckoned anew. None where no visit was to carry it. Runs inside the caller's transaction, whose event names the plan."""
    task = VisitTask.objects.filter(
        obligation_id=obligation, active=True, visit__state=Visit.State.PLANNED
    ).first()
    if task is None:
        return None
    visit = Visit.objects.get(pk=task.visit_id)
    plan = MonthPlan.objects.select_for_update().get(pk=visit.plan_id)
    cancelled, _ = let_go(obligations=[obligation])
    month, schedule, numbers = living_plan(
        scope=scope,
        plan_id=plan.pk,
        station=plan.station_id,
        month=plan.month,
        today=today,
        seed=plan.seed,
    )
    route = sorted(
        (
            place
            for place, one in enumerate(schedule.visits)
            if (one.day, one.team) == (visit.visit_on, visit.team)
        ),
        key=lambda place: schedule.visits[place].sequence,
    )
    visits = list(schedule.visits)
    for place, one in zip(route, in_order(month, [visits[place] for place in route]), strict=True):
        visits[place] = one
    rewrite_visits([(numbers[place], visits[place]) for place in route])
    refresh_report(plan, month, replace(schedule, visits=visits))
    return Released(visit.pk, visit.pk in cancelled, plan.pk)
