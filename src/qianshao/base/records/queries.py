"""Reading the record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DataError, connection, transaction
from psycopg import sql

from qianshao.base.records.models import Attachment, Event, JobRun
from qianshao.base.records.rules import Anchor, ChainReader, Finding, SealedEvent, attachment_path


@dataclass(frozen=True, slots=True)
class EventCard:
    """留痕 as shown."""

    id: int
    at: datetime
    actor_name: str
    actor_role: str
    unit: str
    verb: str
    subject_type: str
    subject_id: str
    payload: dict[str, Any]
    position: int | None
    hash: str | None


@dataclass(frozen=True, slots=True)
class StoredFile:
    """附件 and where its bytes lie."""

    sha256: str
    media_type: str
    original_name: str
    unit: str
    path: Path


def events(
    *, prefix: str, subject_type: str = "", subject_id: str = "", before: int | None = None, limit: int = 50
) -> list[EventCard]:
    """留痕 of a unit and those below it (`prefix`), newest first, a page of `limit` before the id `before`."""
    rows = Event.objects.filter(unit__gte=prefix, unit__lt=prefix + ":").order_by("-id")
    if subject_type:
        rows = rows.filter(subject_type=subject_type)
    if subject_id:
        rows = rows.filter(subject_id=subject_id)
    if before is not None:
        rows = rows.filter(id__lt=before)
    return [
        EventCard(
            id=row.pk,
            at=row.at,
            actor_name=row.actor_name,
            actor_role=row.actor_role,
            unit=row.unit,
            verb=row.verb,
            subject_type=row.subject_type,
            subject_id=row.subject_id,
            payload=row.payload,
            position=row.position,
            hash=row.hash,
        )
        for row in rows[:limit]
    ]


def attachments_present(*, sha256s: list[str]) -> set[str]:
    """附件 of these hashes whose row exists and whose bytes lie on disk with the right size."""
    rows = Attachment.objects.filter(sha256__in=sha256s)
    root = Path(settings.MEDIA_ROOT)
    return {row.sha256 for row in rows if _size(root / attachment_path(row.sha256)) == row.bytes}


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1


def stored_file(*, sha256: str, prefix: str) -> StoredFile | None:
    """附件 of a unit within `prefix`, or None."""
    row = Attachment.objects.filter(sha256=sha256, unit__gte=prefix, unit__lt=prefix + ":").first()
    if row is None:
        return None
    path = Path(settings.MEDIA_ROOT) / attachment_path(row.sha256)
    return StoredFile(row.sha256, row.media_type, row.original_name, row.unit, path)


def job_run(*, run_id: int) -> JobRun | None:
    """作业 by number."""
    return JobRun.objects.filter(pk=run_id).first()


def waiting_jobs() -> list[tuple[int, str]]:
    """等待作业: (id, task), oldest first."""
    return list(
        JobRun.objects.filter(state=JobRun.State.WAITING).order_by("asked_at").values_list("pk", "task")
    )


def done_after(*, task: str, key: str) -> bool:
    """Whether a run of the task with a greater business key is done."""
    return JobRun.objects.filter(task=task, key__gt=key, state=JobRun.State.DONE).exists()


@dataclass(frozen=True, slots=True)
class AuditReport:
    """核验结果 of the whole record."""

    events: int
    rows: int
    findings: list[Finding]
    heads: list[Anchor]

    @property
    def intact(self) -> bool:
        """Whether nothing was found."""
        return not self.findings


_EVENTS = """
SELECT id, chain, position, prev, hash, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
       actor_id, actor_name, actor_role, unit, verb, subject_type, subject_id, payload::text, rows::text
FROM public.records_event ORDER BY chain, position NULLS LAST, id
"""
_BATCH = 5_000
_READ_PLAINLY = {"search_path": "pg_catalog, public, pg_temp", "TimeZone": "UTC", "extra_float_digits": "1"}
"""Settings of the verifier's own transaction: nobody's search path or time zone decides what it reads."""
_GUARDS = {
    "seal_at_commit": "03b6e2bb907d21af783d2385bf81cfc97f93c4d555280d42d1f619896e0f9f42",
    "only_append_rows": "b6f3bd216f36c015bed762bf55f51cef2b39e194ef10bc256b7964aae9d00e73",
    "only_append_table": "b6f3bd216f36c015bed762bf55f51cef2b39e194ef10bc256b7964aae9d00e73",
    "arrive_unsealed": "3f185859bfa72f120bf2fab38627660156e4fc6252c001d6d394695a16854a60",
}
"""Triggers of the event table, each with the SHA-256 of its function's text."""


def verify_record(*, anchors: Sequence[Anchor] = ()) -> AuditReport:
    """核验留痕: read every event, hash it again, hash every business row again, compare with outside anchors.

    A row that no event names is found in the tables of `settings.SEALED_WHOLE`. Reads in one snapshot, so that writers
    at work cause no false alarm. Shares no code with the sealing SQL. Findings come in the order of the chain, the first
    wrong place first.
    """
    reader = ChainReader()
    expected = reader.expect(anchors)
    with transaction.atomic(), connection.cursor() as cursor:
        if not connection.savepoint_ids:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        before = _set(cursor, _READ_PLAINLY)
        count = _read_events(cursor, reader)
        reader.compare_anchors(expected)
        _compare_business_rows(cursor, reader, settings.SEALED_WHOLE)
        cursor.execute(
            "SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END FROM public.records_event_id_seq"
        )
        reader.compare_numbering(cursor.fetchone()[0])
        _check_guards(cursor, reader)
        _set(cursor, before)
    return AuditReport(count, len(reader.latest), reader.in_order(), list(reader.heads.values()))


def _set(cursor: Any, wanted: dict[str, str]) -> dict[str, str]:
    """Set for this transaction; returns what was set before."""
    before = {}
    for name, text in wanted.items():
        cursor.execute("SELECT current_setting(%s), set_config(%s, %s, true)", [name, name, text])
        before[name] = cursor.fetchone()[0]
    return before


def _read_events(cursor: Any, reader: ChainReader) -> int:
    count = 0
    cursor.execute(f"DECLARE audit_events NO SCROLL CURSOR FOR {_EVENTS}")
    while True:
        cursor.execute(f"FETCH {_BATCH} FROM audit_events")
        page = cursor.fetchall()
        for row in page:
            reader.read(SealedEvent(*row))
        count += len(page)
        if len(page) < _BATCH:
            break
    cursor.execute("CLOSE audit_events")
    return count


def _compare_business_rows(cursor: Any, reader: ChainReader, whole: Sequence[str]) -> None:
    by_table: dict[str, list[str]] = {table: [] for table in whole}
    for table, key in reader.latest:
        by_table.setdefault(table, []).append(key)
    for table, keys in sorted(by_table.items()):
        column, kind = _primary_key(cursor, table)
        found_here = 0
        for start in range(0, len(keys), _BATCH):
            part = keys[start : start + _BATCH]
            found = _rows_as_json(cursor, table, column, kind, part) if column else {}
            found_here += len(found)
            for key in part:
                reader.compare_row(table, key, found.get(key))
        if column and table in whole:
            names = {"table": sql.Identifier("public", table), "key": sql.Identifier(column)}
            cursor.execute(sql.SQL("SELECT count(*) FROM {table}").format(**names))
            if cursor.fetchone()[0] != found_here:
                cursor.execute(sql.SQL("SELECT {key}::text FROM {table}").format(**names))
                reader.compare_whole(table, (key for (key,) in cursor.fetchall()))


def _rows_as_json(cursor: Any, table: str, column: str, kind: str, keys: list[str]) -> dict[str, str]:
    names = {"table": sql.Identifier("public", table), "key": sql.Identifier(column)}
    query = sql.SQL("SELECT t.{key}::text, to_jsonb(t)::text FROM {table} t WHERE {fits}")
    fast = sql.SQL("t.{key} = ANY(%s::{kind}[])").format(kind=sql.SQL(kind), **names)
    slow = sql.SQL("t.{key}::text = ANY(%s)").format(**names)
    try:
        with transaction.atomic():
            cursor.execute(query.format(fits=fast, **names), [keys])
            return dict(cursor.fetchall())
    except DataError:  # an event names a key that this table cannot have
        cursor.execute(query.format(fits=slow, **names), [keys])
        return dict(cursor.fetchall())


def _primary_key(cursor: Any, table: str) -> tuple[str, str]:
    """Column and type of a table's primary key; empty where the table or its key is gone."""
    cursor.execute(
        "SELECT a.attname, format_type(a.atttypid, NULL) FROM pg_index i"
        " JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]"
        " WHERE i.indrelid = to_regclass('public.' || quote_ident(%s)) AND i.indisprimary",
        [table],
    )
    return cursor.fetchone() or ("", "")


def _check_guards(cursor: Any, reader: ChainReader) -> None:
    """Whether what guards the event table still stands, unchanged and switched on."""
    cursor.execute(
        "SELECT t.tgname, t.tgenabled, encode(sha256(convert_to(p.prosrc, 'UTF8')), 'hex')"
        " FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid"
        " WHERE t.tgrelid = 'public.records_event'::regclass AND NOT t.tgisinternal"
    )
    standing = {name: (enabled, text) for name, enabled, text in cursor.fetchall()}
    for name, text in _GUARDS.items():
        if standing.get(name) not in {("O", text), ("A", text)}:
            reader.miss_guard(name)
    cursor.execute(
        "SELECT relkind <> 'r' OR relrowsecurity OR relhasrules FROM pg_class"
        " WHERE oid = 'public.records_event'::regclass"
    )
    if cursor.fetchone()[0]:
        reader.miss_guard("records_event")
    cursor.execute(
        "SELECT encode(sha256(convert_to(prosrc, 'UTF8')), 'hex') FROM pg_proc"
        " WHERE oid = to_regprocedure('public.records_row_hashes(jsonb)')"
    )
    if cursor.fetchone() != ("0ef03cdb8ac2ce72094be9f5eca2e69025b02b2e67ebd6dd6a57d1f2824f56e6",):
        reader.miss_guard("records_row_hashes")


def chain_heads() -> list[Anchor]:
    """检查点: the head of each chain now, to be carried to a place the station's administrator cannot write."""
    rows = Event.objects.filter(position__isnull=False).order_by("chain", "-position").distinct("chain")
    return [Anchor(row.chain, row.position or 0, row.hash or "") for row in rows]
