"""Scenarios on the wire."""

from __future__ import annotations

from datetime import date, datetime

from ninja import Field, Schema


class SuppositionIn(Schema):
    officers: int = Field(0, ge=-50, le=50)
    competence: str = Field("", max_length=40)
    competence_people: int = Field(0, ge=0, le=50)
    minutes_per_day: int | None = Field(None, ge=1, le=720)
    field_days_per_week: int | None = Field(None, ge=1, le=5)
    doors_per_team_day: int | None = Field(None, ge=1, le=40)
    pull_forward_days: int | None = None
    entries_a_year: int | None = Field(None, ge=0, le=99)
    factors: dict[str, float] = Field(default_factory=dict)


class ScenarioIn(Schema):
    title: str = Field(max_length=100)
    unit: str = Field(pattern=r"^\d{4}(\d{2})?(\d{3})?$")
    month: str = Field(pattern=r"^20\d{2}-(0[1-9]|1[0-2])$")
    supposition: SuppositionIn


class OutcomeOut(Schema):
    due: int
    placed: int
    visits: int
    lower_bound: int
    left_out: int
    hours: float
    travel_km: float
    officers: int
    officers_needed: int


class PairOut(Schema):
    today: OutcomeOut
    then: OutcomeOut


class ScenarioResultOut(PairOut):
    stations: dict[str, PairOut]


class ScenarioOut(Schema):
    id: int
    title: str
    unit: str
    month: date
    supposition: SuppositionIn
    result: ScenarioResultOut | None
    made_at: datetime
    made_by: str
    state: str
    failure: str


class ScenarioPage(Schema):
    items: list[ScenarioOut]
    next_cursor: int | None
