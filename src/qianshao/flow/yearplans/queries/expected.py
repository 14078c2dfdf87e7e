"""Reading what `expect_checks` laid out for a year: sums by task and station, doors by month, the fewest entries of the year."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import connection

from qianshao.base.policy.rules.caps import CapLaw
from qianshao.base.policy.rules.library import Duty
from qianshao.flow.yearplans.rules.capacity import Clash, Demand

_TASKS = """
SELECT duty_code, station_id, month, count(*), sum(minutes)::int FROM expected GROUP BY 1, 2, 3
"""
_CONCERNED = "SELECT duty_code, station_id, risk_class, doors FROM concerned_counts ORDER BY 1, 2, 3"
_DOORS = """
SELECT station_id, month, sum(checks)::int, sum(lines)::int, count(*)::int, sum(minutes)::int FROM (
    SELECT entity_id, station_id, month, count(*) AS checks, count(DISTINCT field) AS lines, sum(minutes) AS minutes
    FROM expected GROUP BY 1, 2, 3) AS door
GROUP BY 1, 2
"""
_BOUND = """
SELECT station_id, count(*)::int, sum(most)::int FROM (
    SELECT entity_id, station_id, max(times) AS most FROM (
        SELECT entity_id, station_id, duty_code, count(*) AS times FROM expected GROUP BY 1, 2, 3) AS one
    GROUP BY 1, 2) AS door
GROUP BY 1
"""
_COMPETENCES = """
SELECT e.station_id, k.competence, e.month, count(DISTINCT e.entity_id)::int, sum(e.minutes)::int
FROM expected e JOIN unnest(%(codes)s::text[], %(names)s::text[]) AS k (duty_code, competence) ON k.duty_code = e.duty_code
GROUP BY 1, 2, 3
"""
_CLASHES = """
SELECT n.station_id, n.organ, b.risk_class, c.entries, max(n.times)::int, count(DISTINCT n.entity_id)::int, array_agg(DISTINCT n.duty_code)
FROM (SELECT e.entity_id, e.station_id, k.organ, e.duty_code, count(*) AS times
    FROM expected e JOIN unnest(%(codes)s::text[], %(organs)s::text[]) AS k (duty_code, organ) ON k.duty_code = e.duty_code
    WHERE e.duty_code = ANY (%(coverage)s) GROUP BY 1, 2, 3, 4) AS n
JOIN registry_entity b ON b.id = n.entity_id
JOIN unnest(%(cap_organs)s::text[], %(letters)s::text[], %(entries)s::int[]) AS c (organ, letter, entries)
    ON c.organ = n.organ AND c.letter = b.risk_class
WHERE n.times > c.entries GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3
"""
_ABOVE_CAP = """
SELECT n.station_id, count(*)::int, sum(n.times - c.entries)::int
FROM (SELECT e.entity_id, e.station_id, k.organ, count(DISTINCT e.month) AS times
    FROM expected e JOIN unnest(%(codes)s::text[], %(organs)s::text[]) AS k (duty_code, organ) ON k.duty_code = e.duty_code
    GROUP BY 1, 2, 3) AS n
JOIN registry_entity b ON b.id = n.entity_id
JOIN unnest(%(cap_organs)s::text[], %(letters)s::text[], %(entries)s::int[]) AS c (organ, letter, entries)
    ON c.organ = n.organ AND c.letter = b.risk_class
WHERE n.times > c.entries GROUP BY 1
"""
_GROUND = """
SELECT station_id, avg(sqrt(x * x + y * y)), 4 * pi() * stddev_pop(x) * stddev_pop(y) FROM (
    SELECT d.station_id, (b.lon - s.lon) * 111.195 * cos(radians(s.lat)) AS x, (b.lat - s.lat) * 111.195 AS y
    FROM (SELECT DISTINCT entity_id, station_id FROM expected) AS d
    JOIN registry_entity b ON b.id = d.entity_id JOIN stations_station s ON s.code = d.station_id
    WHERE b.lon IS NOT NULL AND b.lat IS NOT NULL) AS placed
GROUP BY 1
"""


def expected_tasks() -> dict[tuple[str, str], tuple[list[int], int]]:
    """各事项各所: (duty, station) → checks of each month, minutes of the year. Inside the transaction of `expect_checks`."""
    found: dict[tuple[str, str], tuple[list[int], int]] = {}
    for duty, station, month, checks, minutes in _rows(_TASKS):
        months, total = found.get((duty, station), ([0] * 12, 0))
        months[month - 1] += checks
        found[duty, station] = months, total + minutes
    return found


def concerned() -> dict[tuple[str, str], dict[str, int]]:
    """涉及户数: (duty, station) → businesses by class. Inside the transaction of `expect_checks`."""
    found: dict[tuple[str, str], dict[str, int]] = {}
    for duty, station, letter, doors in _rows(_CONCERNED):
        found.setdefault((duty, station), {})[letter] = doors
    return found


def demands(*, competences: Mapping[str, str], drawn: frozenset[str]) -> dict[str, Demand]:
    """各所全年要做的 by station. `competences` by duty; `drawn`: the duties whose months may be moved. Inside the transaction of
    `expect_checks`. The fewest entries of the year: a door is entered at least as often as the duty it owes most often."""
    found: dict[str, Demand] = {}
    for station, month, checks, lines, doors, minutes in _rows(_DOORS):
        one = found.setdefault(station, Demand.none())
        place = month - 1
        one.checks[place], one.lines[place], one.doors[place], one.minutes[place] = (
            checks,
            lines,
            doors,
            minutes,
        )
    for station, distinct, bound in _rows(_BOUND):
        found[station].distinct, found[station].bound = distinct, bound
    for station, mean, area in _rows(_GROUND):
        found[station].mean_km, found[station].area_km2 = float(mean or 0), float(area or 0)
    for station, month, minutes in _rows(
        "SELECT station_id, month, sum(minutes)::int FROM expected WHERE duty_code = ANY (%(drawn)s) GROUP BY 1, 2",
        {"drawn": sorted(drawn)},
    ):
        found[station].drawn[month - 1] = minutes
    given = {"codes": list(competences), "names": list(competences.values())}
    for station, name, month, doors, minutes in _rows(_COMPETENCES, given):
        pair = found[station].competences.setdefault(name, ([0] * 12, [0] * 12))
        pair[0][month - 1], pair[1][month - 1] = doors, minutes
    return found


def set_caps(*, found: Mapping[str, Demand], duties: Mapping[str, Duty], law: CapLaw) -> None:
    """上限与覆盖: into the demand of each station, where full coverage alone asks for more entries of a door than its organ's yearly cap,
    and how many doors the months as planned enter more often than that. Inside the transaction of `expect_checks`."""
    caps = [
        (organ, letter, count) for organ, cap in law.caps.items() for letter, count in cap.entries.items()
    ]
    given = {
        "codes": list(duties),
        "organs": [law.counts_for[one.level] for one in duties.values()],
        "coverage": [one.code for one in duties.values() if one.rule == "coverage"],
        "cap_organs": [one[0] for one in caps],
        "letters": [one[1] for one in caps],
        "entries": [one[2] for one in caps],
    }
    for station, *clash in _rows(_CLASHES, given):
        found[station].clashes.append(Clash(*clash))
    for station, doors, entries in _rows(_ABOVE_CAP, given):
        found[station].above_cap = doors, entries


def _rows(query: str, given: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, given or {})
        return list(cursor.fetchall())
