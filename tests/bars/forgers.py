"""Forgers: superusers with every trigger off, each with one way of changing the record and the place where it must be found.

A forger takes the open cursor, the drawer and the story, changes something, and returns the (kind, chain, position) that
the verifier's first finding must have.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from django.db import IntegrityError, transaction

from qianshao.base.records.queries import _EVENTS
from qianshao.base.records.rules import GENESIS, Anchor, SealedEvent, event_digest

Place = tuple[str, int, int]
Forger = Callable[[Any, random.Random, "Story"], Place]
FORGERS: dict[str, Forger] = {}


@dataclass
class Story:
    """What a forger can know: every event, the newest place of every business row, the anchors carried outside."""

    events: list[SealedEvent]
    rows: dict[tuple[str, str], tuple[str, int, int]]
    anchors: list[Anchor]

    @property
    def last(self) -> int:
        return len(self.events)


def forger(act: Forger) -> Forger:
    FORGERS[act.__name__] = act
    return act


def read_events(cursor: Any) -> list[SealedEvent]:
    cursor.execute(_EVENTS)
    return [SealedEvent(*row) for row in cursor.fetchall()]


def _update(cursor: Any, position: int, assignment: str, *values: Any) -> None:
    cursor.execute(f"UPDATE records_event SET {assignment} WHERE position = %s", [*values, position])
    assert cursor.rowcount == 1


def _let_anything_stand(cursor: Any) -> None:
    for key in ("event_chain_never_forks", "event_position_once"):
        cursor.execute(f"ALTER TABLE records_event DROP CONSTRAINT {key}")


def _reseal(cursor: Any, events: list[SealedEvent], start: int) -> None:
    """Write new places and hashes from `start` on, so that the chain is consistent again in itself."""
    prev = events[start - 2].hash if start > 1 else GENESIS
    for position, event in enumerate(events[start - 1 :], start=start):
        bare = replace(event, position=position, prev=prev)
        prev = event_digest(bare)
        cursor.execute(
            "UPDATE records_event SET position = %s, prev = %s, hash = %s WHERE id = %s",
            [position, bare.prev, prev, event.id],
        )


@forger
def changed_payload(cursor: Any, chance: random.Random, story: Story) -> Place:
    place = chance.randint(1, story.last)
    _update(cursor, place, "payload = payload || %s::jsonb", f'{{"visit_id": {chance.randint(900, 999)}}}')
    return "event_changed", 0, place


@forger
def changed_time(cursor: Any, chance: random.Random, story: Story) -> Place:
    place = chance.randint(1, story.last)
    shift = chance.choice(["1 microsecond", "-1 day", "8 hours"])
    _update(cursor, place, "at = at + %s::interval", shift)
    return "event_changed", 0, place


@forger
def changed_actor(cursor: Any, chance: random.Random, story: Story) -> Place:
    place = chance.randint(1, story.last)
    column, text = chance.choice([("actor_name", "他人"), ("actor_role", "nobody"), ("actor_id", 4711)])
    _update(cursor, place, f"{column} = %s", text)
    return "event_changed", 0, place


@forger
def changed_words(cursor: Any, chance: random.Random, story: Story) -> Place:
    place = chance.randint(1, story.last)
    column = chance.choice(["unit", "verb", "subject_type", "subject_id"])
    _update(cursor, place, f"{column} = left({column}, -1) || 'x'")
    return "event_changed", 0, place


@forger
def letters_moved_between_neighbours(cursor: Any, chance: random.Random, story: Story) -> Place:
    place = chance.randint(1, story.last)
    _update(
        cursor, place, "actor_name = actor_name || left(actor_role, 1), actor_role = substr(actor_role, 2)"
    )
    return "event_changed", 0, place


@forger
def changed_number(cursor: Any, chance: random.Random, story: Story) -> Place:
    place = chance.randint(1, story.last)
    _update(cursor, place, "id = -id")
    return "event_changed", 0, place


@forger
def changed_names_of_rows(cursor: Any, chance: random.Random, story: Story) -> Place:
    place = chance.choice([one.position or 0 for one in story.events if one.rows != "[]"])
    text = chance.choice(["[]", "null", "{}", '[{"table": "nowhere", "pk": "1", "sha256": "00"}]', '["x"]'])
    _update(cursor, place, "rows = %s::jsonb", text)
    return "event_changed", 0, place


@forger
def key_that_cannot_be(cursor: Any, chance: random.Random, story: Story) -> Place:
    place = chance.randint(1, story.last)
    named = '[{"table": "cases_rectification_order", "pk": "no number", "sha256": "00"}]'
    _update(cursor, place, "rows = %s::jsonb", named)
    return "event_changed", 0, place


@forger
def changed_hash(cursor: Any, chance: random.Random, story: Story) -> Place:
    place = chance.randint(1, story.last)
    _update(cursor, place, "hash = reverse(hash)")
    return "event_changed", 0, place


@forger
def changed_link(cursor: Any, chance: random.Random, story: Story) -> Place:
    place = chance.randint(2, story.last)
    _update(cursor, place, "prev = reverse(prev)")
    return "broken_link", 0, place


@forger
def moved_away(cursor: Any, chance: random.Random, story: Story) -> Place:
    place = chance.randint(1, story.last)
    _update(cursor, place, "position = position + 100000")
    return "gap", 0, place


@forger
def moved_to_another_chain(cursor: Any, chance: random.Random, story: Story) -> Place:
    place = chance.randint(1, story.last - 1)
    _update(cursor, place, "chain = 7")
    return "gap", 0, place


@forger
def unsealed(cursor: Any, chance: random.Random, story: Story) -> Place:
    place = chance.randint(1, story.last)
    _update(cursor, place, "hash = NULL")
    return "unsealed", 0, place


@forger
def deleted_event(cursor: Any, chance: random.Random, story: Story) -> Place:
    place = chance.randint(1, story.last - 1)
    cursor.execute("DELETE FROM records_event WHERE position = %s", [place])
    return "gap", 0, place


@forger
def deleted_last_events(cursor: Any, chance: random.Random, story: Story) -> Place:
    first = chance.randint(2, story.last)
    cursor.execute("DELETE FROM records_event WHERE position >= %s", [first])
    return "tail_cut", 0, first


@forger
def emptied_the_record(cursor: Any, chance: random.Random, story: Story) -> Place:
    cursor.execute(chance.choice(["TRUNCATE records_event", "DELETE FROM records_event"]))
    return "tail_cut", 0, 1


@forger
def inserted_without_seal(cursor: Any, chance: random.Random, story: Story) -> Place:
    cursor.execute(
        "INSERT INTO records_event (chain, at, actor_name, actor_role, unit, verb, subject_type, subject_id, payload, rows)"
        " SELECT chain, at, actor_name, actor_role, unit, verb, subject_type, subject_id, payload, rows"
        " FROM records_event WHERE position = %s",
        [chance.randint(1, story.last)],
    )
    return "unsealed", 0, story.last + 1


@forger
def inserted_with_a_right_hash(cursor: Any, chance: random.Random, story: Story) -> Place:
    """The forged event follows the one before it; the event behind it does not follow any more. Where an anchor was
    carried out at that very place, the forged event itself is named."""
    after = chance.randint(1, story.last - 1)
    _let_anything_stand(cursor)
    cursor.execute("UPDATE records_event SET position = position + 1 WHERE position > %s", [after])
    model = story.events[after - 1]
    forged = replace(model, id=-1, position=after + 1, prev=model.hash, verb="approve_plan")
    cursor.execute(
        "INSERT INTO records_event (id, chain, position, prev, hash, at, actor_id, actor_name, actor_role, unit, verb,"
        " subject_type, subject_id, payload, rows) SELECT -1, chain, %s, %s, %s, at, actor_id, actor_name, actor_role,"
        " unit, %s, subject_type, subject_id, payload, rows FROM records_event WHERE position = %s",
        [after + 1, model.hash, event_digest(forged), forged.verb, after],
    )
    anchored = any(one.position == after + 1 for one in story.anchors)
    return ("rewritten", 0, after + 1) if anchored else ("broken_link", 0, after + 2)


@forger
def swapped_two(cursor: Any, chance: random.Random, story: Story) -> Place:
    first, second = sorted(chance.sample(range(1, story.last + 1), 2))
    _let_anything_stand(cursor)
    cursor.execute(
        "UPDATE records_event SET position = %s - position WHERE position IN (%s, %s)",
        [first + second, first, second],
    )
    return "broken_link", 0, first


@forger
def rewritten_from_a_place_on(cursor: Any, chance: random.Random, story: Story) -> Place:
    place = chance.randint(1, story.last)
    change = chance.choice(
        ["at = at - interval '1 day'", "actor_name = '他人'", "payload = '{}', rows = '[]'"]
    )
    _let_anything_stand(cursor)
    cursor.execute(f"UPDATE records_event SET {change} WHERE position = %s", [place])
    _reseal(cursor, read_events(cursor), place)
    return "rewritten", 0, min(one.position for one in story.anchors if one.position >= place)


@forger
def deleted_and_rewritten(cursor: Any, chance: random.Random, story: Story) -> Place:
    place = chance.randint(1, story.last)
    _let_anything_stand(cursor)
    cursor.execute("DELETE FROM records_event WHERE position = %s", [place])
    events = read_events(cursor)
    if place <= len(events):
        _reseal(cursor, events, place)
    first = min(one.position for one in story.anchors if one.position >= place)
    return ("rewritten", 0, first) if first < story.last else ("tail_cut", 0, story.last)


@forger
def changed_business_row(cursor: Any, chance: random.Random, story: Story) -> Place:
    (table, key), (_, chain, position) = chance.choice(sorted(story.rows.items()))
    while not _change_some_column(cursor, chance, table, key):
        pass
    return "row_changed", chain, position


_CHANGES = {
    "bigint": "coalesce({0}, 0) + 1",
    "integer": "coalesce({0}, 0) + 1",
    "smallint": "coalesce({0}, 0) + 1",
    "date": "coalesce({0}, '2026-01-01') + 1",
    "timestamp with time zone": "coalesce({0}, now()) + interval '1 microsecond'",
    "boolean": "NOT coalesce({0}, false)",
    "double precision": "coalesce({0}, 0) + 0.001",
    "jsonb": "jsonb_build_array({0})",
}


def _change_some_column(cursor: Any, chance: random.Random, table: str, key: str) -> bool:
    """One column of one row; False when a constraint stands against it."""
    cursor.execute(
        "SELECT a.attname, format_type(a.atttypid, NULL), i.indrelid IS NOT NULL FROM pg_attribute a"
        " LEFT JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary AND a.attnum = i.indkey[0]"
        " WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum",
        [table],
    )
    columns = cursor.fetchall()
    primary = next(name for name, _, is_key in columns if is_key)
    column, kind = chance.choice([(name, kind) for name, kind, is_key in columns if not is_key])
    change = _CHANGES.get(kind, "left(reverse(coalesce({0}::text, '')), 3) || 'x'").format(f'"{column}"')
    cast = "" if kind in _CHANGES else f"::{kind}"
    try:
        with transaction.atomic():
            cursor.execute(
                f'UPDATE {table} SET "{column}" = ({change}){cast} WHERE {primary}::text = %s', [key]
            )
    except Exception as clash:
        if isinstance(clash, IntegrityError) or "invalid input" in str(clash) or "too long" in str(clash):
            return False
        raise
    assert cursor.rowcount == 1
    return True


@forger
def deleted_business_row(cursor: Any, chance: random.Random, story: Story) -> Place:
    (table, key), (_, chain, position) = chance.choice(sorted(story.rows.items()))
    cursor.execute(
        "SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]"
        " WHERE i.indrelid = %s::regclass AND i.indisprimary",
        [table],
    )
    (primary,) = cursor.fetchone()
    cursor.execute(f"DELETE FROM {table} WHERE {primary}::text = %s", [key])
    assert cursor.rowcount == 1
    return "row_missing", chain, position


@forger
def emptied_business_table(cursor: Any, chance: random.Random, story: Story) -> Place:
    table = chance.choice(sorted({table for table, _ in story.rows}))
    cursor.execute(
        chance.choice(
            ["DELETE FROM {}", "DROP TABLE {} CASCADE", "ALTER TABLE {} RENAME TO elsewhere"]
        ).format(table)
    )
    return "row_missing", 0, min(place for (name, _), (_, _, place) in story.rows.items() if name == table)


@forger
def truncated_tables(cursor: Any, chance: random.Random, story: Story) -> Place:
    """TRUNCATE … CASCADE empties whatever refers to the table as well."""
    cursor.execute(f"TRUNCATE {chance.choice(sorted({table for table, _ in story.rows}))} CASCADE")
    gone = []
    for table in sorted({table for table, _ in story.rows}):
        cursor.execute(f"SELECT EXISTS (SELECT FROM {table})")
        if cursor.fetchone() == (False,):
            gone += [place for (name, _), (_, _, place) in story.rows.items() if name == table]
    return "row_missing", 0, min(gone)


_FORGED_ROWS = (
    "INSERT INTO records_attachment SELECT reverse(sha256), media_type, bytes, original_name, unit, stored_by, stored_at"
    " FROM records_attachment LIMIT 1",
    "INSERT INTO cases_rectification_order SELECT (jsonb_populate_record(o, jsonb_build_object("
    "'id', 9999, 'number', '伪造', 'inspection_id', 9999))).* FROM cases_rectification_order o LIMIT 1",
    "INSERT INTO fieldwork_check_result SELECT (jsonb_populate_record(r, jsonb_build_object("
    "'id', 999999, 'item_code', 'forged'))).* FROM fieldwork_check_result r LIMIT 1",
)


@forger
def forged_business_row(cursor: Any, chance: random.Random, story: Story) -> Place:
    cursor.execute(chance.choice(_FORGED_ROWS))
    assert cursor.rowcount == 1
    return "row_without_event", 0, 0


@forger
def numbers_set_back(cursor: Any, chance: random.Random, story: Story) -> Place:
    back = chance.randint(1, story.last - 1)
    cursor.execute(f"ALTER SEQUENCE records_event_id_seq RESTART WITH {back}")
    return "numbering_set_back", 0, 0


_BREACHES = (
    "ALTER TABLE records_event DISABLE TRIGGER seal_at_commit",
    "ALTER TABLE records_event DISABLE TRIGGER ALL",
    "DROP TRIGGER only_append_table ON records_event",
    "ALTER TABLE records_event ENABLE REPLICA TRIGGER only_append_rows",
    "ALTER TABLE records_event ENABLE ROW LEVEL SECURITY",
    "CREATE RULE quiet AS ON INSERT TO records_event WHERE NEW.verb = 'sign_in' DO INSTEAD NOTHING",
    "CREATE OR REPLACE FUNCTION records_only_append() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    "CREATE OR REPLACE FUNCTION records_row_hashes(wanted jsonb) RETURNS jsonb LANGUAGE sql STABLE AS 'SELECT ''[]''::jsonb'",
)


@forger
def guard_taken_down(cursor: Any, chance: random.Random, story: Story) -> Place:
    cursor.execute(chance.choice(_BREACHES))
    return "guard_down", 0, 0
