"""铺表 the tables that both the deriving of obligations and the reckoning of a year ask: who there is, with which tickets, checked
when. They are temporary and gone at the end of the caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from qianshao.flow.undisturbed.queries import standing_sql

_TICKETS = """
CREATE TEMP TABLE tickets ON COMMIT DROP AS
SELECT id AS entity_id, id, station_id, risk_class, state, kind, section, industry, {columns}
FROM (SELECT e.*, {hashes} FROM registry_entity e
    WHERE e.state = 'active' AND e.station_id >= %(unit)s AND e.station_id < %(unit)s || ':') AS hashed
"""
_HASH = "encode(sha256(convert_to(%(seed_{name})s || '|' || e.credit_code, 'UTF8')), 'hex') AS {name}"
_NUMBER = "('x' || substr({name}, {start}, 8))::bit(32)::bigint / 4294967296.0 AS {column}"
_CHECKED = """
CREATE TEMP TABLE checked ON COMMIT DROP AS
SELECT entity_id, field, max(inspected_on) AS last_on, max(inspected_on) FILTER (WHERE level <> 'station') AS higher_on,
    max(inspected_on) FILTER (WHERE level = 'station') AS station_on, max(inspected_on) FILTER (WHERE level = 'district') AS district_on,
    max(inspected_on) FILTER (WHERE level = 'city') AS city_on, max(inspected_on) FILTER (WHERE level = 'province') AS province_on
FROM registry_past_inspection WHERE result NOT IN ('not_found') GROUP BY 1, 2
"""
_MET = """
CREATE TEMP TABLE met ON COMMIT DROP AS
SELECT entity_id, duty_code, max(done_on) AS last_on FROM duties_obligation WHERE state = 'done' GROUP BY 1, 2
"""
_SETS = """
CREATE TEMP TABLE equipment_sets ON COMMIT DROP AS
SELECT entity_id, category, count(*)::int AS n FROM registry_equipment WHERE state = 'in_use' GROUP BY 1, 2
"""


def lay_out(*, cursor: Any, unit: str, seed: str, years: Sequence[int], as_of: date) -> None:
    """铺表 of a unit, inside the caller's transaction.

    `tickets`: every active business with what a duty's condition may ask, its `phase` that no year changes and, for the first of
    `years`, its ticket and its place in the year (`spread`), both in [0, 1); for the second, if any, `ticket_next` and
    `spread_next`. `checked`: the last check by field, the last by a higher level, and the last by each level. `met`: when an
    obligation was last met. `equipment_sets`: sets in use. `undisturbed`: who is left alone on `as_of`, from when until when.
    """
    names = ("ever", "this", "next")[: 1 + len(years)]
    wanted = [
        ("ever", 1, "phase"),
        ("this", 1, "ticket"),
        ("this", 9, "spread"),
        ("next", 1, "ticket_next"),
        ("next", 9, "spread_next"),
    ]
    columns = [
        _NUMBER.format(name=name, start=start, column=column)
        for name, start, column in wanted
        if name in names
    ]
    seeds = [seed, *(f"{seed},{year}" for year in years)]
    cursor.execute(
        _TICKETS.format(
            columns=", ".join(columns), hashes=", ".join(_HASH.format(name=one) for one in names)
        ),
        {"unit": unit} | {f"seed_{name}": text for name, text in zip(names, seeds, strict=True)},
    )
    cursor.execute("CREATE UNIQUE INDEX ON tickets (entity_id)")
    cursor.execute("CREATE INDEX ON tickets (industry)")
    cursor.execute("ANALYZE tickets")
    cursor.execute(_CHECKED)
    cursor.execute("CREATE INDEX ON checked (field, entity_id)")
    cursor.execute("ANALYZE checked")
    cursor.execute(_MET)
    cursor.execute(_SETS)
    cursor.execute("ANALYZE equipment_sets")
    standing, parameters = standing_sql(on=as_of)
    cursor.execute(f"CREATE TEMP TABLE undisturbed ON COMMIT DROP AS {standing}", parameters)
