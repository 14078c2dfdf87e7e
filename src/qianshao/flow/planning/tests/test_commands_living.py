"""A head moves, locks and mends what is planned; what would break a rule is refused in words and changes nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from qianshao.base.access.rules import Scope
from qianshao.base.access.tests.factories import DALIANG, LISHUI, make_officer, make_units
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.base.records.models import Event
from qianshao.base.records.rules import Actor
from qianshao.base.stations.models import Officer, OfficerLeave
from qianshao.flow.duties.models import Obligation
from qianshao.flow.duties.tests.factories import make_obligation
from qianshao.flow.planning.commands.living import Adjustment, Leave, adjust_plan, lock_visit, move_visit
from qianshao.flow.planning.commands.making import make_month_plan
from qianshao.flow.planning.commands.running import approve_plan, mark_visited
from qianshao.flow.planning.models import MonthPlan, Visit, VisitOfficer, VisitTask
from qianshao.flow.registry.models import Entity
from qianshao.flow.registry.tests.factories import make_entity

pytestmark = pytest.mark.django_db
HEAD = Actor(1, "何所长", "station_head", DALIANG)
AT = datetime(2026, 11, 24, 2, tzinfo=UTC)
TODAY = date(2026, 11, 24)
SCOPE = Scope(prefix=DALIANG, role="station_head")


@pytest.fixture
def plan() -> MonthPlan:
    """Three shops planned for December with two officers, approved."""
    make_units()
    for place in (1, 2):
        make_officer(number=f"粤E44060{place}", competences=["食品检查员"])
    for number in (1, 2, 3):
        make_obligation(make_entity(station=DALIANG, number=number), "CY-01")
    made = make_month_plan(station=DALIANG, month=date(2026, 12, 1), by=HEAD, at=AT, today=TODAY, seed=7)
    return approve_plan(plan_id=made.pk, scope=SCOPE, by=HEAD, at=AT)


def move(visit: Visit, day: date, **changes: Any) -> Visit:
    values: dict[str, Any] = {
        "visit_id": visit.pk,
        "day": day,
        "team": 1,
        "version": visit.version,
        "reason": "店主外出",
        "by": HEAD,
        "at": AT,
        "today": TODAY,
        "scope": SCOPE,
    }
    return move_visit(**(values | changes))


def adjust(plan: MonthPlan, **changes: Any) -> Adjustment:
    values: dict[str, Any] = {"reason": "人员变动", "by": HEAD, "at": AT, "today": TODAY, "scope": SCOPE}
    return adjust_plan(plan_id=plan.pk, **(values | changes))


def places() -> list[tuple[int, date, int, int]]:
    rows = Visit.objects.exclude(state="cancelled").order_by("pk")
    return list(rows.values_list("pk", "visit_on", "sequence", "version"))


def free_day() -> date:
    taken = set(Visit.objects.values_list("visit_on", flat=True))
    return next(day for day in (date(2026, 12, 15), date(2026, 12, 22)) if day not in taken)


def test_a_visit_moved_to_another_day_has_a_new_version_and_the_reason_is_on_record(plan: MonthPlan) -> None:
    visit = Visit.objects.order_by("visit_on", "sequence")[0]
    day = free_day()
    after = move(visit, day)
    assert (after.visit_on, after.sequence, after.version) == (day, 1, 2)
    rest = Visit.objects.exclude(pk=visit.pk).filter(visit_on=visit.visit_on).order_by("sequence")
    assert list(rest.values_list("sequence", "version")) == [(n + 1, 1) for n in range(len(rest))]
    event = Event.objects.get(verb="move_visit")
    assert event.payload["reason"] == "店主外出"
    assert VisitOfficer.objects.filter(visit=visit).count() == 2


@pytest.mark.parametrize(
    ("day", "changes", "words"),
    [
        (date(2027, 1, 4), {}, "不是可安排的工作日"),
        (date(2026, 12, 6), {}, "不是可安排的工作日"),
        (date(2026, 11, 3), {}, "不能改到今天以前"),
        (date(2026, 12, 15), {"reason": "  "}, "改期须说明原因"),
        (date(2026, 12, 15), {"version": 9}, "刚被别人改过"),
        (date(2026, 12, 15), {"team": 5}, "不能改到 2026-12-15 第 5 组：不足 2 人"),
        (date(2026, 12, 15), {"scope": Scope(prefix=LISHUI, role="station_head")}, "没有找到这次检查"),
    ],
)
def test_a_move_that_breaks_a_rule_names_it_and_nothing_changes(
    plan: MonthPlan, day: date, changes: dict[str, Any], words: str
) -> None:
    before = places()
    with pytest.raises(Refusal, match=words):
        move(Visit.objects.order_by("pk")[0], day, **changes)
    assert places() == before
    assert not Event.objects.filter(verb="move_visit").exists()


def test_a_move_out_of_the_window_names_the_check_and_its_window(plan: MonthPlan) -> None:
    Obligation.objects.update(due_on=date(2026, 12, 11))
    with pytest.raises(Refusal, match=r"“餐饮服务日常监督检查”（窗口 .* 至 2026-12-11）不在窗口内"):
        move(Visit.objects.order_by("pk")[0], date(2026, 12, 22))


def test_a_visit_that_is_done_does_not_move(plan: MonthPlan) -> None:
    visit = Visit.objects.order_by("pk")[0]
    mark_visited(visit_id=visit.pk, done_on=visit.visit_on)
    with pytest.raises(Refusal, match="已完成或已取消"):
        move(visit, free_day(), version=2)


def test_leave_of_one_of_two_officers_moves_the_visits_of_those_days_only(plan: MonthPlan) -> None:
    day = Visit.objects.order_by("visit_on")[0].visit_on
    officer = Officer.objects.order_by("pk")[0]
    result = adjust(plan, leave=Leave(officer.pk, day, day, "病假"))
    assert OfficerLeave.objects.count() == 1
    assert {one.kind for one in result.changes} == {"moved"}
    assert result.kept + len(result.changes) == 3
    assert not Visit.objects.filter(visit_on=day).exclude(state="cancelled").exists()
    assert (result.left_out, result.warnings) == (0, ())
    assert Visit.objects.filter(version=2).count() == len(result.changes)
    assert VisitTask.objects.filter(active=True).count() == 3


def test_a_locked_visit_stays_and_what_stands_against_it_is_said(plan: MonthPlan) -> None:
    visit = Visit.objects.order_by("visit_on")[0]
    lock_visit(visit_id=visit.pk, locked=True, by=HEAD, at=AT, scope=SCOPE)
    officer = Officer.objects.order_by("pk")[0]
    result = adjust(plan, leave=Leave(officer.pk, visit.visit_on, visit.visit_on))
    day = visit.visit_on
    visit.refresh_from_db()
    assert (visit.visit_on, visit.version) == (day, 1)
    assert any("当日证件失效或请假" in line for line in result.warnings)


def test_a_business_that_has_closed_is_dropped_and_a_new_duty_is_taken_in(plan: MonthPlan) -> None:
    gone = Visit.objects.order_by("pk")[0]
    Entity.objects.filter(pk=gone.entity_id).update(state="deregistered")
    make_obligation(make_entity(station=DALIANG, number=9), "CY-01")
    result = adjust(plan)
    assert sorted(one.kind for one in result.changes) == ["added", "dropped"]
    gone.refresh_from_db()
    assert (gone.state, result.kept) == ("cancelled", 2)
    assert Visit.objects.filter(state="planned").count() == 3
    plan.refresh_from_db()
    assert plan.report["visits"] == 3


def test_done_visits_stay_as_they_are_and_missed_ones_get_a_new_day(plan: MonthPlan) -> None:
    done, missed = Visit.objects.order_by("visit_on", "sequence")[:2]
    mark_visited(visit_id=done.pk, done_on=done.visit_on)
    Obligation.objects.filter(entity_id=done.entity_id).update(state="done", done_on=done.visit_on)
    later = date(2026, 12, 14)
    adjust(plan, today=later)
    done.refresh_from_db()
    missed.refresh_from_db()
    assert (done.state, done.version) == ("done", 2)
    assert missed.visit_on >= later
    assert Visit.objects.filter(state="planned", visit_on__lt=later).count() == 0


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"reason": ""}, "变更计划须说明原因"),
        ({"today": date(2027, 1, 4)}, "已没有可安排的工作日"),
        ({"scope": Scope(prefix=LISHUI, role="station_head")}, "没有找到这个计划"),
        ({"leave": Leave(1, date(2026, 12, 9), date(2026, 12, 1))}, "没有找到这名执法人员|止日早于起日"),
    ],
)
def test_a_change_that_cannot_be_made_is_refused_and_leaves_the_plan(
    plan: MonthPlan, changes: dict[str, Any], words: str
) -> None:
    before = places()
    with pytest.raises(Refusal, match=words):
        adjust(plan, **changes)
    assert places() == before
    assert (OfficerLeave.objects.count(), Event.objects.filter(verb="adjust_plan").count()) == (0, 0)


def test_mending_a_plan_to_which_nothing_has_happened_changes_nothing(plan: MonthPlan) -> None:
    before = places()
    result = adjust(plan)
    assert (result.changes, result.kept, places()) == ((), 3, before)
