"""Sessions and accounts on the wire."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from ninja import Field, Schema

from qianshao.base.access.queries import AccountCard


class SignIn(Schema):
    username: str = Field(max_length=60)
    password: str = Field(max_length=200)


class AccountOut(Schema):
    id: int
    username: str
    display_name: str
    role: str
    role_label: str
    unit: str
    unit_name: str
    officer_id: int | None
    language: str
    is_active: bool

    @classmethod
    def of(cls, card: AccountCard) -> AccountOut:
        return cls(**{name: getattr(card, name) for name in cls.model_fields})


class SessionOut(Schema):
    account: AccountOut
    permissions: list[str]
    csrf_token: str
    today: str

    @classmethod
    def of(cls, card: AccountCard, csrf_token: str, today: str) -> SessionOut:
        return cls(
            account=AccountOut.of(card), permissions=card.permissions(), csrf_token=csrf_token, today=today
        )


class AccountIn(Schema):
    username: str = Field(min_length=3, max_length=60, pattern=r"^[a-z0-9][a-z0-9-]+$")
    display_name: str = Field(min_length=1, max_length=60)
    role: str
    unit: str = Field(pattern=r"^\d{4}(\d{2}(\d{3})?)?$")
    officer_id: int | None = None
    password: str = Field(max_length=200)


class AccountChange(Schema):
    display_name: str | None = Field(default=None, min_length=1, max_length=60)
    role: str | None = None
    unit: str | None = Field(default=None, pattern=r"^\d{4}(\d{2}(\d{3})?)?$")
    is_active: bool | None = None
    password: str | None = Field(default=None, max_length=200)
    language: str | None = Field(default=None, pattern=r"^(zh|en)$")


class DivisionOut(Schema):
    code: str
    name: str
    level: str
    parent: str | None
    lon: float | None
    lat: float | None


class StationOut(Schema):
    code: str
    name: str
    short_name: str
    district_code: str
    lon: float
    lat: float


class OfficerOut(Schema):
    id: int
    certificate_no: str
    name: str
    station_code: str
    post: str
    competences: list[str]
    certificate_expires_on: date
    auxiliary: bool
    active: bool


class EventOut(Schema):
    id: int
    at: datetime
    actor_name: str
    actor_role: str
    unit: str
    verb: str
    subject_type: str
    subject_id: str
    payload: dict[str, Any]
    position: int | None
    hash: str | None


class EventPage(Schema):
    items: list[EventOut]
    next_cursor: int | None


class FindingOut(Schema):
    kind: str
    chain: int
    position: int
    detail: str


class HeadOut(Schema):
    chain: int
    position: int
    hash: str


class AuditOut(Schema):
    intact: bool
    events: int
    rows: int
    findings: list[FindingOut]
    heads: list[HeadOut]
