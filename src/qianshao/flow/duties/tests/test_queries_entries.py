"""How often a business was entered this year, and how often it may still be."""

from __future__ import annotations

from datetime import date

import pytest

from qianshao.base.access.rules import EVERYTHING, Scope
from qianshao.base.access.tests.factories import DALIANG, LISHUI, make_units
from qianshao.flow.duties.models import Obligation
from qianshao.flow.duties.queries import entries_left, entries_made, inspection_caps
from qianshao.flow.duties.tests.factories import make_obligation
from qianshao.flow.registry.models import Entity, PastInspection
from qianshao.flow.registry.tests.factories import make_entity

pytestmark = pytest.mark.django_db
TODAY = date(2026, 12, 1)


@pytest.fixture(autouse=True)
def _units() -> None:
    make_units()


def done(entity: Entity, duty: str, on: date, ref: str, **changes: object) -> None:
    make_obligation(
        entity, duty, state=Obligation.State.DONE, done_on=on, done_ref=ref, period=ref, **changes
    )


def been_there(entity: Entity, level: str, on: date, field: str = "catering", result: str = "passed") -> None:
    PastInspection.objects.create(
        entity=entity,
        number=f"{entity.pk}-{level}-{on}-{field}",
        inspected_on=on,
        level=level,
        field=field,
        result=result,
        delivery=entity.delivery,
    )


def test_two_checks_of_one_visit_are_one_entry_and_two_visits_of_a_day_are_two() -> None:
    one, other = make_entity(number=1), make_entity(number=2)
    done(one, "CY-01", date(2026, 3, 2), "visit:1")
    done(one, "JG-01", date(2026, 3, 2), "visit:1")
    done(other, "CY-01", date(2026, 3, 2), "visit:2")
    done(other, "JG-01", date(2026, 3, 2), "visit:3")
    assert entries_made(scope=EVERYTHING, organ_level="station", year=2026) == {one.pk: 1, other.pk: 2}


def test_a_record_of_the_district_adds_to_the_same_number_once_a_day_and_the_citys_does_not() -> None:
    one = make_entity(number=1)
    done(one, "CY-01", date(2026, 3, 2), "visit:1")
    been_there(one, "station", date(2026, 3, 2))
    been_there(one, "district", date(2026, 5, 6))
    been_there(one, "district", date(2026, 5, 6), "price")
    been_there(one, "city", date(2026, 6, 6))
    been_there(one, "station", date(2026, 7, 7), result="not_found")
    been_there(one, "station", date(2025, 12, 31))
    assert entries_made(scope=EVERYTHING, organ_level="station", year=2026) == {one.pk: 2}
    assert entries_made(scope=EVERYTHING, organ_level="city", year=2026) == {one.pk: 1}
    assert entries_made(scope=EVERYTHING, organ_level="district", year=2025) == {one.pk: 1}


def test_a_check_deployed_from_above_does_not_add_and_an_own_campaign_and_a_complaint_do() -> None:
    one = make_entity(number=1)
    done(one, "CY-01", date(2026, 3, 2), "visit:1", origin="deployed")
    done(one, "CY-01", date(2026, 5, 2), "visit:3", origin="campaign")
    done(one, "CY-01", date(2026, 4, 2), "visit:2", origin="complaint")
    assert entries_made(scope=EVERYTHING, organ_level="station", year=2026) == {one.pk: 2}


def test_what_is_left_is_told_only_of_businesses_entered_this_year() -> None:
    low, high, fresh = (make_entity(number=n, risk_class=letter) for n, letter in enumerate("ADB"))
    unclassed = make_entity(number=9, risk_class="")
    for entity in (low, high, unclassed):
        done(entity, "CY-01", date(2026, 3, 2), f"visit:{entity.pk}")
    been_there(low, "district", date(2026, 5, 6))
    left = entries_left(scope=EVERYTHING, on=TODAY)
    assert left == {low.pk: 0, high.pk: 5, unclassed.pk: 0}
    assert fresh.pk not in left
    assert entries_left(scope=EVERYTHING, on=TODAY, entity_ids=[high.pk, fresh.pk]) == {high.pk: 5}
    assert entries_left(scope=EVERYTHING, on=date(2027, 1, 1)) == {}
    assert inspection_caps(TODAY).levels_of("station") == ["station", "district"]


def test_a_station_sees_its_own_businesses_alone() -> None:
    here, there = make_entity(number=1), make_entity(number=2, station=LISHUI)
    for entity in (here, there):
        done(entity, "CY-01", date(2026, 3, 2), f"visit:{entity.pk}")
    assert set(entries_left(scope=Scope(prefix=DALIANG, role="station_head"), on=TODAY)) == {here.pk}
