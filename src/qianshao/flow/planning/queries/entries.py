"""近期进门 who was entered lately or will be soon, at one door or over a unit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from qianshao.base.access.queries import within
from qianshao.base.access.rules import Scope
from qianshao.flow.planning.models import Visit, VisitTask


@dataclass(frozen=True, slots=True)
class Entry:
    """一次进门 near a day: planned, or done."""

    on: date
    team: int
    done: bool


def entries_near(*, scope: Scope, entity_id: int, today: date, days: int) -> list[Entry]:
    """近期进门 of the door, done within `days` before today or planned within them after it, the planned ones first."""
    span = timedelta(days=days)
    rows = Visit.objects.filter(within(scope), entity_id=entity_id)
    planned = rows.filter(state=Visit.State.PLANNED, visit_on__range=(today, today + span)).order_by(
        "visit_on"
    )
    done = rows.filter(state=Visit.State.DONE, done_on__gte=today - span).order_by("-done_on")
    return [Entry(one.visit_on, one.team, False) for one in planned] + [
        Entry(one.done_on or one.visit_on, one.team, True) for one in done
    ]


@dataclass(frozen=True, slots=True)
class CarryingEntry:
    """承办的进门: the planned visit that is to carry a check, and how many checks it carries in all."""

    visit_id: int
    visit_on: date
    checks: int


def carrying_entry(*, scope: Scope, obligation_id: int) -> CarryingEntry | None:
    """承办的进门 of a check of the scope, or None where no visit waits to carry it."""
    visit = Visit.objects.filter(
        within(scope),
        state=Visit.State.PLANNED,
        pk__in=VisitTask.objects.filter(active=True, obligation_id=obligation_id).values("visit_id"),
    ).first()
    if visit is None:
        return None
    checks = VisitTask.objects.filter(visit=visit, active=True).count()
    return CarryingEntry(visit.pk, visit.visit_on, checks)


_NEAR = """SELECT entity_id, min(visit_on) FILTER (WHERE state = 'planned') AS planned_on,
    max(done_on) FILTER (WHERE state = 'done') AS entered_on FROM planning_visit
WHERE station_id >= %s AND station_id < %s AND (state = 'planned' AND visit_on BETWEEN %s AND %s OR state = 'done' AND done_on >= %s)
GROUP BY 1"""


def near_doors_sql(*, scope: Scope, today: date, days: int) -> tuple[str, list[Any]]:
    """近期进门的户 of the scope as a table expression with its parameters, for statements over many doors: entity_id, planned_on,
    entered_on."""
    span = timedelta(days=days)
    return _NEAR, [scope.prefix, scope.prefix + ":", today, today + span, today - span]
