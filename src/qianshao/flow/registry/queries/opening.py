"""营业时间 as far as they are known."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from qianshao.base.access.queries import within
from qianshao.base.access.rules import Scope
from qianshao.flow.registry.models import OpeningHours


@dataclass(frozen=True, slots=True)
class HoursCard:
    """营业时间: minutes after midnight, weekdays closed (Monday 0), who noted it when."""

    opens: int
    closes: int
    closed_on: list[int]
    noted_at: datetime
    noted_by: str


def opening_hours(*, scope: Scope, entity_ids: Collection[int] | None = None) -> dict[int, HoursCard]:
    """营业时间 by business of the scope, of those given or of all; only businesses of which something is known."""
    rows = OpeningHours.objects.filter(within(scope, "entity__station_id"))
    if entity_ids is not None:
        rows = rows.filter(entity_id__in=entity_ids)
    return {
        row.entity_id: HoursCard(row.opens, row.closes, row.closed_on, row.noted_at, row.noted_by)
        for row in rows.order_by("entity_id")
    }
