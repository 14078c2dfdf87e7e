"""The list of what is owed says who asked, and keeps to one asker when told to."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from qianshao.base.access.rules import EVERYTHING
from qianshao.base.access.tests.factories import DALIANG, LISHUI, make_account, make_units, sign_in
from qianshao.flow.duties.models import Obligation
from qianshao.flow.duties.queries import obligations
from qianshao.flow.duties.tests.factories import make_obligation
from qianshao.flow.registry.tests.factories import make_entity

pytestmark = pytest.mark.django_db
TODAY = date(2026, 12, 1)


@pytest.fixture(autouse=True)
def shop(settings: Any) -> None:
    """A shop in 大良 that owes a check to its station, its district and the city, and one in 里水 that owes its district."""
    settings.TODAY = TODAY
    make_units()
    shop = make_entity(station=DALIANG)
    for code in ("CY-01", "CY-03", "CY-06"):
        make_obligation(shop, code)
    make_obligation(make_entity(station=LISHUI, number=2), "CY-03")


def listed(unit: str, role: str, asked_by: str = "") -> list[tuple[str, str]]:
    make_account(username=f"{role}-{asked_by}", role=role, unit=unit)
    answer = sign_in(f"{role}-{asked_by}").get(f"/api/obligations?asked_by={asked_by}")
    assert answer.status_code == 200
    return [(one["duty_code"], one["asked_by_name"]) for one in answer.json()["items"]]


def test_a_station_reads_who_asked_in_its_own_words() -> None:
    assert listed(DALIANG, "station_head") == [("CY-01", "本所"), ("CY-03", "顺德区局"), ("CY-06", "市局")]


def test_each_level_keeps_the_list_to_what_it_asked_for() -> None:
    assert listed("4406", "city", "city") == [("CY-06", "市局")]
    assert listed("4406", "city", "district") == [("CY-03", "顺德区局"), ("CY-03", "南海区局")]
    assert listed(DALIANG, "station_head", "station") == [("CY-01", "本所")]


def test_naming_who_asked_costs_one_query_however_long_the_list() -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as seen:
            obligations(scope=EVERYTHING, day=TODAY)
        return len(seen)

    few = cost()
    for number in range(3, 9):
        make_obligation(make_entity(station=DALIANG, number=number), "CY-03")
    assert (cost(), few) == (2, 2)


def test_a_unit_that_is_not_above_the_door_cannot_have_asked() -> None:
    with pytest.raises(IntegrityError, match="asked_from_above"), transaction.atomic():
        Obligation.objects.filter(station_id=LISHUI).update(asked_by="440606")
    assert Obligation.objects.get(station_id=LISHUI).asked_by == "440605"
