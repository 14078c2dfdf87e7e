"""Taking in what the phone hands in. Nothing that arrives is lost: it is accepted, held for a person, or disputed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Greatest
from django.utils import timezone

from qianshao.base.access.queries import within
from qianshao.base.access.rules import Scope
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.base.records import queries as records
from qianshao.base.records.commands import record_event, store_attachment
from qianshao.base.records.rules import Actor
from qianshao.flow.fieldwork.models import CheckResult, Device, Dispute, Inspection, Submission
from qianshao.flow.fieldwork.queries import tasks_of
from qianshao.flow.fieldwork.rules.checklist import Task, check_answers
from qianshao.flow.fieldwork.rules.envelope import (
    SCHEMA_VERSION,
    Envelope,
    EnvelopeHead,
    done_day,
    named_attachments,
    read_envelope,
    read_head,
)
from qianshao.flow.fieldwork.rules.pictures import media_type_of
from qianshao.flow.planning.queries import plans as planning

Receipt = dict[str, Any]
Row = TypeVar("Row", Submission, Dispute)


@dataclass(frozen=True, slots=True)
class Acceptance:
    """接收结果: either the receipt is final (`receipt`: repeated, disputed, held), or the inspection is written and its
    consequences are the caller's to draw in the same transaction, before `seal_receipt`."""

    submission_id: str
    receipt: Receipt | None = None
    envelope: Envelope | None = None
    visit: planning.VisitCard | None = None
    tasks: Sequence[Task] = ()
    done_on: date | None = None
    rows: Sequence[tuple[str, object]] = ()


@dataclass(frozen=True, slots=True)
class KeptPicture:
    """附件 on disk."""

    sha256: str
    media_type: str
    bytes: int


def accept_submission(
    *, by: Actor, at: datetime, on: date, scope: Scope, raw: Mapping[str, Any]
) -> Acceptance:
    """接收提交 inside the caller's transaction.

    Same id and same body: the same receipt. Same id and another body, or a device number used twice: stored as a
    dispute. Written for an older version of the visit, by somebody outside its team, in an unknown format, or for a
    visit already done: held for a person. Raises `Refusal` for what is damaged, incomplete (食品生产经营监督检查管理办法
    第二十七条) or names attachments that are not on disk.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("accept_submission runs inside the transaction that draws the consequences")
    head = read_head(raw)
    visit = planning.visit(scope=scope, visit_id=head.visit_id)
    if visit is None:
        raise Refusal("not_found", "没有找到这次检查。", status=404)
    attachments = _present_attachments(raw)
    _greet_device(head, by=by, at=at)
    submission, receipt = _store(head, raw, visit=visit, by=by, at=at, attachments=attachments)
    if submission is None:
        return Acceptance(submission_id=str(head.id), receipt=receipt)
    reason = _reason_to_hold(head, visit, scope)
    tasks: Sequence[Task] = ()
    if not reason:
        tasks = tasks_of(scope=scope, obligation_ids=visit.obligations, day=on)
        if any(task.state != "open" for task in tasks):
            reason = "本次检查的事项已有办结或取消的，请核对。"
    if reason:
        return _hold(submission, reason, by=by, attachments=attachments)
    envelope = read_envelope(raw)
    check_answers(envelope, tasks)
    done_on = done_day(on, timezone.localdate(envelope.finished_at))
    rows = _write_inspection(submission, envelope, visit)
    if rows is None:
        return _hold(submission, "本次检查已有记录，请核对两份记录。", by=by, attachments=attachments)
    return Acceptance(
        submission_id=str(head.id), envelope=envelope, visit=visit, tasks=tasks, done_on=done_on, rows=rows
    )


def release_held(*, submission_id: str, opinion: str, at: datetime, on: date, scope: Scope) -> Acceptance:
    """录入暂存的提交 inside the caller's transaction: a person has looked, so that an older version of the visit or somebody
    outside its team no longer stands against it. The caller draws the consequences, as after `accept_submission`.
    Raises `Refusal`: not found, no opinion, a format nobody reads, a visit or check settled meanwhile."""
    submission = _waiting(
        Submission.objects.filter(within(scope), state=Submission.State.HELD), submission_id
    )
    visit = planning.visit(scope=scope, visit_id=submission.visit_id or 0)
    if submission.schema_version != SCHEMA_VERSION or submission.kind != "visit":
        raise Refusal("cannot_take_in", "服务器读不懂这种格式的记录，请升级后再试。")
    tasks = tasks_of(scope=scope, obligation_ids=visit.obligations, day=on) if visit else ()
    if visit is None or visit.state != "planned" or any(task.state != "open" for task in tasks):
        raise Refusal("cannot_take_in", "该次检查或其中的事项已办结或取消，不能再录入这一份。")
    envelope = read_envelope(submission.body)
    check_answers(envelope, tasks)
    rows = _write_inspection(submission, envelope, visit)
    if rows is None:
        raise Refusal("cannot_take_in", "该次检查已有记录，不能再录入这一份。")
    _settle(submission, opinion=opinion, at=at)
    submission.state = Submission.State.ACCEPTED
    submission.save()
    return Acceptance(
        submission_id=str(submission.pk),
        envelope=envelope,
        visit=visit,
        tasks=tasks,
        done_on=done_day(on, timezone.localdate(envelope.finished_at)),
        rows=rows,
    )


def dismiss_waiting(*, kind: str, number: str, opinion: str, by: Actor, at: datetime, scope: Scope) -> None:
    """不予录入 a held submission (`kind` held) or the second body of a disputed one (disputed): it stays as received, with
    the opinion. Raises `Refusal`: not found or settled already, no opinion."""
    with transaction.atomic():
        row: Submission | Dispute
        if kind == "held":
            row = _waiting(Submission.objects.filter(within(scope), state=Submission.State.HELD), number)
            row.state = Submission.State.DISMISSED
        else:
            row = _waiting(Dispute.objects.filter(within(scope), settled_at=None), number)
        _settle(row, opinion=opinion, at=at)
        row.save()
        record_event(
            by=by,
            at=at,
            verb="dismiss_submission",
            subject=("submission", row.pk if isinstance(row, Submission) else row.submission_id),
            unit=row.station_id,
            payload={"kind": kind, "opinion": opinion},
            rows=[(row._meta.db_table, row.pk)],
        )


def _waiting(rows: QuerySet[Row], number: str) -> Row:
    try:
        found = rows.select_for_update().filter(pk=number).first()
    except (ValueError, ValidationError):
        found = None
    if found is None:
        raise Refusal("not_found", "没有找到这份待处理的提交，可能已由他人处理。", status=404)
    return found


def _settle(row: Submission | Dispute, *, opinion: str, at: datetime) -> None:
    if not opinion.strip():
        raise Refusal("opinion_needed", "请写明处理意见。", field="opinion", status=422)
    row.settled_at, row.settlement = at, opinion.strip()


def seal_receipt(
    *, submission_id: str, event_index: int, orders: Sequence[Mapping[str, str]], order_number: str = ""
) -> Receipt:
    """出具回执: the answer that the phone checks before it forgets the record. Same transaction as the acceptance."""
    submission = Submission.objects.get(pk=submission_id)
    receipt = _receipt(
        submission,
        state=submission.state,
        attachments=named_attachments(submission.body),
        event_index=event_index,
        orders=orders,
    )
    submission.receipt = receipt
    submission.save(update_fields=["receipt"])
    if order_number:
        Inspection.objects.filter(submission=submission).update(order_number=order_number)
    return receipt


def keep_picture(*, by: Actor, at: datetime, content: bytes, sha256: str, original_name: str) -> KeptPicture:
    """保存照片 of a check or of a signature, byte for byte as taken; only whole JPEG, PNG and WebP pictures."""
    media_type = media_type_of(content)
    stored = store_attachment(
        by=by,
        at=at,
        content=content,
        sha256=sha256,
        media_type=media_type,
        original_name=original_name,
        unit=by.unit,
    )
    return KeptPicture(sha256=stored.sha256, media_type=stored.media_type, bytes=stored.bytes)


def _present_attachments(raw: Mapping[str, Any]) -> list[str]:
    named = named_attachments(raw)
    missing = set(named) - records.attachments_present(sha256s=named)
    if missing:
        raise Refusal(
            "attachments_missing",
            f"有 {len(missing)} 个附件尚未上传到服务器，请先上传。",
            remedy="手机会自动补传后重发，记录仍保存在手机中。",
            field=sorted(missing)[0],
        )
    return named


def _greet_device(head: EnvelopeHead, *, by: Actor, at: datetime) -> None:
    Device.objects.get_or_create(
        id=head.device_id, defaults={"account_id": by.account_id or 0, "seen_at": at}
    )


def _store(
    head: EnvelopeHead,
    raw: Mapping[str, Any],
    *,
    visit: planning.VisitCard,
    by: Actor,
    at: datetime,
    attachments: list[str],
) -> tuple[Submission | None, Receipt]:
    """A new submission, or None and the receipt of what stands under its id. The unique keys decide, also between
    two senders at the same instant: the second waits for the first and finds its row."""
    try:
        with transaction.atomic():
            submission = Submission.objects.create(
                id=head.id,
                schema_version=head.schema_version,
                kind=head.kind,
                device_id=head.device_id,
                device_seq=head.device_seq,
                base_version=head.base_version,
                account_id=by.account_id or 0,
                station_id=visit.station_code,
                visit_id=visit.id,
                body=dict(raw),
                body_sha256=head.body_sha256,
                received_at=at,
                state=Submission.State.ACCEPTED,
            )
    except IntegrityError:
        earlier = Submission.objects.filter(pk=head.id).first()
        if earlier is not None and earlier.body_sha256 == head.body_sha256:
            return None, earlier.receipt
        reason = "same_id_other_body" if earlier is not None else "device_number_reused"
        return None, _dispute(head, raw, reason=reason, visit=visit, by=by, at=at, attachments=attachments)
    Device.objects.filter(pk=head.device_id).update(
        account_id=by.account_id or 0, seen_at=at, last_seq=Greatest(F("last_seq"), head.device_seq)
    )
    return submission, {}


def _dispute(
    head: EnvelopeHead,
    raw: Mapping[str, Any],
    *,
    reason: str,
    visit: planning.VisitCard,
    by: Actor,
    at: datetime,
    attachments: list[str],
) -> Receipt:
    dispute, fresh = Dispute.objects.get_or_create(
        submission_id=head.id,
        body_sha256=head.body_sha256,
        defaults={
            "body": dict(raw),
            "account_id": by.account_id or 0,
            "station_id": visit.station_code,
            "reason": reason,
            "received_at": at,
        },
    )
    if fresh:
        event = record_event(
            by=by,
            at=at,
            verb="raise_dispute",
            subject=("submission", head.id),
            unit=visit.station_code,
            payload={"reason": reason, "body_sha256": head.body_sha256, "visit_id": visit.id},
            rows=[("fieldwork_dispute", dispute.pk)],
        )
        dispute.receipt = _receipt(
            dispute, state="disputed", attachments=attachments, event_index=event, orders=()
        )
        dispute.save(update_fields=["receipt"])
    return dict(dispute.receipt)


def _reason_to_hold(head: EnvelopeHead, visit: planning.VisitCard, scope: Scope) -> str:
    """Why a person must look first; empty when nothing stands against it."""
    reasons = [
        (
            head.schema_version != SCHEMA_VERSION or head.kind != "visit",
            f"记录格式（{head.kind} {head.schema_version}）与服务器不同。",
        ),
        (visit.state == "done", "本次检查已有记录，请核对两份记录。"),
        (visit.state == "cancelled", "本次检查已取消。"),
        (
            head.base_version != visit.version,
            f"检查安排已由第 {head.base_version} 版变更为第 {visit.version} 版。",
        ),
        (scope.officer_id not in visit.officer_ids, "提交人不在本次检查的检查人员之中。"),
    ]
    return next((reason for found, reason in reasons if found), "")


def _hold(submission: Submission, reason: str, *, by: Actor, attachments: list[str]) -> Acceptance:
    submission.state, submission.held_reason = Submission.State.HELD, reason
    event = record_event(
        by=by,
        at=submission.received_at,
        verb="hold_submission",
        subject=("submission", submission.pk),
        unit=submission.station_id,
        payload={"reason": reason, "visit_id": submission.visit_id},
        rows=[("fieldwork_submission", submission.pk)],
    )
    submission.receipt = _receipt(
        submission, state="held", attachments=attachments, event_index=event, orders=()
    )
    submission.save(update_fields=["state", "held_reason", "receipt"])
    return Acceptance(submission_id=str(submission.pk), receipt=submission.receipt)


def _receipt(
    stored: Submission | Dispute,
    *,
    state: str,
    attachments: list[str],
    event_index: int,
    orders: Sequence[Mapping[str, str]],
) -> Receipt:
    return {
        "submission_id": str(stored.pk if isinstance(stored, Submission) else stored.submission_id),
        "body_sha256": stored.body_sha256,
        "attachments": attachments,
        "event_index": event_index,
        "received_at": stored.received_at.isoformat(),
        "state": state,
        "reason": stored.held_reason if isinstance(stored, Submission) else stored.reason,
        "orders": [dict(order) for order in orders],
    }


def _write_inspection(
    submission: Submission, envelope: Envelope, visit: planning.VisitCard
) -> list[tuple[str, object]] | None:
    """Inspection and results; the rows written, or None when the visit already has an inspection."""
    signed = envelope.signatures
    try:
        with transaction.atomic():
            inspection = Inspection.objects.create(
                visit_id=visit.id,
                submission=submission,
                entity_id=visit.entity_id,
                station_id=visit.station_code,
                begun_at=envelope.begun_at,
                finished_at=envelope.finished_at,
                received_at=submission.received_at,
                conclusion=envelope.conclusion,
                note=envelope.note,
                signatures=signed.model_dump(include={"officer", "second_officer", "party"}),
                party_refused_reason=signed.party_refused_reason,
                position=envelope.position.model_dump() if envelope.position else None,
            )
    except IntegrityError:
        return None
    results = CheckResult.objects.bulk_create(
        CheckResult(
            inspection=inspection,
            obligation_id=answer.obligation_id,
            duty_code=answer.duty_code,
            item_code=answer.item_code,
            outcome=answer.outcome,
            note=answer.note,
            attachments=answer.attachments,
        )
        for answer in envelope.results
    )
    return [
        ("fieldwork_submission", submission.pk),
        ("fieldwork_inspection", inspection.pk),
        *(("fieldwork_check_result", result.pk) for result in results),
    ]
