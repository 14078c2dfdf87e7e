"""A head makes a plan at the desk and looks at it; a longer month costs no more questions to the database."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from qianshao.base.access.tests.factories import (
    DALIANG,
    LISHUI,
    make_account,
    make_officer,
    make_units,
    sign_in,
)
from qianshao.flow.duties.tests.factories import make_obligation
from qianshao.flow.planning.models import MonthPlan, Visit
from qianshao.flow.registry.tests.factories import make_entity

pytestmark = pytest.mark.django_db


@pytest.fixture
def head(settings: Any) -> Client:
    settings.TODAY = date(2026, 11, 24)
    make_units()
    for place in (1, 2):
        make_officer(number=f"粤E44060{place}", competences=["食品检查员"])
    make_account(username="head", role="station_head")
    return sign_in("head")


def shops(first: int, last: int) -> None:
    for number in range(first, last + 1):
        make_obligation(make_entity(number=number))


def make(client: Client, **changes: str) -> Any:
    return client.post(
        "/api/plans", {"station": DALIANG, "month": "2026-12"} | changes, content_type="application/json"
    )


def test_a_head_makes_approves_and_withdraws_the_plan_of_a_month(head: Client) -> None:
    shops(1, 2)
    made = make(head)
    assert (made.status_code, made.json()["state_label"], made.json()["visits_planned"]) == (201, "草案", 2)
    address = f"/api/plans/{made.json()['id']}"
    assert head.post(f"{address}/approve").json()["state"] == "approved"
    refused = head.post(f"{address}/withdraw", {"reason": " "}, content_type="application/json")
    assert (refused.status_code, MonthPlan.objects.get().state) == (422, "approved")
    answer = head.post(f"{address}/withdraw", {"reason": "人员调动"}, content_type="application/json")
    assert (answer.json()["state"], Visit.objects.filter(state="planned").count()) == ("withdrawn", 0)


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({"month": "2026-13"}, 422, "month"),
        ({"month": "2026-10"}, 422, "2026年10月已经结束"),
        ({"station": LISHUI}, 404, "没有找到这个所"),
        ({"station": "4406"}, 422, "station"),
    ],
)
def test_a_plan_for_no_month_or_another_town_is_refused_and_none_is_made(
    head: Client, changes: dict[str, str], status: int, words: str
) -> None:
    answer = make(head, **changes)
    assert (answer.status_code, words in answer.content.decode()) == (status, True)
    assert MonthPlan.objects.count() == 0


def test_a_longer_month_asks_the_database_no_more_often(head: Client) -> None:
    counts = []
    for first, last in ((1, 3), (4, 30)):
        MonthPlan.objects.update(state="withdrawn")
        shops(first, last)
        plan = make(head).json()
        day = Visit.objects.filter(plan=plan["id"]).order_by("id")[0].visit_on
        with CaptureQueriesContext(connection) as asked:
            for address in (
                "plans?month=2026-12",
                f"plans/{plan['id']}",
                f"plans/{plan['id']}/visits?on={day}",
                f"plans/{plan['id']}/left-out",
                "calendar?month=2026-12",
            ):
                assert head.get(f"/api/{address}").status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1]


def schedule(client: Client, **asked: str) -> Any:
    days = {"first": "2026-12-01", "last": "2026-12-31"}
    return client.get("/api/schedule", days | asked)


def test_an_officer_sees_the_own_weeks_and_a_head_any_of_the_station(head: Client) -> None:
    people = [make_officer(number=f"粤E44061{place}", competences=["食品检查员"]) for place in (1, 2)]
    shops(1, 24)
    make(head)
    make_account(username="officer", officer_id=people[0].pk)
    whole = schedule(head).json()
    own = schedule(sign_in("officer"), officer=str(people[0].pk)).json()
    assert len(whole) == 24
    assert 0 < len(own) < 24
    assert own == [one for one in whole if people[0].pk in one["officer_ids"]]
    assert {one["plan_state"] for one in whole} == {"draft"}


def test_what_was_withdrawn_is_in_nobodys_schedule(head: Client) -> None:
    shops(1, 2)
    number = make(head).json()["id"]
    assert len(schedule(head).json()) == 2
    head.post(f"/api/plans/{number}/withdraw", {"reason": "重编"}, content_type="application/json")
    assert schedule(head).json() == []


def test_a_schedule_is_asked_for_one_station_and_six_weeks_at_most(head: Client) -> None:
    make_account(username="city", role="city", unit="4406")
    city = sign_in("city")
    assert schedule(city).json()["title"] == "请选择一个监管所或一名执法人员。"
    assert schedule(city, station=DALIANG).status_code == 200
    for last in ("2027-02-01", "2026-11-30"):
        assert (schedule(head, last=last).status_code, schedule(head, last=last).json()["code"]) == (
            422,
            "days_reversed",
        )
    assert schedule(head, station=LISHUI).json() == []
