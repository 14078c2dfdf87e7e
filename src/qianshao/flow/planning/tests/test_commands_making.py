"""A head makes, approves and withdraws a month's plan; what is missing is said; two at once leave one."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection

from qianshao.base.access.rules import EVERYTHING, Scope
from qianshao.base.access.tests.factories import DALIANG, LISHUI, make_officer, make_units
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.base.records.models import Event
from qianshao.base.records.queries import verify_record
from qianshao.base.records.rules import Actor
from qianshao.base.stations.models import Officer, OfficerLeave
from qianshao.base.tables.rules.spreading import Engine
from qianshao.flow.duties.tests.factories import make_obligation
from qianshao.flow.planning.commands import making
from qianshao.flow.planning.commands.making import make_city_plan, make_month_plan, make_plans
from qianshao.flow.planning.commands.running import approve_plan, mark_visited, withdraw_plan
from qianshao.flow.planning.models import LeftOut, MonthPlan, Visit, VisitOfficer, VisitTask
from qianshao.flow.registry.tests.factories import make_entity
from qianshao.flow.scheduling.rules.model import Schedule, StationMonth

pytestmark = pytest.mark.django_db
HEAD = Actor(1, "何所长", "station_head", DALIANG)
AT = datetime(2026, 11, 24, 2, tzinfo=UTC)
TODAY = date(2026, 11, 24)
DECEMBER = date(2026, 12, 1)


def officers(count: int = 2, **changes: Any) -> list[Officer]:
    changes = {"competences": ["食品检查员", "综合执法"]} | changes
    return [make_officer(number=f"粤E44060{place}", **changes) for place in range(1, count + 1)]


def shops(count: int, *, station: str = DALIANG, **changes: Any) -> None:
    """Shops that owe a catering check and a second check of the same window."""
    for number in range(1, count + 1):
        entity = make_entity(station=station, number=number + (100 if station == LISHUI else 0))
        for code in ("CY-01", "CY-02"):
            make_obligation(entity, code, **changes)


def make(**changes: Any) -> MonthPlan:
    values: dict[str, Any] = {
        "station": DALIANG,
        "month": DECEMBER,
        "by": HEAD,
        "at": AT,
        "today": TODAY,
        "seed": 7,
    }
    return make_month_plan(**(values | changes))


@pytest.fixture(autouse=True)
def units(db: None) -> None:
    make_units()


def reasons() -> set[tuple[str, str]]:
    return set(LeftOut.objects.values_list("reason", "detail"))


def test_a_month_carries_both_checks_of_a_shop_through_its_door_once() -> None:
    officers()
    shops(3)
    plan = make()
    assert (plan.state, Visit.objects.count(), VisitTask.objects.count()) == ("draft", 3, 6)
    assert VisitOfficer.objects.count() == 6
    assert [plan.report[name] for name in ("obligations", "visits", "lower_bound", "left_out")] == [
        6,
        3,
        3,
        0,
    ]
    assert {one.weekday() < 5 for one in Visit.objects.values_list("visit_on", flat=True)} == {True}
    event = Event.objects.get(verb="make_month_plan")
    assert (event.actor_name, event.unit) == ("何所长", DALIANG)


def test_a_second_plan_of_the_month_is_refused_in_words_and_the_first_stands() -> None:
    officers()
    shops(1)
    first = make()
    with pytest.raises(Refusal, match="该所2026年12月的计划已经编制，同一月份只能有一份有效计划"):
        make()
    assert list(MonthPlan.objects.values_list("id", flat=True)) == [first.pk]


def test_a_city_plan_leaves_stations_alone_that_have_theirs_and_says_when_all_have() -> None:
    officers()
    shops(1)
    shops(2, station=LISHUI)
    make()
    report = make_city_plan(month=DECEMBER, by=HEAD, at=AT, today=TODAY, seed=7, engine=Engine())
    assert (report["stations"], report["obligations"], report["left_out"]) == (1, 0, 4)
    with pytest.raises(Refusal, match="2026年12月各所计划均已编制"):
        make_city_plan(month=DECEMBER, by=HEAD, at=AT, today=TODAY, seed=7, engine=Engine())
    assert MonthPlan.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_four_plans_of_one_month_at_one_instant_leave_one_whole_plan() -> None:
    """One is made; the others are told that it stands; nothing of theirs is left behind."""
    officers()
    shops(3)
    gate, told = threading.Barrier(4), list[str]()

    def plan() -> None:
        gate.wait()
        try:
            make()
            told.append("made")
        except Refusal as refusal:
            told.append(refusal.code)
        connection.close()

    threads = [threading.Thread(target=plan) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["already_planned"] * 3 + ["made"]
    assert (MonthPlan.objects.count(), Visit.objects.count(), VisitTask.objects.count()) == (1, 3, 6)
    assert Event.objects.filter(verb="make_month_plan").count() == 1
    assert verify_record().findings == []


@pytest.mark.parametrize(
    ("people", "changes", "words"),
    [
        (0, {}, "本所持证执法人员不足 2 人，请增派 2 人"),
        (1, {}, "本所持证执法人员不足 2 人，请增派 1 人"),
        (2, {"auxiliary": True}, "本所持证执法人员不足 2 人，请增派 2 人"),
        (2, {"station_id": LISHUI}, "本所持证执法人员不足 2 人，请增派 2 人"),
        (2, {"competences": ["计量"]}, "本所无人具备“食品检查员”资质；请从他所借调 1 人或安排取证"),
        (
            2,
            {"certificate_expires_on": date(2026, 11, 30)},
            "具备“食品检查员”资质的 2 人执法证均已到期（最晚 2026-11-30）；请换证或从他所借调 1 人",
        ),
    ],
)
def test_a_month_nobody_can_carry_says_who_is_missing(
    people: int, changes: dict[str, Any], words: str
) -> None:
    officers(people, **changes)
    shops(1)
    plan = make()
    assert {detail for _, detail in reasons()} == {words}
    assert (Visit.objects.count(), plan.report["left_out"], plan.report["obligations"]) == (0, 2, 0)


def test_a_month_of_leave_says_so() -> None:
    for one in officers():
        OfficerLeave.objects.create(officer=one, from_on=DECEMBER, to_on=date(2026, 12, 31))
    shops(1)
    make()
    assert {reason for reason, _ in reasons()} == {"on_leave"}
    assert Visit.objects.count() == 0


def test_a_window_without_a_working_day_is_named_with_its_days() -> None:
    officers()
    shops(1, release_on=date(2026, 12, 5), due_on=date(2026, 12, 6))
    make()
    assert reasons() == {
        (
            "window_closed",
            "窗口 2026-12-05 至 2026-12-06 内没有可安排的工作日；请调整窗口或在当月之前安排",
        )
    }


@pytest.mark.parametrize(
    ("month", "today", "words"),
    [
        (date(2026, 10, 1), TODAY, "2026年10月已经结束，不能再编制计划"),
        (date(2026, 12, 2), TODAY, "月份应为当月首日"),
        (date(2026, 10, 1), date(2026, 10, 31), "2026年10月已没有可安排的工作日"),
    ],
)
def test_a_month_without_a_day_to_plan_is_refused_and_nothing_is_made(
    month: date, today: date, words: str
) -> None:
    officers()
    shops(1)
    with pytest.raises(Refusal, match=words):
        make(month=month, today=today)
    assert (MonthPlan.objects.count(), Event.objects.count()) == (0, 0)


def test_a_schedule_that_breaks_a_rule_is_never_saved(monkeypatch: pytest.MonkeyPatch) -> None:
    officers()
    shops(2)

    def lame(act: object, month: StationMonth) -> Schedule:
        return Schedule(visits=[], unplaced=[])

    monkeypatch.setattr(making, "apart", lame)
    with pytest.raises(Refusal, match="编制结果未通过核验，未保存"):
        make()
    assert (MonthPlan.objects.count(), Visit.objects.count(), Event.objects.count()) == (0, 0, 0)


def test_a_withdrawn_plan_frees_what_was_not_visited_and_the_month_is_planned_anew() -> None:
    officers()
    shops(3)
    first = make()
    approve_plan(plan_id=first.pk, scope=EVERYTHING, by=HEAD, at=AT)
    done = Visit.objects.order_by("id")[0]
    mark_visited(visit_id=done.pk, done_on=DECEMBER)
    withdraw_plan(plan_id=first.pk, scope=EVERYTHING, reason="人员调动", by=HEAD, at=AT)
    assert sorted(Visit.objects.values_list("state", flat=True)) == ["cancelled", "cancelled", "done"]
    second = make()
    assert [second.report[name] for name in ("obligations", "visits")] == [4, 2]
    assert not Visit.objects.filter(plan=second, entity=done.entity_id).exists()
    assert list(Event.objects.order_by("id").values_list("verb", flat=True)) == [
        "make_month_plan",
        "approve_plan",
        "withdraw_plan",
        "make_month_plan",
    ]


def test_approving_twice_withdrawing_twice_and_without_a_reason_are_refused() -> None:
    officers()
    shops(1)
    plan = make()
    approve_plan(plan_id=plan.pk, scope=EVERYTHING, by=HEAD, at=AT)
    with pytest.raises(Refusal, match="只有草案可以批准"):
        approve_plan(plan_id=plan.pk, scope=EVERYTHING, by=HEAD, at=AT)
    with pytest.raises(Refusal, match="撤回计划须说明原因"):
        withdraw_plan(plan_id=plan.pk, scope=EVERYTHING, reason=" ", by=HEAD, at=AT)
    assert Visit.objects.filter(state="planned").count() == 1
    withdraw_plan(plan_id=plan.pk, scope=EVERYTHING, reason="重编", by=HEAD, at=AT)
    with pytest.raises(Refusal, match="该计划已经撤回"):
        withdraw_plan(plan_id=plan.pk, scope=EVERYTHING, reason="重编", by=HEAD, at=AT)


def test_a_visit_of_a_plan_nobody_approved_is_not_carried_out() -> None:
    officers()
    shops(1)
    make()
    visit = Visit.objects.get()
    with pytest.raises(Refusal, match="所在月计划尚未批准，不得实施检查"):
        mark_visited(visit_id=visit.pk, done_on=DECEMBER)
    visit.refresh_from_db()
    assert (visit.state, visit.done_on) == ("planned", None)


def test_another_town_finds_no_plan_to_approve_or_withdraw() -> None:
    officers()
    shops(1)
    plan = make()
    other = Scope(prefix=LISHUI, role="station_head")
    with pytest.raises(Refusal, match="没有找到这个计划"):
        approve_plan(plan_id=plan.pk, scope=other, by=HEAD, at=AT)
    with pytest.raises(Refusal, match="没有找到这个计划"):
        withdraw_plan(plan_id=plan.pk, scope=other, reason="x", by=HEAD, at=AT)
    plan.refresh_from_db()
    assert plan.state == "draft"


def test_a_quarter_is_reckoned_as_one_and_each_month_is_a_plan_of_its_own() -> None:
    officers()
    for number, month in enumerate((1, 2, 3), start=1):
        door = make_entity(station=DALIANG, number=number)
        make_obligation(door, "CY-01", release_on=date(2027, month, 1), due_on=date(2027, month, 28))
        make_obligation(door, "CY-02", release_on=date(2027, 1, 4), due_on=date(2027, 3, 31))
    plans = make_plans(
        station=DALIANG, month=date(2027, 1, 1), quarter=True, by=HEAD, at=AT, today=TODAY, seed=7
    )
    assert [one.month for one in plans] == [date(2027, month, 1) for month in (1, 2, 3)]
    assert [(one.report["visits"], one.report["obligations"]) for one in plans] == [(1, 2)] * 3
    assert Event.objects.filter(verb="make_month_plan").count() == 3


def test_a_quarter_with_a_month_that_is_planned_already_keeps_none() -> None:
    officers()
    shops(1)
    make(month=date(2027, 2, 1))
    with pytest.raises(Refusal, match="2027年2月的计划已经编制"):
        make_plans(station=DALIANG, month=date(2027, 1, 1), quarter=True, by=HEAD, at=AT, today=TODAY, seed=7)
    with pytest.raises(Refusal, match="季度应从 1、4、7、10 月的首日开始"):
        make_plans(station=DALIANG, month=date(2027, 3, 1), quarter=True, by=HEAD, at=AT, today=TODAY, seed=7)
    assert MonthPlan.objects.count() == 1


def test_the_whole_city_is_planned_for_a_quarter() -> None:
    officers()
    shops(2)
    report = make_city_plan(
        month=date(2027, 1, 1), quarter=True, by=HEAD, at=AT, today=TODAY, seed=7, engine=Engine()
    )
    assert report["stations"] * 3 == MonthPlan.objects.count()
    with pytest.raises(Refusal, match="各所计划均已编制"):
        make_city_plan(
            month=date(2027, 1, 1), quarter=True, by=HEAD, at=AT, today=TODAY, seed=7, engine=Engine()
        )
