"""义务派生 what the law asks of whom, for all businesses at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction

from qianshao.base.calendar.rules import add_months, month_end
from qianshao.base.policy.rules.library import Duty
from qianshao.base.records.commands import record_event
from qianshao.base.records.rules import Actor
from qianshao.flow.duties.commands.laying_out import lay_out
from qianshao.flow.duties.queries import year_rates
from qianshao.flow.duties.rules import (
    FIRST_DUE_SQL,
    UNIT_DIGITS,
    YearRate,
    condition_sql,
    month_sql,
    reasons_to_keep_out,
    share_sql,
)

Progress = Callable[[str, int, int], None]

_INSERT = """
INSERT INTO duties_obligation (entity_id, station_id, duty_code, duty_version, field, level, asked_by, competence, minutes,
    release_on, due_on, origin, origin_ref, period, state, done_ref, cancelled_reason)
SELECT owed.entity_id, owed.station_id, %(code)s, %(version)s, %(field)s, %(level)s,
    left(owed.station_id, %(digits)s), %(competence)s,
    least(%(minutes)s + %(per_set)s * coalesce(sets.n, 0), 280), owed.release_on, owed.due_on, 'law', '', owed.period,
    'open', '', ''
FROM ({owed}) AS owed
LEFT JOIN kept_out k ON k.entity_id = owed.entity_id AND k.year = owed.year
LEFT JOIN (SELECT entity_id, sum(n)::int AS n FROM equipment_sets WHERE category = ANY (%(categories)s) GROUP BY 1) AS sets
    ON sets.entity_id = owed.entity_id
WHERE k.entity_id IS NULL AND owed.due_on <= %(horizon)s AND NOT EXISTS (SELECT FROM duties_obligation o
    WHERE o.entity_id = owed.entity_id AND o.duty_code = %(code)s AND o.state = 'open')
ON CONFLICT (entity_id, duty_code, period, origin_ref) DO NOTHING
"""

_KEPT_OUT = """
INSERT INTO kept_out SELECT DISTINCT ON (entity_id, year) entity_id, year, kind, checked_on FROM ({reasons}) AS reason (entity_id, year, kind, checked_on, rank)
WHERE entity_id IN (SELECT entity_id FROM concerned) ORDER BY entity_id, year, rank
"""
_REASONS = {
    "spared": """SELECT entity_id, y.year, 'spared', higher_on, 1 FROM checked CROSS JOIN unnest(%(years)s) AS y (year)
        WHERE field = %(field)s AND higher_on > %(no_repeat_since)s""",
    "post_licence": """SELECT entity_id, extract(year FROM inspected_on)::int, 'post_licence', max(inspected_on), 2
        FROM registry_past_inspection WHERE kind = 'post_licence' AND field = %(field)s AND result <> 'not_found'
        GROUP BY 1, 2""",
    "whitelist": """SELECT entity_id, y.year, 'whitelist', from_on, 3 FROM undisturbed CROSS JOIN unnest(%(years)s) AS y (year)""",
}
"""Why a check is not owed: a higher level has just checked; a check after licensing was made this year; the business is left alone."""

_SPARED = """
INSERT INTO duties_spared_check (entity_id, station_id, duty_code, field, period, kind, spared_on, checked_on)
SELECT owed.entity_id, owed.station_id, %(code)s, %(field)s, owed.period, k.kind, %(as_of)s, k.checked_on
FROM ({owed}) AS owed JOIN kept_out k ON k.entity_id = owed.entity_id AND k.year = owed.year
WHERE owed.due_on <= %(horizon)s AND NOT EXISTS (SELECT FROM duties_obligation o
    WHERE o.entity_id = owed.entity_id AND o.duty_code = %(code)s AND o.state = 'open')
ON CONFLICT (entity_id, duty_code, period) DO NOTHING
"""

_DEFERRED = """
INSERT INTO duties_spared_check (entity_id, station_id, duty_code, field, period, kind, spared_on, checked_on)
SELECT entity_id, station_id, %(code)s, %(field)s, to_char(own_due, 'YYYY-MM'), 'deferred', greatest(own_due, above_on), above_on
FROM (SELECT d.*, (own_on + make_interval(months => months))::date AS own_due
    FROM (SELECT t.entity_id, t.station_id, greatest({own}, o.last_on) AS own_on, greatest({above}) AS above_on,
            CASE t.risk_class {months} END AS months
        FROM concerned t JOIN checked c ON c.entity_id = t.entity_id AND c.field = %(field)s
        LEFT JOIN met o ON o.entity_id = t.entity_id AND o.duty_code = %(code)s) AS d
    WHERE above_on > own_on) AS e
WHERE own_due <= %(horizon)s AND above_on + make_interval(months => months) > %(horizon)s
    AND NOT EXISTS (SELECT FROM duties_obligation o WHERE o.entity_id = e.entity_id AND o.duty_code = %(code)s AND o.state = 'open')
ON CONFLICT (entity_id, duty_code, period) DO NOTHING
"""
_LEVELS = ("station", "district", "city", "province")

_WINDOWS = {
    "coverage": """
        SELECT entity_id, station_id,
            CASE WHEN last_on IS NULL THEN %(as_of)s::date ELSE (last_on + make_interval(months => months - months / 2))::date END
                AS release_on, due_on, to_char(due_on, 'YYYY-MM') AS period, extract(year FROM due_on)::int AS year
        FROM (SELECT d.*, CASE WHEN last_on IS NULL THEN {first_due}
                ELSE (last_on + make_interval(months => months))::date END AS due_on
            FROM (SELECT t.*, greatest(c.last_on, o.last_on) AS last_on,
                    CASE t.risk_class {months} END AS months
                FROM concerned t LEFT JOIN checked c ON c.entity_id = t.entity_id AND c.field = %(field)s
                LEFT JOIN met o ON o.entity_id = t.entity_id AND o.duty_code = %(code)s) AS d) AS w""",
    "random": """
        SELECT t.entity_id, t.station_id, (m.first - 30)::date AS release_on, m.last AS due_on,
            to_char(m.first, 'YYYY') AS period, extract(year FROM m.first)::int AS year
        FROM {drawn} AS t JOIN drawn_months m ON m.next = t.next AND m.place = {month}
        WHERE t.ticket < {share}
            AND (t.station_id, to_char(m.first, 'YYYY')) NOT IN (SELECT station_id, period FROM duties_obligation
                WHERE duty_code = %(code)s AND origin = 'draw')""",
    "overdue_equipment": """
        SELECT t.entity_id, t.station_id, %(as_of)s::date AS release_on, %(as_of)s::date + %(due_days)s AS due_on,
            to_char(%(as_of)s::date, 'YYYY-MM') AS period, extract(year FROM %(as_of)s::date)::int AS year
        FROM concerned t WHERE EXISTS (SELECT FROM registry_equipment q WHERE q.entity_id = t.entity_id
            AND q.state = 'in_use' AND q.category = ANY (%(categories)s) AND q.next_inspection_on < %(as_of)s)""",
    "missing_report": """
        SELECT t.entity_id, t.station_id, %(as_of)s::date AS release_on, %(as_of)s::date + %(due_days)s AS due_on,
            to_char(%(as_of)s::date, 'YYYY') AS period, extract(year FROM %(as_of)s::date)::int AS year
        FROM concerned t JOIN registry_entity e ON e.id = t.entity_id
        WHERE '未年报' = ANY (e.tags) AND t.ticket < {share}""",
}

_DRAWN = """(SELECT entity_id, station_id, risk_class, ticket, spread, false AS next FROM concerned
    UNION ALL SELECT entity_id, station_id, risk_class, ticket_next, spread_next, true FROM concerned)"""
_DRAWN_THIS_YEAR = "(SELECT *, false AS next FROM concerned)"


def derive_obligations(
    *,
    by: Actor,
    at: datetime,
    as_of: date,
    month: date,
    duties: dict[str, Duty],
    pull_forward_days: int,
    no_repeat_months: int,
    seed: str,
    progress: Progress | None = None,
) -> dict[str, int]:
    """派生义务: every obligation that falls due by the end of `month` or within `pull_forward_days` after it.

    A duty already owed is not owed twice; the same call again adds nothing. Random duties are drawn by shared tickets
    SHA-256(seed, year of the month | credit code): every duty takes the businesses with the smallest tickets within its share by
    class, in its months, both as an approved year plan or else the policy says.
    Not owed, and kept as a check spared, is what a higher level checked within `no_repeat_months` and chance would have drawn, routine
    checks in a year with a check after licensing, what is not mandatory at a business left alone, and a coverage check that a higher
    level's check has moved beyond the horizon. Where a public draw decided a duty for the year, that draw alone counts. Returns new
    obligations per duty.
    """
    horizon = date.fromordinal(month_end(month).toordinal() + pull_forward_days)
    added: dict[str, int] = {}
    with transaction.atomic(), connection.cursor() as cursor:
        _prepare(cursor, as_of=as_of, horizon=horizon, seed=seed)
        rates = [year_rates(year=year) for year in _years(as_of, horizon)]
        for place, duty in enumerate(duties.values(), start=1):
            added[duty.code] = _derive(
                cursor, duty, rates, as_of=as_of, horizon=horizon, no_repeat_months=no_repeat_months
            )
            if progress:
                progress(duty.name, place, len(duties))
        cursor.execute(
            "DROP TABLE tickets, checked, met, equipment_sets, drawn_months, undisturbed, kept_out"
        )
        record_event(
            by=by,
            at=at,
            verb="derive_obligations",
            subject=("obligations", month.isoformat()),
            unit="4406",
            payload={
                "as_of": as_of.isoformat(),
                "horizon": horizon.isoformat(),
                "seed": seed,
                "added": sum(added.values()),
            },
        )
    with connection.cursor() as cursor:
        cursor.execute("SELECT duties_after_deriving()")
    return added


def _years(as_of: date, horizon: date) -> list[int]:
    return sorted({as_of.year, horizon.year})


def _prepare(cursor: Any, *, as_of: date, horizon: date, seed: str) -> None:
    """Tickets, last checks and sets of equipment of all, who is left alone, and the months drawn for: `next` those of the next
    year."""
    lay_out(cursor=cursor, unit="", seed=seed, years=_years(as_of, horizon), as_of=as_of)
    cursor.execute(
        "CREATE TEMP TABLE kept_out (entity_id bigint, year int, kind varchar(12), checked_on date) ON COMMIT DROP"
    )
    cursor.execute(
        "CREATE TEMP TABLE drawn_months (place int, first date, last date, next bool) ON COMMIT DROP"
    )
    first = as_of.replace(day=1)
    while first <= horizon:
        cursor.execute(
            "INSERT INTO drawn_months VALUES (%s, %s, %s, %s)",
            [first.month, first, month_end(first), first.year > as_of.year],
        )
        first = add_months(first, 1)


def _derive(
    cursor: Any,
    duty: Duty,
    rates: Sequence[Sequence[YearRate]],
    *,
    as_of: date,
    horizon: date,
    no_repeat_months: int,
) -> int:
    condition, parameters = condition_sql(duty.whom)
    tickets = "phase, ticket, spread" + (", ticket_next, spread_next" if len(rates) > 1 else "")
    cursor.execute(
        f"CREATE TEMP TABLE concerned ON COMMIT DROP AS SELECT entity_id, station_id, risk_class, {tickets}"
        f" FROM tickets e WHERE {_within_share(duty, rates)} AND {condition}",
        parameters,
    )
    words = _words(duty, rates)
    values = {
        "years": _years(as_of, horizon),
        "code": duty.code,
        "version": duty.version,
        "field": duty.field,
        "level": duty.level,
        "digits": UNIT_DIGITS[duty.level],
        "competence": duty.competence,
        "minutes": duty.minutes,
        "per_set": duty.minutes_per_set,
        "categories": list(duty.whom.get("equipment", [])),
        "as_of": as_of,
        "horizon": horizon,
        "due_days": duty.due_days,
        "no_repeat_since": add_months(as_of, -no_repeat_months),
    }
    owed = _WINDOWS[duty.rule].format(**words)
    reasons = " UNION ALL ".join(_REASONS[name] for name in reasons_to_keep_out(duty))
    cursor.execute("TRUNCATE kept_out")
    if reasons:
        cursor.execute(_KEPT_OUT.format(reasons=reasons), values)
    cursor.execute(_INSERT.format(owed=owed), values)
    added = int(cursor.rowcount)
    if reasons:
        cursor.execute(_SPARED.format(owed=owed), values)
    if duty.rule == "coverage":
        cursor.execute(_DEFERRED.format(months=words["months"], **_own_and_above(duty)), values)
    cursor.execute("DROP TABLE concerned")
    return added


def _own_and_above(duty: Duty) -> dict[str, str]:
    """Last checks of the duty's level and below, and of those above it, as columns of `checked`."""
    place = _LEVELS.index(duty.level) + 1
    return {
        name: ", ".join(f"c.{level}_on" for level in levels)
        for name, levels in (("own", _LEVELS[:place]), ("above", _LEVELS[place:]))
    }


def _words(duty: Duty, rates: Sequence[Sequence[YearRate]]) -> dict[str, str]:
    """What the statements of a duty ask: its interval, share and month, in each of the years that the horizon touches."""
    if duty.rule != "random":
        months = " ".join(f"WHEN '{name}' THEN {count}" for name, count in duty.every_months.items())
        return {"months": months, "share": share_sql(duty), "first_due": FIRST_DUE_SQL}
    share = [share_sql(duty, own) for own in rates]
    month = [month_sql(duty, own) for own in rates]
    if len(rates) == 1:
        return {"share": share[0], "month": month[0], "drawn": _DRAWN_THIS_YEAR}
    return {
        "share": f"CASE WHEN t.next THEN {share[1]} ELSE {share[0]} END",
        "month": f"CASE WHEN t.next THEN {month[1]} ELSE {month[0]} END",
        "drawn": _DRAWN,
    }


def _within_share(duty: Duty, rates: Sequence[Sequence[YearRate]]) -> str:
    """A first cut on the ticket, so that a small sample of all businesses touches few rows."""
    if not duty.share:
        return "true"
    own = [one.share.values() for year in rates for one in year if one.duty_code == duty.code and one.share]
    most = max(part for parts in [duty.share.values(), *own] for part in parts)
    return f"{'least(ticket, ticket_next)' if len(rates) > 1 else 'ticket'} < {most}"
