"""A bureau plans a special check, has it approved above and files it; its checks are owed once, by the unit that asked for them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from qianshao.base.access.rules import EVERYTHING, Scope
from qianshao.base.access.tests.factories import DALIANG, LISHUI, make_account, make_units, sign_in
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.base.records.models import Event
from qianshao.base.records.queries import verify_record
from qianshao.base.records.rules import Actor
from qianshao.flow.campaigns import commands
from qianshao.flow.campaigns.models import Campaign
from qianshao.flow.campaigns.queries import campaign, campaigns, reach
from qianshao.flow.campaigns.tests.factories import AT, CITY, SHUNDE, TODAY, a_plan, approved, made, submitted
from qianshao.flow.duties.commands.campaigning import Owed
from qianshao.flow.duties.models import Obligation, SparedCheck
from qianshao.flow.duties.queries import duties_on
from qianshao.flow.duties.rules import Subject, concerns
from qianshao.flow.duties.tests.factories import make_obligation
from qianshao.flow.registry.models import Entity, Licence
from qianshao.flow.registry.tests.factories import make_entity
from qianshao.flow.undisturbed.models import UndisturbedBusiness

pytestmark = pytest.mark.django_db


def make_restaurant(number: int, station: str = DALIANG, **changes: Any) -> Entity:
    entity = make_entity(number=number, station=station, **changes)
    Licence.objects.create(entity=entity, licence_no=f"L{number}", kind="catering", delivery=entity.delivery)
    return entity


@pytest.fixture(autouse=True)
def town() -> None:
    """Four restaurants and a grocery in 大良, one restaurant in 里水."""
    make_units()
    for number, letter in enumerate("ABCD", start=1):
        make_restaurant(number, risk_class=letter, tags=["食品"] if letter in "CD" else [])
    make_entity(number=8, industry="5221", section="F")
    make_restaurant(9, LISHUI)


def begin(one: Campaign, by: Actor = SHUNDE, **told: Any) -> Owed:
    with transaction.atomic():
        return commands.begin_campaign(
            campaign_id=one.pk, scope=EVERYTHING, by=by, at=AT, today=TODAY, **told
        )[1]


def test_a_district_runs_a_campaign_from_its_draft_to_its_end() -> None:
    one = approved()
    owed = begin(one)
    assert (owed.checks, owed.doors, owed.carried) == (4, 4, 0)
    rows = Obligation.objects.filter(origin_ref=f"campaign:{one.pk}")
    assert {(row.origin, row.asked_by, row.release_on, row.due_on, row.minutes) for row in rows} == {
        ("campaign", "440606", one.first_on, one.last_on, duties_on(TODAY)["CY-02"].minutes)
    }
    Obligation.objects.filter(entity__credit_code__endswith="1").update(state="done", done_on=TODAY)
    with transaction.atomic():
        ended, cancelled = commands.end_campaign(
            campaign_id=one.pk, outcome="close", reason="任务完成", scope=EVERYTHING, by=SHUNDE, at=AT
        )
    assert (ended.state, cancelled) == ("closed", 3)
    assert set(rows.filter(state="cancelled").values_list("cancelled_reason", flat=True)) == {
        "专项行动“年末餐饮添加剂专项”结束：任务完成"
    }
    assert list(Event.objects.order_by("id").values_list("verb", flat=True)) == [
        "make_campaign",
        "submit_campaign",
        "approve_campaign",
        "file_campaign",
        "begin_campaign",
        "close_campaign",
    ]


@pytest.mark.django_db(transaction=True)
def test_every_step_is_sealed_in_the_record() -> None:
    begin(approved())
    assert verify_record().findings == []
    Campaign.objects.update(approval_ref="另一个文号")
    assert [one.kind for one in verify_record().findings] == ["row_changed"]


def test_the_citys_campaign_is_deployed_from_above_and_asked_for_by_the_city() -> None:
    begin(approved(unit="4406", by=CITY))
    assert set(Obligation.objects.values_list("origin", "asked_by").distinct()) == {("deployed", "4406")}
    assert Obligation.objects.count() == 5


def test_a_check_that_is_owed_already_carries_the_campaigns_and_the_visit_is_kept_as_spared() -> None:
    one = approved()
    standing = make_obligation(Entity.objects.get(credit_code__endswith="1"), "CY-02")
    owed = begin(one)
    assert (owed.checks, owed.carried) == (3, 1)
    spared = SparedCheck.objects.get()
    assert (spared.kind, spared.obligation_id, spared.period) == (
        "carried",
        standing.pk,
        f"campaign:{one.pk}",
    )
    assert not Obligation.objects.filter(entity=standing.entity, origin="campaign").exists()


def test_an_own_campaign_passes_by_who_is_left_alone_and_one_from_above_does_not() -> None:
    quiet = Entity.objects.get(credit_code__endswith="1")
    UndisturbedBusiness.objects.create(
        entity=quiet, station_id=DALIANG, from_on=TODAY, until_on=date(2027, 6, 1), listed_at=AT
    )
    one = approved()
    assert (one.reach["checks"], one.reach["excused"], one.reach["new_doors"]) == (4, 1, 3)
    assert begin(one) == Owed(3, 3, 0, 1)
    spared = SparedCheck.objects.get()
    assert (spared.kind, spared.entity_id, spared.period) == ("whitelist", quiet.pk, f"campaign:{one.pk}")
    deployed = approved(title="市级", unit="4406", by=CITY)
    assert (deployed.reach["excused"], begin(deployed).checks) == (0, 2)
    assert Obligation.objects.filter(entity=quiet, origin="deployed").count() == 1


def test_two_campaigns_on_the_same_doors_owe_each_check_once() -> None:
    begin(approved())
    assert begin(approved(title="另一个专项")) == Owed(0, 0, 4, 0)
    assert Obligation.objects.count() == 4


def test_a_hundred_doors_cost_as_many_statements_as_four() -> None:
    one, other = approved(), approved(title="另一个", duty_codes=["CY-03"])

    def cost(campaign: Campaign) -> int:
        with CaptureQueriesContext(connection) as seen:
            begin(campaign)
        return len(seen)

    few = cost(one)
    for number in range(100, 200):
        make_restaurant(number)
    assert cost(other) == few


@pytest.mark.parametrize(
    "target",
    [
        {},
        {"risk": ["C", "D"]},
        {"tag": ["食品"]},
        {"unit": [LISHUI]},
        {"unit": ["440606"], "risk": ["A"]},
        {"kind": ["company"]},
        {"licence": ["catering", "canteen"], "school": False},
        {"industry": ["52"], "section": ["F"]},
    ],
)
def test_it_reaches_exactly_the_businesses_that_the_target_and_the_duty_concern(
    target: dict[str, Any],
) -> None:
    duty = duties_on(TODAY)["CY-02"]
    expected = 0
    for one in Entity.objects.all():
        licences = frozenset(Licence.objects.filter(entity=one).values_list("kind", flat=True))
        subject = Subject(
            one.kind,
            one.section,
            one.industry,
            one.state,
            licences,
            frozenset(),
            False,
            frozenset(one.tags),
            one.risk_class,
            one.station_id,
        )
        expected += concerns(duty.whom, subject) and concerns(target, subject)
    found = reach(
        scope=EVERYTHING, unit="4406", duties=[duty], target=target, last_on=date(2026, 12, 31), today=TODAY
    )
    assert (found.doors, found.checks) == (expected, expected)


def test_what_it_would_cost_is_told_before_it_is_decided() -> None:
    make_obligation(Entity.objects.get(credit_code__endswith="1"), "CY-02")
    known = duties_on(TODAY)
    found = reach(
        scope=EVERYTHING,
        unit="4406",
        duties=[known["CY-02"], known["CY-03"]],
        target={},
        last_on=date(2026, 12, 31),
        today=TODAY,
    )
    minutes = known["CY-02"].minutes * 4 + known["CY-03"].minutes * 5
    assert (found.doors, found.checks, found.carried, found.minutes) == (5, 10, 1, minutes)
    assert found.hours == round((minutes + 5 * 10) / 60, 1)
    assert [(part.code, part.checks, part.carried) for part in found.by_duty] == [
        ("CY-02", 5, 1),
        ("CY-03", 5, 0),
    ]
    assert [(part.code, part.doors) for part in found.by_station] == [(LISHUI, 1), (DALIANG, 4)]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"duty_codes": ["XX-99"]}, "检查事项不在公布的清单内，不得检查：XX-99"),
        ({"duty_codes": []}, "请选择检查事项"),
        ({"title": " "}, "请填写名称"),
        ({"purpose": ""}, "请写明检查目的"),
        ({"basis": ""}, "请写明依据"),
        ({"last_on": date(2026, 11, 1)}, "截止日早于起始日"),
        ({"target": {"unit": [LISHUI]}}, "不在本单位范围内"),
        ({"from_above": True}, "上级部署的，请填写上级文号"),
        ({"unit": "440699"}, "没有找到这个单位"),
    ],
)
def test_a_plan_that_may_not_be_is_refused_and_nothing_is_kept(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(Refusal, match=words):
        made(**changes)
    assert (Campaign.objects.count(), Event.objects.count()) == (0, 0)


def test_a_campaign_that_reaches_nobody_is_not_submitted() -> None:
    with pytest.raises(Refusal, match="没有符合条件的检查对象"):
        submitted(target={"risk": ["A"], "tag": ["学校"]})
    assert Campaign.objects.get().state == "draft"


def test_the_fifth_campaign_of_the_year_is_not_submitted_unless_a_superior_deployed_it() -> None:
    for number in range(4):
        submitted(title=f"专项{number}")
    with pytest.raises(Refusal, match="2026 年已有 4 个专项行动（专项0、专项1、专项2、专项3）"):
        submitted(title="专项4")
    assert Campaign.objects.get(title="专项4").state == "draft"
    deployed = submitted(title="省局部署", from_above=True, above_ref="粤市监〔2026〕5号")
    assert deployed.state == "submitted"
    assert submitted(title="里水", unit="440605").state == "submitted"


def refusals() -> dict[str, tuple[Callable[[Campaign], object], str]]:
    told: dict[str, Any] = {"scope": EVERYTHING, "at": AT}

    def approve(**changes: Any) -> Callable[[Campaign], object]:
        values = {"approval_ref": "x", "approved_on": TODAY, "body": "", "by": CITY, "today": TODAY} | changes
        return lambda one: commands.approve_campaign(campaign_id=one.pk, **told, **values)

    return {
        "unapproved": (lambda one: begin(one), "须经批准后才能启动"),
        "own district": (approve(by=Actor(5, "梁科", "district", "440606")), "须经上一级批准"),
        "no number": (approve(approval_ref=" "), "请填写批准文号"),
        "tomorrow": (approve(approved_on=date(2026, 12, 2)), "日期不能晚于今天"),
        "silent return": (
            lambda one: commands.return_campaign(campaign_id=one.pk, reason="", by=CITY, **told),
            "请说明原因",
        ),
        "changed": (
            lambda one: commands.change_campaign(
                campaign_id=one.pk, plan=a_plan(), by=SHUNDE, today=TODAY, **told
            ),
            "只有草案可以修改",
        ),
        "neighbour": (
            lambda one: commands.submit_campaign(
                campaign_id=one.pk, scope=Scope("440605", "district"), by=SHUNDE, at=AT, today=TODAY
            ),
            "没有找到这个专项行动",
        ),
    }


@pytest.mark.parametrize("name", sorted(refusals()))
def test_what_may_not_be_done_to_a_submitted_campaign_changes_nothing(name: str) -> None:
    act, words = refusals()[name]
    one = submitted()
    before, events = Campaign.objects.values().get(pk=one.pk), Event.objects.count()
    with pytest.raises(Refusal, match=words):
        act(one)
    assert (Campaign.objects.values().get(pk=one.pk), Event.objects.count()) == (before, events)
    assert Obligation.objects.count() == 0


def test_an_approved_campaign_does_not_begin_before_it_is_filed() -> None:
    one = approved()
    Campaign.objects.filter(pk=one.pk).update(filed_ref="")
    with pytest.raises(Refusal, match="须备案后才能启动"):
        begin(one)
    assert Obligation.objects.count() == 0


def test_a_returned_campaign_is_changed_and_submitted_again() -> None:
    one = submitted()
    commands.return_campaign(campaign_id=one.pk, reason="范围过大", scope=EVERYTHING, by=CITY, at=AT)
    commands.change_campaign(
        campaign_id=one.pk,
        plan=a_plan(target={"risk": ["D"]}),
        scope=EVERYTHING,
        by=SHUNDE,
        at=AT,
        today=TODAY,
    )
    again = commands.submit_campaign(campaign_id=one.pk, scope=EVERYTHING, by=SHUNDE, at=AT, today=TODAY)
    assert (again.reach["doors"], again.returned_reason, again.sequence) == (1, "", 1)


def test_a_withdrawn_campaign_stays_to_be_seen_with_its_reason() -> None:
    one = submitted()
    with transaction.atomic():
        commands.end_campaign(
            campaign_id=one.pk, outcome="withdraw", reason="改为书面核查", scope=EVERYTHING, by=SHUNDE, at=AT
        )
    assert [(card.state, card.ended_reason) for card in campaigns(scope=EVERYTHING)] == [
        ("withdrawn", "改为书面核查")
    ]
    with pytest.raises(Refusal, match="已结束或已撤回的专项行动不能撤回"), transaction.atomic():
        commands.end_campaign(
            campaign_id=one.pk, outcome="withdraw", reason="再次", scope=EVERYTHING, by=SHUNDE, at=AT
        )


def test_a_station_sees_what_its_district_decided_and_neither_its_drafts_nor_its_neighbours() -> None:
    draft, decided = made(), approved(title="已定")
    approved(unit="440605", title="南海")
    station = Scope(prefix=DALIANG, role="station_head")
    assert [card.title for card in campaigns(scope=station)] == ["已定"]
    assert campaign(scope=station, campaign_id=draft.pk) is None
    assert campaign(scope=station, campaign_id=decided.pk) is not None
    assert [card.number for card in campaigns(scope=Scope(prefix="440606", role="district"))] == [
        "2026-02",
        "2026-01",
    ]


def test_a_district_and_the_city_go_the_way_at_their_desks(settings: Any) -> None:
    settings.TODAY = TODAY
    make_account(username="shunde", role="district", unit="440606")
    make_account(username="city", role="city", unit="4406")
    district, city = sign_in("shunde"), sign_in("city")
    body = {
        "title": "年末添加剂专项",
        "purpose": "防范节日风险",
        "basis": "食品安全法第三十四条",
        "duty_codes": ["CY-02"],
        "target": {"risk": ["C", "D"]},
        "first_on": "2026-12-01",
        "last_on": "2026-12-31",
    }

    def post(client: Any, path: str, **told: Any) -> Any:
        return client.post(f"/api/campaigns{path}", told, content_type="application/json")

    counted = post(
        district, "/reach", unit="440606", **{k: body[k] for k in ("duty_codes", "target", "last_on")}
    )
    assert (counted.json()["doors"], counted.json()["checks"]) == (2, 2)
    created = post(district, "", unit="440606", **body)
    assert created.status_code == 201
    assert created.json()["target"] | {"risk": ["C", "D"]} == created.json()["target"]
    address = f"/{created.json()['id']}"
    changed = district.put(
        f"/api/campaigns{address}", body | {"title": "改名"}, content_type="application/json"
    )
    assert changed.json()["title"] == "改名"
    assert post(district, f"{address}/submit").json()["reach"]["doors"] == 2
    assert post(district, f"{address}/approve", approval_ref="x", approved_on="2026-12-01").status_code == 409
    approved_ = post(city, f"{address}/approve", approval_ref="佛市监〔2026〕88号", approved_on="2026-12-01")
    assert approved_.json()["approved_body"] == "佛山市市场监督管理局"
    filed = post(district, f"{address}/file", filed_on="2026-12-01", receipt="备1")
    assert (filed.json()["state"], filed.json()["filed_ref"]) == ("approved", "备1")
