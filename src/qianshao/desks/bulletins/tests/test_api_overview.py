"""A head opens the overview: every figure is a count of rows of the head's own unit."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from qianshao.base.access.tests.factories import DALIANG, LISHUI, make_account, sign_in
from qianshao.flow.cases.tests.factories import Team, envelope_for, hand_in, make_door, make_team
from qianshao.flow.duties.tests.factories import make_obligation
from qianshao.flow.registry.tests.factories import make_entity

pytestmark = pytest.mark.django_db


@pytest.fixture
def team(tmp_path: Path, settings: Any) -> Team:
    settings.MEDIA_ROOT = tmp_path
    settings.TODAY = date(2026, 12, 20)
    return make_team()


def overview(client: Client, query: str = "?month=2026-12") -> dict[str, Any]:
    answer = client.get(f"/api/overview{query}")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def renew_counts() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT registry_renew_counts()")


def a_month(team: Team) -> None:
    """Three shops: one visited and failed, one planned, one overdue without a visit; and one shop of another town."""
    done = make_door(team)
    make_door(team, "CY-01", "TS-01", number=2)
    make_obligation(make_entity(number=3), due_on=date(2026, 12, 10))
    make_obligation(make_entity(number=4, station=LISHUI))
    hand_in(envelope_for(done, team, failed=("expiry",)), team)
    renew_counts()


def test_the_overview_counts_what_is_due_done_and_overdue_in_the_own_town(team: Team) -> None:
    a_month(team)
    make_account(username="head", role="station_head")
    page = overview(sign_in("head"))
    assert (page["unit"], page["entities"], page["as_of"]) == (DALIANG, 3, "2026-12-20")
    assert page["visits"] == {"planned": 2, "done": 1, "obligations_carried": 3}
    assert page["rectifications"] == {"open": 1, "overdue": 1, "closed": 0}
    assert page["obligations"]["done"] == 1
    assert page["obligations"]["overdue"] == 2  # the third shop's, and the re-check of the first
    assert [one["code"] for one in page["by_town"]] == [DALIANG]
    fields = {one["field"]: (one["due"], one["done"], one["overdue"]) for one in page["by_field"]}
    assert sum(due for due, _, _ in fields.values()) == page["obligations"]["due"]
    assert fields["special_equipment"] == (1, 0, 0)


def test_the_city_sees_both_towns_and_their_sums(team: Team) -> None:
    a_month(team)
    make_account(username="city", role="city", unit="4406")
    page = overview(sign_in("city"))
    assert {one["code"]: one["due"] for one in page["by_town"]} == {
        DALIANG: page["obligations"]["due"] - 1,
        LISHUI: 1,
    }
    assert {one["code"]: one["entities"] for one in page["by_district"]} == {"440605": 1, "440606": 3}
    assert [one["month"] for one in page["trend"]][-1] == "2026-12-01"
    assert len(page["trend"]) == 6


def test_a_month_without_anything_is_all_noughts(team: Team) -> None:
    make_account(username="head", role="station_head")
    page = overview(sign_in("head"), "?month=2026-05")
    assert page["obligations"] == {"due": 0, "done": 0, "overdue": 0}
    assert page["visits"] == {"planned": 0, "done": 0, "obligations_carried": 0}
    assert (page["by_field"], page["by_town"][0]["planned"]) == ([], 0)


def test_what_is_no_month_is_refused_with_the_field_named(team: Team) -> None:
    make_account(username="head", role="station_head")
    answer = sign_in("head").get("/api/overview?month=2026-13")
    assert answer.status_code == 422
    assert "month" in answer.content.decode()


def test_a_fuller_month_asks_the_database_no_more_often(team: Team) -> None:
    make_account(username="head", role="station_head")
    head = sign_in("head")
    a_month(team)
    with CaptureQueriesContext(connection) as few:
        overview(head)
    for number in range(10, 20):
        make_door(team, number=number)
    with CaptureQueriesContext(connection) as many:
        overview(head)
    assert len(many) == len(few)
    assert len(few) <= 30
