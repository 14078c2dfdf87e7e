"""Events are sealed at commit, in order, by the database; nobody can quietly change what was sealed."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction

from qianshao.base.records.commands import next_document_number, record_event
from qianshao.base.records.models import DocumentSequence, Event
from qianshao.base.records.queries import chain_heads, verify_record
from qianshao.base.records.rules import SYSTEM

AT = datetime(2026, 11, 23, 8, tzinfo=UTC)


def write(number: int) -> None:
    with transaction.atomic():
        row, _ = DocumentSequence.objects.get_or_create(kind="test", unit="4406", year=number)
        record_event(
            by=SYSTEM,
            at=AT,
            verb="test",
            subject=("test", number),
            unit="4406",
            payload={"说明": "测试", "n": number},
            rows=[("records_document_sequence", row.pk)],
        )


@pytest.mark.django_db
def test_an_event_outside_the_transaction_of_its_act_is_refused(transactional_db: None) -> None:
    with pytest.raises(RuntimeError):
        record_event(by=SYSTEM, at=AT, verb="test", subject=("test", 1), unit="4406")
    assert Event.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_events_of_sixteen_writers_form_one_chain_without_a_false_alarm() -> None:
    def many(start: int) -> None:
        for number in range(start, start + 25):
            write(number)
        connection.close()

    threads = [threading.Thread(target=many, args=(1000 * n,)) for n in range(1, 17)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    report = verify_record()
    assert (report.events, report.findings) == (400, [])
    assert sorted(Event.objects.values_list("position", flat=True)) == list(range(1, 401))


@pytest.mark.django_db(transaction=True)
def test_a_business_row_changed_behind_the_record_is_found() -> None:
    write(1)
    write(2)
    assert verify_record().intact
    DocumentSequence.objects.filter(year=1).update(last=99)
    assert [(f.kind, f.position) for f in verify_record().findings] == [("row_changed", 1)]


@pytest.mark.django_db(transaction=True)
def test_superuser_tampering_with_triggers_off_is_found_and_the_tail_cut_only_by_the_anchor() -> None:
    for number in range(1, 9):
        write(number)
    anchors = chain_heads()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE records_event DISABLE TRIGGER USER")
        cursor.execute("UPDATE records_event SET actor_name = '他人' WHERE position = 3")
        found = [(f.kind, f.position) for f in verify_record().findings]
        cursor.execute("UPDATE records_event SET actor_name = %s WHERE position = 3", [SYSTEM.name])
        cursor.execute("DELETE FROM records_event WHERE position > 5")
        cursor.execute("ALTER TABLE records_event ENABLE TRIGGER USER")
    assert found == [("event_changed", 3), *[("guard_down", 0)] * 4]
    assert verify_record().findings == []
    assert [(f.kind, f.position) for f in verify_record(anchors=anchors).findings] == [("tail_cut", 6)]


@pytest.mark.django_db(transaction=True)
def test_document_numbers_have_no_gap_and_no_double() -> None:
    numbers: list[int] = []

    def take() -> None:
        with transaction.atomic():
            numbers.append(next_document_number(kind="order", unit="440606005", year=2026))
        connection.close()

    threads = [threading.Thread(target=take) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == list(range(1, 13))
