"""月计划对照年度计划: what the month's plan carries of each duty, beside what the year plan in force expects of the month."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from qianshao.base.access.rules import Scope
from qianshao.flow.duties.queries import duties_on
from qianshao.flow.planning.models import LeftOut, Visit, VisitTask
from qianshao.flow.planning.queries.plans import plan
from qianshao.flow.yearplans.queries.plans import expected_by_duty, in_force_for, year_plan_law


@dataclass(frozen=True, slots=True)
class DutyAgainstYear:
    """一个事项: checks that the year plan expects of the station in the month, carried by the month's plan, and left out."""

    duty_code: str
    duty_name: str
    field_name: str
    expected: int
    planned: int
    left_out: int


@dataclass(frozen=True, slots=True)
class AgainstYear:
    """月计划与年度计划. `year_plan_id` is None where neither the district nor the city has one in force for the year; `refused`: the
    city's setting then refuses to approve the month."""

    year: int
    year_plan_id: int | None
    number: str
    title: str
    version: int
    state_label: str
    refused: bool
    duties: tuple[DutyAgainstYear, ...]


def against_year(*, scope: Scope, plan_id: int, today: date) -> AgainstYear | None:
    """月计划对照年度计划 duty by duty, in the order of the duties; None outside the scope."""
    card = plan(scope=scope, plan_id=plan_id)
    if card is None:
        return None
    standing = in_force_for(station=card.station_code, year=card.month.year)
    expected = (
        {}
        if standing is None
        else expected_by_duty(plan_id=standing.pk, station=card.station_code, month=card.month.month)
    )
    tasks = VisitTask.objects.filter(
        Q(active=True) | Q(visit__state=Visit.State.DONE), visit__plan_id=plan_id
    )
    planned = Counter(tasks.values_list("obligation__duty_code", flat=True))
    left = Counter(LeftOut.objects.filter(plan_id=plan_id).values_list("obligation__duty_code", flat=True))
    known = duties_on(today)
    codes = [code for code in known if expected.get(code) or planned[code] or left[code]]
    return AgainstYear(
        year=card.month.year,
        year_plan_id=standing.pk if standing else None,
        number=standing.number if standing else "",
        title=standing.title if standing else "",
        version=standing.version if standing else 0,
        state_label=standing.get_state_display() if standing else "",
        refused=bool(year_plan_law(today).parameters["month_plan_refused"].value),
        duties=tuple(
            DutyAgainstYear(
                code,
                known[code].name,
                known[code].field_name,
                expected.get(code, 0),
                planned[code],
                left[code],
            )
            for code in codes
        ),
    )
