"""Reading orders to rectify."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q

from qianshao.base.access.queries import within
from qianshao.base.access.rules import Scope
from qianshao.flow.cases.models import RectificationOrder
from qianshao.flow.duties.queries import rows_by_id


@dataclass(frozen=True, slots=True)
class OrderCard:
    """责令改正通知书 as shown. `overdue` once the due day has passed and nobody has closed it."""

    id: int
    number: str
    entity_id: int
    entity_name: str
    station_code: str
    station_name: str
    visit_id: int
    ordered_on: date
    due_on: date
    state: str
    state_label: str
    closed_on: date | None
    overdue: bool
    items: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Recheck:
    """复查 of one duty of an order."""

    obligation_id: int
    duty_code: str
    release_on: date
    due_on: date
    state: str
    done_on: date | None
    done_ref: str


@dataclass(frozen=True, slots=True)
class OrderFile:
    """责令改正通知书 with its re-checks."""

    card: OrderCard
    rechecks: tuple[Recheck, ...]


def rectifications(
    *,
    scope: Scope,
    day: date,
    state: str = "",
    station: str = "",
    entity_id: int | None = None,
    after: tuple[date, int] | None = None,
    limit: int = 50,
) -> list[OrderCard]:
    """责令改正 of the scope, first due first, a page of `limit` after the place `after` = (due_on, id).

    `state` is open, overdue, closed or escalated; empty for all.
    """
    rows = RectificationOrder.objects.filter(within(scope)).select_related("entity", "station")
    if state == "overdue":
        rows = rows.filter(state=RectificationOrder.State.OPEN, due_on__lt=day)
    elif state:
        rows = rows.filter(state=state)
    if station:
        rows = rows.filter(station_id=station)
    if entity_id is not None:
        rows = rows.filter(entity_id=entity_id)
    if after is not None:
        rows = rows.filter(Q(due_on__gt=after[0]) | Q(due_on=after[0], id__gt=after[1]))
    return [_card(row, day) for row in rows.order_by("due_on", "id")[:limit]]


def rectification(*, scope: Scope, order_id: int, day: date) -> OrderFile | None:
    """责令改正 by id within the scope, or None."""
    row = (
        RectificationOrder.objects.filter(within(scope), pk=order_id)
        .select_related("entity", "station")
        .first()
    )
    if row is None:
        return None
    rechecks = tuple(
        Recheck(one.pk, one.duty_code, one.release_on, one.due_on, one.state, one.done_on, one.done_ref)
        for one in rows_by_id(scope=scope, ids=row.recheck_ids)
    )
    return OrderFile(card=_card(row, day), rechecks=rechecks)


def rectification_counts(*, scope: Scope, day: date) -> dict[str, int]:
    """责令改正 of the scope by state; `overdue` are the open ones past their due day."""
    counts = dict(
        RectificationOrder.objects.filter(within(scope))
        .values_list("state")
        .annotate(n=Count("id"))
        .order_by()
    )
    overdue = RectificationOrder.objects.filter(
        within(scope), state=RectificationOrder.State.OPEN, due_on__lt=day
    ).count()
    return {state: counts.get(state, 0) for state in RectificationOrder.State.values} | {"overdue": overdue}


def _card(row: RectificationOrder, day: date) -> OrderCard:
    return OrderCard(
        id=row.pk,
        number=row.number,
        entity_id=row.entity_id,
        entity_name=row.entity.name,
        station_code=row.station_id,
        station_name=row.station.name,
        visit_id=row.inspection_id,
        ordered_on=row.ordered_on,
        due_on=row.due_on,
        state=row.state,
        state_label=RectificationOrder.State(row.state).label,
        closed_on=row.closed_on,
        overdue=row.state == RectificationOrder.State.OPEN and row.due_on < day,
        items=tuple(row.items),
    )
