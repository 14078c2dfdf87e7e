"""Plans and visits on the wire."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from ninja import Field, Schema


class PlanIn(Schema):
    month: str = Field(pattern=r"^20\d{2}-(0[1-9]|1[0-2])$")
    station: str = Field(pattern=r"^\d{9}$")
    quarter: bool = False
    """Plan the three months of the quarter that begins with `month` as one."""


class WithdrawIn(Schema):
    reason: str = Field(min_length=1, max_length=200)


class PlanOut(Schema):
    id: int
    month: date
    station_code: str
    station_name: str
    state: str
    state_label: str
    report: dict[str, Any]
    made_at: datetime
    approved_at: datetime | None
    visits_planned: int
    visits_done: int


class VisitOut(Schema):
    id: int
    plan_id: int
    station_code: str
    entity_id: int
    entity_name: str
    credit_code: str
    address: str
    phone: str
    risk_class: str
    lon: float | None
    lat: float | None
    visit_on: date
    team: int
    sequence: int
    minutes: int
    travel_minutes: int
    starts_at: int | None
    version: int
    state: str
    done_on: date | None
    officers: list[str]
    officer_ids: list[int]
    obligations: list[int]
    askers: list[str]
    locked: bool
    plan_state: str


class LeftOutOut(Schema):
    id: int
    obligation_id: int
    entity_id: int
    entity_name: str
    duty_code: str
    due_on: date
    reason: str
    detail: str


class LeftOutPage(Schema):
    items: list[LeftOutOut]
    next_cursor: int | None


class CalendarDayOut(Schema):
    day: date
    visits: int
    done: int
    minutes: int
    teams: int


class MoveIn(Schema):
    day: date
    team: int = Field(ge=1, le=99)
    version: int = Field(ge=1)
    reason: str = Field(min_length=1, max_length=200)


class LockIn(Schema):
    locked: bool


class LeaveIn(Schema):
    officer_id: int
    from_on: date
    to_on: date
    reason: str = Field("", max_length=60)


class AdjustIn(Schema):
    reason: str = Field(min_length=1, max_length=200)
    leave: LeaveIn | None = None


class ChangeOut(Schema):
    kind: str
    entity_id: int
    entity_name: str
    was_on: date | None
    now_on: date | None
    was_team: int | None
    now_team: int | None


class AdjustmentOut(Schema):
    kept: int
    changes: list[ChangeOut]
    left_out: int
    warnings: list[str]


class DutyAgainstYearOut(Schema):
    duty_code: str
    duty_name: str
    field_name: str
    expected: int
    planned: int
    left_out: int


class AgainstYearOut(Schema):
    year: int
    year_plan_id: int | None
    number: str
    title: str
    version: int
    state_label: str
    refused: bool
    duties: list[DutyAgainstYearOut]


class LoadOut(Schema):
    officer_id: int
    name: str
    left_minutes: int
    right_minutes: int
    left_visits: int
    right_visits: int


class DoorChangeOut(Schema):
    kind: str
    entity_id: int
    entity_name: str
    left_on: date | None
    right_on: date | None
    left_team: int | None
    right_team: int | None
    left_officers: list[str]
    right_officers: list[str]


class ComparisonOut(Schema):
    left: PlanOut
    right: PlanOut
    months_apart: bool
    same: int
    counts: dict[str, int]
    changes: list[DoorChangeOut]
    loads: list[LoadOut]
