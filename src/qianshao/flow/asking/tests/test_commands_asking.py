"""Whoever adds a check at a door that is entered anyway is told so, joins, or goes apart with a reason on record."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from qianshao.base.access.rules import Scope
from qianshao.base.access.tests.factories import DALIANG, LISHUI, make_officer, make_units
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.base.records.models import Event
from qianshao.base.records.queries import verify_record
from qianshao.base.records.rules import Actor
from qianshao.flow.asking.commands.asking import AskedCheck, ask_check
from qianshao.flow.duties.models import Obligation
from qianshao.flow.duties.tests.factories import make_obligation
from qianshao.flow.planning.commands.making import make_month_plan
from qianshao.flow.planning.models import Visit, VisitTask
from qianshao.flow.registry.models import Entity
from qianshao.flow.registry.tests.factories import make_entity

pytestmark = pytest.mark.django_db
HEAD = Actor(1, "何所长", "station_head", DALIANG)
AT = datetime(2026, 12, 1, 2, tzinfo=UTC)
TODAY = date(2026, 12, 1)
SCOPE = Scope(prefix=DALIANG, role="station_head")


@pytest.fixture
def shop() -> Entity:
    """A shop whose catering check is planned this month by two officers."""
    make_units()
    for place in (1, 2):
        make_officer(number=f"粤E44060{place}", competences=["食品检查员"])
    entity = make_entity(station=DALIANG)
    make_obligation(entity, "CY-01")
    make_month_plan(station=DALIANG, month=TODAY, by=HEAD, at=AT, today=TODAY, seed=7)
    return entity


def ask(entity: Entity, **changes: Any) -> AskedCheck:
    values: dict[str, Any] = {
        "entity_id": entity.pk,
        "duty_code": "CY-02",
        "due_on": date(2026, 12, 31),
        "reference": "投诉2026-881",
        "reason": "消费者反映后厨卫生",
        "how": "",
        "by": HEAD,
        "at": AT,
        "today": TODAY,
        "scope": SCOPE,
    }
    return ask_check(**(values | changes))


def test_a_door_that_will_be_entered_stops_the_adding_and_says_when(shop: Entity) -> None:
    visit = Visit.objects.get()
    with pytest.raises(Refusal, match=f"已排在 {visit.visit_on} 由第 1 组检查，30 天内不宜再次进门"):
        ask(shop)
    assert Obligation.objects.count() == 1


def test_joining_carries_the_check_through_the_planned_entry(shop: Entity) -> None:
    asked = ask(shop, how="join")
    visit = Visit.objects.get()
    assert (asked.visit_id, visit.version) == (visit.pk, 2)
    assert VisitTask.objects.filter(visit=visit, active=True).count() == 2
    added = Obligation.objects.get(pk=asked.obligation_id)
    assert (added.origin, added.origin_ref, added.asked_by) == ("complaint", "投诉2026-881", DALIANG)
    assert Event.objects.get(verb="ask_check").payload["how"] == "join"


def test_an_entry_whose_team_may_not_check_it_cannot_be_joined_and_nothing_is_written(shop: Entity) -> None:
    with pytest.raises(Refusal, match=r"并入不了：.*无人具备"):
        ask(shop, duty_code="TS-01", how="join")
    assert (Obligation.objects.count(), VisitTask.objects.count()) == (1, 1)


def test_a_door_visited_lately_is_told_too_and_may_be_entered_apart_with_the_reason(shop: Entity) -> None:
    Visit.objects.update(state="done", done_on=date(2026, 11, 20))
    with pytest.raises(Refusal, match="已于 2026-11-20 检查过"):
        ask(shop)
    asked = ask(shop, how="apart")
    assert asked.visit_id is None
    assert Event.objects.get(verb="ask_check").payload["reason"] == "消费者反映后厨卫生"


def test_a_door_nobody_goes_to_takes_the_check_without_a_word(shop: Entity) -> None:
    other = make_entity(station=DALIANG, number=9)
    assert ask(other).visit_id is None
    assert Obligation.objects.filter(entity=other).count() == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"duty_code": "XX-99"}, "不在公布的清单内"),
        ({"due_on": date(2026, 11, 1)}, "最迟日不能早于今天"),
        ({"reference": " "}, "请填写来源编号"),
        ({"reason": ""}, "请说明新增检查的理由"),
        ({"scope": Scope(prefix=LISHUI, role="station_head")}, "没有找到这个主体"),
    ],
)
def test_what_may_not_be_added_is_said_and_nothing_is_written(
    shop: Entity, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(Refusal, match=words):
        ask(shop, how="apart", **changes)
    assert (Obligation.objects.count(), Event.objects.filter(verb="ask_check").count()) == (1, 0)


def test_the_same_complaint_asks_for_the_same_check_once(shop: Entity) -> None:
    ask(shop, how="apart")
    with pytest.raises(Refusal, match="同一来源编号已对该户提出过这项检查"):
        ask(shop, how="apart")


@pytest.mark.parametrize(
    ("by", "scope"),
    [
        (Actor(2, "何科", "district", "440606"), Scope(prefix="440606", role="district")),
        (Actor(3, "王科", "city", "4406"), Scope(prefix="4406", role="city")),
    ],
)
def test_a_district_and_the_city_are_stopped_and_join_the_same_way(
    shop: Entity, by: Actor, scope: Scope
) -> None:
    with pytest.raises(Refusal, match="30 天内不宜再次进门"):
        ask(shop, by=by, scope=scope)
    asked = ask(shop, by=by, scope=scope, how="join")
    assert Obligation.objects.get(pk=asked.obligation_id).asked_by == by.unit
    assert Visit.objects.get().pk == asked.visit_id


@pytest.mark.django_db(transaction=True)
def test_the_plan_that_carries_a_joined_check_is_sealed_again(shop: Entity) -> None:
    ask(shop, how="join")
    assert verify_record().findings == []
