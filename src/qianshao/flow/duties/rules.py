"""检查义务 whom a duty concerns and when it is due.

A condition is a few keys that must all hold; each key holds a list of which one must fit. It is evaluated for one business
in Python and, by the same meaning, for all of them as SQL.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from qianshao.base.calendar.rules import add_months
from qianshao.base.policy.rules.library import Duty


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
    }
    return subject.state == "active" and all(holds[key](wanted) for key, wanted in whom.items())


def condition_sql(whom: Mapping[str, Any]) -> tuple[str, list[Any]]:
    """The same condition as SQL over `registry_entity e`, with its parameters."""
    clauses, parameters = ["e.state = 'active'"], []
    for key, wanted in whom.items():
        if key in {"kind", "state", "section"}:
            clauses.append(f"e.{key} = ANY(%s)")
            parameters.append(list(wanted))
        elif key == "industry":
            clauses.append("(" + " OR ".join("(e.industry >= %s AND e.industry < %s)" for _ in wanted) + ")")
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


def ticket(seed: str, credit_code: str) -> float:
    """抽取号 in [0, 1): the first eight hexadecimal digits of SHA-256(seed|code). The same for every duty of the year, so
    that all samples share doors while each stays uniform within its stratum."""
    digest = hashlib.sha256(f"{seed}|{credit_code}".encode()).hexdigest()
    return int(digest[:8], 16) / 2**32


def coverage_window(last_on: date | None, months: int, as_of: date, spread: float) -> tuple[date, date]:
    """检查窗口 of a coverage duty: due `months` after the last check, open from half way.

    A business never checked is due within the interval from `as_of` on, at the place that its `spread` in [0, 1) gives it,
    so that a first year is spread over its months.
    """
    if last_on is None:
        due = as_of + timedelta(days=int(spread * months * 30.4))
        return min(as_of, due), due
    return add_months(last_on, months - months // 2), add_months(last_on, months)


def visit_minutes(duty: Duty, sets: int) -> int:
    """检查时间 of a duty at one door: the duty's own minutes and those per set of equipment, at most a working day."""
    return min(duty.minutes + duty.minutes_per_set * sets, 280)
