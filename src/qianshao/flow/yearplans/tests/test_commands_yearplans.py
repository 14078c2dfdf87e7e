"""A bureau makes its year, changes it, has it approved, files and publishes it, amends it; what may not be is said and leaves nothing."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection

from qianshao.base.access.rules import Scope
from qianshao.base.access.tests.factories import DALIANG, LISHUI, make_officer, make_units
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.base.records.models import Event, JobRun
from qianshao.base.records.queries import verify_record
from qianshao.base.records.rules import Actor
from qianshao.flow.campaigns.models import Campaign
from qianshao.flow.draws.models import Draw
from qianshao.flow.duties.models import Obligation, YearSetting
from qianshao.flow.duties.queries import duties_on
from qianshao.flow.registry.models import Licence, School
from qianshao.flow.registry.tests.factories import make_entity
from qianshao.flow.sources.tests.factories import make_delivery
from qianshao.flow.yearplans.commands import deciding
from qianshao.flow.yearplans.commands.making import Change, change_year_plan, make_year_plan, reckon_again
from qianshao.flow.yearplans.commands.reckoning import reckon_year_plan
from qianshao.flow.yearplans.models import YearPlan, YearPlanChange, YearPlanItem, YearPlanPart
from qianshao.flow.yearplans.queries.plans import (
    expected_by_duty,
    in_force_for,
    year_plan,
    year_plan_items,
    year_plans,
)
from qianshao.flow.yearplans.queries.published import published_plan, published_plans

pytestmark = pytest.mark.django_db(transaction=True)
MAKER = Actor(1, "区局综合科", "district", "440606")
OTHER = Actor(2, "区局负责人", "district", "440606")
CITY = Actor(3, "市局综合科", "city", "4406")
DISTRICT = Scope(prefix="440606", role="district")
WHOLE = Scope(prefix="4406", role="city")
AT = datetime(2026, 12, 1, 2, tzinfo=UTC)
TODAY = date(2026, 12, 1)
ACT: dict[str, Any] = {"scope": DISTRICT, "by": MAKER, "at": AT}


@pytest.fixture(autouse=True)
def district(db: None) -> None:
    """Forty restaurants at one station, ten at a station of another district; four officers for food at the first."""
    make_units()
    for place in range(1, 5):
        make_officer(number=f"粤E44060{place}", competences=["食品检查员", "综合执法"])
    delivery = make_delivery()
    for number in range(1, 51):
        one = make_entity(
            station=DALIANG if number <= 40 else LISHUI,
            number=number,
            section="H",
            industry="6210",
            risk_class="ABCD"[number % 4],
        )
        Licence.objects.create(entity=one, licence_no=f"L{number}", kind="catering", delivery=delivery)


def make(**changes: Any) -> YearPlan:
    values = {"unit": "440606", "year": 2027, **ACT, "today": TODAY}
    return make_year_plan(**(values | changes))


def reckoned(plan: YearPlan) -> YearPlan:
    plan.refresh_from_db()
    assert plan.run_id is not None
    assert reckon_year_plan(run_id=plan.run_id, clock=lambda: datetime.now(UTC), seed=7)
    plan.refresh_from_db()
    return plan


def change(plan: YearPlan, **changes: Any) -> YearPlanChange:
    wanted = {"duty_code": "JG-01", "unit": "440606", "share": None, "months": [3, 9], "reason": "避开春节"}
    acting = {name: changes.pop(name) for name in ("scope", "by", "today") if name in changes}
    return change_year_plan(
        plan_id=plan.pk, change=Change(**(wanted | changes)), **(ACT | {"today": TODAY} | acting)
    )


def approved(plan: YearPlan) -> YearPlan:
    deciding.submit_year_plan(plan_id=plan.pk, **ACT)
    return deciding.approve_year_plan(
        plan_id=plan.pk, scope=DISTRICT, reference="顺市监〔2026〕88号", by=OTHER, at=AT
    )


def published(plan: YearPlan) -> YearPlan:
    approved(plan)
    return deciding.publish_year_plan(plan_id=plan.pk, **ACT)


def checks(plan: YearPlan, code: str) -> list[int]:
    return next(one.months for one in year_plan_items(plan_id=plan.pk) if one.code == code)


def test_a_district_makes_its_year_from_the_law_and_the_register() -> None:
    plan = reckoned(make())
    items = year_plan_items(plan_id=plan.pk)
    assert (plan.number, plan.title) == ("4406062027001", "顺德区市场监督管理局2027年度检查计划")
    assert [one.number for one in items] == [
        f"4406062027001{place:03d}" for place in range(1, len(duties_on(TODAY)) + 1)
    ]
    catering = next(one for one in items if one.code == "CY-01")
    assert catering.concerned == {"A": 10, "B": 10, "C": 10, "D": 10}
    assert catering.basis == "《食品生产经营监督检查管理办法》第二十条、第二十二条"
    station = plan.report["stations"][DALIANG]
    assert sum(station["checks"]) == sum(sum(one.months) for one in items)
    assert station["bound"] <= sum(station["doors"]) <= sum(station["lines"]) <= sum(station["checks"])
    assert list(plan.report["stations"]) == [DALIANG]
    assert Obligation.objects.count() == 0


def test_draws_and_decided_campaigns_of_the_year_stand_in_the_plan_without_being_counted_twice() -> None:
    before = reckoned(make())
    counted = sum(before.report["stations"][DALIANG]["checks"])
    days = {"used_from": date(2027, 4, 1), "used_until": date(2027, 6, 30)}
    sealed = {"expected": {"shared": 12.4}, "doors": None}
    for title, year, state in (
        ("顺德二季度联合抽查", 2027, "committed"),
        ("去年的", 2026, "drawn"),
        ("作废的", 2027, "cancelled"),
    ):
        Draw.objects.create(
            title=title,
            unit="440606",
            duty_codes=["JG-01", "JG-02"],
            objects_listed=900,
            figures=sealed,
            made_at=AT,
            state=state,
            **{name: day.replace(year=year) for name, day in days.items()},
        )
    for title, state in (("春节前年夜饭专项", "approved"), ("还没批的", "submitted")):
        Campaign.objects.create(
            unit="4406",
            year=2027,
            sequence=Campaign.objects.count() + 1,
            title=title,
            purpose="年夜饭食品安全",
            basis="市局部署",
            duty_codes=["CY-01"],
            first_on=date(2027, 1, 4),
            last_on=date(2027, 2, 10),
            state=state,
            approval_ref="佛市监〔2026〕9号",
            reach={"doors": 30, "checks": 30},
            made_at=AT,
            made_name="某",
        )
    plan = reckoned(reckon_again(plan_id=before.pk, today=TODAY, **ACT))
    others = [one for one in year_plan_items(plan_id=plan.pk) if one.kind != "duty"]
    assert [(one.name, one.kind, one.draw_kind, one.frequency, one.level) for one in others] == [
        ("顺德二季度联合抽查", "draw", "多事项联合抽查", "抽取约 12 户（检查数已计入各事项）", "district"),
        ("春节前年夜饭专项", "campaign", "专项检查", "涉及 30 户、30 项次（另计）", "city"),
    ]
    assert sum(plan.report["stations"][DALIANG]["checks"]) == counted


def test_a_cap_below_what_full_coverage_asks_is_named_with_class_duty_and_both_figures() -> None:
    school = make_entity(station=DALIANG, number=90, section="P", risk_class="A", kind="public")
    School.objects.create(entity=school, kind="primary", has_canteen=True, delivery=make_delivery())
    Licence.objects.create(entity=school, licence_no="L90", kind="canteen", delivery=make_delivery())
    plan = reckoned(make())
    station = plan.report["stations"][DALIANG]
    assert [one["words"] for one in station["short"] if one["kind"] == "cap"] == [
        "A 类 1 户：学校食堂食品安全专项检查全年至少 2 次，高于区局年度上限 1 次"
    ]
    assert station["above_cap"][0] >= 1
    caps = {one.code: one.cap for one in year_plan_items(plan_id=plan.pk)}
    assert caps["CY-05"] == "区级全年 A 类 1 次，B 类 2 次，C 类 4 次，D 类 6 次（非官方）"
    assert caps["CY-06"].startswith("市级全年 A 类 1 次")


def test_a_plan_goes_from_draft_to_the_public_and_every_step_is_on_the_record() -> None:
    plan = reckoned(make())
    assert published_plans() == []
    published(plan)
    deciding.file_year_plan(plan_id=plan.pk, filed_on=TODAY, receipt="市局收〔2026〕12", today=TODAY, **ACT)
    plan.refresh_from_db()
    assert (plan.state, plan.approved_name, plan.approval_ref) == (
        "published",
        "区局负责人",
        "顺市监〔2026〕88号",
    )
    assert [(one.title, one.state) for one in published_plans()] == [(plan.title, "published")]
    whole = published_plan(plan_id=plan.pk)
    assert whole is not None
    assert sum(sum(one.months) for one in whole.items) == whole.stations[0].checks
    told = Event.objects.filter(subject_type="year_plan", subject_id=str(plan.pk)).order_by("id")
    assert list(told.values_list("verb", flat=True)) == [
        "make_year_plan",
        "reckon_year_plan",
        "submit_year_plan",
        "approve_year_plan",
        "publish_year_plan",
        "file_year_plan",
    ]
    assert verify_record().findings == []


def test_a_change_is_reckoned_anew_and_stays_with_its_reason_also_when_it_is_put_back() -> None:
    plan = reckoned(make())
    before = checks(plan, "CY-02")
    change(plan, duty_code="CY-02", months=[3, 9])
    reckoned(plan)
    moved = checks(plan, "CY-02")
    assert [place for place, count in enumerate(moved, start=1) if count] in ([3, 9], [3], [9])
    assert sum(moved) == sum(before)
    change(plan, duty_code="CY-02", months=None, reason="恢复")
    assert checks(reckoned(plan), "CY-02") == before
    assert list(YearPlanChange.objects.values_list("months", "reason")) == [
        ([3, 9], "避开春节"),
        (None, "恢复"),
    ]
    assert verify_record().findings == []


def test_an_older_reckoning_does_not_overwrite_a_later_change() -> None:
    plan = make()
    first = plan.run_id
    change(plan, duty_code="CY-02", months=[5])
    reckoned(plan)
    after = list(YearPlanPart.objects.order_by("pk").values_list("months", flat=True))
    assert first is not None
    assert reckon_year_plan(run_id=first, clock=lambda: datetime.now(UTC), seed=7)
    assert JobRun.objects.get(pk=first).result == {"overtaken": True}
    assert JobRun.objects.filter(state="waiting").count() == 0
    assert list(YearPlanPart.objects.order_by("pk").values_list("months", flat=True)) == after


def test_once_approved_the_years_settings_are_what_is_drawn_by_and_withdrawing_takes_them_back() -> None:
    plan = make()
    change(plan, duty_code="CY-02", months=[3, 9])
    approved(reckoned(plan))
    assert list(YearSetting.objects.values_list("unit", "duty_code", "months", "source")) == [
        ("440606", "CY-02", [3, 9], "4406062027001.1")
    ]
    deciding.withdraw_year_plan(plan_id=plan.pk, reason="重编", **ACT)
    assert YearSetting.objects.count() == 0
    again = make()
    assert (again.number, again.version) == ("4406062027002", 1)


def test_an_amended_plan_leaves_the_published_one_standing_until_its_own_turn() -> None:
    first = published(reckoned(make()))
    with pytest.raises(Refusal, match="修订须说明原因"):
        deciding.amend_year_plan(plan_id=first.pk, reason=" ", today=TODAY, **ACT)
    assert YearPlan.objects.count() == 1
    march = date(2027, 3, 10)
    second = deciding.amend_year_plan(plan_id=first.pk, reason="新增事项", today=march, **ACT)
    assert (second.number, second.version, second.first_month) == (first.number, 2, 3)
    reckoned(second)
    old, new = checks(first, "CY-01"), checks(second, "CY-01")
    assert new[:2] == old[:2]
    with pytest.raises(Refusal, match="已有新版本正在编制"):
        deciding.amend_year_plan(plan_id=first.pk, reason="再改", today=march, **ACT)
    in_force = in_force_for(station=DALIANG, year=2027)
    assert in_force is not None
    assert in_force.pk == first.pk
    published(second)
    assert [(one.version, one.state) for one in published_plans()] == [(2, "published"), (1, "replaced")]
    in_force = in_force_for(station=DALIANG, year=2027)
    assert in_force is not None
    assert in_force.pk == second.pk
    assert published_plan(plan_id=first.pk) is not None
    assert verify_record().findings == []


def test_a_district_takes_over_what_the_city_decided_and_changes_nothing_in_it() -> None:
    city = make(unit="4406", scope=WHOLE, by=CITY)
    change(city, duty_code="CY-06", unit="4406", months=[6], scope=WHOLE, by=CITY)
    reckoned(city)
    deciding.submit_year_plan(plan_id=city.pk, scope=WHOLE, by=CITY, at=AT)
    deciding.approve_year_plan(
        plan_id=city.pk,
        scope=WHOLE,
        reference="佛市监〔2026〕1号",
        by=Actor(9, "市局负责人", "city", "4406"),
        at=AT,
    )
    own = reckoned(make())
    assert own.report["inherited"] == ["CY-06"]
    assert {"CY-06", "TS-01"} < set(own.report["above"])
    assert city.report["above"] == []
    words = YearPlanItem.objects.get(plan=own, code="CY-06")
    assert words.draw_dates == "6月随机抽取"
    with pytest.raises(Refusal, match="由市局制定计划"):
        change(own, duty_code="CY-06", months=[1])
    assert YearPlanChange.objects.filter(plan=own).count() == 0


def test_the_month_plan_is_told_what_the_year_expects_of_its_station() -> None:
    plan = reckoned(make())
    found = expected_by_duty(plan_id=plan.pk, station=DALIANG, month=4)
    assert found["CY-01"] == checks(plan, "CY-01")[3]
    assert expected_by_duty(plan_id=plan.pk, station=LISHUI, month=4) == {}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"year": 2025}, "2025 年已经结束"),
        ({"year": 2028}, "最早只能编制下一年度的计划"),
        ({"unit": "440605"}, "没有找到这个市局或区局"),
        ({"unit": "4499", "scope": Scope(prefix="", role="city")}, "没有找到这个市局或区局"),
        ({"year": 2027, "today": date(2027, 12, 31), "at": AT}, None),
        ({"year": 2022, "today": date(2022, 12, 31)}, "2022 年已没有可安排的工作日"),
    ],
)
def test_a_year_or_unit_that_cannot_be_planned_is_refused_and_nothing_is_asked(
    changes: dict[str, Any], words: str | None
) -> None:
    if words is None:
        assert make(**changes).first_month == 12
        return
    with pytest.raises(Refusal, match=words):
        make(**changes)
    assert (YearPlan.objects.count(), JobRun.objects.count(), Event.objects.count()) == (0, 0, 0)


def test_two_people_at_once_leave_one_plan_and_the_other_is_told() -> None:
    told: list[str] = []
    start = threading.Barrier(2)

    def begin() -> None:
        start.wait()
        try:
            make()
        except Refusal as refusal:
            told.append(refusal.message)
        finally:
            connection.close()

    people = [threading.Thread(target=begin) for _ in range(2)]
    for one in people:
        one.start()
    for one in people:
        one.join()
    assert told == ["该单位 2027 年度计划已经编制，同一年度只有一份。"]
    assert YearPlan.objects.count() == 1


def test_a_step_before_its_time_is_refused_and_changes_nothing() -> None:
    plan = make()
    for act in (
        lambda: deciding.submit_year_plan(plan_id=plan.pk, **ACT),
        lambda: deciding.publish_year_plan(plan_id=plan.pk, **ACT),
        lambda: deciding.approve_year_plan(plan_id=plan.pk, reference="1号", **ACT),
        lambda: deciding.file_year_plan(plan_id=plan.pk, filed_on=TODAY, receipt="1", today=TODAY, **ACT),
        lambda: deciding.amend_year_plan(plan_id=plan.pk, reason="x", today=TODAY, **ACT),
    ):
        with pytest.raises(Refusal):
            act()
    plan.refresh_from_db()
    assert (plan.state, Event.objects.filter(subject_type="year_plan").count()) == ("draft", 1)


def test_the_maker_does_not_approve_and_an_approval_needs_its_number() -> None:
    plan = reckoned(make())
    deciding.submit_year_plan(plan_id=plan.pk, **ACT)
    with pytest.raises(Refusal, match="不能批准自己的计划"):
        deciding.approve_year_plan(plan_id=plan.pk, reference="1号", **ACT)
    with pytest.raises(Refusal, match="请填写批准文号"):
        deciding.approve_year_plan(plan_id=plan.pk, scope=DISTRICT, reference=" ", by=OTHER, at=AT)
    plan.refresh_from_db()
    assert (plan.state, plan.approved_at) == ("submitted", None)
    deciding.approve_year_plan(plan_id=plan.pk, scope=WHOLE, reference="佛市监〔2026〕2号", by=CITY, at=AT)
    plan.refresh_from_db()
    assert (plan.state, plan.approved_unit) == ("approved", "4406")


def test_a_plan_sent_back_is_a_draft_again_with_the_reason() -> None:
    plan = reckoned(make())
    deciding.submit_year_plan(plan_id=plan.pk, **ACT)
    with pytest.raises(Refusal, match="退回须说明原因"):
        deciding.return_year_plan(plan_id=plan.pk, scope=DISTRICT, reason="", by=OTHER, at=AT)
    deciding.return_year_plan(plan_id=plan.pk, scope=DISTRICT, reason="补充说明", by=OTHER, at=AT)
    plan.refresh_from_db()
    assert (plan.state, plan.returned_reason) == ("draft", "补充说明")
    assert reckon_again(plan_id=plan.pk, today=TODAY, **ACT).revision == 2


def test_a_draft_reckoned_again_in_march_begins_in_march() -> None:
    plan = reckoned(make())
    reckon_again(plan_id=plan.pk, **(ACT | {"today": date(2027, 3, 2)}))
    plan = reckoned(plan)
    assert plan.first_month == 3
    assert all(sum(one.months[:2]) == 0 for one in year_plan_items(plan_id=plan.pk))


def test_content_that_was_touched_after_the_reckoning_is_neither_approved_nor_published() -> None:
    plan = reckoned(make())
    deciding.submit_year_plan(plan_id=plan.pk, **ACT)
    part = YearPlanPart.objects.filter(item__plan=plan, item__code="CY-01").get()
    YearPlanPart.objects.filter(pk=part.pk).update(months=[0] * 12)
    with pytest.raises(Refusal, match="与计算完成时的散列不符"):
        deciding.approve_year_plan(plan_id=plan.pk, scope=DISTRICT, reference="1号", by=OTHER, at=AT)
    plan.refresh_from_db()
    assert plan.state == "submitted"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"duty_code": "XX-01"}, "没有检查事项 XX-01"),
        ({"unit": LISHUI}, "只能在本计划的单位或所属监管所范围内调整"),
        ({"reason": ""}, "调整须写明理由"),
        ({"months": [13]}, "请选择一个或几个不同的月份"),
    ],
)
def test_a_change_that_may_not_be_leaves_nothing(changes: dict[str, Any], words: str) -> None:
    plan = reckoned(make())
    with pytest.raises(Refusal, match=words):
        change(plan, **changes)
    plan.refresh_from_db()
    assert (YearPlanChange.objects.count(), plan.revision, plan.reckoned_at is None) == (0, 1, False)


def test_a_station_sees_its_own_bureaus_plans_and_nobody_elses() -> None:
    plan = reckoned(make())
    own, other = (Scope(prefix=code, role="officer") for code in (DALIANG, LISHUI))
    assert [one.id for one in year_plans(scope=own)] == [plan.pk]
    assert year_plans(scope=other) == []
    assert year_plan(scope=other, plan_id=plan.pk) is None
    with pytest.raises(Refusal, match="没有找到这个年度计划"):
        change(plan, scope=Scope(prefix="440605", role="district"))
