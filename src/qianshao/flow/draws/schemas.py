"""Draws on the wire."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from ninja import Field, Schema


class DrawIn(Schema):
    title: str = Field(min_length=1, max_length=100)
    unit: str = Field(pattern=r"^(\d{4}|\d{6}|\d{9})$")
    duty_codes: list[str] = Field(min_length=1, max_length=60)
    used_from: date
    used_until: date


class CommitIn(Schema):
    source: str = Field(min_length=1, max_length=100)


class NumberIn(Schema):
    value: str = Field(min_length=1, max_length=200)


class CancelIn(Schema):
    reason: str = Field(min_length=1, max_length=200)


class DrawOut(Schema):
    id: int
    title: str
    unit: str
    duty_codes: list[str]
    used_from: date
    used_until: date
    state: str
    state_label: str
    objects_listed: int
    figures: dict[str, Any]
    list_hash: str
    made_at: datetime
    made_by: str
    source: str
    commitment: str
    committed_at: datetime | None
    first_name: str
    second_name: str
    drawn_at: datetime | None
    opened_at: datetime | None
    published_at: datetime | None
    announcement_hash: str
    cancelled_reason: str
