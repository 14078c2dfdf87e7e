"""Who must not go where: declared by heads and by the officer concerned, lifted with a reason, never deleted."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from qianshao.base.access.rules import Scope
from qianshao.base.access.tests.factories import (
    DALIANG,
    LISHUI,
    make_account,
    make_officer,
    make_units,
    sign_in,
)
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.base.records.models import Event
from qianshao.base.records.queries import verify_record
from qianshao.base.records.rules import Actor
from qianshao.base.stations.models import Officer
from qianshao.flow.registry.commands.conflicts import declare_conflict, lift_conflict
from qianshao.flow.registry.models import Conflict, Entity
from qianshao.flow.registry.queries.conflicts import conflict_cards, conflicts
from qianshao.flow.registry.tests.factories import make_entity

pytestmark = pytest.mark.django_db
AT = datetime(2026, 12, 1, 2, tzinfo=UTC)
TODAY = date(2026, 12, 1)
HEAD = Scope(prefix=DALIANG, role="station_head")
BY = Actor(1, "何所长", "station_head", DALIANG)


@pytest.fixture
def door() -> tuple[Entity, Officer]:
    make_units()
    return make_entity(), make_officer()


def declare(door: tuple[Entity, Officer], **changes: Any) -> Conflict:
    values: dict[str, Any] = {
        "entity_id": door[0].pk,
        "officer_id": door[1].pk,
        "reason": "近亲属为经营者",
        "from_on": TODAY,
        "until_on": None,
        "scope": HEAD,
        "by": BY,
        "at": AT,
    }
    return declare_conflict(**(values | changes))


def test_a_declared_conflict_holds_from_its_first_day_to_its_last(door: tuple[Entity, Officer]) -> None:
    declare(door, from_on=date(2026, 12, 10), until_on=date(2026, 12, 20))
    pair = [(door[1].pk, door[0].pk)]
    days = {9: [], 10: pair, 20: pair, 21: []}
    assert {day: conflicts(scope=HEAD, on=date(2026, 12, day)) for day in days} == days
    assert conflicts(scope=HEAD, on=TODAY, until=date(2026, 12, 10)) == pair
    assert conflicts(scope=Scope(prefix=LISHUI, role="station_head"), on=date(2026, 12, 15)) == []


def test_a_lifted_conflict_holds_no_more_and_stays_to_be_seen_with_its_reason(
    door: tuple[Entity, Officer],
) -> None:
    made = declare(door)
    lift_conflict(conflict_id=made.pk, reason="亲属已转让店铺", scope=HEAD, by=BY, at=AT)
    assert conflicts(scope=HEAD, on=TODAY) == []
    shown = conflict_cards(scope=HEAD, entity_id=door[0].pk)
    assert [(one.officer_name, one.lifted_by, one.lifted_reason) for one in shown] == [
        (door[1].name, "何所长", "亲属已转让店铺")
    ]
    with pytest.raises(Refusal, match="已经解除"):
        lift_conflict(conflict_id=made.pk, reason="再一次", scope=HEAD, by=BY, at=AT)
    declare(door)
    assert list(Event.objects.order_by("id").values_list("verb", flat=True)) == [
        "declare_conflict",
        "lift_conflict",
        "declare_conflict",
    ]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"reason": " "}, "须写明事由"),
        ({"until_on": date(2026, 11, 30)}, "截止日早于起始日"),
        ({"officer_id": 10**9}, "没有找到这名在岗执法人员"),
        ({"entity_id": 10**9}, "没有找到这个主体"),
        ({"scope": Scope(prefix=LISHUI, role="station_head")}, "没有找到这个主体"),
        ({"scope": Scope(prefix=DALIANG, role="officer", officer_id=10**9)}, "只能登记本人的回避"),
    ],
)
def test_a_declaration_that_may_not_be_is_refused_and_nothing_is_kept(
    door: tuple[Entity, Officer], changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(Refusal, match=words):
        declare(door, **changes)
    assert (Conflict.objects.count(), Event.objects.count()) == (0, 0)


def test_the_same_time_is_not_declared_twice(door: tuple[Entity, Officer]) -> None:
    declare(door, until_on=date(2026, 12, 20))
    with pytest.raises(Refusal, match="已登记回避（2026-12-01 起至 2026-12-20）"):
        declare(door, from_on=date(2026, 12, 20))
    declare(door, from_on=date(2026, 12, 21))
    assert Conflict.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_conflict_written_by_hand_or_changed_is_found_by_the_audit() -> None:
    make_units()
    door = (make_entity(), make_officer())
    made = declare(door)
    assert verify_record().findings == []
    Conflict.objects.filter(pk=made.pk).update(reason="x")
    Conflict.objects.create(
        entity=door[0], officer=door[1], reason="y", from_on=TODAY, lifted_at=AT, declared_at=AT
    )
    assert sorted(one.kind for one in verify_record().findings) == ["row_changed", "row_without_event"]


def test_an_officer_declares_and_lifts_their_own_at_the_file_and_sees_no_others(
    door: tuple[Entity, Officer],
) -> None:
    colleague = make_officer(number="粤E000002")
    make_account(username="he", officer_id=door[1].pk)
    make_account(username="head", role="station_head")
    officer, head = sign_in("he"), sign_in("head")
    path = f"/api/entities/{door[0].pk}/conflicts"

    def post(client: Any, where: str, **body: Any) -> Any:
        return client.post(where, body, content_type="application/json")

    theirs = {"officer_id": colleague.pk, "reason": "同学", "from_on": "2026-12-01"}
    assert (
        post(officer, path, **theirs).json()["title"] == "执法人员只能登记本人的回避；他人的回避由所长登记。"
    )
    other = post(head, path, **theirs).json()[0]
    own = post(officer, path, officer_id=door[1].pk, reason="亲属", from_on="2026-12-01").json()
    assert [one["reason"] for one in own] == ["亲属"]
    assert {one["reason"] for one in head.get(path).json()} == {"亲属", "同学"}
    assert post(officer, f"/api/conflicts/{other['id']}/lift", reason="x").status_code == 404
    assert post(officer, f"/api/conflicts/{own[0]['id']}/lift", reason="已转让").status_code == 204
    assert Conflict.objects.filter(lifted_at__isnull=False).count() == 1
