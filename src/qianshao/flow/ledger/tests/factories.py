"""Doors with checks and the visit that carries them."""

from __future__ import annotations

from datetime import UTC, date, datetime

from qianshao.base.access.tests.factories import DALIANG
from qianshao.flow.duties.tests.factories import make_obligation
from qianshao.flow.planning.models import MonthPlan, Visit, VisitTask
from qianshao.flow.registry.tests.factories import make_entity

TODAY = date(2026, 12, 1)


def make_door(*duty_codes: str, number: int = 1, station: str = DALIANG) -> Visit:
    """A shop that owes these duties, and the planned visit that carries them."""
    entity = make_entity(station=station, number=number)
    plan, _ = MonthPlan.objects.get_or_create(
        month=TODAY,
        station_id=station,
        defaults={"seed": 1, "policy_version": "1", "made_at": datetime(2026, 11, 24, tzinfo=UTC)},
    )
    visit = Visit.objects.create(
        plan=plan,
        station_id=station,
        entity=entity,
        visit_on=TODAY,
        team=1,
        sequence=number,
        minutes=60,
        travel_minutes=10,
    )
    for code in duty_codes:
        VisitTask.objects.create(visit=visit, obligation=make_obligation(entity, code))
    return visit
