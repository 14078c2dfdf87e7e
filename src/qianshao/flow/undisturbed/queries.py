"""Who is left alone, and who was."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

from qianshao.base.access.queries import within
from qianshao.base.access.rules import Scope
from qianshao.base.policy.rules.library import Parameter, load_parameters
from qianshao.flow.undisturbed.models import UndisturbedBusiness


@dataclass(frozen=True, slots=True)
class UndisturbedCard:
    """名单中的一户 as shown."""

    id: int
    entity_id: int
    entity_name: str
    credit_code: str
    risk_class: str
    station_code: str
    station_name: str
    from_on: date
    until_on: date
    reason: str
    basis: str
    approval_ref: str
    approved_unit: str
    approved_name: str
    listed_at: datetime
    left_on: date | None
    left_why: str
    left_label: str
    left_note: str


@lru_cache(maxsize=4)
def undisturbed_parameters(day: date) -> dict[str, Parameter]:
    """无事不扰的设置 in force on a day."""
    return load_parameters(Path(settings.POLICY_DIR), "undisturbed", day)


def undisturbed(
    *,
    scope: Scope,
    standing: bool | None = None,
    entity_id: int | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[UndisturbedCard]:
    """名单 of the scope, latest first, a page of `limit` before the number `before`; `standing` keeps to those on it, or to those
    who left."""
    rows = (
        UndisturbedBusiness.objects.filter(within(scope)).select_related("entity", "station").order_by("-id")
    )
    if standing is not None:
        rows = rows.filter(left_on__isnull=standing)
    if entity_id is not None:
        rows = rows.filter(entity_id=entity_id)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return [_card(row) for row in rows[:limit]]


def standing_count(*, scope: Scope) -> int:
    """How many businesses of the scope stand on the list."""
    return UndisturbedBusiness.objects.filter(within(scope), left_on=None).count()


def standing_sql(*, on: date) -> tuple[str, list[Any]]:
    """在名单上的主体 on a day as a table expression with its parameters: entity_id, from_on, until_on. For statements over many
    businesses."""
    return (
        "SELECT entity_id, from_on, until_on FROM undisturbed_business WHERE left_on IS NULL AND from_on <= %s AND until_on >= %s",
        [on, on],
    )


def _card(row: UndisturbedBusiness) -> UndisturbedCard:
    return UndisturbedCard(
        id=row.pk,
        entity_id=row.entity_id,
        entity_name=row.entity.name,
        credit_code=row.entity.credit_code,
        risk_class=row.entity.risk_class,
        station_code=row.station_id,
        station_name=row.station.short_name,
        from_on=row.from_on,
        until_on=row.until_on,
        reason=row.reason,
        basis=row.basis,
        approval_ref=row.approval_ref,
        approved_unit=row.approved_unit,
        approved_name=row.approved_name,
        listed_at=row.listed_at,
        left_on=row.left_on,
        left_why=row.left_why,
        left_label=row.get_left_why_display(),
        left_note=row.left_note,
    )
