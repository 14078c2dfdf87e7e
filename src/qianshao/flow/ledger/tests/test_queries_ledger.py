"""Each visit that was not made is named once, with its rule and its evidence; what is only planned is no saving."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from qianshao.base.access.rules import EVERYTHING, Scope
from qianshao.base.access.tests.factories import DALIANG, LISHUI, make_units
from qianshao.flow.duties.models import Obligation, SparedCheck
from qianshao.flow.ledger import queries
from qianshao.flow.ledger.queries import AvoidedCard, Headline
from qianshao.flow.ledger.tests.factories import TODAY, make_door
from qianshao.flow.planning.models import Visit, VisitTask
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
