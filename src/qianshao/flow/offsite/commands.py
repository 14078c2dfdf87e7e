"""非现场办结: a check answered by documents or data; the visit that was to carry it is let go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from qianshao.base.access.rules import Scope
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.base.records.commands import record_event
from qianshao.base.records.queries import attachments_present
from qianshao.base.records.rules import Actor
from qianshao.base.stations.queries import officers
from qianshao.flow.duties.commands.keeping import satisfy_obligations
from qianshao.flow.duties.queries import duties_on, rows_by_id
from qianshao.flow.offsite.models import OffsiteCheck
from qianshao.flow.offsite.rules import BASIS, check_competence, check_record, obstacle
from qianshao.flow.planning.commands.joining import release_check


@dataclass(frozen=True, slots=True)
class Evidence:
    """核查依据: how it was looked into, the document or data set and row, pictures by hash, what was found."""

    method: str
    reference: str
    attachments: Sequence[str]
    conclusion: str
    note: str
    checked_on: date


def meet_offsite(
    *, obligation_id: int, evidence: Evidence, scope: Scope, by: Actor, at: datetime, today: date
) -> OffsiteCheck:
    """非现场办结 one open check. Met: it is done, and the visit that was to carry it no longer does; a visit that carried nothing
    else is cancelled. Not met: only the record is kept, and the check stays owed at the door.

    Raises `Refusal`: not found, settled, a re-check, a duty that does not allow it, no evidence, pictures that are not on disk, an
    officer without the competence. Nothing is written then.
    """
    check_record(
        reference=evidence.reference,
        attachments=evidence.attachments,
        conclusion=evidence.conclusion,
        note=evidence.note,
        checked_on=evidence.checked_on,
        today=today,
    )
    with transaction.atomic():
        row = next(iter(rows_by_id(scope=scope, ids=[obligation_id])), None)
        if row is None:
            raise Refusal("not_found", "没有找到这项检查。", status=404)
        duty = duties_on(today).get(row.duty_code)
        if against := obstacle(offsite=duty.offsite if duty else "", origin=row.origin, state=row.state):
            raise Refusal("not_offsite", against, basis=BASIS, remedy="请安排现场检查。")
        _refuse_incompetent(row.competence, scope, today)
        _refuse_missing(evidence.attachments)
        record = OffsiteCheck.objects.create(
            obligation=row,
            entity_id=row.entity_id,
            station_id=row.station_id,
            duty_code=row.duty_code,
            field=row.field,
            method=evidence.method,
            reference=evidence.reference.strip(),
            attachments=sorted(set(evidence.attachments)),
            conclusion=evidence.conclusion,
            note=evidence.note.strip(),
            checked_on=evidence.checked_on,
            recorded_at=at,
            recorded_by=by.account_id,
            recorded_name=by.name,
        )
        rows: list[tuple[str, object]] = [("offsite_check", record.pk)]
        if evidence.conclusion == OffsiteCheck.Conclusion.MET:
            rows += _meet(record, scope, today)
        record_event(
            by=by,
            at=at,
            verb="meet_offsite",
            subject=("entity", row.entity_id),
            unit=row.station_id,
            payload={
                "duty": row.duty_code,
                "method": evidence.method,
                "conclusion": evidence.conclusion,
                "visit": record.released_visit,
            },
            rows=rows,
        )
    return record


def _meet(record: OffsiteCheck, scope: Scope, today: date) -> list[tuple[str, object]]:
    """The check is done and leaves its visit. Returns the rows written."""
    satisfy_obligations(
        ids=[record.obligation_id], done_on=record.checked_on, done_ref=f"offsite:{record.pk}"
    )
    written: list[tuple[str, object]] = [("duties_obligation", record.obligation_id)]
    released = release_check(obligation=record.obligation_id, scope=scope, today=today)
    if released is None:
        return written
    if released.cancelled:
        record.released_visit = released.visit_id
        record.save(update_fields=["released_visit"])
    return [*written, ("planning_month_plan", released.plan_id)]


def _refuse_incompetent(competence: str, scope: Scope, today: date) -> None:
    """Who signs in as an officer answers for the check; a bureau's head without a certificate answers for its evidence."""
    if scope.officer_id is None:
        return
    own = next((one for one in officers(prefix=scope.prefix) if one.id == scope.officer_id), None)
    if own is None:
        raise Refusal("no_competence", "没有找到本人的执法人员登记，不能办理核查。", status=403)
    check_competence(
        competence=competence,
        competences=own.competences,
        certificate_expires_on=own.certificate_expires_on,
        today=today,
    )


def _refuse_missing(attachments: Sequence[str]) -> None:
    missing = set(attachments) - attachments_present(sha256s=list(attachments))
    if missing:
        raise Refusal(
            "attachments_missing",
            f"有 {len(missing)} 个附件尚未上传到服务器，请先上传。",
            field=sorted(missing)[0],
        )
