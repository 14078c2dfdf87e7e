"""回避 declared and lifted; nothing is deleted."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from qianshao.base.access.queries import within
from qianshao.base.access.rules import Scope
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.base.records.commands import record_event
from qianshao.base.records.rules import Actor
from qianshao.base.stations.models import Officer
from qianshao.flow.registry.models import Conflict, Entity

_BASIS = "《行政处罚法》第四十三条"


def declare_conflict(
    *,
    entity_id: int,
    officer_id: int,
    reason: str,
    from_on: date,
    until_on: date | None,
    scope: Scope,
    by: Actor,
    at: datetime,
) -> Conflict:
    """登记回避: the officer does not go to this business from `from_on` on, until `until_on` or until it is lifted.

    Raises `Refusal`: a business or officer outside the scope, an officer who declares for somebody else, no reason, an end
    before the start, or a time that an earlier declaration covers already.
    """
    if not reason.strip():
        raise Refusal("reason_needed", "登记回避须写明事由。", field="reason", status=422)
    if until_on is not None and until_on < from_on:
        raise Refusal("window_reversed", "回避的截止日早于起始日。", field="until_on", status=422)
    with transaction.atomic():
        entity = Entity.objects.select_for_update().filter(within(scope), pk=entity_id).first()
        if entity is None:
            raise Refusal("not_found", "没有找到这个主体。", status=404)
        officer = _officer(officer_id, scope)
        covering = Conflict.objects.filter(
            Q(until_on__isnull=True) | Q(until_on__gte=from_on),
            entity=entity,
            officer=officer,
            lifted_at__isnull=True,
        )
        if until_on is not None:
            covering = covering.filter(from_on__lte=until_on)
        if earlier := covering.order_by("from_on").first():
            words = f"{earlier.from_on} 起至 {earlier.until_on or '解除为止'}"
            raise Refusal("declared_already", f"该人员对这户已登记回避（{words}）。", field="from_on")
        row = Conflict.objects.create(
            entity=entity,
            officer=officer,
            reason=reason.strip(),
            from_on=from_on,
            until_on=until_on,
            declared_at=at,
            declared_by=by.name,
        )
        _record(row, "declare_conflict", by=by, at=at)
    return row


def lift_conflict(*, conflict_id: int, reason: str, scope: Scope, by: Actor, at: datetime) -> Conflict:
    """解除回避 with the reason; the declaration stays to be seen. Raises `Refusal` outside the scope, without a reason, twice."""
    if not reason.strip():
        raise Refusal("reason_needed", "解除回避须写明原因。", field="reason", status=422)
    with transaction.atomic():
        row = (
            Conflict.objects.select_for_update(of=("self",))
            .filter(within(scope, "entity__station_id"), pk=conflict_id)
            .select_related("entity", "officer")
            .first()
        )
        if row is None or (scope.role == "officer" and row.officer_id != scope.officer_id):
            raise Refusal("not_found", "没有找到这条回避登记。", status=404)
        if row.lifted_at is not None:
            raise Refusal("lifted_already", "这条回避登记已经解除。")
        row.lifted_at, row.lifted_by, row.lifted_reason = at, by.name, reason.strip()
        row.save(update_fields=["lifted_at", "lifted_by", "lifted_reason"])
        _record(row, "lift_conflict", by=by, at=at)
    return row


def _officer(officer_id: int, scope: Scope) -> Officer:
    officer = Officer.objects.filter(within(scope), pk=officer_id, active=True).first()
    if officer is None:
        raise Refusal("officer_unknown", "没有找到这名在岗执法人员。", field="officer_id", status=404)
    if scope.role == "officer" and officer.pk != scope.officer_id:
        raise Refusal(
            "own_conflict_only",
            "执法人员只能登记本人的回避；他人的回避由所长登记。",
            basis=_BASIS,
            field="officer_id",
            status=403,
        )
    return officer


def _record(row: Conflict, verb: str, *, by: Actor, at: datetime) -> None:
    payload: dict[str, Any] = {"officer": row.officer.certificate_no, "from_on": row.from_on.isoformat()}
    record_event(
        by=by,
        at=at,
        verb=verb,
        subject=("entity", row.entity_id),
        unit=row.entity.station_id,
        payload=payload,
        rows=[("registry_conflict", row.pk)],
    )
