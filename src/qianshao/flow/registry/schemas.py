"""The register on the wire."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from ninja import Field, Schema


class FilterIn(Schema):
    q: str = Field("", max_length=60)
    district: str = Field("", pattern=r"^(\d{6})?$")
    station: str = Field("", pattern=r"^(\d{9})?$")
    kind: str = Field("", max_length=12)
    section: str = Field("", max_length=1)
    industry: str = Field("", pattern=r"^\d{0,4}$")
    risk: str = Field("", pattern=r"^[ABCD]?$")
    state: str = Field("", max_length=12)
    tag: str = Field("", max_length=40)
    licence: str = Field("", max_length=20)
    equipment: str = Field("", max_length=24)


class EntityRowOut(Schema):
    id: int
    credit_code: str
    name: str
    kind: str
    legal_person: str
    industry: str
    section: str
    address: str
    station_code: str
    state: str
    risk_class: str
    tags: list[str]
    established_on: date | None
    lon: float | None
    lat: float | None


class EntityPageOut(Schema):
    items: list[EntityRowOut]
    next_cursor: int | None
    total: int
    total_exact: bool


class FacetValueOut(Schema):
    value: str
    label: str
    count: int


class FacetOut(Schema):
    facet: str
    values: list[FacetValueOut]


class SavedFilterIn(Schema):
    name: str = Field(min_length=1, max_length=60)
    query: FilterIn


class SavedFilterOut(Schema):
    id: int
    name: str
    query: dict[str, Any]


class TakenDelivery(Schema):
    id: int
    feed: str
    file_name: str
    state: str
    state_label: str
    rows_read: int
    rows_loaded: int
    rows_quarantined: int
    refusal: dict[str, Any] | None


class DeliveryTaken(Schema):
    changed: bool
    delivery: TakenDelivery


class CorrectIn(Schema):
    values: dict[str, str] = Field(max_length=60)


class ConflictIn(Schema):
    officer_id: int = Field(ge=1, le=2**53)
    reason: str = Field(max_length=200)
    from_on: date
    until_on: date | None = None


class ConflictOut(Schema):
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


class LiftIn(Schema):
    reason: str = Field(max_length=200)


class OpeningHoursIn(Schema):
    opens: int = Field(ge=0, le=1440)
    closes: int = Field(ge=0, le=1440)
    closed_on: list[int] = Field(default_factory=list, max_length=7)


class OpeningHoursOut(Schema):
    opens: int
    closes: int
    closed_on: list[int]
    noted_at: datetime
    noted_by: str
