"""Levels on the wire."""

from __future__ import annotations

from datetime import date

from ninja import Schema


class ProgressOut(Schema):
    kind: str
    owed: int
    planned: int
    done: int
    overdue: int
    together: int


class AskerOut(Schema):
    unit: str
    name: str
    level: str
    whole: ProgressOut
    kinds: list[ProgressOut]


class LevelsOut(Schema):
    first: date
    last: date
    unit: str
    askers: list[AskerOut]


class AskedRowOut(Schema):
    id: int
    entity_id: int
    entity_name: str
    station_name: str
    duty_code: str
    duty_name: str
    asked_by: str
    asked_by_name: str
    kind: str
    due_on: date
    state: str
    done_on: date | None
    visit_id: int | None
    visit_on: date | None
    planned: bool
    together: bool


class AskedRowPage(Schema):
    items: list[AskedRowOut]
    next_cursor: str | None


class CampaignStationOut(Schema):
    code: str
    name: str
    doors: int
    doors_open: int
    checks: int
    done: int
    planned: int
    open: int
    cancelled: int
    overdue: int
    doors_with_problems: int
    problems: int
