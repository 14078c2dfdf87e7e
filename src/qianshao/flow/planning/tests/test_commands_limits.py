"""A plan keeps to what is registered of its doors: conflicts, the yearly cap, opening hours, roads."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from qianshao.base.access.rules import Scope
from qianshao.base.access.tests.factories import DALIANG, make_officer, make_units
from qianshao.base.places.commands import load_roads
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.base.records.rules import SYSTEM, Actor
from qianshao.base.stations.models import Officer
from qianshao.flow.duties.commands.keeping import satisfy_obligations
from qianshao.flow.duties.models import Obligation
from qianshao.flow.duties.tests.factories import make_obligation
from qianshao.flow.planning.commands.living import adjust_plan, move_visit
from qianshao.flow.planning.commands.making import make_month_plan
from qianshao.flow.planning.commands.running import approve_plan, mark_visited
from qianshao.flow.planning.models import LeftOut, MonthPlan, Visit, VisitOfficer
from qianshao.flow.registry.commands.conflicts import declare_conflict
from qianshao.flow.registry.commands.opening import note_opening_hours
from qianshao.flow.registry.models import Entity, PastInspection
from qianshao.flow.registry.tests.factories import make_entity

pytestmark = pytest.mark.django_db
HEAD = Actor(1, "何所长", "station_head", DALIANG)
AT = datetime(2026, 11, 24, 2, tzinfo=UTC)
TODAY = date(2026, 11, 24)
SCOPE = Scope(prefix=DALIANG, role="station_head")


@pytest.fixture(autouse=True)
def _people() -> None:
    make_units()
    for place in range(1, 5):
        make_officer(number=f"粤E44060{place}", competences=["食品检查员"])


def shop(number: int = 1, **changes: object) -> Entity:
    entity = make_entity(station=DALIANG, number=number, **changes)
    make_obligation(entity, "CY-01")
    return entity


def make(month: date = date(2026, 12, 1), today: date = TODAY) -> MonthPlan:
    return make_month_plan(station=DALIANG, month=month, by=HEAD, at=AT, today=today, seed=7)


def been_there(entity: Entity, on: date) -> None:
    PastInspection.objects.create(
        entity=entity,
        number=f"{entity.pk}-{on}",
        inspected_on=on,
        level="station",
        field="price",
        result="passed",
        delivery=entity.delivery,
    )


def test_an_officer_who_declared_a_conflict_is_not_sent_there() -> None:
    door = shop()
    for officer in Officer.objects.order_by("pk")[:2]:
        declare_conflict(
            entity_id=door.pk,
            officer_id=officer.pk,
            reason="近亲属经营",
            from_on=date(2026, 11, 1),
            until_on=None,
            scope=SCOPE,
            by=HEAD,
            at=AT,
        )
    make()
    sent = set(VisitOfficer.objects.values_list("officer_id", flat=True))
    assert sent == set(Officer.objects.order_by("pk")[2:].values_list("pk", flat=True))


def test_of_the_team_that_a_draw_sent_somebody_enters_the_door() -> None:
    door = make_entity(station=DALIANG)
    sent = Officer.objects.order_by("pk")[3]
    make_obligation(door, "CY-01", origin="draw", drawn_officers=[sent.certificate_no, "粤E-已调离"])
    make()
    assert VisitOfficer.objects.filter(officer=sent).count() == 1


def test_a_business_whose_number_of_the_year_is_used_up_is_left_out_and_the_report_names_the_contradiction() -> (
    None
):
    door = shop()
    for month in (3, 9):
        been_there(door, date(2026, month, 2))
    plan = make()
    assert LeftOut.objects.get().reason == "cap_reached"
    assert plan.report["contradictions"] == [
        f"{door.name}：餐饮服务日常监督检查应全覆盖，今年只还能进门 0 次"
    ]


def test_a_new_year_gives_new_entries() -> None:
    door = shop()
    for month in (3, 9):
        been_there(door, date(2026, month, 2))
    make(date(2027, 1, 1), date(2026, 12, 24))
    assert Visit.objects.get().visit_on.year == 2027


def test_a_complaint_is_looked_into_although_the_number_is_used_up() -> None:
    door = make_entity(station=DALIANG)
    make_obligation(door, "CY-01", origin="complaint", origin_ref="投诉1")
    for month in (3, 9):
        been_there(door, date(2026, month, 2))
    make()
    assert Visit.objects.count() == 1


def test_an_entry_that_another_plan_holds_is_counted_and_ones_own_is_not() -> None:
    door = make_entity(station=DALIANG)
    make_obligation(door, "CY-01", due_on=date(2026, 11, 30))
    been_there(door, date(2026, 3, 2))
    november = make(date(2026, 11, 1))
    approve_plan(plan_id=november.pk, scope=SCOPE, by=HEAD, at=AT)
    make_obligation(door, "CY-02", release_on=date(2026, 12, 1))
    make()
    assert [one.reason for one in LeftOut.objects.all()] == ["cap_reached"]
    visit = Visit.objects.get(plan=november)
    mark_visited(visit_id=visit.pk, done_on=TODAY)
    satisfy_obligations(
        ids=list(Obligation.objects.filter(duty_code="CY-01").values_list("pk", flat=True)),
        done_on=TODAY,
        done_ref=f"visit:{visit.pk}",
    )
    change = adjust_plan(plan_id=november.pk, reason="复核", by=HEAD, at=AT, today=TODAY, scope=SCOPE)
    assert (change.changes, change.warnings) == ((), ())


def test_a_door_is_entered_when_it_is_open_and_a_move_outside_is_refused_by_name() -> None:
    door = shop()
    note_opening_hours(
        entity_id=door.pk, opens=14 * 60, closes=20 * 60, closed_on=[0], scope=SCOPE, by=HEAD, at=AT
    )
    make()
    visit = Visit.objects.get()
    assert visit.starts_at is not None
    assert 14 * 60 <= visit.starts_at <= 20 * 60 - visit.minutes
    assert visit.visit_on.weekday() != 0
    monday = date(2026, 12, 14)
    with pytest.raises(Refusal, match="当天不营业"):
        move_visit(
            visit_id=visit.pk,
            day=monday,
            team=visit.team,
            version=1,
            reason="换一天",
            by=HEAD,
            at=AT,
            today=TODAY,
            scope=SCOPE,
        )
    visit.refresh_from_db()
    assert (visit.visit_on != monday, visit.version) == (True, 1)


def test_travel_follows_the_roads_that_were_loaded(tmp_path: Path) -> None:
    shop(lon=113.30, lat=22.84)
    first = make()
    straight = first.report["travel_km"]
    Visit.objects.all().delete()
    MonthPlan.objects.all().delete()
    home = first.station
    file = tmp_path / "roads.csv"
    rows = [(home.lon, home.lat, 113.30, 22.86, 40_000), (113.30, 22.86, 113.30, 22.84, 20_000)]
    lines = ["from_lon,from_lat,to_lon,to_lat,metres", *(",".join(map(str, row)) for row in rows)]
    file.write_text("\n".join(lines), encoding="utf-8")
    load_roads(file=file, by=SYSTEM, at=AT)
    assert make().report["travel_km"] == pytest.approx(120.0, abs=0.2)
    assert straight < 40


def test_a_door_without_a_place_is_counted_in_the_report() -> None:
    shop(lon=None, lat=None)
    assert make().report["without_place"] == 1
