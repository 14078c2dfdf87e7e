"""The officer's day costs the same number of queries for two doors and for eight."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from qianshao.base.access.rules import Scope
from qianshao.flow.cases.tests.factories import TODAY, Team, envelope_for, hand_in, make_door, make_team
from qianshao.flow.fieldwork.queries import field_day, records_missing, visit_file, waiting_for_a_person
from qianshao.flow.planning.models import MonthPlan

pytestmark = pytest.mark.django_db
ELSEWHERE = Scope(prefix="440605126", role="station_head")


@pytest.fixture
def team(tmp_path: Path, settings: Any) -> Team:
    settings.MEDIA_ROOT = tmp_path
    return make_team()


def queries_for(team: Team) -> int:
    with CaptureQueriesContext(connection) as seen:
        field_day(scope=team.scope, on=TODAY)
    return len(seen)


def test_more_doors_cost_no_more_queries(team: Team) -> None:
    for number in (1, 2):
        make_door(team, "CY-01", "TS-01", number=number)
    few = queries_for(team)
    for number in range(3, 9):
        make_door(team, "CY-01", "TS-01", number=number)
    assert (queries_for(team), few <= 10) == (few, True)
    assert len(field_day(scope=team.scope, on=TODAY).visits) == 8


def test_a_plan_that_nobody_approved_sends_nobody_out(team: Team) -> None:
    make_door(team)
    MonthPlan.objects.update(state="draft")
    assert field_day(scope=team.scope, on=TODAY).visits == ()


def test_the_next_day_with_visits_is_named(team: Team) -> None:
    make_door(team)
    day = field_day(scope=team.scope, on=date(2026, 11, 30))
    assert (day.visits, day.next_on) == ((), TODAY)


def test_another_station_sees_neither_visit_nor_waiting_records(team: Team) -> None:
    visit = make_door(team)
    hand_in(envelope_for(visit, team, base_version=9, device_seq=4), team)
    assert visit_file(scope=ELSEWHERE, visit_id=visit.pk, day=TODAY) is None
    assert waiting_for_a_person(scope=ELSEWHERE) == []
    assert records_missing(scope=ELSEWHERE) == []
    assert [one.kind for one in waiting_for_a_person(scope=team.scope)] == ["held"]
    assert [one.missing for one in records_missing(scope=team.scope)] == [(1, 2, 3)]
