"""The ledger on the wire."""

from __future__ import annotations

from datetime import date

from ninja import Schema


class ReductionOut(Schema):
    entries: int
    baseline: int
    avoided: int
    share: float | None
    low: float | None
    high: float | None


class AvoidanceKindOut(Schema):
    kind: str
    note: str
    basis: list[str]
    certainty: str
    counted: bool
    alone: int
    lines: int


class StationReductionOut(Schema):
    code: str
    each_duty: ReductionOut
    each_line: ReductionOut


class HeadlineOut(Schema):
    unit: str
    first: date
    last: date
    doors: int
    each_duty: ReductionOut
    each_line: ReductionOut
    kinds: list[AvoidanceKindOut]
    stations: list[StationReductionOut]
    query: str


class AvoidedOut(Schema):
    on_day: date
    kind: str
    entity_id: int
    entity_name: str
    station_name: str
    duty_code: str
    duty_name: str
    line: bool
    visit_id: int | None
    checked_on: date | None
    record_no: str
    record_level: str
    place: int


class AvoidedPage(Schema):
    items: list[AvoidedOut]
    next_cursor: str | None
