"""概览 what is due, done and overdue, and how many doors it took: one page over the rooms."""

from __future__ import annotations

from datetime import date
from typing import Any

from qianshao.base.access.rules import Scope
from qianshao.base.calendar.rules import add_months, month_end
from qianshao.base.places.queries import divisions
from qianshao.flow.cases import queries as cases
from qianshao.flow.duties import queries as duties
from qianshao.flow.planning.queries import plans as planning
from qianshao.flow.registry.queries.listing import unit_counts
from qianshao.flow.sources import queries as sources

_TREND = 6


def overview(*, scope: Scope, month: date, today: date) -> dict[str, Any]:
    """概览 of a month for the scope: totals, per district, per town, per field, and the trend of doors entered."""
    first, last = month, month_end(month)
    per_station = duties.counts_by(scope=scope, key="station_id", first=first, last=last, today=today)
    entries = planning.progress(scope=scope, first=first, last=last)
    entities = unit_counts(scope=scope)
    orders = cases.rectification_counts(scope=scope, day=today)
    names = {card.code: card for card in divisions(levels=("district", "town"))}
    towns = [
        _town(card, names, entities, per_station.get(code, {}), entries.get(code, {}))
        for code, card in names.items()
        if card.level == "town" and scope.covers(code)
    ]
    return {
        "month": month,
        "as_of": today,
        "unit": scope.prefix,
        "entities": entities.get(scope.prefix, 0),
        "obligations": {
            key: sum(one[key] for one in per_station.values()) for key in ("due", "done", "overdue")
        },
        "visits": {
            "planned": sum(one["planned"] for one in entries.values()),
            "done": sum(one["done"] for one in entries.values()),
            "obligations_carried": sum(one["carried"] for one in entries.values()),
        },
        "rectifications": orders,
        "quarantine_open": sources.open_rows(scope=scope),
        "by_town": towns,
        "by_district": _by_district(towns, names),
        "by_field": _by_field(scope, first, last, today),
        "trend": _trend(scope, month),
    }


def _town(
    card: Any, names: dict[str, Any], entities: dict[str, int], owed: dict[str, int], entered: dict[str, int]
) -> dict[str, Any]:
    return {
        "code": card.code,
        "name": card.name,
        "district_name": names[card.parent].name,
        "lon": card.lon,
        "lat": card.lat,
        "entities": entities.get(card.code, 0),
        "due": owed.get("due", 0),
        "done": owed.get("done", 0),
        "overdue": owed.get("overdue", 0),
        "planned": entered.get("planned", 0),
        "visits_done": entered.get("done", 0),
        "carried": entered.get("carried", 0),
    }


def _by_district(towns: list[dict[str, Any]], names: dict[str, Any]) -> list[dict[str, Any]]:
    figures = ("entities", "due", "done", "overdue", "planned", "visits_done", "carried")
    sums: dict[str, dict[str, Any]] = {}
    for town in towns:
        code = town["code"][:6]
        one = sums.setdefault(code, {"code": code, "name": names[code].name} | dict.fromkeys(figures, 0))
        for figure in figures:
            one[figure] += town[figure]
    return list(sums.values())


def _by_field(scope: Scope, first: date, last: date, today: date) -> list[dict[str, Any]]:
    labels = {duty.field: duty.field_name for duty in duties.duties_on(today).values()}
    counts = duties.counts_by(scope=scope, key="field", first=first, last=last, today=today)
    rows = [{"field": name, "label": labels.get(name, name)} | found for name, found in counts.items()]
    return sorted(rows, key=lambda row: (-row["due"], row["field"]))


def _trend(scope: Scope, month: date) -> list[dict[str, Any]]:
    """Entries and the obligations they carried, month by month up to this one."""
    found = []
    for step in range(1 - _TREND, 1):
        first = add_months(month, step)
        entries = planning.progress(scope=scope, first=first, last=month_end(first))
        found.append(
            {
                "month": first,
                "visits": sum(one["planned"] for one in entries.values()),
                "visits_done": sum(one["done"] for one in entries.values()),
                "obligations": sum(one["carried"] for one in entries.values()),
            }
        )
    return found
