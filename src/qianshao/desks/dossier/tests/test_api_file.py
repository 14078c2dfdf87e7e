"""A person opens the file of a business: what it is, what it owes, what happened there."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from qianshao.base.access.tests.factories import LISHUI, make_account, sign_in
from qianshao.flow.cases.tests.factories import Team, envelope_for, hand_in, make_door, make_team, make_visit
from qianshao.flow.duties.tests.factories import make_obligation
from qianshao.flow.registry.models import Complaint, Entity, Equipment, Licence

pytestmark = pytest.mark.django_db


@pytest.fixture
def team(tmp_path: Path, settings: Any) -> Team:
    settings.MEDIA_ROOT = tmp_path
    settings.TODAY = date(2026, 12, 1)
    return make_team()


def fill(entity: Entity, number: int) -> None:
    """One more licence, lift, complaint and obligation."""
    Licence.objects.create(
        entity=entity,
        licence_no=f"JY{number:014d}",
        kind="catering",
        expires_on=date(2027, 5, 1),
        delivery=entity.delivery,
    )
    Equipment.objects.create(
        entity=entity,
        equipment_no=f"梯11粤E{number:05d}(25)",
        category="elevator",
        next_inspection_on=date(2026, 11, 1),
        delivery=entity.delivery,
    )
    Complaint.objects.create(
        entity=entity,
        number=f"1440606{number:08d}",
        channel="12315",
        kind="complaint",
        category="食品",
        received_on=date(2026, 11, 3),
        state="accepted",
        delivery=entity.delivery,
    )
    make_obligation(entity, "TS-01", period=f"2026-{number}")


def read(client: Any, address: str) -> tuple[Any, int]:
    with CaptureQueriesContext(
        connection,
    ) as asked:
        answer = client.get(address)
    assert answer.status_code == 200
    return answer.json(), len(asked)


def test_the_file_shows_what_the_business_is_owes_and_has(team: Team) -> None:
    visit = make_door(team)
    fill(visit.entity, 1)
    file, _ = read(sign_in(team.account.username), f"/api/entities/{visit.entity_id}")
    assert (file["name"], file["station_name"], file["kind_label"]) == (
        "大良好味道餐饮店1",
        "大良街道市场监督管理所",
        "个体工商户",
    )
    assert [one["duty_code"] for one in file["obligations"]] == ["CY-01", "TS-01"]
    assert [(one["licence_no"], one["expired"]) for one in file["licences"]] == [("JY00000000000001", False)]
    assert [(one["equipment_no"], one["overdue"]) for one in file["equipment"]] == [
        ("梯11粤E00001(25)", True)
    ]


def test_a_visit_that_failed_an_item_stands_on_the_timeline_at_once(team: Team) -> None:
    visit = make_door(team)
    address = f"/api/entities/{visit.entity_id}/timeline"
    desk = sign_in(team.account.username)
    before = [one["kind"] for one in desk.get(address).json()]
    hand_in(envelope_for(visit, team, failed=("expiry",)), team)
    after = [one["kind"] for one in desk.get(address).json()]
    assert sorted(set(after) - set(before)) == ["obligation_done", "order", "visit_done"]


@pytest.mark.parametrize("part", ["", "/timeline", "/obligations"])
def test_a_fuller_file_asks_the_database_no_more_often(team: Team, part: str) -> None:
    visit = make_door(team)
    fill(visit.entity, 1)
    desk = sign_in(team.account.username)
    address = f"/api/entities/{visit.entity_id}{part}"
    _, few = read(desk, address)
    for number in range(2, 12):
        fill(visit.entity, number)
        make_visit(team, visit.entity, [], visit_on=date(2026, 12, number))
    _, many = read(desk, address)
    assert (many, few) == (few, few)
    assert few <= 20


@pytest.mark.parametrize("part", ["", "/timeline", "/obligations"])
def test_another_town_gets_no_byte_of_the_file(team: Team, part: str) -> None:
    visit = make_door(team)
    make_account(username="head-lishui", role="station_head", unit=LISHUI)
    answer = sign_in("head-lishui").get(f"/api/entities/{visit.entity_id}{part}")
    assert answer.status_code == 404
    assert "好味道" not in answer.content.decode()
