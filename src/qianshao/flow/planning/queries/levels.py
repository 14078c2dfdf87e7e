"""三级联动 how far what each level asked for has come: one statement for the figures, one for a page of the rows behind one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from qianshao.base.access.rules import Scope

KINDS = ("law", "campaign", "draw", "complaint", "recheck")
FIGURES = ("owed", "planned", "done", "overdue", "together")

_ASKED = """
WITH carried AS (
    SELECT t.obligation_id, t.visit_id, v.visit_on, v.state = 'planned' AND p.state = 'approved' AS planned,
        v.state = 'done' AND min(w.asked_by) OVER visit <> max(w.asked_by) OVER visit AS together
    FROM planning_visit_task t JOIN planning_visit v ON v.id = t.visit_id JOIN planning_month_plan p ON p.id = v.plan_id
    JOIN duties_obligation w ON w.id = t.obligation_id
    WHERE t.active AND v.state <> 'cancelled' AND v.visit_on >= %(first)s::date - interval '1 year'
      AND v.station_id >= %(unit)s AND v.station_id < %(unit)s || ':'
    WINDOW visit AS (PARTITION BY t.visit_id)),
asked AS (
    SELECT o.*, CASE o.origin WHEN 'deployed' THEN 'campaign' ELSE o.origin END AS kind, c.visit_id, c.visit_on,
        o.state = 'open' AND coalesce(c.planned, false) AS planned, o.state = 'done' AS done,
        o.state = 'open' AND o.due_on < %(today)s AS overdue, o.state = 'done' AND coalesce(c.together, false) AS together
    FROM duties_obligation o LEFT JOIN carried c ON c.obligation_id = o.id
    WHERE o.station_id >= %(unit)s AND o.station_id < %(unit)s || ':' AND o.state <> 'cancelled'
      AND (o.due_on BETWEEN %(first)s AND %(last)s OR o.state = 'open' AND o.due_on < %(first)s))
"""
_FIGURES = (
    _ASKED
    + """SELECT asked_by, kind, count(*), count(*) FILTER (WHERE planned), count(*) FILTER (WHERE done),
    count(*) FILTER (WHERE overdue), count(*) FILTER (WHERE together) FROM asked GROUP BY 1, 2 ORDER BY 1, 2"""
)
_ROWS = (
    _ASKED
    + """SELECT a.id, a.entity_id, e.name, s.short_name, a.duty_code, a.asked_by, a.kind, a.due_on, a.state, a.done_on,
    a.visit_id, a.visit_on, a.planned, a.together
FROM asked a JOIN registry_entity e ON e.id = a.entity_id JOIN stations_station s ON s.code = a.station_id
WHERE (%(asked_by)s = '' OR a.asked_by = %(asked_by)s) AND (%(kind)s = '' OR a.kind = %(kind)s) AND {figure}
  AND (%(after_day)s::date IS NULL OR (a.due_on, a.id) > (%(after_day)s, %(after_id)s))
ORDER BY a.due_on, a.id LIMIT %(limit)s"""
)
_CAMPAIGN = """
SELECT o.station_id, s.name, count(DISTINCT o.entity_id), count(DISTINCT o.entity_id) FILTER (WHERE o.state = 'open'), count(*),
    count(*) FILTER (WHERE o.state = 'done'), count(*) FILTER (WHERE o.state = 'open' AND v.id IS NOT NULL),
    count(*) FILTER (WHERE o.state = 'open'), count(*) FILTER (WHERE o.state = 'cancelled'),
    count(*) FILTER (WHERE o.state = 'open' AND o.due_on < %(today)s)
FROM duties_obligation o JOIN stations_station s ON s.code = o.station_id
LEFT JOIN (planning_visit_task t JOIN planning_visit v ON v.id = t.visit_id AND v.state = 'planned'
        JOIN planning_month_plan p ON p.id = v.plan_id AND p.state = 'approved')
    ON t.obligation_id = o.id AND t.active
WHERE o.origin IN ('campaign', 'deployed') AND o.origin_ref = %(ref)s AND o.station_id >= %(unit)s AND o.station_id < %(unit)s || ':'
GROUP BY 1, 2 ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class Progress:
    """进度 of what one unit asked for, of one kind: owed in the period (overdue ones from before too), planned in approved plans,
    done, overdue, and done in an entry that carried somebody else's check as well."""

    asked_by: str
    kind: str
    owed: int
    planned: int
    done: int
    overdue: int
    together: int


@dataclass(frozen=True, slots=True)
class AskedRow:
    """一项 behind a figure, with the visit that carries or carried it."""

    id: int
    entity_id: int
    entity_name: str
    station_name: str
    duty_code: str
    asked_by: str
    kind: str
    due_on: date
    state: str
    done_on: date | None
    visit_id: int | None
    visit_on: date | None
    planned: bool
    together: bool


@dataclass(frozen=True, slots=True)
class StationProgress:
    """一所的进度 in a campaign: doors and those with something left, checks by what became of them. `planned`: in approved plans."""

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


def progress_by_asker(*, scope: Scope, first: date, last: date, today: date) -> list[Progress]:
    """三级进度: what each level asked of the stations of the scope between two days, by unit and kind."""
    given = {"unit": scope.prefix, "first": first, "last": last, "today": today}
    return [Progress(*row) for row in _fetch(_FIGURES, given)]


def asked_rows(
    *,
    scope: Scope,
    first: date,
    last: date,
    today: date,
    asked_by: str = "",
    kind: str = "",
    figure: str = "owed",
    after: tuple[date, int] | None = None,
    limit: int = 50,
) -> list[AskedRow]:
    """The rows behind a figure of `progress_by_asker`, first due first; a page of `limit` after the place (due_on, id)."""
    if figure not in FIGURES:
        raise ValueError(figure)
    day, number = after or (None, None)
    given = {
        "unit": scope.prefix,
        "first": first,
        "last": last,
        "today": today,
        "asked_by": asked_by,
        "kind": kind,
        "after_day": day,
        "after_id": number,
        "limit": limit,
    }
    rows = _fetch(_ROWS.format(figure="true" if figure == "owed" else f"a.{figure}"), given)
    return [AskedRow(*row) for row in rows]


def campaign_progress(*, scope: Scope, ref: str, today: date) -> list[StationProgress]:
    """专项进度 by station of the scope; `ref` is what the campaign's checks name as their origin."""
    return [
        StationProgress(*row) for row in _fetch(_CAMPAIGN, {"unit": scope.prefix, "ref": ref, "today": today})
    ]


def _fetch(query: str, given: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, given)
        return list(cursor.fetchall())
