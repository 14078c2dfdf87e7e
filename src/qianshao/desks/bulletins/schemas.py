"""The overview on the wire."""

from __future__ import annotations

from datetime import date

from ninja import Schema


class OwedFigures(Schema):
    due: int
    done: int
    overdue: int


class VisitFigures(Schema):
    planned: int
    done: int
    obligations_carried: int


class OrderFigures(Schema):
    open: int
    overdue: int
    closed: int


class UnitFigures(Schema):
    code: str
    name: str
    entities: int
    due: int
    done: int
    overdue: int
    planned: int
    visits_done: int
    carried: int


class TownFigures(UnitFigures):
    district_name: str
    lon: float | None
    lat: float | None


class FieldFigures(OwedFigures):
    field: str
    label: str


class TrendFigures(Schema):
    month: date
    visits: int
    visits_done: int
    obligations: int


class OverviewOut(Schema):
    month: date
    as_of: date
    unit: str
    entities: int
    obligations: OwedFigures
    visits: VisitFigures
    rectifications: OrderFigures
    quarantine_open: int
    by_town: list[TownFigures]
    by_district: list[UnitFigures]
    by_field: list[FieldFigures]
    trend: list[TrendFigures]
