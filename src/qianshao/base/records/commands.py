"""The only writers of the record: events, attachments, document numbers, runs of jobs."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import F

from qianshao.base.policy.rules.refusal import Refusal
from qianshao.base.records.models import Attachment, DocumentSequence, Event, JobRun
from qianshao.base.records.rules import Actor, attachment_path


def record_event(
    *,
    by: Actor,
    at: datetime,
    verb: str,
    subject: tuple[str, object],
    unit: str,
    payload: Mapping[str, Any] | None = None,
    rows: Sequence[tuple[str, object]] = (),
) -> int:
    """留痕: write one event inside the transaction of the act; the database seals it at commit.

    `subject` is (type, id); `rows` names every business row the act wrote as (table, primary key): their SHA-256 is
    taken at commit and the verifier takes it again. Returns the event's id. Must run inside `transaction.atomic()`,
    else `RuntimeError`: an event without its act proves nothing.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("record_event runs inside the transaction of the act it records")
    event = Event.objects.create(
        at=at,
        actor_id=by.account_id,
        actor_name=by.name,
        actor_role=by.role,
        unit=unit,
        verb=verb,
        subject_type=subject[0],
        subject_id=str(subject[1]),
        payload=dict(payload or {}),
        rows=[{"table": table, "pk": str(key)} for table, key in rows],
    )
    return event.pk


def next_document_number(*, kind: str, unit: str, year: int) -> int:
    """文书号: the next number of a kind, unit and year, without gaps: it counts only if the transaction commits."""
    with transaction.atomic():
        try:
            with transaction.atomic():
                row, _ = DocumentSequence.objects.select_for_update().get_or_create(
                    kind=kind, unit=unit, year=year
                )
        except IntegrityError:
            row = DocumentSequence.objects.select_for_update().get(kind=kind, unit=unit, year=year)
        row.last += 1
        row.save(update_fields=["last"])
    return row.last


def store_attachment(
    *, by: Actor, at: datetime, content: bytes, sha256: str, media_type: str, original_name: str, unit: str
) -> Attachment:
    """附件: put the bytes on disk (synced) and then the row. The same bytes twice are one attachment.

    Raises `Refusal` when the bytes do not have the hash that the sender named.
    """
    actual = hashlib.sha256(content).hexdigest()
    if actual != sha256.lower():
        raise Refusal("attachment_damaged", "附件在传输中损坏，请重新上传。", field="sha256", status=422)
    root = Path(settings.MEDIA_ROOT)
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    target = root / attachment_path(actual)
    if not target.exists():
        _write_synced(target, content)
    with transaction.atomic():
        row, fresh = Attachment.objects.get_or_create(
            sha256=actual,
            defaults={
                "media_type": media_type,
                "bytes": len(content),
                "original_name": original_name[:200],
                "unit": unit,
                "stored_by": by.account_id or 0,
                "stored_at": at,
            },
        )
        if fresh:
            record_event(
                by=by,
                at=at,
                verb="store_attachment",
                subject=("attachment", actual),
                unit=unit,
                rows=[("records_attachment", actual)],
            )
    return row


def _write_synced(target: Path, content: bytes) -> None:
    target.parent.mkdir(exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(target)
    except OSError as failure:
        Path(name).unlink(missing_ok=True)
        raise Refusal(
            "disk_full", "服务器存储空间不足，附件未保存。", remedy="请联系系统管理员。", status=507
        ) from failure
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def ask_job(
    *, task: str, key: str, arguments: Mapping[str, Any], by: Actor, at: datetime
) -> tuple[JobRun, bool]:
    """作业登记: note one background act under its business key; the second asker gets the first one's run.

    Returns (run, fresh). A failed run is asked again under the same key.
    """
    with transaction.atomic():
        run, fresh = JobRun.objects.select_for_update().get_or_create(
            task=task,
            key=key,
            defaults={
                "arguments": dict(arguments),
                "asked_by": by.account_id,
                "unit": by.unit,
                "asked_at": at,
            },
        )
        if not fresh and run.state == JobRun.State.FAILED:
            JobRun.objects.filter(pk=run.pk).update(state=JobRun.State.WAITING, failure="", asked_at=at)
            run.refresh_from_db()
            fresh = True
    return run, fresh


def claim_job(*, run_id: int, at: datetime) -> int | None:
    """领取作业: take the run and raise its fence; None when it is done already. Whoever held an older fence lost it."""
    with transaction.atomic():
        run = JobRun.objects.select_for_update().get(pk=run_id)
        if run.state == JobRun.State.DONE:
            return None
        run.state, run.heartbeat_at = JobRun.State.RUNNING, at
        run.fence += 1
        run.attempts += 1
        run.save()
        return run.fence


def beat_job(*, run_id: int, fence: int, at: datetime) -> bool:
    """心跳: say the run is alive; False when another holder has taken it."""
    return bool(
        JobRun.objects.filter(pk=run_id, fence=fence, state=JobRun.State.RUNNING).update(heartbeat_at=at)
    )


def finish_job(*, run_id: int, fence: int, result: Mapping[str, Any], at: datetime) -> None:
    """办结作业: inside the transaction of the effect. Raises `Refusal` when the fence is old, so the effect rolls back."""
    if not connection.in_atomic_block:
        raise RuntimeError("finish_job runs inside the transaction of the job's effect")
    done = JobRun.objects.filter(pk=run_id, fence=fence, state=JobRun.State.RUNNING).update(
        state=JobRun.State.DONE, result=dict(result), finished_at=at
    )
    if not done:
        raise Refusal("job_taken_over", "该作业已由另一进程接手，本次结果作废。")


def fail_job(*, run_id: int, fence: int, failure: str, at: datetime) -> None:
    """作业失败: keep the reason; nothing fails silently."""
    JobRun.objects.filter(pk=run_id, fence=fence).update(
        state=JobRun.State.FAILED, failure=failure[:2000], finished_at=at
    )


def release_stalled_jobs(*, silent_since: datetime) -> list[int]:
    """清扫停滞作业: runs without a heartbeat go back to waiting under a higher fence; returns their ids."""
    with transaction.atomic():
        stalled = list(
            JobRun.objects.select_for_update(skip_locked=True)
            .filter(state=JobRun.State.RUNNING, heartbeat_at__lt=silent_since)
            .values_list("pk", flat=True)
        )
        JobRun.objects.filter(pk__in=stalled).update(state=JobRun.State.WAITING, fence=F("fence") + 1)
    return stalled
