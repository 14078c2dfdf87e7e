"""回避 who must not go where."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q

from qianshao.base.access.queries import within
from qianshao.base.access.rules import Scope
from qianshao.flow.registry.models import Conflict


@dataclass(frozen=True, slots=True)
class ConflictCard:
    """回避 as shown in the file of the business."""

    id: int
    officer_id: int
    officer_name: str
    certificate_no: str
    reason: str
    from_on: date
    until_on: date | None
    declared_at: datetime
    declared_by: str
    lifted_at: datetime | None
    lifted_by: str
    lifted_reason: str


def conflicts(*, scope: Scope, on: date, until: date | None = None) -> list[tuple[int, int]]:
    """回避 in force on a day, or on any day from `on` to `until`: (officer id, entity id) of the scope's businesses."""
    rows = Conflict.objects.filter(
        within(scope, "entity__station_id"),
        Q(until_on__isnull=True) | Q(until_on__gte=on),
        from_on__lte=until or on,
        lifted_at__isnull=True,
    )
    return list(rows.values_list("officer_id", "entity_id").distinct().order_by("officer_id", "entity_id"))


def conflict_cards(*, scope: Scope, entity_id: int) -> list[ConflictCard]:
    """回避 declared for one business, those in force first; an officer sees his or her own alone."""
    rows = Conflict.objects.filter(within(scope, "entity__station_id"), entity_id=entity_id)
    if scope.role == "officer":
        rows = rows.filter(officer_id=scope.officer_id or 0)
    return [
        ConflictCard(
            id=row.pk,
            officer_id=row.officer_id,
            officer_name=row.officer.name,
            certificate_no=row.officer.certificate_no,
            reason=row.reason,
            from_on=row.from_on,
            until_on=row.until_on,
            declared_at=row.declared_at,
            declared_by=row.declared_by,
            lifted_at=row.lifted_at,
            lifted_by=row.lifted_by,
            lifted_reason=row.lifted_reason,
        )
        for row in rows.select_related("officer").order_by("-lifted_at", "-id")
    ]
