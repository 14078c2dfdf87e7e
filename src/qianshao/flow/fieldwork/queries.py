"""Reading the field work: an officer's day, visits with what was found, submissions that wait for a person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count

from qianshao.base.access.queries import within
from qianshao.base.access.rules import Scope
from qianshao.base.policy.rules.library import Duty
from qianshao.flow.duties import queries as duties
from qianshao.flow.fieldwork.models import CheckResult, Device, Dispute, Inspection, Submission
from qianshao.flow.fieldwork.rules.checklist import Item, Question, Task, merge_checklists
from qianshao.flow.planning.queries import plans as planning
from qianshao.flow.planning.queries.plans import VisitCard

_PROBLEMS_SHOWN = 5
_GAPS_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Problem:
    """上次不符合项."""

    found_on: date
    text: str
    note: str


@dataclass(frozen=True, slots=True)
class FieldVisit:
    """待进的门 with everything the phone needs."""

    card: VisitCard
    tasks: tuple[Task, ...]
    questions: tuple[Question, ...]
    last_problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class MissingRecords:
    """未到的记录: device numbers below the highest seen that never arrived."""

    device_id: str
    account_id: int
    missing: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class FieldDay:
    """今日检查 of an officer in route order."""

    on: date
    next_on: date | None
    visits: tuple[FieldVisit, ...]
    missing: tuple[MissingRecords, ...]


@dataclass(frozen=True, slots=True)
class ResultCard:
    """检查项结果 as shown."""

    obligation_id: int
    duty_code: str
    item_code: str
    text: str
    key: bool
    outcome: str
    note: str
    attachments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InspectionCard:
    """现场检查记录 as shown."""

    begun_at: datetime
    finished_at: datetime
    received_at: datetime
    conclusion: str
    note: str
    signatures: dict[str, str | None]
    party_refused_reason: str
    order_number: str
    results: tuple[ResultCard, ...]


@dataclass(frozen=True, slots=True)
class VisitFile:
    """一次进门 with its tasks and, once done, the inspection."""

    visit: FieldVisit
    inspection: InspectionCard | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """待人工处理: a held submission, a dispute, or records that never arrived."""

    kind: str
    id: str
    submission_id: str
    station_code: str
    visit_id: int | None
    account_id: int
    reason: str
    received_at: datetime


def tasks_of(*, scope: Scope, obligation_ids: Sequence[int], day: date) -> list[Task]:
    """随访事项 with their items: the duty's own in the version that the obligation notes; for a re-check, only what
    failed at the visit that its order came of."""
    rows = duties.rows_by_id(scope=scope, ids=obligation_ids)
    failed = _failed_items([row.origin_ref for row in rows if row.origin == "recheck"])
    askers = duties.asker_names({row.asked_by for row in rows})
    found = []
    for row in rows:
        duty = duty_of(row.duty_code, row.duty_version, day)
        items = _items(duty)
        if row.origin == "recheck":
            codes = failed[row.origin_ref, row.duty_code]
            items = tuple(item for item in items if item.code in codes)
        found.append(
            Task(
                obligation_id=row.pk,
                duty_code=row.duty_code,
                duty_name=duty.name if duty else row.duty_code,
                field=row.field,
                items=items,
                asked_by_name=askers[row.asked_by],
                origin=row.origin,
                origin_ref=row.origin_ref,
                state=row.state,
            )
        )
    return found


def duty_of(code: str, version: str, day: date) -> Duty | None:
    """检查事项 in a version; the one in force on `day` where it is the same."""
    current = duties.duties_on(day).get(code)
    if current is not None and current.version == version:
        return current
    return duties.duties_on(date.fromisoformat(version)).get(code)


def _items(duty: Duty | None) -> tuple[Item, ...]:
    if duty is None:
        return ()
    basis = "；".join(str(one) for one in duty.basis)
    return tuple(Item(one.code, one.text, basis, one.key, one.rectify_days) for one in duty.items)


def _failed_items(order_numbers: list[str]) -> dict[tuple[str, str], set[str]]:
    failed: dict[tuple[str, str], set[str]] = defaultdict(set)
    rows = CheckResult.objects.filter(
        inspection__order_number__in=[number for number in order_numbers if number],
        outcome=CheckResult.Outcome.FAIL,
    )
    for number, duty_code, item_code in rows.values_list(
        "inspection__order_number", "duty_code", "item_code"
    ):
        failed[number, duty_code].add(item_code)
    return failed


def field_day(*, scope: Scope, on: date) -> FieldDay:
    """今日检查 of the officer whose scope it is, from approved plans; empty for an account that is no officer."""
    missing = tuple(records_missing(scope=scope, account_id=scope.account_id))
    if scope.officer_id is None:
        return FieldDay(on=on, next_on=None, visits=(), missing=missing)
    cards = planning.officer_day(scope=scope, officer_id=scope.officer_id, on=on)
    return FieldDay(
        on=on,
        next_on=planning.next_day_of(scope=scope, officer_id=scope.officer_id, after=on),
        visits=tuple(_field_visits(cards, scope=scope, day=on)),
        missing=missing,
    )


def _field_visits(cards: Sequence[VisitCard], *, scope: Scope, day: date) -> list[FieldVisit]:
    ids = [one for card in cards for one in card.obligations]
    tasks = {task.obligation_id: task for task in tasks_of(scope=scope, obligation_ids=ids, day=day)}
    problems = _last_problems([card.entity_id for card in cards], scope=scope, day=day)
    found = []
    for card in cards:
        own = tuple(tasks[one] for one in card.obligations if one in tasks)
        found.append(
            FieldVisit(
                card=card,
                tasks=own,
                questions=tuple(merge_checklists(own)),
                last_problems=tuple(problems[card.entity_id][:_PROBLEMS_SHOWN]),
            )
        )
    return found


def _last_problems(entity_ids: list[int], *, scope: Scope, day: date) -> dict[int, list[Problem]]:
    problems: dict[int, list[Problem]] = defaultdict(list)
    rows = (
        CheckResult.objects.filter(
            within(scope, "inspection__station_id"),
            inspection__entity_id__in=entity_ids,
            outcome=CheckResult.Outcome.FAIL,
        )
        .select_related("inspection__visit", "obligation")
        .order_by("-inspection__received_at", "id")
    )
    for row in rows:
        done_on = row.inspection.visit.done_on or row.inspection.visit.visit_on
        text = _text(row, day)
        problems[row.inspection.entity_id].append(Problem(found_on=done_on, text=text, note=row.note))
    return problems


def _text(row: CheckResult, day: date) -> str:
    duty = duty_of(row.duty_code, row.obligation.duty_version, day)
    return next((one.text for one in duty.items if one.code == row.item_code), row.item_code) if duty else ""


def visit_file(*, scope: Scope, visit_id: int, day: date) -> VisitFile | None:
    """一次进门 by number with everything found there, or None outside the scope."""
    card = planning.visit(scope=scope, visit_id=visit_id)
    if card is None:
        return None
    row = Inspection.objects.filter(within(scope), pk=visit_id).first()
    visit = _field_visits([card], scope=scope, day=day)[0]
    return VisitFile(visit=visit, inspection=_inspection_card(row, visit.tasks) if row else None)


def _inspection_card(row: Inspection, tasks: Sequence[Task]) -> InspectionCard:
    items = {(task.obligation_id, item.code): item for task in tasks for item in task.items}
    results = []
    for one in CheckResult.objects.filter(inspection=row).order_by("id"):
        item = items.get((one.obligation_id, one.item_code))
        results.append(
            ResultCard(
                obligation_id=one.obligation_id,
                duty_code=one.duty_code,
                item_code=one.item_code,
                text=item.text if item else one.item_code,
                key=item.key if item else False,
                outcome=one.outcome,
                note=one.note,
                attachments=tuple(one.attachments),
            )
        )
    return InspectionCard(
        begun_at=row.begun_at,
        finished_at=row.finished_at,
        received_at=row.received_at,
        conclusion=row.conclusion,
        note=row.note,
        signatures=row.signatures,
        party_refused_reason=row.party_refused_reason,
        order_number=row.order_number,
        results=tuple(results),
    )


def problems_found(*, scope: Scope, origin_ref: str) -> dict[str, tuple[int, int]]:
    """发现的问题 at checks of one origin, by station of the scope: doors where an item failed, and failed items."""
    rows = CheckResult.objects.filter(
        within(scope, "inspection__station_id"),
        obligation__origin_ref=origin_ref,
        outcome=CheckResult.Outcome.FAIL,
    )
    counted = rows.values("inspection__station_id").annotate(
        doors=Count("inspection__entity_id", distinct=True), items=Count("id")
    )
    return {row["inspection__station_id"]: (row["doors"], row["items"]) for row in counted.order_by()}


def records_missing(*, scope: Scope, account_id: int | None = None) -> list[MissingRecords]:
    """未到的记录 per device: numbers that the phone gave out and the server never saw (BARS R6)."""
    devices = Device.objects.filter(
        pk__in=Submission.objects.filter(within(scope)).values("device_id")
    ).order_by("pk")
    if account_id is not None:
        devices = devices.filter(account_id=account_id)
    found = []
    for device in devices:
        seen = set(Submission.objects.filter(device=device).values_list("device_seq", flat=True))
        if len(seen) < device.last_seq:
            gaps = (number for number in range(1, device.last_seq + 1) if number not in seen)
            missing = tuple(number for number, _ in zip(gaps, range(_GAPS_SHOWN), strict=False))
            found.append(MissingRecords(device.pk, device.account_id, missing))
    return found


def waiting_for_a_person(*, scope: Scope, limit: int = 200) -> list[Waiting]:
    """争议与待处理 of the scope, newest first: disputes not settled, submissions held, records that never arrived."""
    disputes = Dispute.objects.filter(within(scope), settled_at=None).order_by("-id")[:limit]
    held = Submission.objects.filter(within(scope), state=Submission.State.HELD).order_by("-received_at")[
        :limit
    ]
    found = [
        Waiting(
            kind="disputed",
            id=str(one.pk),
            submission_id=str(one.submission_id),
            station_code=one.station_id,
            visit_id=one.body.get("visit_id"),
            account_id=one.account_id,
            reason=one.reason,
            received_at=one.received_at,
        )
        for one in disputes
    ]
    found += [
        Waiting(
            kind="held",
            id=str(one.pk),
            submission_id=str(one.pk),
            station_code=one.station_id,
            visit_id=one.visit_id,
            account_id=one.account_id,
            reason=one.held_reason,
            received_at=one.received_at,
        )
        for one in held
    ]
    return sorted(found, key=lambda one: one.received_at, reverse=True)
