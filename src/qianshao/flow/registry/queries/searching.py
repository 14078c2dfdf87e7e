"""检索 businesses by name, address, credit code and person, with typing errors, among millions.

Two characters go through the index of pairs (a trigram index reads far too much for two), or, where the pair is so common
that the index would read half the city, simply through the rows until enough are found. Three and more go through trigrams.
Where hardly anything holds the text as typed, the pairs that a single slip cannot have spoilt find candidates, and the
edit distance orders them.
"""

from __future__ import annotations

from typing import Any

from django.db import connection

from qianshao.base.access.rules import Scope
from qianshao.flow.registry.rules import Wanted, like_pattern, read_text, unlikeness, whole_pairs

_CAP = 200
_SLIP_CAP = 2_000  # candidates per set of pairs: measured, more costs time and finds nothing
_RAREST = 4  # pairs of a set that are looked up: the rarest four leave as few candidates as all of them, for half the time
_COMMON = 0.02  # share of names above which reading rows until enough are found is faster than the index


def search_entities(*, scope: Scope, text: str, limit: int = 20) -> list[int]:
    """检索: ids of the best matches in the scope, best first: name, then person, code, address; then misspelt names."""
    wanted = read_text(text)
    if wanted is None:
        return []
    found = _as_typed(wanted, scope, limit)
    if len(found) < min(limit, 3) and wanted.way == "many":
        found += [one for one in _misspelt(wanted, scope, limit) if one not in found]
    return found[:limit]


def _rows(sql: str, parameters: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())


def _scope_clause(scope: Scope) -> tuple[str, list[str]]:
    if len(scope.prefix) <= 4:
        return "", []
    if len(scope.prefix) >= 9:
        return " AND station_id = %s", [scope.prefix]
    return " AND station_id >= %s AND station_id < %s", [scope.prefix, scope.prefix + ":"]


def _as_typed(wanted: Wanted, scope: Scope, limit: int) -> list[int]:
    clause, units = _scope_clause(scope)
    if wanted.way == "code":
        rows = _rows(
            f"SELECT id FROM registry_entity WHERE credit_code >= %s AND credit_code < %s{clause} ORDER BY credit_code LIMIT %s",
            [wanted.text, wanted.text + "~", *units, limit],
        )
        return [row[0] for row in rows] or _named(wanted, scope, limit)
    return _named(wanted, scope, limit)


def _named(wanted: Wanted, scope: Scope, limit: int) -> list[int]:
    """Names that hold the text, shortest first among the hits looked at; then persons; then addresses."""
    clause, units = _scope_clause(scope)
    pattern = like_pattern(wanted.text)
    found: list[int] = []
    given: list[Any] = [pattern]
    condition = "name LIKE %s"
    if wanted.way == "two":
        if not _is_common(wanted.bigrams[0]):
            condition, given = "registry_bigrams(name) @> %s", [list(wanted.bigrams)]
        else:  # `|| ''` keeps the planner from the trigram index, which cannot look up two characters
            condition = "name || '' LIKE %s"
    elif wanted.way == "one":
        condition, given = "legal_person = %s", [wanted.text]
    rows = _rows(
        f"WITH hits AS MATERIALIZED (SELECT id, name FROM registry_entity WHERE {condition}{clause} LIMIT %s)"
        " SELECT id FROM hits ORDER BY length(name), id LIMIT %s",
        [*given, *units, _CAP, limit],
    )
    found += [row[0] for row in rows]
    if len(found) < limit and len(wanted.text) <= 4:
        rows = _rows(
            f"SELECT id FROM registry_entity WHERE legal_person = %s{clause} ORDER BY id LIMIT %s",
            [wanted.text, *units, limit],
        )
        found += [row[0] for row in rows if row[0] not in found]
    if len(found) < limit and len(wanted.text) >= 3:
        rows = _rows(
            "WITH hits AS MATERIALIZED"
            f" (SELECT id FROM registry_entity WHERE address LIKE %s{clause} LIMIT %s) SELECT id FROM hits LIMIT %s",
            [pattern, *units, _CAP, limit],
        )
        found += [row[0] for row in rows if row[0] not in found]
    return found


def _misspelt(wanted: Wanted, scope: Scope, limit: int) -> list[int]:
    """Names that one slip could have turned into the text, nearest first."""
    clause, units = _scope_clause(scope)
    known = _frequencies(wanted.bigrams)
    candidates: dict[int, str] = {}
    for pairs in {
        tuple(sorted(pairs, key=lambda pair: (known.get(pair, 0), pair))[:_RAREST])
        for pairs in whole_pairs(wanted.text)
    }:
        candidates |= dict(
            _rows(
                "WITH hits AS MATERIALIZED"
                f" (SELECT id, name FROM registry_entity WHERE registry_bigrams(name) @> %s{clause} LIMIT %s)"
                " SELECT id, name FROM hits WHERE length(name) >= %s",
                [list(pairs), *units, _SLIP_CAP, len(wanted.text) - 1],
            )
        )
    ranked = sorted(candidates, key=lambda one: (*unlikeness(wanted.text, candidates[one]), one))
    return ranked[:limit]


def _is_common(pair: str) -> bool:
    known = _frequencies((pair, ""))
    return known.get(pair, 0) > _COMMON * known.get("", 0)


def _frequencies(pairs: tuple[str, ...]) -> dict[str, int]:
    """How often each pair stands in the names looked at; under the empty pair, how many names those were."""
    return dict(_rows("SELECT pair, count FROM registry_pair_count WHERE pair = ANY(%s)", [list(pairs)]))
