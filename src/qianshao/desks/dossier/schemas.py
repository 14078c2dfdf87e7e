"""The file of one business on the wire."""

from __future__ import annotations

from datetime import date, datetime

from ninja import Schema


class SourceOut(Schema):
    file: str
    row: int
    received_at: datetime


class ReasonOut(Schema):
    code: str
    text: str
    points: int


class RiskOut(Schema):
    risk_class: str
    score: int
    as_of: date | None
    reasons: list[ReasonOut]
    model_name: str
    model_version: str
    official: bool
    certainty_text: str
    note: str


class SchoolOut(Schema):
    kind: str
    pupils: int | None
    has_canteen: bool


class LicenceOut(Schema):
    licence_no: str
    kind: str
    kind_label: str
    business_form: str
    items: list[str]
    area_m2: float | None
    issued_on: date | None
    expires_on: date | None
    expired: bool
    address: str


class EquipmentOut(Schema):
    equipment_no: str
    category: str
    category_label: str
    variety: str
    location: str
    next_inspection_on: date | None
    state: str
    overdue: bool


class OwedOut(Schema):
    id: int
    duty_code: str
    duty_name: str
    field: str
    level: str
    asked_by: str
    asked_by_name: str
    competence: str
    minutes: int
    offsite: bool
    release_on: date
    due_on: date
    origin: str
    origin_ref: str
    state: str


class DossierOut(Schema):
    id: int
    credit_code: str
    name: str
    kind: str
    kind_label: str
    legal_person: str
    established_on: date | None
    capital_wan: float | None
    industry: str
    section: str
    scope_text: str
    address: str
    station_code: str
    station_name: str
    district_name: str
    town_name: str
    village_name: str
    lon: float | None
    lat: float | None
    phone: str
    state: str
    state_label: str
    approved_on: date | None
    tags: list[str]
    source: SourceOut
    risk: RiskOut
    school: SchoolOut | None
    licences: list[LicenceOut]
    equipment: list[EquipmentOut]
    obligations: list[OwedOut]
    left_alone_until: date | None


class MomentOut(Schema):
    on: date
    kind: str
    title: str
    detail: str
    ref: str
