"""Single obligations: added by an event, met by a visit, taken back with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db.models import F

from qianshao.base.policy.rules.library import Duty
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.flow.duties.models import Obligation


def satisfy_obligations(*, ids: Sequence[int], done_on: date, done_ref: str) -> int:
    """办结义务: the visit `done_ref` met them. Runs inside the visit's transaction, whose event names the rows.

    Returns how many changed; raises `Refusal` when one of them is not open any more.
    """
    changed = Obligation.objects.filter(pk__in=ids, state=Obligation.State.OPEN).update(
        state=Obligation.State.DONE, done_on=done_on, done_ref=done_ref
    )
    if changed != len(set(ids)):
        raise Refusal("obligation_not_open", "有检查事项已办结或已取消，请刷新后重试。")
    return changed


def add_obligation(
    *,
    like: int,
    origin: str,
    origin_ref: str,
    release_on: date,
    due_on: date,
    minutes: int | None = None,
) -> Obligation:
    """新增义务 after an event (复查, 投诉举报): the same duty at the same door as the obligation `like`, in a new window.

    Runs inside the transaction of the event that asks for it; asking twice for the same `origin_ref` gives the first one.
    """
    model = Obligation.objects.get(pk=like)
    obligation, _ = Obligation.objects.get_or_create(
        entity_id=model.entity_id,
        duty_code=model.duty_code,
        period=due_on.isoformat(),
        origin_ref=origin_ref,
        defaults={
            "station_id": model.station_id,
            "duty_version": model.duty_version,
            "field": model.field,
            "level": model.level,
            "asked_by": model.asked_by,
            "competence": model.competence,
            "minutes": minutes if minutes is not None else max(15, model.minutes // 2),
            "release_on": release_on,
            "due_on": due_on,
            "origin": origin,
        },
    )
    return obligation


def owe_check(
    *,
    entity_id: int,
    station: str,
    duty: Duty,
    asked_by: str,
    origin: str,
    origin_ref: str,
    release_on: date,
    due_on: date,
) -> int:
    """新增检查 that a unit asks for: a published duty at one door in a window. Runs inside the caller's transaction, whose event
    names it; returns its number. Raises `Refusal` when the same reference has asked for the same check there already."""
    obligation, fresh = Obligation.objects.get_or_create(
        entity_id=entity_id,
        duty_code=duty.code,
        period=due_on.isoformat(),
        origin_ref=origin_ref,
        defaults={
            "station_id": station,
            "duty_version": duty.version,
            "field": duty.field,
            "level": duty.level,
            "asked_by": asked_by,
            "competence": duty.competence,
            "minutes": duty.minutes,
            "release_on": release_on,
            "due_on": due_on,
            "origin": origin,
        },
    )
    if not fresh:
        raise Refusal("asked_already", "同一来源编号已对该户提出过这项检查。", field="reference")
    return obligation.pk


def cancel_obligations(*, ids: Sequence[int], reason: str) -> int:
    """取消义务 that are open, with the reason. Runs inside the transaction of the act that asks for it."""
    return Obligation.objects.filter(pk__in=ids, state=Obligation.State.OPEN).update(
        state=Obligation.State.CANCELLED, cancelled_reason=reason, done_on=F("done_on")
    )
