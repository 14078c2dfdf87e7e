"""An officer hands in a visit; everything that follows happens once, together, or not at all."""

from __future__ import annotations

import threading
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from qianshao.base.access.rules import Scope
from qianshao.base.access.tests.factories import LISHUI, make_account
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.base.records.models import Event
from qianshao.base.records.queries import verify_record
from qianshao.base.records.rules import Actor, attachment_path
from qianshao.flow.cases.commands import receive_visit_submission, take_in_held
from qianshao.flow.cases.models import RectificationOrder
from qianshao.flow.cases.tests.factories import (
    AT,
    TODAY,
    Team,
    envelope_for,
    hand_in,
    make_door,
    make_team,
    make_visit,
    tasks_at,
)
from qianshao.flow.duties.models import Obligation
from qianshao.flow.duties.tests.factories import make_obligation
from qianshao.flow.fieldwork.commands import dismiss_waiting
from qianshao.flow.fieldwork.models import CheckResult, Device, Dispute, Inspection, Submission
from qianshao.flow.fieldwork.queries import records_missing, waiting_for_a_person
from qianshao.flow.fieldwork.tests.factories import sealed
from qianshao.flow.planning.models import Visit, VisitTask
from qianshao.flow.registry.tests.factories import make_entity

pytestmark = pytest.mark.django_db


@pytest.fixture
def team(tmp_path: Path, settings: Any) -> Team:
    settings.MEDIA_ROOT = tmp_path
    return make_team()


def changed(raw: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return sealed({key: value for key, value in raw.items() if key != "body_sha256"} | changes)


def test_a_visit_without_problems_meets_its_obligations(team: Team) -> None:
    visit = make_door(team)
    raw = envelope_for(visit, team)
    receipt = hand_in(raw, team)
    obligation = Obligation.objects.get()
    visit.refresh_from_db()
    assert (receipt["state"], receipt["orders"], receipt["body_sha256"]) == (
        "accepted",
        [],
        raw["body_sha256"],
    )
    assert sorted(receipt["attachments"]) == sorted(
        [raw["signatures"]["officer"], raw["signatures"]["party"]]
    )
    assert (obligation.state, obligation.done_on, obligation.done_ref) == ("done", TODAY, f"visit:{visit.pk}")
    assert (visit.state, visit.done_on) == ("done", TODAY)
    assert CheckResult.objects.filter(outcome="pass").count() == len(raw["results"])
    assert RectificationOrder.objects.count() == 0


def test_a_failed_item_becomes_an_order_with_a_number_a_day_and_a_recheck(team: Team) -> None:
    visit = make_door(team)
    raw = envelope_for(visit, team, failed=("expiry", "tableware"))
    receipt = hand_in(raw, team)
    order = RectificationOrder.objects.get()
    shortest = min(item["rectify_days"] for item in order.items)
    assert order.number == "佛顺市监责改〔2026〕0001号"
    assert (order.state, order.ordered_on, order.due_on) == ("open", TODAY, date(2026, 12, 4))
    assert shortest == 3
    assert {item["note"] for item in order.items} == {"现场发现问题"}
    assert all(item["basis"].startswith("《") for item in order.items)
    recheck = Obligation.objects.get(origin="recheck")
    assert (recheck.origin_ref, recheck.release_on, recheck.state) == (order.number, order.due_on, "open")
    assert (order.recheck_id, order.recheck_ids) == (recheck.pk, [recheck.pk])
    assert receipt["orders"] == [
        {"number": order.number, "due_on": order.due_on.isoformat(), "state": "open"}
    ]
    assert Inspection.objects.get().order_number == order.number


def test_special_equipment_is_checked_again_within_ten_working_days(team: Team) -> None:
    visit = make_door(team, "TS-01")
    hand_in(envelope_for(visit, team, failed=("alarm",)), team)
    recheck = Obligation.objects.get(origin="recheck")
    order = RectificationOrder.objects.get()
    assert (order.due_on, recheck.release_on, recheck.due_on) == (
        date(2026, 12, 8),
        date(2026, 12, 8),
        date(2026, 12, 22),
    )


def test_each_duty_with_a_failure_gets_its_own_recheck(team: Team) -> None:
    visit = make_door(team, "CY-01", "TS-01")
    hand_in(envelope_for(visit, team, failed=("expiry", "alarm")), team)
    order = RectificationOrder.objects.get()
    assert sorted(
        Obligation.objects.filter(pk__in=order.recheck_ids).values_list("duty_code", flat=True)
    ) == [
        "CY-01",
        "TS-01",
    ]


def recheck_visit(team: Team) -> Visit:
    """A visit that failed one item, and the visit that looks again."""
    visit = make_door(team)
    hand_in(envelope_for(visit, team, failed=("expiry",)), team)
    recheck = Obligation.objects.get(origin="recheck")
    return make_visit(team, visit.entity, [recheck])


def test_a_recheck_asks_only_for_what_failed_and_closes_the_order(team: Team) -> None:
    again = recheck_visit(team)
    raw = envelope_for(again, team, device_seq=2)
    assert [one["item_code"] for one in raw["results"]] == ["expiry"]
    receipt = hand_in(raw, team, on=date(2026, 12, 3))
    order = RectificationOrder.objects.get()
    assert (order.state, order.closed_on) == ("closed", date(2026, 12, 1))
    assert receipt["orders"][0]["state"] == "closed"


def test_a_recheck_that_fails_escalates_and_writes_no_second_order(team: Team) -> None:
    again = recheck_visit(team)
    hand_in(envelope_for(again, team, failed=("expiry",), device_seq=2), team)
    order = RectificationOrder.objects.get()
    assert (order.state, order.closed_on) == ("escalated", None)


def test_corrected_on_site_writes_no_order(team: Team) -> None:
    visit = make_door(team)
    results = envelope_for(visit, team)["results"]
    plain = next(item.code for task in tasks_at(visit, team) for item in task.items if not item.key)
    for one in results:
        if one["item_code"] == plain:
            one |= {"outcome": "fail", "note": "当场补齐"}
    hand_in(envelope_for(visit, team, results=results, conclusion="corrected_on_site"), team)
    assert (RectificationOrder.objects.count(), Obligation.objects.get().state) == (0, "done")


@pytest.mark.parametrize(
    ("conclusion", "state"), [("not_found", "open"), ("refused", "open"), ("not_operating", "cancelled")]
)
def test_what_could_not_be_checked_is_still_owed_unless_out_of_business(
    team: Team, conclusion: str, state: str
) -> None:
    visit = make_door(team)
    raw = envelope_for(visit, team, results=[], conclusion=conclusion, note="卷闸门关闭，电话无人接听")
    assert hand_in(raw, team)["state"] == "accepted"
    assert Obligation.objects.get().state == state
    assert not VisitTask.objects.filter(visit=visit, active=True).exists()


def test_the_same_record_again_gets_the_same_receipt(team: Team) -> None:
    visit = make_door(team)
    raw = envelope_for(visit, team, failed=("expiry",))
    assert hand_in(raw, team) == hand_in(raw, team)
    assert (Submission.objects.count(), RectificationOrder.objects.count()) == (1, 1)
    assert Event.objects.filter(verb="receive_visit").count() == 1


def test_another_body_under_the_same_id_is_stored_as_a_dispute(team: Team) -> None:
    visit = make_door(team)
    raw = envelope_for(visit, team)
    hand_in(raw, team)
    other = changed(raw, note="改写过")
    first, second = hand_in(other, team), hand_in(other, team)
    assert first == second
    assert (first["state"], first["body_sha256"]) == ("disputed", other["body_sha256"])
    assert Dispute.objects.get().body["note"] == "改写过"
    assert Submission.objects.get().body["note"] == ""


def test_a_device_number_used_twice_is_a_dispute_not_a_loss(team: Team) -> None:
    hand_in(envelope_for(make_door(team), team), team)
    receipt = hand_in(envelope_for(make_door(team, number=2), team), team)
    assert (receipt["state"], receipt["reason"]) == ("disputed", "device_number_reused")
    assert Dispute.objects.count() == 1


def test_a_record_for_an_older_version_is_held_for_a_person(team: Team) -> None:
    visit = make_door(team)
    raw = envelope_for(visit, team)
    Visit.objects.update(version=3)
    receipt = hand_in(raw, team)
    assert (receipt["state"], "第 1 版变更为第 3 版" in receipt["reason"]) == ("held", True)
    assert (Submission.objects.get().body, Obligation.objects.get().state) == (raw, "open")
    assert hand_in(raw, team) == receipt


def head_of(team: Team) -> tuple[Actor, Scope]:
    account = make_account(username="head-x", role="station_head", unit=team.station)
    return Actor(account.pk, "所长", "station_head", team.station), Scope(team.station, "station_head")


def test_the_head_takes_a_held_record_in_and_everything_follows_as_if_accepted_at_once(team: Team) -> None:
    visit = make_door(team)
    raw = envelope_for(visit, team, failed=("expiry",))
    Visit.objects.update(version=3)
    hand_in(raw, team)
    head, scope = head_of(team)
    receipt = take_in_held(
        submission_id=raw["id"], opinion="安排变更与本户无关", by=head, at=AT, on=TODAY, scope=scope
    )
    kept = Submission.objects.get()
    assert (receipt["state"], kept.state, kept.settlement) == ("accepted", "accepted", "安排变更与本户无关")
    assert RectificationOrder.objects.get().number == receipt["orders"][0]["number"]
    assert Event.objects.filter(verb="receive_visit").get().actor_name == "所长"
    assert hand_in(raw, team) == receipt
    assert waiting_for_a_person(scope=scope) == []


def test_a_held_record_of_a_visit_that_was_done_meanwhile_cannot_be_taken_in_and_waits_on(team: Team) -> None:
    visit = make_door(team)
    hand_in(envelope_for(visit, team), team)
    second = envelope_for(visit, team, device_seq=2, id="01935d2e-0c00-7abc-8def-0123456789ab")
    hand_in(second, team)
    head, scope = head_of(team)
    with pytest.raises(Refusal) as caught:
        take_in_held(submission_id=second["id"], opinion="录入", by=head, at=AT, on=TODAY, scope=scope)
    assert caught.value.code == "cannot_take_in"
    assert (Inspection.objects.count(), len(waiting_for_a_person(scope=scope))) == (1, 1)


@pytest.mark.parametrize("kind", ["held", "disputed"])
def test_the_head_dismisses_a_record_with_an_opinion_and_it_stays_as_received(team: Team, kind: str) -> None:
    visit = make_door(team)
    raw = envelope_for(visit, team)
    hand_in(raw, team)
    other = (
        changed(raw, note="另一份")
        if kind == "disputed"
        else envelope_for(visit, team, device_seq=2, id="01935d2e-0c00-7abc-8def-0123456789ab")
    )
    hand_in(other, team)
    head, scope = head_of(team)
    (waiting,) = waiting_for_a_person(scope=scope)
    with pytest.raises(Refusal, match="处理意见"):
        dismiss_waiting(kind=kind, number=waiting.id, opinion=" ", by=head, at=AT, scope=scope)
    dismiss_waiting(kind=kind, number=waiting.id, opinion="重复提交", by=head, at=AT, scope=scope)
    assert waiting_for_a_person(scope=scope) == []
    assert (Dispute.objects.count() + Submission.objects.count(), Inspection.objects.count()) == (2, 1)
    with pytest.raises(Refusal, match="可能已由他人处理"):
        dismiss_waiting(kind=kind, number=waiting.id, opinion="再次", by=head, at=AT, scope=scope)


def test_a_head_of_another_station_finds_no_held_record(team: Team) -> None:
    visit = make_door(team)
    raw = envelope_for(visit, team)
    Visit.objects.update(version=3)
    hand_in(raw, team)
    head, _ = head_of(team)
    other = Scope(LISHUI, "station_head")
    with pytest.raises(Refusal) as caught:
        take_in_held(submission_id=raw["id"], opinion="录入", by=head, at=AT, on=TODAY, scope=other)
    assert (caught.value.code, Submission.objects.get().state) == ("not_found", "held")


def test_a_second_record_of_a_visit_is_held(team: Team) -> None:
    visit = make_door(team)
    hand_in(envelope_for(visit, team), team)
    visit.refresh_from_db()
    receipt = hand_in(
        envelope_for(visit, team, device_seq=2, id="01935d2e-0c00-7abc-8def-0123456789ab"), team
    )
    assert (receipt["state"], Inspection.objects.count()) == ("held", 1)


def test_a_record_of_somebody_outside_the_team_is_held(team: Team) -> None:
    visit = make_door(team)
    raw = envelope_for(visit, team)
    stranger = Scope(prefix=team.station, role="officer", account_id=9, officer_id=None)
    receipt = receive_visit_submission(by=team.actor, at=AT, on=TODAY, scope=stranger, raw=raw)
    assert receipt["state"] == "held"


def test_a_newer_envelope_is_held_and_never_dropped(team: Team) -> None:
    visit = make_door(team)
    raw = changed(envelope_for(visit, team), schema_version=9, answers={"new": "shape"})
    assert hand_in(raw, team)["state"] == "held"
    assert Submission.objects.get().body["answers"] == {"new": "shape"}


def test_a_visit_of_another_station_does_not_exist(team: Team) -> None:
    visit = make_door(team)
    raw = envelope_for(visit, team)
    elsewhere = make_team(station="440605126", name="officer-lishui-1")
    with pytest.raises(Refusal) as refused:
        hand_in(raw, elsewhere)
    assert (refused.value.status, Submission.objects.count()) == (404, 0)


def test_no_receipt_without_the_pictures_on_disk(team: Team) -> None:
    visit = make_door(team)
    raw = envelope_for(visit, team)
    (Path(settings.MEDIA_ROOT) / attachment_path(raw["signatures"]["party"])).unlink()
    with pytest.raises(Refusal) as refused:
        hand_in(raw, team)
    assert (refused.value.code, Submission.objects.count(), Device.objects.count()) == (
        "attachments_missing",
        0,
        0,
    )


def test_an_incomplete_record_leaves_nothing_behind(team: Team) -> None:
    visit = make_door(team)
    raw = envelope_for(visit, team)
    with pytest.raises(Refusal) as refused:
        hand_in(changed(raw, results=raw["results"][1:]), team)
    assert (
        refused.value.code,
        Submission.objects.count(),
        Event.objects.filter(verb="receive_visit").count(),
    ) == (
        "item_missing",
        0,
        0,
    )
    assert hand_in(raw, team)["state"] == "accepted"


def test_a_checklist_without_items_is_refused_clearly(team: Team) -> None:
    entity = make_entity()
    visit = make_visit(team, entity, [make_obligation(entity, duty_version="1999-01-01")])
    with pytest.raises(Refusal) as refused:
        hand_in(envelope_for(visit, team), team)
    assert refused.value.code == "checklist_empty"


def test_a_number_that_never_arrived_is_named(team: Team) -> None:
    for number, seq in ((1, 1), (2, 4)):
        hand_in(envelope_for(make_door(team, number=number), team, device_seq=seq), team)
    (missing,) = records_missing(scope=team.scope)
    assert (missing.device_id, missing.missing) == ("device-0001", (2, 3))


@pytest.mark.django_db(transaction=True)
def test_one_event_seals_every_row_of_the_visit(team: Team) -> None:
    visit = make_door(team)
    receipt = hand_in(envelope_for(visit, team, failed=("expiry",)), team)
    event = Event.objects.get(pk=receipt["event_index"])
    assert {row["table"] for row in event.rows} == {
        "fieldwork_submission",
        "fieldwork_inspection",
        "fieldwork_check_result",
        "planning_visit",
        "duties_obligation",
        "cases_rectification_order",
    }
    assert verify_record().findings == []
    CheckResult.objects.filter(outcome="fail").update(outcome="pass")
    assert [one.kind for one in verify_record().findings] == ["row_changed"]


@pytest.mark.django_db(transaction=True)
def test_twelve_senders_of_one_record_at_one_instant_store_it_once(team: Team) -> None:
    visit = make_door(team)
    raw = envelope_for(visit, team, failed=("expiry",))
    receipts: list[dict[str, Any]] = []
    gate = threading.Barrier(12)

    def send() -> None:
        gate.wait()
        receipts.append(hand_in(raw, team))
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(receipts) == 12
    assert all(receipt == receipts[0] for receipt in receipts)
    assert (Submission.objects.count(), RectificationOrder.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_two_phones_with_two_records_of_one_visit_leave_one_inspection(team: Team) -> None:
    visit = make_door(team)
    bodies = [envelope_for(visit, team, device_id=f"device-000{place}") for place in range(1, 9)]
    states: list[str] = []
    gate = threading.Barrier(len(bodies))

    def send(raw: dict[str, Any]) -> None:
        gate.wait()
        states.append(hand_in(raw, team)["state"])
        connection.close()

    threads = [threading.Thread(target=send, args=(raw,)) for raw in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(states) == ["accepted"] + ["held"] * 7
    assert (Inspection.objects.count(), Submission.objects.count()) == (1, 8)
