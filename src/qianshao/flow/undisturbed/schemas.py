"""The list of businesses left alone, on the wire."""

from __future__ import annotations

from datetime import date, datetime

from ninja import Field, Schema


class SelectionFilter(Schema):
    """The register's conditions, without its search by words."""

    district: str = Field("", pattern=r"^(\d{6})?$")
    station: str = Field("", pattern=r"^(\d{9})?$")
    kind: str = Field("", max_length=12)
    section: str = Field("", max_length=1)
    industry: str = Field("", pattern=r"^\d{0,4}$")
    risk: str = Field("", pattern=r"^[ABCD]?$")
    tag: str = Field("", max_length=40)
    licence: str = Field("", max_length=20)
    equipment: str = Field("", max_length=24)


class SelectionIn(Schema):
    filters: SelectionFilter | None = None
    entity_ids: list[int] = Field([], max_length=500)


class ListIn(SelectionIn):
    until_on: date
    reason: str = Field(max_length=200)
    basis: str = Field(max_length=200)
    approval_ref: str = Field(max_length=60)


class JudgedOut(Schema):
    fit: int
    listed: int
    state: int
    risk: int
    penalty: int
    complaint: int


class RemoveIn(Schema):
    reason: str = Field(max_length=200)


class UndisturbedOut(Schema):
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


class UndisturbedPage(Schema):
    items: list[UndisturbedOut]
    next_cursor: int | None
    standing: int
