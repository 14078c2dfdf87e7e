"""营业时间 noted by whoever knows them, so that nobody stands before a closed door."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from qianshao.base.access.queries import within
from qianshao.base.access.rules import Scope
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.base.records.commands import record_event
from qianshao.base.records.rules import Actor
from qianshao.flow.registry.models import Entity, OpeningHours

_DAY = 24 * 60
_WEEK = range(7)


def note_opening_hours(
    *,
    entity_id: int,
    opens: int,
    closes: int,
    closed_on: Collection[int],
    scope: Scope,
    by: Actor,
    at: datetime,
) -> OpeningHours | None:
    """登记营业时间: minutes after midnight, and the weekdays on which it is closed (Monday 0). A whole day on every weekday takes the
    note back; then None.

    Raises `Refusal`: a business outside the scope, closing before opening, a weekday that is none, closed on all working days.
    """
    if not 0 <= opens < closes <= _DAY:
        raise Refusal("hours_reversed", "关门时间须晚于开门时间。", field="closes", status=422)
    shut = sorted(set(closed_on))
    if not set(shut) <= set(_WEEK):
        raise Refusal("no_weekday", "星期应在周一到周日之间。", field="closed_on", status=422)
    if set(range(5)) <= set(shut):
        raise Refusal(
            "always_closed", "周一至周五都不营业，无法安排检查；请核实。", field="closed_on", status=422
        )
    with transaction.atomic():
        entity = Entity.objects.select_for_update().filter(within(scope), pk=entity_id).first()
        if entity is None:
            raise Refusal("not_found", "没有找到这个主体。", status=404)
        row = None
        if (opens, closes, shut) == (0, _DAY, []):
            OpeningHours.objects.filter(entity=entity).delete()
        else:
            row, _ = OpeningHours.objects.update_or_create(
                entity=entity,
                defaults={
                    "opens": opens,
                    "closes": closes,
                    "closed_on": shut,
                    "noted_at": at,
                    "noted_by": by.name,
                },
            )
        record_event(
            by=by,
            at=at,
            verb="note_opening_hours",
            subject=("entity", entity_id),
            unit=entity.station_id,
            payload={"opens": opens, "closes": closes, "closed_on": shut},
        )
    return row
