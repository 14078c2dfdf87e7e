"""名录 lists of businesses by filters, with keyset pages and counts that say when they stopped counting."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Left

from qianshao.base.access.queries import within
from qianshao.base.access.rules import Scope
from qianshao.flow.registry.models import Entity, Equipment, FacetCount, Licence
from qianshao.flow.registry.queries.searching import search_entities

COUNT_CAP = 10_000
SEARCH_CAP = 200
_DISTRICT_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Filters:
    """筛选条件; empty means any."""

    q: str = ""
    district: str = ""
    station: str = ""
    kind: str = ""
    section: str = ""
    industry: str = ""
    risk: str = ""
    state: str = ""
    tag: str = ""
    licence: str = ""
    equipment: str = ""

    def narrow(self) -> dict[str, str]:
        """The conditions that are set."""
        return {name: getattr(self, name) for name in self.__slots__ if getattr(self, name)}


@dataclass(frozen=True, slots=True)
class EntityRow:
    """市场主体 as a line of the list."""

    id: int
    credit_code: str
    name: str
    kind: str
    legal_person: str
    industry: str
    section: str
    address: str
    station_code: str
    state: str
    risk_class: str
    tags: tuple[str, ...]
    established_on: date | None
    lon: float | None
    lat: float | None


@dataclass(frozen=True, slots=True)
class EntityPage:
    """一页名录. `total` stops at `COUNT_CAP` for filtered lists; then `total_exact` is False and the page says 以上."""

    items: list[EntityRow]
    next_cursor: int | None
    total: int
    total_exact: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """分面: values with how many businesses have them."""

    name: str
    values: list[tuple[str, int]] = field(default_factory=list)


def entity_page(*, scope: Scope, filters: Filters, cursor: int | None = None, limit: int = 50) -> EntityPage:
    """名录 newest first by id; a search shows its best matches first and is one page."""
    if filters.q:
        return _search_page(scope, filters, limit)
    rows = _filtered(scope, filters).order_by("-id")
    if cursor is not None:
        rows = rows.filter(id__lt=cursor)
    found = [_row(row) for row in rows[: limit + 1]]
    total, exact = _total(scope, filters)
    more = len(found) > limit
    return EntityPage(found[:limit], found[limit - 1].id if more else None, total, exact)


def entity_rows(*, scope: Scope, filters: Filters, most: int) -> Iterator[EntityRow]:
    """名录 for export: the same rows in the same order as the pages show, at most `most`."""
    if filters.q:
        yield from _search_page(scope, filters, SEARCH_CAP).items
        return
    for row in _filtered(scope, filters).order_by("-id")[:most].iterator(chunk_size=2_000):
        yield _row(row)


def _search_page(scope: Scope, filters: Filters, limit: int) -> EntityPage:
    ids = search_entities(scope=scope, text=filters.q, limit=SEARCH_CAP)
    kept = {row.id: row for row in _filtered(scope, filters).filter(pk__in=ids)}
    ordered = [_row(kept[one]) for one in ids if one in kept]
    return EntityPage(ordered[:limit], None, len(ordered), len(ids) < SEARCH_CAP)


def _filtered(scope: Scope, filters: Filters) -> QuerySet[Entity]:
    rows = Entity.objects.filter(within(scope))
    if district := filters.district or (scope.prefix if len(scope.prefix) == _DISTRICT_DIGITS else ""):
        # Newest first within a district has an index of its own; a range of stations would be read from the far end.
        rows = rows.alias(district=Left("station_id", _DISTRICT_DIGITS)).filter(district=district)
    if filters.station:
        rows = rows.filter(station_id=filters.station)
    for name, column in {
        "kind": "kind",
        "section": "section",
        "risk": "risk_class",
        "state": "state",
    }.items():
        if getattr(filters, name):
            rows = rows.filter(**{column: getattr(filters, name)})
    if filters.industry:
        rows = rows.filter(industry__gte=filters.industry, industry__lt=filters.industry + ":")
    if filters.tag:
        rows = rows.filter(tags__contains=[filters.tag])
    if filters.licence:
        rows = rows.filter(Exists(Licence.objects.filter(entity_id=OuterRef("pk"), kind=filters.licence)))
    if filters.equipment:
        rows = rows.filter(
            Exists(
                Equipment.objects.filter(entity_id=OuterRef("pk"), category=filters.equipment, state="in_use")
            )
        )
    return rows


def matching_sql(*, scope: Scope, filters: Filters) -> tuple[str, tuple[object, ...]]:
    """符合条件的主体 as a statement that gives their numbers (`id`), with its parameters, for set-based acts. A search by words has no
    such statement: `ValueError`."""
    if filters.q:
        raise ValueError("a search by words is no condition")
    rows = _filtered(scope, filters).order_by().values("id")
    statement, parameters = rows.query.sql_with_params()
    return statement, tuple(parameters)


def _row(row: Entity) -> EntityRow:
    return EntityRow(
        id=row.pk,
        credit_code=row.credit_code,
        name=row.name,
        kind=row.kind,
        legal_person=row.legal_person,
        industry=row.industry,
        section=row.section,
        address=row.address,
        station_code=row.station_id,
        state=row.state,
        risk_class=row.risk_class,
        tags=tuple(row.tags),
        established_on=row.established_on,
        lon=row.lon,
        lat=row.lat,
    )


def _unit(scope: Scope, filters: Filters) -> str:
    return filters.station or filters.district or scope.prefix


def _total(scope: Scope, filters: Filters) -> tuple[int, bool]:
    """How many: kept counts for none or one condition within a unit; else counted up to the cap."""
    rest = {name: text for name, text in filters.narrow().items() if name not in {"district", "station"}}
    unit = _unit(scope, filters)
    if scope.covers(unit) and len(rest) <= 1 and not {"industry"} & set(rest):
        facet, text = next(iter(rest.items()), ("all", ""))
        kept = (
            FacetCount.objects.filter(unit=unit, facet=facet, value=text)
            .values_list("count", flat=True)
            .first()
        )
        return kept or 0, True
    sql, parameters = (
        _filtered(scope, filters).order_by().values("id")[: COUNT_CAP + 1].query.sql_with_params()
    )
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({sql}) AS counted", parameters)
        count = int(cursor.fetchone()[0])
    return min(count, COUNT_CAP), count <= COUNT_CAP


_FACETS = ("kind", "section", "state", "risk", "tag", "licence", "equipment")


def facets(*, scope: Scope, filters: Filters) -> list[Facet]:
    """分面计数 of the filter's unit: kept counts, exact as of the last load; they do not shrink with other conditions."""
    unit = _unit(scope, filters)
    if not scope.covers(unit):
        return [Facet(name) for name in _FACETS]
    rows = FacetCount.objects.filter(unit=unit, facet__in=_FACETS).order_by("facet", "-count", "value")
    found = {name: Facet(name) for name in _FACETS}
    for row in rows:
        if row.value:
            found[row.facet].values.append((row.value, row.count))
    return list(found.values())


def unit_counts(*, scope: Scope, facet: str = "all", text: str = "") -> dict[str, int]:
    """Kept counts of one value for every unit of the scope, by unit code."""
    rows = FacetCount.objects.filter(
        facet=facet, value=text, unit__gte=scope.prefix, unit__lt=scope.prefix + ":"
    )
    return dict(rows.values_list("unit", "count"))
