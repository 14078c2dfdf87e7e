"""检查义务 whom a duty concerns and when it is due.

A condition is a few keys that must all hold; each key holds a list of which one must fit. It is evaluated for one business
in Python and, by the same meaning, for all of them as SQL.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from qianshao.base.calendar.rules import add_months
from qianshao.base.policy.rules.library import Duty

UNIT_DIGITS = {"city": 4, "district": 6, "station": 9}
"""Digits of the code of a unit of each level; a code begins with those of the units above it."""


@dataclass(frozen=True, slots=True)
class Subject:
    """The facts of a business that a duty's condition may ask for."""

    kind: str
    section: str
    industry: str
    state: str
    licences: frozenset[str]
    equipment: frozenset[str]
    school: bool
    tags: frozenset[str] = frozenset()
    risk: str = ""
    station: str = ""


_COLUMNS = {"kind": "kind", "state": "state", "section": "section", "risk": "risk_class"}
_PREFIXES = {"industry": "industry", "unit": "station_id"}
_LONGEST_MINUTES = 280


def concerns(whom: Mapping[str, Any], subject: Subject) -> bool:
    """Whether a duty's condition holds for the business. Every key must hold; `KeyError` for a key nobody knows."""
    holds = {
        "kind": lambda wanted: subject.kind in wanted,
        "state": lambda wanted: subject.state in wanted,
        "section": lambda wanted: subject.section in wanted,
        "industry": lambda wanted: any(subject.industry.startswith(prefix) for prefix in wanted),
        "licence": lambda wanted: bool(subject.licences & set(wanted)),
        "equipment": lambda wanted: bool(subject.equipment & set(wanted)),
        "school": lambda wanted: subject.school is bool(wanted),
        "tag": lambda wanted: bool(subject.tags & set(wanted)),
        "risk": lambda wanted: subject.risk in wanted,
        "unit": lambda wanted: subject.station.startswith(tuple(wanted)),
    }
    return subject.state == "active" and all(holds[key](wanted) for key, wanted in whom.items())


def condition_sql(whom: Mapping[str, Any]) -> tuple[str, list[Any]]:
    """The same condition as SQL over `registry_entity e`, with its parameters."""
    clauses, parameters = ["e.state = 'active'"], []
    for key, wanted in whom.items():
        if key in _COLUMNS:
            clauses.append(f"e.{_COLUMNS[key]} = ANY(%s)")
            parameters.append(list(wanted))
        elif key == "tag":
            clauses.append("e.tags && %s::varchar[]")
            parameters.append(list(wanted))
        elif key in _PREFIXES:
            column = _PREFIXES[key]
            clauses.append("(" + " OR ".join(f"(e.{column} >= %s AND e.{column} < %s)" for _ in wanted) + ")")
            for prefix in wanted:
                parameters += [prefix, prefix + ":"]
        elif key == "licence":
            clauses.append("e.id IN (SELECT entity_id FROM registry_licence WHERE kind = ANY(%s))")
            parameters.append(list(wanted))
        elif key == "equipment":
            clauses.append(
                "e.id IN (SELECT entity_id FROM registry_equipment WHERE category = ANY(%s) AND state = 'in_use')"
            )
            parameters.append(list(wanted))
        elif key == "school":
            clauses.append(
                f"{'' if wanted else 'NOT '}EXISTS (SELECT FROM registry_school s WHERE s.entity_id = e.id)"
            )
        else:
            raise KeyError(key)
    return " AND ".join(clauses), parameters


def asking_unit(level: str, station: str) -> str:
    """提出单位 of a duty that the law lays down for a level, at a door of the station."""
    return station[: UNIT_DIGITS[level]]


def asker_name(unit: str, names: Mapping[str, str]) -> str:
    """提出单位 in words, as the station reads them: 市局, 顺德区局, 本所. `names` holds the names of districts."""
    if len(unit) == UNIT_DIGITS["station"]:
        return "本所"
    return "市局" if len(unit) == UNIT_DIGITS["city"] else f"{names.get(unit, '')}局"


def targeted_sql(duties: Sequence[Duty], target: Mapping[str, Any], unit: str) -> tuple[str, list[Any]]:
    """对象与事项 as SQL, with its parameters: each business of the unit within the target with each of the duties that concerns it.

    Columns: entity_id, station_id, duty_code, duty_version, field, level, competence, mandatory, minutes.
    """
    within, its_own = condition_sql(target)
    parts: list[str] = []
    parameters: list[Any] = []
    for duty in duties:
        concerned, own = condition_sql(duty.whom)
        sets = "(SELECT count(*) FROM registry_equipment q WHERE q.entity_id = e.id AND q.state = 'in_use' AND q.category = ANY (%s))"
        parts.append(
            "SELECT e.id AS entity_id, e.station_id, %s::varchar AS duty_code, %s::varchar AS duty_version, %s::varchar AS field,"
            " %s::varchar AS level, %s::varchar AS competence, %s::bool AS mandatory,"
            f" least(%s + {'%s * ' + sets if duty.minutes_per_set else '0'}, {_LONGEST_MINUTES})::int AS minutes"
            f" FROM registry_entity e WHERE e.station_id >= %s AND e.station_id < %s AND {concerned} AND {within}"
        )
        parameters += [duty.code, duty.version, duty.field, duty.level, duty.competence]
        parameters += [bool(duty.mandatory), duty.minutes]
        if duty.minutes_per_set:
            parameters += [duty.minutes_per_set, list(duty.whom.get("equipment", []))]
        parameters += [unit, unit + ":", *own, *its_own]
    return " UNION ALL ".join(parts), parameters


def reasons_to_keep_out(duty: Duty) -> list[str]:
    """不派生的理由: which reasons may keep a duty from being owed. What an event asks for is kept out by none; what is mandatory, by
    no list."""
    if duty.rule not in {"random", "coverage"}:
        return []
    found = ["spared"] if duty.rule == "random" else []
    found += ["post_licence"] if duty.routine else []
    return found + ([] if duty.mandatory else ["whitelist"])


def is_estimate(duty: Duty) -> bool:
    """估计数 or reckoned: whether a year's number of the duty's checks can only be estimated, because events ask for them."""
    return duty.rule in {"overdue_equipment", "missing_report"}


@dataclass(frozen=True, slots=True)
class YearRate:
    """年度抽查设置 that an approved year plan gives one random duty within a unit: its share by class, its months (1–12). None
    leaves what the policy says."""

    unit: str
    duty_code: str
    share: Mapping[str, float] | None = None
    months: tuple[int, ...] | None = None


def share_sql(duty: Duty, rates: Sequence[YearRate] = ()) -> str:
    """抽查比例 as SQL over `t.risk_class` and `t.station_id`: the nearest unit's own share, else the policy's."""
    own = [(one.unit, _by_class(one.share)) for one in _nearest(duty, rates) if one.share is not None]
    return _per_unit(own, _by_class(duty.share))


def month_sql(duty: Duty, rates: Sequence[YearRate] = ()) -> str:
    """抽查月份 as SQL over `t.spread` and `t.station_id`, 1 to 12: the year's twelve months, or the months the unit chose."""
    own = [
        (one.unit, f"(ARRAY{sorted(one.months)})[1 + floor(t.spread * {len(one.months)})::int]")
        for one in _nearest(duty, rates)
        if one.months is not None
    ]
    return _per_unit(own, "1 + floor(t.spread * 12)::int")


def _nearest(duty: Duty, rates: Sequence[YearRate]) -> list[YearRate]:
    mine = [one for one in rates if one.duty_code == duty.code and one.unit.isdigit()]
    return sorted(mine, key=lambda one: -len(one.unit))


def _per_unit(own: list[tuple[str, str]], otherwise: str) -> str:
    if not own:
        return otherwise
    cases = " ".join(f"WHEN starts_with(t.station_id, '{unit}') THEN {words}" for unit, words in own)
    return f"CASE {cases} ELSE {otherwise} END"


def _by_class(share: Mapping[str, float]) -> str:
    cases = " ".join(f"WHEN '{name}' THEN {float(part)}" for name, part in share.items())
    return f"CASE t.risk_class {cases} END" if cases else "1"


def ticket(seed: str, credit_code: str) -> float:
    """抽取号 in [0, 1): the first eight hexadecimal digits of SHA-256(seed|code). The same for every duty of the year, so
    that all samples share doors while each stays uniform within its stratum."""
    digest = hashlib.sha256(f"{seed}|{credit_code}".encode()).hexdigest()
    return int(digest[:8], 16) / 2**32


_PHASE_BEGINS = date(2000, 1, 1)
FIRST_DUE_SQL = """%(as_of)s::date + mod(mod(floor(phase * (months * 30.4)::int)::int - (%(as_of)s::date - DATE '2000-01-01'),
    (months * 30.4)::int) + (months * 30.4)::int, (months * 30.4)::int)"""
"""`first_due` as SQL over `phase` and `months`."""


def first_due(months: int, as_of: date, phase: float) -> date:
    """首次检查最迟日 of a business never checked: the days of its interval are numbered for ever, and its `phase` in [0, 1) gives it
    one of them, so that all are spread over the interval, and asking on another day moves nobody's day before it has come."""
    days = round(months * 30.4)
    return as_of + timedelta(days=(int(phase * days) - (as_of - _PHASE_BEGINS).days) % days)


def coverage_window(last_on: date | None, months: int, as_of: date, phase: float) -> tuple[date, date]:
    """检查窗口 of a coverage duty: due `months` after the last check, open from half way; without a check, by `first_due`."""
    if last_on is None:
        return as_of, first_due(months, as_of, phase)
    return add_months(last_on, months - months // 2), add_months(last_on, months)


def visit_minutes(duty: Duty, sets: int) -> int:
    """检查时间 of a duty at one door: the duty's own minutes and those per set of equipment, at most a working day."""
    return min(duty.minutes + duty.minutes_per_set * sets, _LONGEST_MINUTES)
