"""What comes of a visit: orders to rectify, re-checks, and what a re-check makes of its order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from qianshao.base.access.rules import Scope
from qianshao.base.policy.rules.library import load_parameters
from qianshao.base.records.commands import next_document_number, record_event
from qianshao.base.records.rules import Actor
from qianshao.base.stations.queries import officers
from qianshao.flow.cases.models import RectificationOrder
from qianshao.flow.cases.rules import read_numbering, recheck_window, rectification_due, settled_state
from qianshao.flow.draws.commands import results as draws
from qianshao.flow.draws.rules.results import result_of
from qianshao.flow.duties import queries as duty_queries
from qianshao.flow.duties.commands import keeping as duties
from qianshao.flow.fieldwork import commands as fieldwork
from qianshao.flow.fieldwork.rules.checklist import ABSENT, Item, Task, failed_items
from qianshao.flow.fieldwork.rules.envelope import Answer
from qianshao.flow.planning.commands import running as planning
from qianshao.flow.planning.queries.plans import VisitCard

Rows = list[tuple[str, object]]
Failure = tuple[Task, Item, Answer]


def receive_visit_submission(
    *, by: Actor, at: datetime, on: date, scope: Scope, raw: Mapping[str, Any]
) -> fieldwork.Receipt:
    """接收现场检查: one transaction from the envelope to the order, one event over all rows, then the receipt.

    The inspection is stored, the visit and its obligations are done, failed items become a 责令改正 with a due day and a
    re-check, a re-check closes its order or escalates it. Raises `Refusal` as `fieldwork.commands.accept_submission` does.
    """
    with transaction.atomic():
        accepted = fieldwork.accept_submission(by=by, at=at, on=on, scope=scope, raw=raw)
        if accepted.receipt is not None:
            return accepted.receipt
        return _draw_consequences(accepted, by=by, at=at, scope=scope)


def take_in_held(
    *, submission_id: str, opinion: str, by: Actor, at: datetime, on: date, scope: Scope
) -> fieldwork.Receipt:
    """录入暂存的提交 after a person looked: the same consequences as if it had been accepted at once, under that person's name.

    Raises `Refusal` as `fieldwork.commands.release_held` does; then it waits as before.
    """
    with transaction.atomic():
        released = fieldwork.release_held(
            submission_id=submission_id, opinion=opinion, at=at, on=on, scope=scope
        )
        return _draw_consequences(released, by=by, at=at, scope=scope, opinion=opinion)


def _draw_consequences(
    accepted: fieldwork.Acceptance, *, by: Actor, at: datetime, scope: Scope, opinion: str = ""
) -> fieldwork.Receipt:
    """From the inspection to the order: one event over all rows, then the receipt. Runs inside the caller's transaction."""
    visit, envelope, done_on = accepted.visit, accepted.envelope, accepted.done_on
    if visit is None or envelope is None or done_on is None:
        raise RuntimeError("an acceptance without a receipt carries its inspection")
    rows: Rows = list(accepted.rows)
    planning.mark_visited(visit_id=visit.id, done_on=done_on)
    rows.append(("planning_visit", visit.id))
    rows += _settle_obligations(accepted.tasks, conclusion=envelope.conclusion, visit_id=visit.id, on=done_on)
    failures = failed_items(envelope, accepted.tasks)
    settled = _settle_rechecks(
        accepted.tasks, failures, conclusion=envelope.conclusion, scope=scope, on=done_on
    )
    rows += [("cases_rectification_order", one.pk) for one in settled]
    rows += _report_back(visit, accepted.tasks, failures, settled, envelope.conclusion, done_on)
    fresh = [one for one in failures if one[0].origin != "recheck"]
    order, written = (
        order_rectification(fresh=fresh, visit=visit, on=done_on)
        if fresh and envelope.conclusion == "order_to_rectify"
        else ((), [])
    )
    rows += written
    event = record_event(
        by=by,
        at=at,
        verb="receive_visit",
        subject=("visit", visit.id),
        unit=visit.station_code,
        payload={
            "submission_id": accepted.submission_id,
            "entity_id": visit.entity_id,
            "conclusion": envelope.conclusion,
            "orders": [one.number for one in (*settled, *order)],
        }
        | ({"opinion": opinion} if opinion else {}),
        rows=rows,
    )
    return fieldwork.seal_receipt(
        submission_id=accepted.submission_id,
        event_index=event,
        orders=[_on_receipt(one) for one in (*order, *settled)],
        order_number=order[0].number if order else "",
    )


def _report_back(
    visit: VisitCard,
    tasks: Sequence[Task],
    failures: Sequence[Failure],
    settled: Sequence[RectificationOrder],
    conclusion: str,
    on: date,
) -> Rows:
    """What the drawn checks came to, told to the draw that asked for them; and what an order closed now has put right."""
    failed = {task.obligation_id for task, _, _ in failures}
    found = {
        task.obligation_id: result_of(conclusion, task.obligation_id in failed)
        for task in tasks
        if task.origin == "draw"
    }
    went = set(visit.officer_ids)
    numbers = (
        [one.certificate_no for one in officers(prefix=visit.station_code) if one.id in went] if found else []
    )
    rows = draws.report_results(
        results={number: result for number, result in found.items() if result},
        formed_on=on,
        done_ref=f"visit:{visit.id}",
        officers=numbers,
    )
    for order in settled:
        if order.state == RectificationOrder.State.CLOSED:
            rows += draws.correct_results(done_ref=f"visit:{order.inspection_id}", on=on)
    return rows


def _on_receipt(order: RectificationOrder) -> dict[str, str]:
    return {"number": order.number, "due_on": order.due_on.isoformat(), "state": order.state}


def _settle_obligations(tasks: Sequence[Task], *, conclusion: str, visit_id: int, on: date) -> Rows:
    """Checked: met. Out of business: cancelled with the reason. Not found or refused: still owed."""
    ids = [task.obligation_id for task in tasks]
    if conclusion not in ABSENT:
        duties.satisfy_obligations(ids=ids, done_on=on, done_ref=f"visit:{visit_id}")
        return [("duties_obligation", one) for one in ids]
    planning.release_tasks(visit_id=visit_id)
    if conclusion == "not_operating":
        duties.cancel_obligations(ids=ids, reason=f"现场检查：未开展经营活动（检查 {visit_id}）")
        return [("duties_obligation", one) for one in ids]
    return []


def _settle_rechecks(
    tasks: Sequence[Task], failures: Sequence[Failure], *, conclusion: str, scope: Scope, on: date
) -> list[RectificationOrder]:
    """复查: an order whose re-checks all passed is closed; one with a failed re-check is escalated (转调查)."""
    numbers = sorted({task.origin_ref for task in tasks if task.origin == "recheck"})
    if not numbers or conclusion in ABSENT:
        return []
    failed = {task.origin_ref for task, _, _ in failures if task.origin == "recheck"}
    settled = []
    orders = RectificationOrder.objects.select_for_update().order_by("pk")
    for order in orders.filter(number__in=numbers, state=RectificationOrder.State.OPEN):
        rechecks = duty_queries.rows_by_id(scope=scope, ids=order.recheck_ids)
        state = settled_state([(one.state == "done", order.number in failed) for one in rechecks])
        if state == RectificationOrder.State.OPEN:
            continue
        order.state = RectificationOrder.State(state)
        order.closed_on = on if state == RectificationOrder.State.CLOSED else None
        order.save(update_fields=["state", "closed_on"])
        settled.append(order)
    return settled


def order_rectification(
    *, fresh: Sequence[Failure], visit: VisitCard, on: date
) -> tuple[tuple[RectificationOrder, ...], Rows]:
    """责令改正 for the failed items of one visit, with one re-check per duty. Runs inside the visit's transaction.

    Returns the order and the rows written. Raises `PolicyError` for a district without a document character.
    """
    unit = visit.station_code[:6]
    due_on = rectification_due(on, [item.rectify_days for _, item, _ in fresh])
    numbering = read_numbering(Path(settings.POLICY_DIR), "rectification_order")
    sequence = next_document_number(kind="rectification_order", unit=unit, year=on.year)
    order = RectificationOrder.objects.create(
        number=numbering.number(unit, on.year, sequence),
        entity_id=visit.entity_id,
        station_id=visit.station_code,
        inspection_id=visit.id,
        items=[_ordered_item(*one) for one in fresh],
        ordered_on=on,
        due_on=due_on,
    )
    parameters = load_parameters(Path(settings.POLICY_DIR), "rectification", on)
    rechecks = []
    for task in {one.obligation_id: one for one, _, _ in fresh}.values():
        window = recheck_window(task.field, due_on, parameters)
        rechecks.append(
            duties.add_obligation(
                like=task.obligation_id,
                origin="recheck",
                origin_ref=order.number,
                release_on=window.release_on,
                due_on=window.due_on,
            )
        )
    first = min(rechecks, key=lambda one: (one.due_on, one.pk))
    order.recheck, order.recheck_ids = first, [one.pk for one in rechecks]
    order.save(update_fields=["recheck", "recheck_ids"])
    written: Rows = [("cases_rectification_order", order.pk)]
    return (order,), written + [("duties_obligation", one.pk) for one in rechecks]


def _ordered_item(task: Task, item: Item, answer: Answer) -> dict[str, Any]:
    return {
        "duty_code": task.duty_code,
        "duty_name": task.duty_name,
        "item_code": item.code,
        "text": item.text,
        "basis": item.basis,
        "note": answer.note,
        "key": item.key,
        "rectify_days": item.rectify_days,
        "attachments": list(answer.attachments),
    }
