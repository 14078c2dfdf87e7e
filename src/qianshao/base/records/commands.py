"""The only writers of the record: events, attachments, document numbers, runs of jobs."""

from __future__ import annotations

import hashlib
import os
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from django.conf import settings
from django.db import DatabaseError, IntegrityError, InterfaceError, OperationalError, connection, transaction
from django.db.models import F
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.manager import JobManager
from procrastinate.tasks import configure_task

from qianshao.base.policy.rules.refusal import Refusal
from qianshao.base.records.models import Attachment, DocumentSequence, Event, JobRun
from qianshao.base.records.rules import Actor, attachment_path

Prepared = TypeVar("Prepared")


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
    """领取作业: take a waiting run, or one whose holder has been silent too long, and raise its fence.

    None when it is done, failed, or held by somebody alive. Whoever held an older fence has lost it.
    """
    with transaction.atomic():
        run = JobRun.objects.select_for_update().get(pk=run_id)
        silent = run.heartbeat_at is None or run.heartbeat_at < at - settings.JOB_PATIENCE
        if run.state != JobRun.State.WAITING and not (run.state == JobRun.State.RUNNING and silent):
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


def hand_to_queue(*, run_id: int, task: str) -> bool:
    """交付队列: one message per waiting run; False when one is waiting already. In the caller's transaction, if any."""
    try:
        with transaction.atomic():
            # By its own connector: a worker's connector belongs to the worker's event loop, and waits for ever elsewhere.
            queue = JobManager(DjangoConnector(alias="default"))
            configure_task(name=task, job_manager=queue, queueing_lock=f"{task}:{run_id}").defer(
                run_id=run_id
            )
    except AlreadyEnqueued:
        return False
    return True


def carry_out(
    *,
    run_id: int,
    clock: Callable[[], datetime],
    prepare: Callable[[], Prepared],
    effect: Callable[[Prepared], Mapping[str, Any]],
) -> bool:
    """办理作业: claim the run, `prepare` outside any transaction, then `effect` and finish in one; beat all the while.

    False when there is nothing to do or another holder took over, in which case nothing of the effect stays. A failure
    is kept with the run and raised, but for a lost database: then the run falls silent and is released by the sweeper.
    """
    fence = claim_job(run_id=run_id, at=clock())
    if fence is None:
        return False
    with _beating(run_id, fence, clock):
        try:
            prepared = prepare()
            with transaction.atomic():
                _die_with_the_holder()
                finish_job(run_id=run_id, fence=fence, result=effect(prepared), at=clock())
        except (OperationalError, InterfaceError):
            raise
        except Exception as failure:
            if isinstance(failure, Refusal) and failure.code == "job_taken_over":
                return False
            fail_job(run_id=run_id, fence=fence, failure=f"{type(failure).__name__}: {failure}", at=clock())
            raise
    return True


def _die_with_the_holder() -> None:
    """The server drops this transaction and its locks when its process is gone or asleep, so that nobody waits for it."""
    patience = int(settings.JOB_PATIENCE.total_seconds() * 1000)
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL idle_in_transaction_session_timeout = {patience}")
        cursor.execute(f"SET LOCAL client_connection_check_interval = {max(patience // 3, 1)}")


@contextmanager
def _beating(run_id: int, fence: int, clock: Callable[[], datetime]) -> Iterator[None]:
    over = threading.Event()

    def beat() -> None:
        while not over.wait(settings.JOB_PATIENCE.total_seconds() / 6):
            try:
                held = beat_job(run_id=run_id, fence=fence, at=clock())
            except DatabaseError:
                connection.close()
                continue
            if not held:
                break
        connection.close()

    heart = threading.Thread(target=beat, name=f"heart-{run_id}", daemon=True)
    heart.start()
    try:
        yield
    finally:
        over.set()
        heart.join()
