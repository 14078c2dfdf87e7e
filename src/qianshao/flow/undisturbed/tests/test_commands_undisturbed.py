"""A bureau lists who keeps the law, by filter or one by one; whoever no longer does leaves the list by itself."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from qianshao.base.access.rules import EVERYTHING, Scope
from qianshao.base.access.tests.factories import DALIANG, LISHUI, make_account, make_units, sign_in
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.base.records.models import Event
from qianshao.base.records.queries import verify_record
from qianshao.base.records.rules import SYSTEM, Actor
from qianshao.flow.registry.models import Complaint, Entity, Penalty
from qianshao.flow.registry.queries.listing import Filters
from qianshao.flow.registry.tests.factories import make_entity
from qianshao.flow.undisturbed.commands import (
    Judged,
    Selection,
    judge_selection,
    leave_undisturbed,
    list_undisturbed,
    remove_undisturbed,
)
from qianshao.flow.undisturbed.models import UndisturbedBusiness
from qianshao.flow.undisturbed.queries import undisturbed

pytestmark = pytest.mark.django_db
SHUNDE = Actor(2, "何科", "district", "440606")
SCOPE = Scope(prefix="440606", role="district")
AT = datetime(2026, 12, 1, 2, tzinfo=UTC)
TODAY = date(2026, 12, 1)
WHOLE = Selection(Filters(station=DALIANG))


@pytest.fixture(autouse=True)
def town() -> None:
    """In 大良 two of class A, one of B, one punished, one complained about (upheld), one closed; one of class A in 里水."""
    make_units()
    for number, changes in enumerate(
        [
            {"risk_class": "A"},
            {"risk_class": "A", "section": "F"},
            {"risk_class": "B"},
            {"risk_class": "A"},
            {"risk_class": "A"},
            {"risk_class": "A", "state": "deregistered"},
            {"risk_class": "A", "station": LISHUI},
        ],
        start=1,
    ):
        make_entity(number=number, **changes)
    punish(shop(4), date(2026, 5, 1))
    complain(shop(5), date(2026, 6, 1), substantiated=True)


def shop(number: int) -> Entity:
    return Entity.objects.get(credit_code=f"91440606MA{number:08d}")


def punish(entity: Entity, on: date) -> None:
    Penalty.objects.create(
        entity=entity, number=f"罚{entity.pk}", decided_on=on, kind="罚款", delivery=entity.delivery
    )


def complain(entity: Entity, on: date, substantiated: bool | None = None) -> None:
    Complaint.objects.create(
        entity=entity,
        number=f"GD{entity.pk}{on}",
        channel="12345",
        kind="complaint",
        category="价格",
        received_on=on,
        state="closed",
        substantiated=substantiated,
        delivery=entity.delivery,
    )


def add(selection: Selection = WHOLE, **changes: Any) -> Judged:
    values: dict[str, Any] = {
        "until_on": date(2027, 6, 30),
        "reason": "连续三年无违法记录",
        "basis": "包容审慎监管",
        "approval_ref": "顺市监〔2026〕12号",
        "scope": SCOPE,
        "by": SHUNDE,
        "at": AT,
        "today": TODAY,
    }
    return list_undisturbed(selection=selection, **(values | changes))


def standing() -> list[int]:
    return sorted(one.entity_id for one in undisturbed(scope=EVERYTHING, standing=True))


def test_all_that_the_filter_shows_are_listed_but_those_that_may_not_enter_with_the_reason() -> None:
    expected = Judged(fit=2, listed=0, state=1, risk=1, penalty=1, complaint=1)
    assert judge_selection(selection=WHOLE, scope=SCOPE, today=TODAY) == expected
    assert UndisturbedBusiness.objects.count() == 0
    assert add() == expected
    assert standing() == [shop(1).pk, shop(2).pk]
    assert Event.objects.get(verb="list_undisturbed").payload["fit"] == 2


def test_whoever_stands_on_the_list_is_not_listed_twice() -> None:
    add(Selection(entity_ids=[shop(1).pk]))
    assert add() == Judged(fit=1, listed=1, state=1, risk=1, penalty=1, complaint=1)
    assert len(standing()) == 2


def test_a_district_cannot_list_its_neighbours_business() -> None:
    with pytest.raises(Refusal, match="选定的主体都不符合列入条件"):
        add(Selection(entity_ids=[shop(7).pk]))
    with pytest.raises(Refusal, match="都不符合列入条件"):
        add(Selection(Filters(station=LISHUI)))
    assert UndisturbedBusiness.objects.count() == 0


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"reason": " "}, "请写明列入理由"),
        ({"basis": ""}, "请写明依据"),
        ({"approval_ref": ""}, "请填写批准文号"),
        ({"until_on": TODAY}, "截止日须在今天之后"),
        ({"until_on": date(2027, 12, 2)}, "一次列入最长 12 个月（本地设置，非官方）"),
        ({"selection": Selection()}, "请先选定主体"),
        ({"selection": Selection(Filters(q="餐饮"))}, "不能用文字检索"),
        ({"selection": Selection(entity_ids=[])}, "请先选定主体"),
    ],
)
def test_what_may_not_be_listed_is_refused_and_nothing_is_kept(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(Refusal, match=words):
        add(**({"selection": WHOLE} | changes))
    assert (UndisturbedBusiness.objects.count(), Event.objects.count()) == (0, 0)


@pytest.mark.parametrize("why", ["risk", "penalty", "complaint", "state", "over"])
def test_whoever_no_longer_keeps_the_law_leaves_by_itself_and_the_others_stay(why: str) -> None:
    add()
    day = date(2026, 12, 20)
    if why == "risk":
        Entity.objects.filter(pk=shop(1).pk).update(risk_class="B")
    elif why == "penalty":
        punish(shop(1), date(2026, 12, 15))
    elif why == "complaint":
        complain(shop(1), date(2026, 12, 15))
    elif why == "state":
        Entity.objects.filter(pk=shop(1).pk).update(state="revoked")
    else:
        UndisturbedBusiness.objects.filter(entity=shop(1)).update(until_on=date(2026, 12, 19))
    assert leave_undisturbed(by=SYSTEM, at=AT, as_of=day) == {why: 1}
    assert standing() == [shop(2).pk]
    (left,) = undisturbed(scope=EVERYTHING, standing=False)
    assert (left.entity_id, left.left_on, left.left_why) == (shop(1).pk, day, why)
    assert leave_undisturbed(by=SYSTEM, at=AT, as_of=day) == {}
    assert Event.objects.filter(verb="leave_undisturbed").count() == 1


def test_one_business_is_removed_with_a_reason_and_may_be_listed_again() -> None:
    add()
    (entry,) = undisturbed(scope=EVERYTHING, entity_id=shop(1).pk)
    told: dict[str, Any] = {"scope": SCOPE, "by": SHUNDE, "at": AT, "today": TODAY}
    with pytest.raises(Refusal, match="移出须说明原因"):
        remove_undisturbed(entry_id=entry.id, reason="", **told)
    with pytest.raises(Refusal, match="没有找到这一条"):
        remove_undisturbed(entry_id=entry.id, reason="x", **(told | {"scope": Scope("440605", "district")}))
    assert standing() == [shop(1).pk, shop(2).pk]
    remove_undisturbed(entry_id=entry.id, reason="转为重点监管", **told)
    with pytest.raises(Refusal, match="该主体已不在名单上"):
        remove_undisturbed(entry_id=entry.id, reason="再次", **told)
    assert standing() == [shop(2).pk]
    assert add(Selection(entity_ids=[shop(1).pk])).fit == 1


def test_a_thousand_cost_as_many_statements_as_one() -> None:
    def cost(selection: Selection) -> int:
        with CaptureQueriesContext(connection) as seen:
            add(selection)
        return len(seen)

    few = cost(Selection(entity_ids=[shop(1).pk]))
    for number in range(100, 200):
        make_entity(number=number, risk_class="A", section="H")
    assert cost(Selection(Filters(station=DALIANG, section="H"))) <= few


@pytest.mark.django_db(transaction=True)
def test_the_list_is_sealed_and_a_business_put_on_it_by_hand_is_found() -> None:
    add()
    assert verify_record().findings == []
    UndisturbedBusiness.objects.filter(entity=shop(1)).update(until_on=date(2030, 1, 1))
    assert [one.kind for one in verify_record().findings] == ["row_changed"]


def test_a_district_lists_and_removes_at_its_desk_and_a_station_may_only_look(settings: Any) -> None:
    settings.TODAY = TODAY
    make_account(username="shunde", role="district", unit="440606")
    make_account(username="head", role="station_head")
    district, head = sign_in("shunde"), sign_in("head")

    def post(client: Any, path: str, **told: Any) -> Any:
        return client.post(f"/api/undisturbed{path}", told, content_type="application/json")

    assert post(district, "/judge", filters={"station": DALIANG}).json()["fit"] == 2
    body = {"until_on": "2027-06-30", "reason": "守法", "basis": "x", "approval_ref": "文"}
    assert post(head, "", filters={}, **body).status_code == 403
    assert post(district, "", filters={"station": DALIANG, "section": "F"}, **body).status_code == 201
    page = head.get("/api/undisturbed?standing=true").json()
    assert (page["standing"], [one["entity_id"] for one in page["items"]]) == (1, [shop(2).pk])
    assert post(district, f"/{page['items'][0]['id']}/remove", reason="x").status_code == 204
    assert head.get("/api/undisturbed?standing=true").json()["standing"] == 0
