"""专项义务 what a campaign asks for becomes owed: one statement, be it ten doors or a hundred thousand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from qianshao.base.policy.rules.library import Duty
from qianshao.flow.duties.models import Obligation
from qianshao.flow.duties.queries import targeted

_OWE = """
WITH every AS ({targeted}),
asked AS (SELECT * FROM every WHERE NOT left_alone),
excused AS (
    INSERT INTO duties_spared_check (entity_id, station_id, duty_code, field, period, kind, spared_on)
    SELECT entity_id, station_id, duty_code, field, %s, 'whitelist', %s FROM every WHERE left_alone
    ON CONFLICT (entity_id, duty_code, period) DO NOTHING RETURNING 1),
standing AS (
    SELECT DISTINCT ON (a.entity_id, a.duty_code) a.entity_id, a.duty_code, o.id FROM asked a
    JOIN duties_obligation o ON o.entity_id = a.entity_id AND o.duty_code = a.duty_code AND o.state = 'open'
        AND o.release_on <= %s AND o.origin_ref <> %s
    ORDER BY a.entity_id, a.duty_code, o.due_on, o.id),
carried AS (
    INSERT INTO duties_spared_check (entity_id, station_id, duty_code, field, period, kind, spared_on, obligation_id)
    SELECT a.entity_id, a.station_id, a.duty_code, a.field, %s, 'carried', %s, s.id
    FROM asked a JOIN standing s USING (entity_id, duty_code)
    ON CONFLICT (entity_id, duty_code, period) DO NOTHING RETURNING 1),
added AS (
    INSERT INTO duties_obligation (entity_id, station_id, duty_code, duty_version, field, level, asked_by, competence, minutes,
        release_on, due_on, origin, origin_ref, period, state, done_ref, cancelled_reason)
    SELECT a.entity_id, a.station_id, a.duty_code, a.duty_version, a.field, a.level, %s, a.competence, a.minutes,
        {release}, {due}, %s, %s, %s, 'open', '', ''
    FROM asked a LEFT JOIN standing s USING (entity_id, duty_code) {near}
    WHERE s.id IS NULL ON CONFLICT (entity_id, duty_code, period, origin_ref) DO NOTHING RETURNING entity_id)
SELECT (SELECT count(*) FROM added), (SELECT count(DISTINCT entity_id) FROM added), (SELECT count(*) FROM carried),
    (SELECT count(*) FROM excused)
"""
_LATER = "least(%s::date, greatest(%s::date, greatest(n.planned_on, n.entered_on) + %s))"
_JOINED = "n.planned_on BETWEEN %s AND %s"


@dataclass(frozen=True, slots=True)
class Near:
    """近期进门 the doors entered lately or soon, a table expression (entity_id, planned_on, entered_on) with its parameters, and what
    is done there. `how`: "join" falls due within the month of the planned entry, so that the planner carries it through that entry, and
    waits where there is none; "later" waits until `days` have passed since the entry."""

    rows: str
    parameters: list[Any]
    how: str
    days: int


@dataclass(frozen=True, slots=True)
class Owed:
    """专项义务 that were added, at how many doors, checks that an obligation already open stands for, and checks from which a business
    left alone (无事不扰) is excused."""

    checks: int
    doors: int
    carried: int
    excused: int


def owe_campaign(
    *,
    duties: Sequence[Duty],
    target: Mapping[str, Any],
    unit: str,
    origin: str,
    ref: str,
    first_on: date,
    last_on: date,
    today: date,
    near: Near | None = None,
) -> Owed:
    """专项义务: each duty at each business of the unit within the target that it concerns, once, asked for by the unit.

    A duty that is open there within the window is not owed twice: that check stands for it, and the visit it spares is kept. An own
    campaign (origin `campaign`) leaves alone who is on the list of 无事不扰, but for what is mandatory.
    Runs inside the transaction that starts the campaign. Doors of `near` get the windows that it says; without it, the campaign's.
    """
    excused_on = today if origin == Obligation.Origin.CAMPAIGN else None
    rows, parameters = targeted(duties=duties, target=target, unit=unit, excused_on=excused_on)
    release, due, its_own = _window(first_on, last_on, near)
    join = f"LEFT JOIN ({near.rows}) n ON n.entity_id = a.entity_id" if near else ""
    with connection.cursor() as cursor:
        cursor.execute(
            _OWE.format(targeted=rows, release=release, due=due, near=join),
            [
                *parameters,
                *(ref, today),
                *(last_on, ref, ref, today, unit),
                *its_own,
                *(origin, ref, str(last_on.year)),
                *(near.parameters if near else ()),
            ],
        )
        return Owed(*cursor.fetchone())


def _window(first: date, last: date, near: Near | None) -> tuple[str, str, list[Any]]:
    """最早日 and 最迟日 as SQL, with their parameters."""
    if near is None:
        return "%s::date", "%s::date", [first, last]
    later = [last, first, near.days]
    if near.how == "later":
        return (
            f"CASE WHEN n.entity_id IS NULL THEN %s::date ELSE {_LATER} END",
            "%s::date",
            [first, *later, last],
        )
    month_end = "(date_trunc('month', n.planned_on) + interval '1 month - 1 day')::date"
    release = f"CASE WHEN n.entity_id IS NULL OR {_JOINED} THEN %s::date ELSE {_LATER} END"
    due = f"CASE WHEN {_JOINED} THEN least(%s::date, {month_end}) ELSE %s::date END"
    return release, due, [first, last, first, *later, first, last, last, last]


def cancel_campaign(*, ref: str, reason: str) -> int:
    """取消专项义务 that are still open, with the reason. Runs inside the transaction that ends the campaign; returns how many."""
    return Obligation.objects.filter(origin_ref=ref, state=Obligation.State.OPEN).update(
        state=Obligation.State.CANCELLED, cancelled_reason=reason
    )
