"""Year plans on the wire."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from ninja import Field, Schema


class YearPlanIn(Schema):
    unit: str = Field(pattern=r"^\d{4}(\d{2})?$")
    year: int = Field(ge=2020, le=2100)


class YearChangeIn(Schema):
    duty_code: str = Field(max_length=40)
    unit: str = Field(pattern=r"^\d{4}(\d{2})?(\d{3})?$")
    share: dict[str, float] | None = None
    months: list[int] | None = Field(None, max_length=12)
    reason: str = Field(max_length=200)


class YearReasonIn(Schema):
    reason: str = Field(max_length=200)


class YearApproveIn(Schema):
    reference: str = Field(max_length=60)


class YearFileIn(Schema):
    filed_on: date
    receipt: str = Field(max_length=60)


class _VersionOut(Schema):
    id: int
    unit: str
    year: int
    version: int
    number: str
    title: str
    state: str
    state_label: str
    reason: str
    as_of: date
    content_hash: str
    approval_ref: str
    withdrawn_reason: str


class YearPlanOut(_VersionOut):
    first_month: int
    made_at: datetime
    made_name: str
    progress: str
    failure: str
    reckoned_at: datetime | None
    submitted_at: datetime | None
    submitted_name: str
    returned_reason: str
    approved_at: datetime | None
    approved_name: str
    approved_unit: str
    filed_on: date | None
    filed_ref: str
    published_at: datetime | None
    withdrawn_at: datetime | None


class ShortOut(Schema):
    kind: str
    months: list[int]
    hours: int
    words: str
    cure: str


class CompetenceOut(Schema):
    holders: int
    needed: list[int]
    available: list[int]


class StationYearOut(Schema):
    checks: list[int]
    lines: list[int]
    doors: list[int]
    minutes: list[int]
    travel: list[int]
    needed: list[int]
    available: list[int]
    doors_available: list[int]
    distinct: int
    bound: int
    officers: int
    above_cap: list[int]
    competences: dict[str, CompetenceOut]
    short: list[ShortOut]


class YearReportOut(Schema):
    stations: dict[str, StationYearOut]
    days: list[int]
    bounds: dict[str, float]
    holidays_official: bool
    filed_by_month: int
    basis: list[str]
    notes: list[str]
    inherited: list[str]
    above: list[str]


class YearChangeOut(Schema):
    id: int
    version: int
    unit: str
    duty_code: str
    share: dict[str, float] | None
    months: list[int] | None
    reason: str
    changed_at: datetime
    changed_by: str


class YearPlanWhole(Schema):
    """A version with its report and the changes up to it; `versions` are all of its number."""

    plan: YearPlanOut
    report: YearReportOut | None
    changes: list[YearChangeOut]
    versions: list[YearPlanOut]


class _TaskOut(Schema):
    number: str
    kind: str
    name: str
    field_name: str
    level: str
    draw_kind: str
    target: str
    basis: str
    method: str
    frequency: str
    draw_dates: str
    cap: str
    estimate: bool
    months: list[int]


class YearItemOut(_TaskOut):
    id: int
    code: str
    field: str
    rule: str
    competence: str
    concerned: dict[str, int]
    minutes: int


class PublishedOut(_VersionOut):
    unit_name: str
    approved_at: datetime
    published_at: datetime


class PublishedItemOut(_TaskOut):
    concerned: int


class PublishedStationOut(Schema):
    code: str
    name: str
    checks: int
    doors: int


class PublishedChangeOut(Schema):
    version: int
    within: str
    duty_name: str
    words: str
    reason: str


class PublishedWhole(Schema):
    plan: PublishedOut
    basis: list[str]
    notes: list[str]
    items: list[PublishedItemOut]
    stations: list[PublishedStationOut]
    changes: list[PublishedChangeOut]


def report_out(report: dict[str, Any]) -> YearReportOut | None:
    """The report of a version, or None while it is not reckoned."""
    return YearReportOut(**report) if report else None
