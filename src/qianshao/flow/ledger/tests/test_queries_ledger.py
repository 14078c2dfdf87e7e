"""Each visit that was not made is named once, with its rule and its evidence; what is only planned is no saving."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from qianshao.base.access.rules import EVERYTHING, Scope
from qianshao.base.access.tests.factories import DALIANG, LISHUI, make_units
from qianshao.flow.duties.models import Obligation, SparedCheck
from qianshao.flow.duties.queries import duties_on
from qianshao.flow.duties.tests.factories import make_obligation
from qianshao.flow.ledger import queries
from qianshao.flow.ledger.queries import AvoidedCard, Headline
from qianshao.flow.ledger.tests.factories import TODAY, make_door
from qianshao.flow.offsite.models import OffsiteCheck
from qianshao.flow.planning.models import Visit, VisitTask
from qianshao.flow.registry.models import PastInspection
from qianshao.flow.registry.tests.factories import make_entity

pytestmark = pytest.mark.django_db
FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)


@pytest.fixture(autouse=True)
def units(db: None) -> None:
    make_units()


def done(visit: Visit) -> Visit:
    Visit.objects.filter(pk=visit.pk).update(state="done", done_on=TODAY)
    return visit


def ledger(scope: Scope = EVERYTHING, first: date = FIRST) -> Headline:
    return queries.headline(scope=scope, first=first, last=LAST)


def rows(kind: str = "") -> list[AvoidedCard]:
    return queries.avoided(scope=EVERYTHING, first=FIRST, last=LAST, today=TODAY, kind=kind)


def test_three_checks_of_two_lines_through_one_door_save_two_entries_and_one_by_lines() -> None:
    visit = done(make_door("CY-01", "CY-02", "JG-01"))
    found = ledger()
    assert (found.each_duty.entries, found.each_duty.baseline, found.each_line.baseline) == (1, 3, 2)
    assert [(one.kind, one.visit_id, one.checked_on) for one in rows()] == [("merged", visit.pk, None)] * 2
    assert sorted(one.line for one in rows()) == [False, True]


def test_a_visit_that_is_only_planned_or_released_its_checks_saves_nothing() -> None:
    make_door("CY-01", "CY-02", number=1)
    closed = done(make_door("CY-01", "CY-02", number=2))
    VisitTask.objects.filter(visit=closed).update(active=False)
    assert (ledger().each_duty.entries, ledger().each_duty.baseline, rows()) == (1, 1, [])


def test_a_check_due_later_counts_as_done_ahead() -> None:
    visit = done(make_door("CY-01", "CY-02"))
    last = Obligation.objects.filter(entity_id=visit.entity_id).order_by("-pk")[0]
    Obligation.objects.filter(pk=last.pk).update(due_on=date(2027, 2, 1))
    assert [(one.kind, one.duty_code) for one in rows()] == [("ahead", last.duty_code)]


def test_a_check_spared_after_a_higher_levels_check_shows_the_day_of_that_check() -> None:
    entity = make_entity(station=DALIANG)
    for code in ("JG-01", "JG-02"):
        SparedCheck.objects.create(
            entity=entity,
            station_id=DALIANG,
            duty_code=code,
            field="price",
            period="2026",
            spared_on=TODAY,
            checked_on=date(2026, 10, 9),
        )
    assert [(one.checked_on, one.visit_id) for one in rows("spared")] == [(date(2026, 10, 9), None)] * 2
    assert (ledger().each_duty.baseline, ledger().each_line.baseline) == (2, 1)


def test_the_query_that_is_shown_gives_the_headline_again() -> None:
    done(make_door("CY-01", "CY-02", "JG-01"))
    found = ledger()
    with connection.cursor() as cursor:
        cursor.execute(found.query)
        row = cursor.fetchone()
    assert row[0] == DALIANG
    assert (row[2], row[3], row[4]) == (1, found.each_duty.baseline, found.each_line.baseline)


def test_a_station_sees_its_own_doors_only_and_days_outside_do_not_count() -> None:
    done(make_door("CY-01", "CY-02"))
    done(make_door("CY-01", "CY-02", number=5, station=LISHUI))
    assert ledger().each_duty.baseline == 4
    assert ledger(Scope(prefix=DALIANG, role="station_head")).each_duty.baseline == 2
    assert ledger(first=date(2026, 12, 2)).each_duty.baseline == 0


def test_pages_of_rows_are_whole_and_take_one_query_each() -> None:
    for number in range(1, 5):
        done(make_door("CY-01", "CY-02", "JG-01", number=number))
    seen: list[int] = []
    after = None
    for _ in range(4):
        with CaptureQueriesContext(
            connection,
        ) as captured:
            page = queries.avoided(
                scope=EVERYTHING, first=FIRST, last=LAST, today=TODAY, after=after, limit=2
            )
        assert len(captured) == 1
        seen += [one.place for one in page]
        after = page[-1].on_day, page[-1].kind, page[-1].place
    assert (len(seen), len(set(seen))) == (8, 8)
    assert rows("merged") == rows()


def spare(kind: str, *, code: str = "JG-01", number: int = 1, **changes: object) -> SparedCheck:
    entity = make_entity(station=DALIANG, number=number)
    values: dict[str, object] = {
        "entity": entity,
        "station_id": DALIANG,
        "duty_code": code,
        "field": duties_on(TODAY)[code].field,
        "period": "2026",
        "kind": kind,
        "spared_on": TODAY,
        "checked_on": date(2026, 10, 9),
    }
    return SparedCheck.objects.create(**(values | changes))


@pytest.mark.parametrize("kind", ["deferred", "post_licence", "whitelist", "spared"])
def test_each_rule_that_spares_a_check_counts_one_entry_against_both_baselines(kind: str) -> None:
    one = spare(kind)
    PastInspection.objects.create(
        entity=one.entity,
        number="JC1",
        inspected_on=date(2026, 10, 9),
        level="city",
        field=one.field,
        result="passed",
        delivery=one.entity.delivery,
    )
    found = ledger()
    assert (found.each_duty.entries, found.each_duty.baseline, found.each_line.baseline) == (0, 1, 1)
    (row,) = rows(kind)
    assert (row.checked_on, row.record_no) == (date(2026, 10, 9), "" if kind == "whitelist" else "JC1")
    assert {one.kind: (one.alone, one.lines) for one in found.kinds}[kind] == (1, 1)


def test_a_check_spared_and_made_in_the_same_period_after_all_is_no_saving() -> None:
    one = spare("whitelist")
    owed = make_obligation(one.entity, "JG-01", period="2026")
    assert len(rows("whitelist")) == 1
    Obligation.objects.filter(pk=owed.pk).update(state="done", done_on=TODAY, done_ref="visit:1")
    assert rows("whitelist") == []


def test_a_day_to_come_does_not_count_yet() -> None:
    spare("deferred", spared_on=date(2027, 1, 5))
    assert (rows("deferred"), ledger().each_duty.baseline) == ([], 0)


def test_a_check_that_another_stands_for_counts_once_that_one_is_done_and_names_its_visit() -> None:
    visit = make_door("CY-02")
    standing = Obligation.objects.get()
    SparedCheck.objects.create(
        entity_id=standing.entity_id,
        station_id=DALIANG,
        duty_code="CY-02",
        field="catering",
        period="campaign:1",
        kind="carried",
        spared_on=date(2026, 11, 1),
        obligation=standing,
    )
    assert rows("carried") == []
    done(visit)
    Obligation.objects.update(state="done", done_on=TODAY, done_ref=f"visit:{visit.pk}")
    (row,) = rows("carried")
    assert (row.on_day, row.visit_id, row.line) == (TODAY, visit.pk, False)
    assert (ledger().each_duty.baseline, ledger().each_line.baseline) == (2, 1)


def test_a_check_met_without_a_visit_counts_with_its_record_and_one_not_met_does_not() -> None:
    entity = make_entity(station=DALIANG)
    for code, conclusion in (("DJ-01", "met"), ("DJ-03", "not_met")):
        OffsiteCheck.objects.create(
            obligation=make_obligation(entity, code),
            entity=entity,
            station_id=DALIANG,
            duty_code=code,
            field="registration_annual_report",
            method="data",
            reference="年报库",
            conclusion=conclusion,
            checked_on=TODAY,
            recorded_at=datetime(2026, 12, 1, tzinfo=UTC),
        )
    (row,) = rows("offsite")
    assert (row.duty_code, row.checked_on, row.place) == (
        "DJ-01",
        TODAY,
        OffsiteCheck.objects.get(conclusion="met").pk,
    )
    assert (ledger().each_duty.baseline, ledger().each_line.baseline) == (1, 1)
