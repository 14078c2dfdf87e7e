"""预计检查 what a year will ask for at whose door, for all businesses of a unit at once. Nothing becomes owed by it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import connection

from qianshao.base.calendar.rules import add_months
from qianshao.base.policy.rules.library import Duty
from qianshao.flow.duties.commands.laying_out import lay_out
from qianshao.flow.duties.rules import (
    FIRST_DUE_SQL,
    YearRate,
    condition_sql,
    month_sql,
    reasons_to_keep_out,
    share_sql,
)

_MONTHS_OF_HISTORY = 12

_TABLES = """
CREATE TEMP TABLE expected (entity_id bigint, station_id text, duty_code text, field text, month smallint, minutes smallint)
    ON COMMIT DROP;
CREATE TEMP TABLE concerned_counts (duty_code text, station_id text, risk_class text, doors int) ON COMMIT DROP;
CREATE TEMP TABLE owed ON COMMIT DROP AS SELECT entity_id, duty_code, min(due_on) AS due_on FROM duties_obligation
    WHERE state = 'open' GROUP BY 1, 2;
ANALYZE owed
"""

_INSERT = """
INSERT INTO expected (entity_id, station_id, duty_code, field, month, minutes)
SELECT w.entity_id, w.station_id, %(code)s, %(field)s, w.month, least(%(minutes)s + %(per_set)s * coalesce(sets.n, 0), 280)
FROM ({wanted}) AS w
LEFT JOIN (SELECT entity_id, sum(n)::int AS n FROM equipment_sets WHERE category = ANY (%(categories)s) GROUP BY 1) AS sets
    ON sets.entity_id = w.entity_id
WHERE w.month BETWEEN %(first_month)s AND 12{kept_out}
"""

_KEPT_OUT = {
    "whitelist": """ AND NOT EXISTS (SELECT FROM undisturbed u WHERE u.entity_id = w.entity_id
    AND u.until_on >= make_date(%(year)s::int, w.month, 1) + interval '1 month - 1 day')""",
    "post_licence": """ AND NOT EXISTS (SELECT FROM registry_past_inspection p WHERE p.entity_id = w.entity_id AND p.field = %(field)s
    AND p.kind = 'post_licence' AND p.result <> 'not_found' AND p.inspected_on BETWEEN make_date(%(year)s::int, 1, 1) AND %(last)s)""",
}
"""Who is left alone until after the month; who was checked after licensing in that year. As in deriving, by the marks of the
duty; what a higher level will have checked just before ("spared") nobody knows a year ahead."""

_COVERAGE = """
SELECT d.entity_id, d.station_id, greatest(extract(month FROM due.day)::int, %(first_month)s) AS month
FROM (SELECT t.entity_id, t.station_id, t.months, greatest(%(as_of)s::date, coalesce(o.due_on,
        CASE WHEN greatest(c.last_on, m.last_on) IS NULL THEN {first_due}
            ELSE (greatest(c.last_on, m.last_on) + make_interval(months => t.months))::date END)) AS first_on
    FROM (SELECT c.*, CASE c.risk_class {months} END AS months FROM concerned c) AS t
    LEFT JOIN checked c ON c.entity_id = t.entity_id AND c.field = %(field)s
    LEFT JOIN met m ON m.entity_id = t.entity_id AND m.duty_code = %(code)s
    LEFT JOIN owed o ON o.entity_id = t.entity_id AND o.duty_code = %(code)s) AS d
CROSS JOIN LATERAL (SELECT (d.first_on + make_interval(months => d.months * turn))::date AS day
    FROM generate_series(0, 24 / d.months) AS turn) AS due
WHERE due.day BETWEEN %(first)s AND %(last)s
"""

_RANDOM = """
SELECT t.entity_id, t.station_id, {month} AS month FROM concerned t
WHERE t.ticket < {share} AND NOT EXISTS (SELECT FROM duties_obligation o WHERE o.duty_code = %(code)s AND o.origin = 'draw'
    AND o.period = %(year)s AND o.station_id = t.station_id)
UNION ALL
SELECT o.entity_id, o.station_id, extract(month FROM o.release_on)::int + floor(t.spread
    * (1 + extract(month FROM o.due_on) - extract(month FROM o.release_on)))::int
FROM duties_obligation o JOIN tickets t ON t.entity_id = o.entity_id
WHERE o.duty_code = %(code)s AND o.origin = 'draw' AND o.period = %(year)s AND o.state <> 'cancelled'
"""

_TRIGGERED = """
SELECT t.entity_id, t.station_id, 1 + floor(t.spread * 12)::int AS month FROM concerned t
WHERE EXISTS (SELECT FROM duties_obligation o WHERE o.entity_id = t.entity_id AND o.duty_code = %(code)s
    AND o.release_on > %(since)s) OR {now}
"""

_NOW = {
    "overdue_equipment": "EXISTS (SELECT FROM registry_equipment q WHERE q.entity_id = t.entity_id AND q.state = 'in_use'"
    " AND q.category = ANY (%(categories)s) AND q.next_inspection_on < %(as_of)s)",
    "missing_report": "EXISTS (SELECT FROM registry_entity e WHERE e.id = t.entity_id AND '未年报' = ANY (e.tags)"
    " AND t.ticket < {share})",
}


def expect_checks(
    *,
    unit: str,
    year: int,
    first_month: int,
    as_of: date,
    duties: Mapping[str, Duty],
    rates: Sequence[YearRate],
    seed: str,
) -> None:
    """预计检查 of a unit in a year from `first_month` on, as `derive_obligations` would ask for them, inside the caller's transaction.

    Leaves two temporary tables: `expected` (entity_id, station_id, duty_code, field, month, minutes), one row per check, and
    `concerned_counts` (duty_code, station_id, risk_class, doors). Coverage: from what is owed or from the last check by its interval,
    supposing that what falls due before the year is done when due. Random: by the year's tickets and the months that `rates` or the
    policy give; where a public draw decided, what it drew. Who is left alone is left out of what is not mandatory. Triggers are an
    estimate: the doors of the last twelve months and of today.
    """
    with connection.cursor() as cursor:
        lay_out(cursor=cursor, unit=unit, seed=seed, years=(year,), as_of=as_of)
        cursor.execute(_TABLES)
        for duty in duties.values():
            _expect(cursor, duty, rates, year=year, first_month=first_month, as_of=as_of)
        cursor.execute("ANALYZE expected")
        cursor.execute("DROP TABLE tickets, checked, met, owed, equipment_sets, undisturbed")


def _expect(
    cursor: Any, duty: Duty, rates: Sequence[YearRate], *, year: int, first_month: int, as_of: date
) -> None:
    condition, parameters = condition_sql(duty.whom)
    cursor.execute(
        "CREATE TEMP TABLE concerned ON COMMIT DROP AS SELECT e.entity_id, e.station_id, e.risk_class, e.phase, e.ticket, e.spread"
        f" FROM tickets e WHERE {condition}",
        parameters,
    )
    cursor.execute(
        "INSERT INTO concerned_counts SELECT %s, station_id, risk_class, count(*) FROM concerned GROUP BY 2, 3",
        [duty.code],
    )
    values = {
        "code": duty.code,
        "field": duty.field,
        "minutes": duty.minutes,
        "per_set": duty.minutes_per_set,
        "categories": list(duty.whom.get("equipment", [])),
        "as_of": as_of,
        "since": add_months(as_of, -_MONTHS_OF_HISTORY),
        "year": str(year),
        "first": max(as_of, date(year, 1, 1)),
        "last": date(year, 12, 31),
        "first_month": first_month,
    }
    kept_out = "".join(_KEPT_OUT.get(reason, "") for reason in reasons_to_keep_out(duty))
    cursor.execute(_INSERT.format(wanted=_wanted(duty, rates), kept_out=kept_out), values)
    cursor.execute("DROP TABLE concerned")


def _wanted(duty: Duty, rates: Sequence[YearRate]) -> str:
    if duty.rule == "coverage":
        months = " ".join(f"WHEN '{name}' THEN {count}" for name, count in duty.every_months.items())
        return _COVERAGE.format(months=months, first_due=FIRST_DUE_SQL)
    if duty.rule == "random":
        return _RANDOM.format(month=month_sql(duty, rates), share=share_sql(duty, rates))
    return _TRIGGERED.format(now=_NOW[duty.rule].format(share=share_sql(duty)))
