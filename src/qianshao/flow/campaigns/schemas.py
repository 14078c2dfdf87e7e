"""Campaigns on the wire."""

from __future__ import annotations

from datetime import date, datetime

from ninja import Field, Schema


class TargetIn(Schema):
    """Every condition given must hold; none means every business that a duty concerns."""

    kind: list[str] | None = Field(None, max_length=10)
    section: list[str] | None = Field(None, max_length=20)
    industry: list[str] | None = Field(None, max_length=50)
    licence: list[str] | None = Field(None, max_length=10)
    equipment: list[str] | None = Field(None, max_length=10)
    school: bool | None = None
    tag: list[str] | None = Field(None, max_length=20)
    risk: list[str] | None = Field(None, max_length=4)
    unit: list[str] | None = Field(None, max_length=40)


class CampaignIn(Schema):
    title: str = Field(max_length=100)
    purpose: str = Field(max_length=300)
    basis: str = Field(max_length=300)
    duty_codes: list[str] = Field(max_length=60)
    target: TargetIn
    first_on: date
    last_on: date
    from_above: bool = False
    above_ref: str = Field("", max_length=60)


class NewCampaignIn(CampaignIn):
    unit: str = Field(pattern=r"^(\d{4}|\d{6}|\d{9})$")


class ReachIn(Schema):
    unit: str = Field(pattern=r"^(\d{4}|\d{6}|\d{9})$")
    duty_codes: list[str] = Field(max_length=60)
    target: TargetIn
    last_on: date
    from_above: bool = False


class PartOut(Schema):
    code: str
    doors: int
    checks: int
    carried: int
    minutes: int


class ReachOut(Schema):
    doors: int
    checks: int
    carried: int
    excused: int
    new_doors: int
    minutes: int
    hours: float
    by_duty: list[PartOut]
    by_station: list[PartOut]


class CountedOut(Schema):
    """As counted at submission and again at the start; empty before."""

    doors: int = 0
    checks: int = 0
    carried: int = 0
    excused: int = 0
    new_doors: int = 0
    hours: float = 0
    as_of: date | None = None


class CampaignOut(Schema):
    id: int
    unit: str
    unit_name: str
    number: str
    title: str
    purpose: str
    basis: str
    duty_codes: list[str]
    target: TargetIn
    first_on: date
    last_on: date
    from_above: bool
    above_ref: str
    state: str
    state_label: str
    reach: CountedOut
    made_at: datetime
    made_name: str
    submitted_at: datetime | None
    submitted_name: str
    returned_reason: str
    approval_ref: str
    approved_on: date | None
    approved_body: str
    approved_name: str
    filed_on: date | None
    filed_ref: str
    started_at: datetime | None
    ended_at: datetime | None
    ended_reason: str


class CampaignPage(Schema):
    items: list[CampaignOut]
    next_cursor: int | None
    a_year: int
    """How many a unit may run in a year: the city's own setting."""


class ReturnIn(Schema):
    reason: str = Field(max_length=200)


class ApproveIn(Schema):
    approval_ref: str = Field(max_length=60)
    approved_on: date
    body: str = Field("", max_length=60)


class FileIn(Schema):
    filed_on: date
    receipt: str = Field(max_length=60)
