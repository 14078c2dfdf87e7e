"""Reading the record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
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
FROM records_event ORDER BY chain, position NULLS LAST, id
"""
_BATCH = 5_000


def verify_record(*, anchors: Sequence[Anchor] = ()) -> AuditReport:
    """核验留痕: read every event, hash it again, hash every business row again, compare with outside anchors.

    Reads in one snapshot, so that writers at work cause no false alarm. Shares no code with the sealing SQL.
    """
    reader = ChainReader()
    expected = reader.expect(anchors)
    count = 0
    with transaction.atomic(), connection.cursor() as cursor:
        if not connection.savepoint_ids:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
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
        reader.compare_anchors(expected)
        _compare_business_rows(cursor, reader)
    return AuditReport(count, len(reader.latest), reader.findings, list(reader.heads.values()))


def _compare_business_rows(cursor: Any, reader: ChainReader) -> None:
    by_table: dict[str, list[str]] = {}
    for table, key in reader.latest:
        by_table.setdefault(table, []).append(key)
    for table, keys in sorted(by_table.items()):
        column, kind = _primary_key(cursor, table)
        for start in range(0, len(keys), _BATCH):
            part = keys[start : start + _BATCH]
            cursor.execute(
                sql.SQL(
                    "SELECT t.{key}::text, to_jsonb(t)::text FROM {table} t WHERE t.{key} = ANY(%s::{kind}[])"
                ).format(key=sql.Identifier(column), table=sql.Identifier(table), kind=sql.SQL(kind)),
                [part],
            )
            found = dict(cursor.fetchall())
            for key in part:
                reader.compare_row(table, key, found.get(key))


def _primary_key(cursor: Any, table: str) -> tuple[str, str]:
    cursor.execute(
        "SELECT a.attname, format_type(a.atttypid, NULL) FROM pg_index i"
        " JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]"
        " WHERE i.indrelid = to_regclass(%s) AND i.indisprimary",
        [table],
    )
    column, kind = cursor.fetchone()
    return column, kind


def chain_heads() -> list[Anchor]:
    """检查点: the head of each chain now, to be carried to a place the station's administrator cannot write."""
    rows = Event.objects.filter(position__isnull=False).order_by("chain", "-position").distinct("chain")
    return [Anchor(row.chain, row.position or 0, row.hash or "") for row in rows]
