"""Draws on the wire."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from ninja import Field, Schema


class DrawIn(Schema):
    title: str = Field(min_length=1, max_length=100)
    unit: str = Field(pattern=r"^(\d{4}|\d{6}|\d{9})$")
    duty_codes: list[str] = Field(min_length=1, max_length=60)
    used_from: date
    used_until: date
    hash: Literal["sha256", "sm3"] = "sha256"


class CommitIn(Schema):
    source: str = Field("", max_length=100)
    beacon_at: datetime | None = None


class BeaconIn(Schema):
    round: int = Field(ge=1, le=2**53)
    randomness: str = Field(max_length=64)
    signature: str = Field(max_length=200)


class NumberIn(Schema):
    value: str = Field("", max_length=200)
    beacon: BeaconIn | None = None


class CancelIn(Schema):
    reason: str = Field(min_length=1, max_length=200)


class DrawChangeOut(Schema):
    object: str
    kind: str
    what: str
    reason: str
    by: str
    at: str


class DrawnOut(Schema):
    place: int
    object: str
    entity_id: int | None
    name: str
    station_code: str
    departments: list[str]
    due_on: date
    drawn: list[str]
    team: list[str] | None
    away: list[str]


class DrawnPage(Schema):
    items: list[DrawnOut]
    next_cursor: int | None


class WaitingOut(Schema):
    draw_id: int
    waiting: int
    soon: int
    overdue: int


class DrawResultOut(Schema):
    id: int
    credit_code: str
    entity_id: int
    name: str
    station_name: str
    duty_code: str
    duty_name: str
    result: str
    result_label: str
    formed_on: date
    officers: list[str]
    publish_by: date
    published_at: datetime | None
    urgency: str


class DrawResultPage(Schema):
    items: list[DrawResultOut]
    next_cursor: int | None
    term: int
    reminder: int
    basis: str


class PublishedResults(Schema):
    published: int


class DrawOut(Schema):
    id: int
    title: str
    unit: str
    duty_codes: list[str]
    used_from: date
    used_until: date
    state: str
    state_label: str
    hash: str
    failure: str
    objects_listed: int
    figures: dict[str, Any]
    list_hash: str
    made_at: datetime
    made_by: str
    source: str
    beacon_chain: str
    beacon_round: int | None
    commitment: str
    committed_at: datetime | None
    first_name: str
    second_name: str
    drawn_at: datetime | None
    opened_at: datetime | None
    published_at: datetime | None
    announcement_hash: str
    cancelled_reason: str
