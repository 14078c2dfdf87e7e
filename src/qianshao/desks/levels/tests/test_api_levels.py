"""City, district and station each see what became of what they asked for, down to the rows, and nobody sees a neighbour's."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from qianshao.base.access.rules import EVERYTHING, Scope
from qianshao.base.access.tests.factories import DALIANG, LISHUI, make_account, sign_in
from qianshao.desks.levels.queries import campaign_stations, levels
from qianshao.flow.asking.commands.campaigning import start_campaign
from qianshao.flow.campaigns.tests.factories import SHUNDE, approved
from qianshao.flow.cases.tests.factories import (
    TODAY,
    Team,
    envelope_for,
    hand_in,
    make_door,
    make_team,
    make_visit,
)
from qianshao.flow.duties.models import Obligation
from qianshao.flow.duties.tests.factories import make_obligation
from qianshao.flow.planning.models import MonthPlan, Visit
from qianshao.flow.registry.models import Licence
from qianshao.flow.registry.tests.factories import make_entity

pytestmark = pytest.mark.django_db
FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)
AT = datetime.fromisoformat("2026-12-01T10:00:00+08:00")


@pytest.fixture
def team(tmp_path: Path, settings: Any) -> Team:
    """In 大良 a door checked for station and city at once, a planned one of the district, one overdue and one left open."""
    settings.MEDIA_ROOT = tmp_path
    settings.TODAY = TODAY
    team = make_team()
    hand_in(envelope_for(make_door(team, "CY-01", "CY-06"), team), team)
    make_door(team, "CY-03", number=2)
    make_obligation(make_entity(number=3), "CY-01", due_on=date(2026, 11, 20))
    make_obligation(make_entity(number=4), "CY-01", origin="complaint", origin_ref="x")
    make_obligation(make_entity(number=5), "CY-01", due_on=date(2027, 3, 1))
    make_obligation(make_entity(number=6), "CY-01", state="cancelled")
    make_obligation(make_entity(number=7, station=LISHUI), "CY-03")
    return team


def told(scope: Scope, unit: str = "") -> dict[tuple[str, str], tuple[int, ...]]:
    found = levels(scope=scope, unit=unit, first=FIRST, last=LAST, today=TODAY)
    return {
        (one.name, kind.kind): (kind.owed, kind.planned, kind.done, kind.overdue, kind.together)
        for one in found
        for kind in one.kinds
    }


def test_a_station_sees_what_each_level_asked_of_it(team: Team) -> None:
    assert told(Scope(prefix=DALIANG, role="station_head")) == {
        ("市局", "law"): (1, 0, 1, 0, 1),
        ("顺德区局", "law"): (1, 1, 0, 0, 0),
        ("本所", "law"): (2, 0, 1, 1, 1),
        ("本所", "complaint"): (1, 0, 0, 0, 0),
    }


def test_a_district_sees_the_citys_and_its_own_in_its_stations_and_the_city_sees_all(team: Team) -> None:
    district = told(Scope(prefix="440606", role="district"))
    assert ("南海区局", "law") not in district
    assert district["大良街道市场监督管理所", "law"] == (2, 0, 1, 1, 1)
    city = told(EVERYTHING)
    assert (city["市局", "law"], city["南海区局", "law"]) == ((1, 0, 1, 0, 1), (1, 0, 0, 0, 0))
    assert told(EVERYTHING, "440605") == {("南海区局", "law"): (1, 0, 0, 0, 0)}


def test_what_a_draft_plans_does_not_count_as_planned(team: Team) -> None:
    MonthPlan.objects.update(state="draft")
    assert told(EVERYTHING)["顺德区局", "law"] == (1, 0, 0, 0, 0)


def test_a_door_checked_for_one_unit_alone_is_not_done_together(team: Team) -> None:
    Obligation.objects.filter(duty_code="CY-06").update(asked_by=DALIANG)
    assert told(EVERYTHING)["大良街道市场监督管理所", "law"] == (3, 0, 2, 1, 0)


def test_every_figure_has_its_rows_and_pages_are_whole(team: Team) -> None:
    make_account(username="city", role="city", unit="4406")
    city = sign_in("city")
    for one in city.get("/api/levels").json()["askers"]:
        for kind in one["kinds"]:
            for figure in ("owed", "planned", "done", "overdue", "together"):
                rows = city.get(
                    f"/api/levels/rows?asked_by={one['unit']}&kind={kind['kind']}&figure={figure}"
                ).json()
                assert (len(rows["items"]), rows["next_cursor"]) == (kind[figure], None)
    done = city.get("/api/levels/rows?figure=done&asked_by=4406").json()["items"][0]
    assert (done["asked_by_name"], done["together"], done["visit_id"]) == (
        "市局",
        True,
        Visit.objects.get(state="done").pk,
    )


def test_rows_page_on_by_their_place(team: Team) -> None:
    entity = make_entity(number=50)
    for number in range(60):
        make_obligation(entity, "CY-01", period=str(number), due_on=date(2026, 12, 1 + number % 30))
    make_account(username="head", role="station_head")
    head, seen, cursor = sign_in("head"), [], ""
    while True:
        page = head.get(f"/api/levels/rows?asked_by={DALIANG}&cursor={cursor}").json()
        seen += [one["id"] for one in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert (len(seen), len(set(seen))) == (63, 63)
    assert head.get("/api/levels/rows?cursor=2026-99-99.1").status_code == 422


def test_a_neighbours_unit_is_not_found(team: Team) -> None:
    make_account(username="lishui", role="station_head", unit=LISHUI)
    head = sign_in("lishui")
    assert head.get(f"/api/levels?unit={DALIANG}").status_code == 404
    assert head.get(f"/api/levels/rows?unit={DALIANG}").status_code == 404
    assert [one["name"] for one in head.get("/api/levels").json()["askers"]] == ["南海区局"]


def test_more_doors_cost_no_more_queries(team: Team) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as seen:
            levels(scope=EVERYTHING, first=FIRST, last=LAST, today=TODAY)
        return len(seen)

    few = cost()
    for number in range(20, 40):
        make_door(team, "CY-01", "CY-03", "CY-06", number=number)
    assert (cost(), few) == (3, 3)


def test_a_campaign_shows_by_station_what_is_done_planned_open_and_what_was_found(team: Team) -> None:
    for number in (31, 32, 33):
        entity = make_entity(number=number)
        Licence.objects.create(
            entity=entity, licence_no=f"L{number}", kind="catering", delivery=entity.delivery
        )
    one = approved()
    start_campaign(campaign_id=one.pk, how="", reason="", scope=EVERYTHING, by=SHUNDE, at=AT, today=TODAY)
    rows = list(Obligation.objects.filter(origin="campaign").order_by("pk"))
    make_visit(team, rows[0].entity, [rows[0]])
    carried = make_visit(team, rows[1].entity, [rows[1]])
    found = envelope_for(carried, team, failed=("nitrite",), device_seq=2)
    hand_in(found, team)
    seen = campaign_stations(scope=Scope(prefix="440606", role="district"), campaign_id=one.pk, today=TODAY)
    (station,) = seen
    progress = station.progress
    assert (progress.code, progress.doors, progress.doors_open, progress.checks) == (DALIANG, 3, 2, 3)
    assert (progress.done, progress.planned, progress.open, progress.cancelled) == (1, 1, 2, 0)
    assert (station.doors_with_problems, station.problems) == (1, 1)
    make_account(username="lishui", role="station_head", unit=LISHUI)
    assert sign_in("lishui").get(f"/api/campaigns/{one.pk}/progress").status_code == 404
