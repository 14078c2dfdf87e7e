"""Reading deliveries and quarantined rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Count, Q

from qianshao.base.access.queries import within
from qianshao.base.access.rules import Scope
from qianshao.flow.sources.models import Delivery, QuarantinedRow
from qianshao.flow.sources.rules.mapping import load_feeds


@cache
def _feed_names() -> dict[str, str]:
    """What the sources are called, by code. The mapping files do not change while the process runs."""
    return {
        code: feed.name for code, feed in load_feeds(Path(settings.POLICY_DIR) / "foshan" / "feeds").items()
    }


@dataclass(frozen=True, slots=True)
class DeliveryCard:
    """来文 as shown."""

    id: int
    feed: str
    feed_name: str
    file_name: str
    sha256: str
    bytes: int
    encoding: str
    received_at: datetime
    state: str
    state_label: str
    rows_read: int
    rows_loaded: int
    rows_quarantined: int
    refusal: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class QuarantineCard:
    """隔离行 as shown."""

    id: int
    delivery_id: int
    feed: str
    file_name: str
    row_number: int
    column: str
    value: str
    reason: str
    message: str
    raw: dict[str, Any]
    unit: str
    state: str


def deliveries(*, limit: int = 100) -> list[DeliveryCard]:
    """来文, newest first. A delivery is the whole city's; its rows are shown by scope."""
    return [card_of(row) for row in Delivery.objects.order_by("-id")[:limit]]


def loaded_delivery(*, feed: str, sha256: str) -> DeliveryCard | None:
    """来文 under which the same file is in already, or None."""
    row = Delivery.objects.filter(feed=feed, sha256=sha256, state=Delivery.State.LOADED).first()
    return card_of(row) if row else None


def delivery(*, delivery_id: int) -> DeliveryCard | None:
    """来文 by number, or None."""
    row = Delivery.objects.filter(pk=delivery_id).first()
    return card_of(row) if row else None


def card_of(row: Delivery) -> DeliveryCard:
    """来文 as shown."""
    return DeliveryCard(
        id=row.pk,
        feed=row.feed,
        feed_name=_feed_names().get(row.feed, row.feed),
        file_name=row.file_name,
        sha256=row.sha256,
        bytes=row.bytes,
        encoding=row.encoding,
        received_at=row.received_at,
        state=row.state,
        state_label=Delivery.State(row.state).label,
        rows_read=row.rows_read,
        rows_loaded=row.rows_loaded,
        rows_quarantined=row.rows_quarantined,
        refusal=row.refusal,
    )


def quarantine(
    *,
    scope: Scope,
    delivery_id: int | None = None,
    reason: str = "",
    state: str = "open",
    after: int = 0,
    limit: int = 50,
) -> list[QuarantineCard]:
    """隔离行 of the scope by number, a page of `limit` after the id `after`."""
    rows = QuarantinedRow.objects.filter(_of(scope), id__gt=after)
    filters = {"delivery_id": delivery_id, "reason": reason, "state": state}
    rows = rows.filter(**{name: value for name, value in filters.items() if value})
    return [_row(row) for row in rows.select_related("delivery").order_by("id")[:limit]]


def quarantined_row(*, scope: Scope, row_id: int) -> QuarantineCard | None:
    """隔离行 by number, or None outside the scope."""
    row = QuarantinedRow.objects.filter(_of(scope), pk=row_id).select_related("delivery").first()
    return _row(row) if row else None


def _of(scope: Scope) -> Q:
    """Rows of the scope's unit and below; a row whose place could not be read belongs to the city."""
    return within(scope, "unit") if len(scope.prefix) < 9 else Q(unit=scope.prefix)


def _row(row: QuarantinedRow) -> QuarantineCard:
    return QuarantineCard(
        id=row.pk,
        delivery_id=row.delivery_id,
        feed=row.feed,
        file_name=row.delivery.file_name,
        row_number=row.row_number,
        column=row.column,
        value=row.value,
        reason=row.reason,
        message=row.message,
        raw=row.raw,
        unit=row.unit,
        state=row.state,
    )


def open_rows(*, scope: Scope) -> int:
    """How many rows of the scope wait in quarantine."""
    return QuarantinedRow.objects.filter(_of(scope), state=QuarantinedRow.State.OPEN).count()


def reasons(*, scope: Scope) -> dict[str, int]:
    """Open rows of the scope by reason."""
    rows = QuarantinedRow.objects.filter(_of(scope), state=QuarantinedRow.State.OPEN)
    return {
        row["reason"]: row["count"]
        for row in rows.values("reason").annotate(count=Count("id")).order_by("-count")
    }
