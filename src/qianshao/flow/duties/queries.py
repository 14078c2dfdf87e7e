"""Reading duties and obligations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, Q
from django.db.models.functions import Left

from qianshao.base.access.queries import within
from qianshao.base.access.rules import Scope
from qianshao.base.calendar.rules import add_months
from qianshao.base.places.queries import division_names
from qianshao.base.policy.rules.caps import CapLaw, load_caps
from qianshao.base.policy.rules.library import (
    Duty,
    Parameter,
    RiskModel,
    load_duties,
    load_parameters,
    load_risk_model,
)
from qianshao.flow.duties.models import Obligation, YearSetting
from qianshao.flow.duties.rules import UNIT_DIGITS, YearRate, asker_name, condition_sql, targeted_sql
from qianshao.flow.undisturbed.queries import standing_sql


@dataclass(frozen=True, slots=True)
class ObligationCard:
    """检查义务 as shown."""

    id: int
    entity_id: int
    entity_name: str
    station_code: str
    duty_code: str
    duty_name: str
    field: str
    level: str
    asked_by: str
    asked_by_name: str
    competence: str
    minutes: int
    offsite: bool
    release_on: date
    due_on: date
    origin: str
    origin_ref: str
    state: str
    done_on: date | None
    done_ref: str


@lru_cache(maxsize=8)
def duties_on(day: date) -> dict[str, Duty]:
    """检查事项 in force on a day."""
    return load_duties(Path(settings.POLICY_DIR), day)


def duty_name(*, code: str, day: date) -> str:
    """检查事项名称 of a duty in force on a day; its code where it is in force no longer."""
    duty = duties_on(day).get(code)
    return duty.name if duty else code


@lru_cache(maxsize=8)
def planning_parameters(day: date) -> dict[str, Parameter]:
    """计划参数 in force on a day."""
    return load_parameters(Path(settings.POLICY_DIR), "planning", day)


@lru_cache(maxsize=8)
def inspection_caps(day: date) -> CapLaw:
    """年度检查次数上限 in force on a day."""
    return load_caps(Path(settings.POLICY_DIR), day)


@lru_cache(maxsize=1)
def risk_model() -> RiskModel:
    """研判模型 of the city."""
    return load_risk_model(Path(settings.POLICY_DIR))


def obligations(
    *,
    scope: Scope,
    day: date,
    station: str = "",
    state: str = "",
    field: str = "",
    asked_by: str = "",
    entity_id: int | None = None,
    due_before: date | None = None,
    after: tuple[date, int] | None = None,
    limit: int = 50,
) -> list[ObligationCard]:
    """检查义务 of the scope by due day, a page of `limit` after the place `after` = (due_on, id). `asked_by` is a level: what the
    city, the district, or the station itself asked for."""
    rows = Obligation.objects.filter(within(scope)).select_related("entity").order_by("due_on", "id")
    filters: dict[str, Any] = {"station_id": station, "state": state, "field": field, "entity_id": entity_id}
    rows = rows.filter(**{name: value for name, value in filters.items() if value})
    if asked_by:
        rows = rows.filter(asked_by=Left("station_id", UNIT_DIGITS[asked_by]))
    if due_before is not None:
        rows = rows.filter(due_on__lt=due_before)
    if after is not None:
        rows = rows.filter(Q(due_on__gt=after[0]) | Q(due_on=after[0], id__gt=after[1]))
    found = list(rows[:limit])
    askers = asker_names({row.asked_by for row in found})
    return [_card(row, day, askers) for row in found]


def obligation(*, scope: Scope, day: date, obligation_id: int) -> ObligationCard | None:
    """检查义务 of the scope by its number, or None."""
    row = Obligation.objects.filter(within(scope), pk=obligation_id).select_related("entity").first()
    return _card(row, day, asker_names({row.asked_by})) if row else None


def asker_names(units: set[str]) -> dict[str, str]:
    """提出单位 in words, by code."""
    districts = {unit for unit in units if len(unit) == UNIT_DIGITS["district"]}
    names = division_names(codes=districts) if districts else {}
    return {unit: asker_name(unit, names) for unit in units}


def _card(row: Obligation, day: date, askers: dict[str, str]) -> ObligationCard:
    duty = duties_on(day).get(row.duty_code)
    return ObligationCard(
        id=row.pk,
        entity_id=row.entity_id,
        entity_name=row.entity.name,
        station_code=row.station_id,
        duty_code=row.duty_code,
        duty_name=duty.name if duty else row.duty_code,
        field=row.field,
        level=row.level,
        asked_by=row.asked_by,
        asked_by_name=askers[row.asked_by],
        competence=row.competence,
        minutes=row.minutes,
        offsite=bool(duty and duty.offsite),
        release_on=row.release_on,
        due_on=row.due_on,
        origin=row.origin,
        origin_ref=row.origin_ref,
        state=row.state,
        done_on=row.done_on,
        done_ref=row.done_ref,
    )


def due_rows(*, scope: Scope, until: date) -> list[dict[str, Any]]:
    """待排义务 the planner's table: every open obligation of the scope released by `until`, with its door.

    Columns: id, entity_id, duty_code, competence, minutes, release_on, due_on, origin, risk_class, lon, lat, station_id,
    drawn_officers (certificate numbers of the team that a public draw sends).
    """
    rows = Obligation.objects.filter(
        within(scope), state=Obligation.State.OPEN, release_on__lte=until, entity__state="active"
    )
    return list(_planner_columns(rows))


def task_rows(*, scope: Scope, ids: Sequence[int]) -> list[dict[str, Any]]:
    """待排义务 by id, whatever their state, with the columns of `due_rows`."""
    return list(_planner_columns(Obligation.objects.filter(within(scope), pk__in=ids)))


def _planner_columns(rows: Any) -> Any:
    return rows.order_by("id").values(
        "id",
        "entity_id",
        "duty_code",
        "competence",
        "minutes",
        "release_on",
        "due_on",
        "origin",
        "station_id",
        "entity__risk_class",
        "entity__lon",
        "entity__lat",
        "drawn_officers",
    )


def drawn_rows(
    *, scope: Scope, draw: str, credit_code: str = "", ids: Sequence[int] = ()
) -> list[Obligation]:
    """抽中义务 of one draw at one business, or those among `ids` that any draw decided."""
    rows = Obligation.objects.filter(within(scope), origin=Obligation.Origin.DRAW)
    rows = rows.filter(pk__in=ids) if ids else rows.filter(origin_ref=draw, entity__credit_code=credit_code)
    return list(rows.order_by("id"))


def rows_by_id(*, scope: Scope, ids: Sequence[int]) -> list[Obligation]:
    """检查义务 of the scope by id."""
    return list(Obligation.objects.filter(within(scope), pk__in=ids).order_by("id"))


def counts_by(*, scope: Scope, key: str, first: date, last: date, today: date) -> dict[str, dict[str, int]]:
    """Due in the month, done in the month and overdue per `key` ("station_id" or "field")."""
    if key not in {"station_id", "field"}:
        raise ValueError(key)
    open_rows = (
        Obligation.objects.filter(within(scope), state=Obligation.State.OPEN, due_on__lte=last)
        .values(key)
        .annotate(due=Count("id"), overdue=Count("id", filter=Q(due_on__lt=today)))
        .order_by()
    )
    done_rows = (
        Obligation.objects.filter(within(scope), state=Obligation.State.DONE, done_on__range=(first, last))
        .values(key)
        .annotate(done=Count("id"))
        .order_by()
    )
    counts: dict[str, dict[str, int]] = {}
    for row in open_rows:
        counts[row[key]] = {"due": row["due"], "overdue": row["overdue"], "done": 0}
    for row in done_rows:
        counts.setdefault(row[key], {"due": 0, "overdue": 0, "done": 0})["done"] = row["done"]
    return counts


def year_rates(*, year: int) -> list[YearRate]:
    """年度抽查设置 in force for a year, the plan of the lower unit before that of the one above."""
    rows = YearSetting.objects.filter(year=year).order_by("-plan_unit", "unit", "duty_code")
    return [
        YearRate(row.unit, row.duty_code, row.share, None if row.months is None else tuple(row.months))
        for row in rows
    ]


_LISTABLE = """
WITH concerned AS (SELECT id, bit_or(place) AS places FROM ({concerned}) AS one GROUP BY 1),
higher AS (
    SELECT p.entity_id AS id, bit_or(f.places) AS places FROM registry_past_inspection p
    JOIN unnest(%s::text[], %s::bigint[]) AS f (field, places) ON f.field = p.field
    WHERE p.level <> 'station' AND p.result <> 'not_found' AND p.inspected_on > %s GROUP BY 1),
owed AS (
    SELECT o.entity_id AS id, bit_or(d.place) AS places FROM duties_obligation o
    JOIN unnest(%s::text[], %s::bigint[]) AS d (code, place) ON d.code = o.duty_code
    WHERE o.state = 'open' GROUP BY 1)
SELECT e.id, e.credit_code, e.station_id, e.risk_class, c.places, coalesce(h.places, 0), coalesce(o.places, 0),
    CASE WHEN q.entity_id IS NULL THEN 0 ELSE %s::bigint END
FROM concerned c JOIN registry_entity e ON e.id = c.id LEFT JOIN higher h ON h.id = c.id LEFT JOIN owed o ON o.id = c.id
LEFT JOIN ({quiet}) q ON q.entity_id = c.id
ORDER BY e.credit_code
"""


def listable(
    *, scope: Scope, duties: Sequence[Duty], as_of: date, no_repeat_months: int
) -> Iterator[tuple[int, str, str, str, int, int, int, int]]:
    """可抽取主体 of several duties by credit code: (id, credit code, station, class, concerned, checked, owed, quiet).

    The last four are sets of duties by bit, the first duty the lowest: those that concern the business; those whose field a
    higher level checked within `no_repeat_months`; those that are owed there already; those that a business left alone (无事不扰) is
    excused from. Streamed: a city is never held in memory.
    """
    places = [1 << place for place in range(len(duties))]
    parts, values = [], []
    for duty, place in zip(duties, places, strict=True):
        condition, parameters = condition_sql(duty.whom)
        parts.append(
            f"SELECT e.id, {place}::bigint AS place FROM registry_entity e"
            f" WHERE e.station_id >= %s AND e.station_id < %s AND {condition}"
        )
        values += [scope.prefix, scope.prefix + ":", *parameters]
    fields: dict[str, int] = {}
    for duty, place in zip(duties, places, strict=True):
        fields[duty.field] = fields.get(duty.field, 0) | place
    values += [list(fields), list(fields.values()), add_months(as_of, -no_repeat_months)]
    values += [[duty.code for duty in duties], places]
    quiet, standing = standing_sql(on=as_of)
    values += [
        sum(place for duty, place in zip(duties, places, strict=True) if not duty.mandatory),
        *standing,
    ]
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(_LISTABLE.format(concerned=" UNION ALL ".join(parts), quiet=quiet), values)
        while rows := cursor.fetchmany(20_000):
            yield from rows


def targeted(
    *, duties: Sequence[Duty], target: Mapping[str, Any], unit: str, excused_on: date | None
) -> tuple[str, list[Any]]:
    """对象与事项 of `rules.targeted_sql` as a table expression with `left_alone`: whether a business left alone (无事不扰) on
    `excused_on` is excused from the check; nobody is excused without a day."""
    rows, parameters = targeted_sql(duties, target, unit)
    if excused_on is None:
        return f"SELECT a.*, false AS left_alone FROM ({rows}) AS a", parameters
    standing, its_own = standing_sql(on=excused_on)
    return (
        f"SELECT a.*, q.entity_id IS NOT NULL AND NOT a.mandatory AS left_alone FROM ({rows}) AS a"
        f" LEFT JOIN ({standing}) AS q ON q.entity_id = a.entity_id"
    ), [*parameters, *its_own]


def next_doors(
    *, scope: Scope, duty: Duty, seed: str, year: int, count: int
) -> list[tuple[int, str, float | None, float | None]]:
    """再抽主体 of a duty: the `count` businesses of the scope with the smallest tickets of the year that the duty concerns and
    that do not owe it: (entity id, class, lon, lat)."""
    condition, parameters = condition_sql(duty.whom)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT e.id, e.risk_class, e.lon, e.lat FROM registry_entity e"
            f" WHERE e.station_id >= %s AND e.station_id < %s AND {condition}"
            " AND NOT EXISTS (SELECT FROM duties_obligation o WHERE o.entity_id = e.id AND o.duty_code = %s"
            " AND o.state = 'open') ORDER BY sha256(convert_to(%s || '|' || e.credit_code, 'UTF8')), e.id LIMIT %s",
            [scope.prefix, scope.prefix + ":", *parameters, duty.code, f"{seed},{year}", count],
        )
        return list(cursor.fetchall())


_ENTRIES = """
WITH entered AS (
    SELECT o.entity_id, o.done_on AS day, o.done_ref AS ref FROM duties_obligation o
    WHERE o.state = 'done' AND o.done_on BETWEEN %(first)s AND %(last)s AND o.origin <> ALL (%(not_counted)s)
        AND NOT starts_with(o.done_ref, 'offsite:')
        AND 'station' = ANY (%(levels)s) AND (%(ids)s::bigint[] IS NULL OR o.entity_id = ANY (%(ids)s))
    UNION
    SELECT p.entity_id, p.inspected_on, '' FROM registry_past_inspection p
    WHERE p.inspected_on BETWEEN %(first)s AND %(last)s AND p.level = ANY (%(levels)s) AND p.result <> 'not_found'
        AND (%(ids)s::bigint[] IS NULL OR p.entity_id = ANY (%(ids)s))),
days AS (
    SELECT entity_id, day, greatest(count(*) FILTER (WHERE ref <> ''), 1) AS entries FROM entered GROUP BY 1, 2)
SELECT d.entity_id, min(e.risk_class), sum(d.entries)::int FROM days d JOIN registry_entity e ON e.id = d.entity_id
WHERE e.station_id >= %(unit)s AND e.station_id < %(unit)s || ':' GROUP BY 1
"""


def entries_made(*, scope: Scope, organ_level: str, year: int) -> dict[int, int]:
    """本年已进门次数 per business, of those entered at all, that add to the yearly number of an organ of `organ_level`.

    An entry is one visit that met a check, or one day on which a delivered record says that an organ of the same number was
    there; a record of a day on which we were there ourselves is that entry come back.
    """
    return {entity: made for entity, _, made in _entries(scope, organ_level, year, date(year, 12, 31), None)}


def entries_left(
    *, scope: Scope, on: date, entity_ids: Sequence[int] | None = None, organ_level: str = "station"
) -> dict[int, int]:
    """本年剩余进门次数 for whoever checks at `organ_level`: only businesses that were entered this year. All others have the whole
    number of their class, `inspection_caps(on).cap_of(organ_level)`. A business without a class has the smallest."""
    cap = inspection_caps(on).cap_of(organ_level)
    if cap is None:
        return {}
    least = min(cap.entries.values())
    rows = _entries(scope, organ_level, on.year, on, entity_ids)
    return {entity: max(0, cap.entries.get(letter, least) - made) for entity, letter, made in rows}


def _entries(
    scope: Scope, organ_level: str, year: int, on: date, entity_ids: Sequence[int] | None
) -> list[tuple[int, str, int]]:
    law = inspection_caps(on)
    with connection.cursor() as cursor:
        cursor.execute(
            _ENTRIES,
            {
                "first": date(year, 1, 1),
                "last": date(year, 12, 31),
                "levels": law.levels_of(organ_level),
                "not_counted": list(law.not_counted),
                "ids": None if entity_ids is None else list(entity_ids),
                "unit": scope.prefix,
            },
        )
        return list(cursor.fetchall())
