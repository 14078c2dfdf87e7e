"""Reading the visits that were not made. One text of SQL is behind every figure; the page shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from qianshao.base.access.rules import Scope
from qianshao.base.policy.rules.library import Parameter, load_parameters
from qianshao.flow.duties.queries import duty_name
from qianshao.flow.ledger.rules import Reduction, Sums, reduction

AVOIDED = """
WITH entered AS (
    SELECT v.id, v.entity_id, v.station_id, v.done_on FROM planning_visit v
    WHERE v.state = 'done' AND v.done_on BETWEEN %(first)s AND %(last)s
      AND v.station_id >= %(unit)s AND v.station_id < %(unit)s || ':'),
carried AS (
    SELECT e.id AS visit_id, e.entity_id, e.station_id, e.done_on, o.id AS obligation_id, o.duty_code, o.field, o.due_on,
        row_number() OVER (PARTITION BY e.id ORDER BY o.due_on, o.id) AS place,
        row_number() OVER (PARTITION BY e.id, o.field ORDER BY o.due_on, o.id) AS place_in_line
    FROM entered e JOIN planning_visit_task t ON t.visit_id = e.id AND t.active
    JOIN duties_obligation o ON o.id = t.obligation_id),
avoided AS (
    SELECT CASE WHEN due_on < date_trunc('month', done_on) + interval '1 month' THEN 'merged' ELSE 'ahead' END AS kind,
        entity_id, station_id, done_on AS on_day, duty_code, field, place_in_line = 1 AS in_line, visit_id,
        NULL::date AS checked_on, obligation_id AS place
    FROM carried WHERE place > 1
    UNION ALL
    SELECT s.kind, s.entity_id, s.station_id, coalesce(o.done_on, s.spared_on), s.duty_code, s.field, o.id IS NULL
        AND row_number() OVER (PARTITION BY s.entity_id, s.field, s.kind, s.period ORDER BY s.id) = 1,
        substring(o.done_ref FROM '^visit:([0-9]+)$')::bigint, s.checked_on, s.id
    FROM duties_spared_check s LEFT JOIN duties_obligation o ON o.id = s.obligation_id
    WHERE (s.obligation_id IS NULL OR o.state = 'done') AND NOT EXISTS (SELECT FROM duties_obligation d WHERE d.entity_id = s.entity_id
        AND d.duty_code = s.duty_code AND d.state = 'done' AND d.period = s.period) AND coalesce(o.done_on, s.spared_on) BETWEEN %(first)s AND %(last)s
      AND s.station_id >= %(unit)s AND s.station_id < %(unit)s || ':'
    UNION ALL
    SELECT 'offsite', f.entity_id, f.station_id, f.checked_on, f.duty_code, f.field,
        row_number() OVER (PARTITION BY f.entity_id, f.field, f.checked_on ORDER BY f.id) = 1, NULL, f.checked_on, f.id
    FROM offsite_check f WHERE f.conclusion = 'met' AND f.checked_on BETWEEN %(first)s AND %(last)s
      AND f.station_id >= %(unit)s AND f.station_id < %(unit)s || ':')
"""

HEADLINE = (
    AVOIDED
    + """, doors AS (
    SELECT entity_id, station_id, sum(entry) AS e, sum(entry + alone) AS b, sum(entry + line) AS l FROM (
        SELECT entity_id, station_id, 1 AS entry, 0 AS alone, 0 AS line FROM entered
        UNION ALL
        SELECT entity_id, station_id, 0, 1, in_line::int FROM avoided WHERE kind = ANY (%(counted)s)) AS one
    GROUP BY 1, 2)
SELECT station_id, count(*), sum(e), sum(b), sum(l), sum(e * e), sum(b * b), sum(l * l), sum(e * b), sum(e * l)
FROM doors GROUP BY 1 ORDER BY 1
"""
)
_BY_KIND = AVOIDED + " SELECT kind, count(*), count(*) FILTER (WHERE in_line) FROM avoided GROUP BY 1"
_ROWS = (
    AVOIDED
    + """ SELECT a.on_day, a.kind, a.entity_id, e.name, s.short_name, a.duty_code, a.in_line, a.visit_id, a.checked_on, a.place,
    coalesce(p.number, ''), coalesce(p.level, '')
FROM avoided a JOIN registry_entity e ON e.id = a.entity_id JOIN stations_station s ON s.code = a.station_id
LEFT JOIN LATERAL (SELECT p.number, p.level FROM registry_past_inspection p WHERE a.kind IN ('spared', 'deferred', 'post_licence')
    AND p.entity_id = a.entity_id AND p.field = a.field AND p.inspected_on = a.checked_on ORDER BY p.id LIMIT 1) p ON true
WHERE (%(kind)s = '' OR a.kind = %(kind)s)
  AND (%(after_day)s::date IS NULL OR (a.on_day, a.kind, a.place) < (%(after_day)s, %(after_kind)s, %(after_place)s))
ORDER BY a.on_day DESC, a.kind DESC, a.place DESC LIMIT %(limit)s
"""
)


@dataclass(frozen=True, slots=True)
class KindCard:
    """一类少进门: its rule and how often it happened. `counted`: whether the city's rule lets it into the percentage."""

    kind: str
    note: str
    basis: tuple[str, ...]
    certainty: str
    counted: bool
    alone: int
    lines: int


@dataclass(frozen=True, slots=True)
class StationCard:
    """One station's entries against both baselines."""

    code: str
    each_duty: Reduction
    each_line: Reduction


@dataclass(frozen=True, slots=True)
class Headline:
    """少进门的总账 of a unit between two days, with the query that gave it."""

    unit: str
    first: date
    last: date
    doors: int
    each_duty: Reduction
    each_line: Reduction
    kinds: tuple[KindCard, ...]
    stations: tuple[StationCard, ...]
    query: str


@dataclass(frozen=True, slots=True)
class AvoidedCard:
    """少进的一次门: which duty would have been a visit of its own, by which rule it was not, and the evidence.

    Evidence: the visit that carried it (`visit_id`); the check of a higher level or after licensing (`checked_on`, with number and
    level of its record); the day of the off-site record, whose number is `place`; the day from which the business is left alone.
    `line`: it also saves an entry when every department line goes by itself.
    """

    on_day: date
    kind: str
    entity_id: int
    entity_name: str
    station_name: str
    duty_code: str
    duty_name: str
    line: bool
    visit_id: int | None
    checked_on: date | None
    record_no: str
    record_level: str
    place: int


@lru_cache(maxsize=4)
def kinds_on(day: date) -> dict[str, Parameter]:
    """少进门的类别 and their rules in force on a day."""
    return load_parameters(Path(settings.POLICY_DIR), "avoidance", day)


def headline(*, scope: Scope, first: date, last: date) -> Headline:
    """少进门的总账: entries made between two days against what each baseline would have made, with 95% intervals."""
    kinds = kinds_on(last)
    counted = [name for name, one in kinds.items() if one.value > 0]
    given = {"first": first, "last": last, "unit": scope.prefix, "counted": counted}
    rows = _fetch(HEADLINE, given)
    found = {kind: (alone, lines) for kind, alone, lines in _fetch(_BY_KIND, given)}
    return Headline(
        unit=scope.prefix,
        first=first,
        last=last,
        doors=sum(row[1] for row in rows),
        each_duty=_against(rows, 3),
        each_line=_against(rows, 4),
        kinds=tuple(_kind(name, one, *found.get(name, (0, 0))) for name, one in kinds.items()),
        stations=tuple(StationCard(row[0], _against([row], 3), _against([row], 4)) for row in rows),
        query=_readable(given),
    )


def _against(rows: list[tuple[Any, ...]], column: int) -> Reduction:
    """The reduction against the baseline in `column` of the headline's rows: 3 every duty alone, 4 every line alone."""
    total = [float(sum(row[place] for row in rows)) for place in range(1, 10)]
    doors, entries, squares = total[0], total[1], total[4]
    return reduction(
        Sums(int(doors), entries, total[column - 1], squares, total[column + 2], total[column + 4])
    )


def _kind(name: str, rule: Parameter, alone: int, lines: int) -> KindCard:
    basis = tuple(f"{one.law} {one.article}" for one in rule.basis)
    return KindCard(name, rule.note, basis, rule.certainty, rule.value > 0, alone, lines)


def _readable(given: dict[str, Any]) -> str:
    """The headline's query with its values in place, to be run again by anybody who may read the database."""
    text = HEADLINE.strip()
    values = {
        "first": f"'{given['first']}'",
        "last": f"'{given['last']}'",
        "unit": f"'{given['unit']}'",
        "counted": "ARRAY[" + ", ".join(f"'{name}'" for name in given["counted"]) + "]::text[]",
    }
    for name, value in values.items():
        text = text.replace(f"%({name})s", value)
    return text


def avoided(
    *,
    scope: Scope,
    first: date,
    last: date,
    today: date,
    kind: str = "",
    after: tuple[date, str, int] | None = None,
    limit: int = 50,
) -> list[AvoidedCard]:
    """少进的门 of the scope, latest first; a page of `limit` after the place (on_day, kind, place)."""
    day, last_kind, place = after or (None, None, None)
    rows = _fetch(
        _ROWS,
        {
            "first": first,
            "last": last,
            "unit": scope.prefix,
            "kind": kind,
            "after_day": day,
            "after_kind": last_kind,
            "after_place": place,
            "limit": limit,
        },
    )
    return [
        AvoidedCard(
            on_day=row[0],
            kind=row[1],
            entity_id=row[2],
            entity_name=row[3],
            station_name=row[4],
            duty_code=row[5],
            duty_name=duty_name(code=row[5], day=today),
            line=row[6],
            visit_id=row[7],
            checked_on=row[8],
            record_no=row[10],
            record_level=row[11],
            place=row[9],
        )
        for row in rows
    ]


def _fetch(query: str, given: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, given)
        return list(cursor.fetchall())
