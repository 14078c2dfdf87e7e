"""Deliveries and quarantined rows on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ninja import Field, Schema


class DeliveryOut(Schema):
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


class QuarantineOut(Schema):
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


class QuarantinePage(Schema):
    items: list[QuarantineOut]
    next_cursor: int | None
    open: int
    reasons: dict[str, int]


class DismissIn(Schema):
    reason: str = Field(min_length=1, max_length=200)
