"""检索 businesses by name, address, credit code and person, with typing errors, among millions.

Two characters go through the index of pairs (a trigram index reads far too much for two), three and more through trigrams.
Where nothing holds the text as typed, the rarest pairs of it find candidates and likeness orders them.
"""

from __future__ import annotations

from typing import Any

from django.db import connection

from qianshao.base.access.rules import Scope
from qianshao.flow.registry.rules import Wanted, like_pattern, likeness, read_text

_CAP = 200
_FUZZY_CAP = 400
_FUZZY_PAIRS = 6


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
    if wanted.way == "two":
        condition, given = "registry_bigrams(name) @> %s", [list(wanted.bigrams)]
    elif wanted.way == "many":
        condition, given = "name LIKE %s", [pattern]  # type: ignore[list-item]
    else:
        condition, given = "legal_person = %s", [wanted.text]  # type: ignore[list-item]
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
    """Names that share the text's rarest pairs, by likeness. A wrong character spoils two neighbouring pairs only, so
    two rare pairs that do not touch are nearly always whole."""
    clause, units = _scope_clause(scope)
    rare = _rarest(wanted.bigrams)
    candidates: dict[int, str] = {}
    for first, second in _pairs_apart(rare, wanted.text):
        rows = _rows(
            "WITH hits AS MATERIALIZED"
            f" (SELECT id, name FROM registry_entity WHERE registry_bigrams(name) @> %s{clause} LIMIT %s)"
            " SELECT id, name FROM hits",
            [[first, second] if second else [first], *units, _FUZZY_CAP],
        )
        candidates.update(rows)
    ranked = sorted(candidates, key=lambda one: (-likeness(wanted.text, candidates[one]), one))
    return ranked[:limit]


def _rarest(pairs: tuple[str, ...]) -> list[str]:
    """The pairs from rare to common, by the kept frequencies; a pair nobody has ever written is a typing error and last."""
    known = dict(_rows("SELECT pair, count FROM registry_pair_count WHERE pair = ANY(%s)", [list(pairs)]))
    return sorted((pair for pair in pairs if pair in known), key=lambda pair: (known[pair], pair))


def _pairs_apart(rare: list[str], text: str) -> list[tuple[str, str]]:
    """Couples of rare pairs that stand apart in the text, rarest first."""
    places = {pair: text.index(pair) for pair in rare}
    couples = [
        (first, second)
        for number, first in enumerate(rare[:_FUZZY_PAIRS])
        for second in rare[number + 1 : _FUZZY_PAIRS]
        if abs(places[first] - places[second]) >= 2
    ]
    return couples[:4] or [(pair, "") for pair in rare[:2]]
