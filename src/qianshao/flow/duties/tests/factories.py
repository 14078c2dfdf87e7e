"""What a business owes."""

from __future__ import annotations

from datetime import date
from typing import Any

from qianshao.flow.duties.models import Obligation
from qianshao.flow.duties.queries import duties_on
from qianshao.flow.duties.rules import asking_unit
from qianshao.flow.registry.models import Entity

CATERING = "CY-01"
_DAY = date(2026, 12, 1)


def make_obligation(entity: Entity, duty_code: str = CATERING, **changes: Any) -> Obligation:
    duty = duties_on(_DAY)[duty_code]
    values: dict[str, Any] = {
        "entity": entity,
        "station_id": entity.station_id,
        "duty_code": duty.code,
        "duty_version": duty.version,
        "field": duty.field,
        "level": duty.level,
        "asked_by": asking_unit(duty.level, entity.station_id),
        "competence": duty.competence,
        "minutes": duty.minutes,
        "release_on": date(2026, 11, 1),
        "due_on": date(2026, 12, 31),
        "period": "2026-12",
    }
    return Obligation.objects.create(**(values | changes))
