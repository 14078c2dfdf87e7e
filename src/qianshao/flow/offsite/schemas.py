"""Checks met without a visit, on the wire."""

from __future__ import annotations

from datetime import date, datetime

from ninja import Field, Schema


class OffsiteIn(Schema):
    method: str = Field(pattern="^(documents|data|video|report)$")
    reference: str = Field("", max_length=200)
    attachments: list[str] = Field([], max_length=20)
    conclusion: str = Field(pattern="^(met|not_met)$")
    note: str = Field("", max_length=300)
    checked_on: date


class OffsiteOut(Schema):
    id: int
    obligation_id: int
    entity_id: int
    entity_name: str
    station_name: str
    duty_code: str
    duty_name: str
    method: str
    method_label: str
    reference: str
    attachments: list[str]
    conclusion: str
    conclusion_label: str
    note: str
    checked_on: date
    recorded_at: datetime
    recorded_name: str
    released_visit: int | None


class OffsitePage(Schema):
    items: list[OffsiteOut]
    next_cursor: int | None


class EntryOut(Schema):
    visit_id: int
    visit_on: date
    checks: int


class CheckOut(Schema):
    id: int
    entity_id: int
    entity_name: str
    duty_code: str
    duty_name: str
    asked_by_name: str
    competence: str
    due_on: date
    origin: str
    state: str


class OffsiteCaseOut(Schema):
    check: CheckOut
    against: str
    certainty: str
    certainty_text: str
    entry: EntryOut | None
    records: list[OffsiteOut]
