"""Reading the record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from qianshao.base.records.models import Attachment, Event, JobRun
from qianshao.base.records.rules import attachment_path


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
    return list(JobRun.objects.filter(state=JobRun.State.WAITING).order_by("asked_at").values_list("pk", "task"))
