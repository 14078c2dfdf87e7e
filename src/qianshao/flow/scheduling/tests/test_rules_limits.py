"""A door has its limits: who must stay away, how often it may be entered, when it is open, whom chance sends, which roads lead to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qianshao.flow.scheduling.rules.ground import Ground
from qianshao.flow.scheduling.rules.hours import timed
from qianshao.flow.scheduling.rules.model import DoorRule, PlannedVisit, Schedule, StationMonth
from qianshao.flow.scheduling.rules.moving import moved
from qianshao.flow.scheduling.rules.replanning import replan
from qianshao.flow.scheduling.rules.report import report_of
from qianshao.flow.scheduling.rules.solving import solve
from qianshao.flow.scheduling.rules.stops import stop_on
from qianshao.flow.scheduling.rules.verify import broken_rules
from qianshao.flow.scheduling.tests.factories import (
    BOUNDS,
    FIRST,
    FOOD,
    HOME,
    LIFTS,
    MONDAY,
    a_grid,
    a_month,
    a_task,
    an_inspector,
    limited,
    random_month,
)

FOUR = [an_inspector(number, FOOD, LIFTS) for number in (1, 2, 3, 4)]


def planned(month: StationMonth) -> Schedule:
    schedule = solve(month)
    assert broken_rules(month, schedule) == []
    return schedule


def a_door(**limits: Any) -> dict[int, DoorRule]:
    return {1: DoorRule(**limits)}


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**9), st.integers(1, 60), st.integers(0, 12), st.sampled_from((0.0, 0.3, 0.9)))
def test_whatever_the_limits_the_plan_holds_and_nothing_due_is_lost(
    seed: int, doors: int, people: int, tightness: float
) -> None:
    month = limited(random_month(seed, doors=doors, people=people, tightness=tightness), seed)
    planned(month)


@pytest.mark.parametrize("seed", range(12))
def test_a_limited_plan_that_is_mended_without_cause_stays_as_it_is(seed: int) -> None:
    month = limited(random_month(seed, doors=60, people=8), seed)
    plan = planned(month)
    again = replan(month, plan.visits, frozenset(), FIRST)
    assert broken_rules(month, again.schedule) == []
    before = {(one.door, one.day, one.team, one.officers) for one in plan.visits}
    after = {(one.door, one.day, one.team, one.officers) for one in again.schedule.visits}
    assert before <= after


def test_an_officer_in_conflict_goes_elsewhere_while_the_colleagues_enter() -> None:
    month = a_month([a_task(1), a_task(2)], FOUR, doors=a_door(conflicted=frozenset({1})))
    visits = {one.door: one.officers for one in planned(month).visits}
    assert 1 not in visits[1]


def test_where_everybody_is_in_conflict_the_door_is_left_out_with_the_cure() -> None:
    month = a_month([a_task(1)], FOUR, doors=a_door(conflicted=frozenset({1, 2, 3, 4})))
    (left,) = planned(month).unplaced
    assert (left.reason, left.detail) == (
        "conflict",
        "具备“食品检查员”的各组均有人员须回避；请从他所借调 2 人",
    )


def test_a_cap_that_is_used_up_keeps_the_door_shut_and_the_report_sets_it_against_full_coverage() -> None:
    tasks = [
        a_task(1, coverage=True, due_on=date(2026, 12, 4), duty="餐饮服务日常监督检查"),
        a_task(2, door=1, release_on=date(2026, 12, 14), due_on=date(2026, 12, 18)),
    ]
    month = a_month(tasks, FOUR, doors=a_door(entries_left=0))
    schedule = planned(month)
    assert [one.reason for one in schedule.unplaced] == ["cap_reached", "cap_reached"]
    assert "年度检查次数上限只余 0 次" in schedule.unplaced[0].detail
    report = report_of(month, schedule, {1: "佛山市某餐厅"})
    assert report["contradictions"] == ["佛山市某餐厅：餐饮服务日常监督检查应全覆盖，今年只还能进门 0 次"]
    assert report["missing"] == []


def test_one_entry_left_carries_what_fits_together_and_the_rest_is_told() -> None:
    tasks = [
        a_task(1, risk_class="D", due_on=date(2026, 12, 4)),
        a_task(2, door=1, due_on=date(2026, 12, 4)),
        a_task(3, door=1, release_on=date(2026, 12, 14), due_on=date(2026, 12, 18)),
    ]
    schedule = planned(a_month(tasks, FOUR, doors=a_door(entries_left=1)))
    assert [one.tasks for one in schedule.visits] == [(1, 2)]
    assert [(one.task, one.reason) for one in schedule.unplaced] == [(3, "cap_reached")]


def test_a_check_asked_for_from_above_does_not_count_against_the_cap() -> None:
    month = a_month([a_task(1, capped=False)], FOUR, doors=a_door(entries_left=0))
    assert len(planned(month).visits) == 1


def test_a_restaurant_that_opens_in_the_evening_is_entered_last_and_nobody_waits() -> None:
    tasks = [a_task(number, lon=HOME[0] + 0.01 * number) for number in (1, 2, 3)]
    month = a_month(tasks, FOUR[:2], doors=a_door(opens=16 * 60, closes=21 * 60))
    visits = sorted(planned(month).visits, key=lambda one: (one.day, one.sequence))
    on_the_day = [one for one in visits if one.day == next(v.day for v in visits if v.door == 1)]
    last = on_the_day[-1]
    assert (last.door, last.starts_at) == (1, 16 * 60)
    if len(on_the_day) > 1:
        before = on_the_day[-2]
        assert before.starts_at is not None
        assert before.starts_at + before.minutes > 15 * 60


def test_a_door_closed_on_the_only_days_of_its_window_is_left_out_with_the_reason() -> None:
    month = a_month(
        [a_task(1, release_on=MONDAY, due_on=MONDAY)], FOUR, doors=a_door(closed_on=frozenset({0}))
    )
    assert [one.reason for one in planned(month).unplaced] == ["door_shut"]


def test_a_door_open_for_less_than_the_check_takes_says_so() -> None:
    month = a_month([a_task(1, minutes=90)], FOUR, doors=a_door(opens=600, closes=660))
    (left,) = planned(month).unplaced
    assert left.detail.startswith("检查需 100 分钟，该户每天只营业 60 分钟")


def test_of_the_drawn_officers_one_at_least_enters() -> None:
    month = a_month([a_task(number, drawn=frozenset({4, 9})) for number in range(1, 12)], FOUR)
    assert all(4 in one.officers for one in planned(month).visits)


def test_drawn_officers_who_are_all_away_leave_the_door_out_until_a_person_changes_the_team() -> None:
    (left,) = planned(a_month([a_task(1, drawn=frozenset({8, 9}))], FOUR)).unplaced
    assert left.reason == "drawn_absent"


def test_the_setting_may_ask_for_both_drawn_officers_or_for_none() -> None:
    drawn = a_task(1, drawn=frozenset({1, 9}))
    none = a_month([drawn], FOUR, bounds=replace(BOUNDS, drawn_present=0))
    both = a_month([drawn], FOUR, bounds=replace(BOUNDS, drawn_present=2))
    assert len(planned(none).visits) == 1
    assert [one.reason for one in planned(both).unplaced] == ["drawn_absent"]


def test_ways_follow_the_roads_that_are_given() -> None:
    ground = Ground(HOME[1], 1.34, a_grid(2))
    west, east = ground.point(HOME[0] - 0.05, HOME[1] - 0.05), ground.point(HOME[0] + 0.05, HOME[1] + 0.05)
    straight = Ground(HOME[1], 1.0).km(west, east)
    assert float(ground.km(west, east)) == pytest.approx(float(straight) * 2**0.5, rel=0.01)
    assert float(ground.km(west, west)) == 0.0


@given(st.lists(st.tuples(st.floats(-0.06, 0.06), st.floats(-0.06, 0.06)), min_size=3, max_size=3))
def test_no_way_over_a_third_place_is_shorter_also_on_roads(places: list[tuple[float, float]]) -> None:
    ground = Ground(HOME[1], 1.34, a_grid(3))
    a, b, c = (ground.point(HOME[0] + lon, HOME[1] + lat) for lon, lat in places)
    assert float(ground.km(a, c)) <= float(ground.km(a, b) + ground.km(b, c)) + 1e-9


@given(st.lists(st.tuples(st.integers(0, 1000), st.integers(20, 600)), min_size=1, max_size=5))
def test_leaving_later_saves_waiting_and_never_comes_back_later(windows: list[tuple[int, int]]) -> None:
    month = a_month(
        [a_task(number) for number in range(1, len(windows) + 1)],
        FOUR,
        doors={
            place: DoorRule(opens=opens, closes=opens + length)
            for place, (opens, length) in enumerate(windows, 1)
        },
    )
    stops = [stop_on([task], 0, month) for task in month.tasks]
    legs = [12.0] * (len(stops) + 1)
    found = timed(stops, legs, BOUNDS)
    leaves = [minute for minute in range(BOUNDS.day_starts, BOUNDS.day_ends) if _back(stops, legs, minute)]
    if found is None:
        assert leaves == []
        return
    best = min(_back(stops, legs, minute) - minute for minute in leaves)
    assert found.minutes == pytest.approx(best)
    assert found.back == min(_back(stops, legs, minute) for minute in leaves)


def _back(stops: list[Any], legs: list[float], leaves: int) -> float:
    """When a team that leaves then is back, 0 where a door is closed by then or the day is over."""
    at = float(leaves)
    for stop, leg in zip(stops, legs, strict=False):
        at = max(at + leg, stop.earliest)
        if at > stop.latest:
            return 0.0
        at += stop.minutes
    return at + legs[-1] if at + legs[-1] <= BOUNDS.day_ends else 0.0


LIMITED = a_month(
    [a_task(1, drawn=frozenset({1})), a_task(2), a_task(3)],
    FOUR,
    doors={
        1: DoorRule(conflicted=frozenset({3}), entries_left=1),
        2: DoorRule(opens=9 * 60, closes=12 * 60, closed_on=frozenset({4})),
    },
)


@pytest.mark.parametrize(
    ("door", "change", "words"),
    [
        (1, lambda one: replace(one, officers=(3, 4), team=9), "人员 3 须回避"),
        (1, lambda one: replace(one, officers=(2, 4), team=9), "事项 1 抽中的人员没有到场"),
        (2, lambda one: replace(one, day=date(2026, 12, 4), team=9), "当天不营业"),
        (2, lambda one: replace(one, starts_at=14 * 60), "不在营业时间内"),
        (2, lambda one: replace(one, starts_at=None), "没有合适的到达时间"),
        (2, lambda one: replace(one, starts_at=8 * 60, team=9), "不在外出时间内"),
    ],
)
def test_a_visit_that_breaks_a_limit_is_found(
    door: int, change: Callable[[PlannedVisit], PlannedVisit], words: str
) -> None:
    schedule = planned(LIMITED)
    schedule.visits = [change(one) if one.door == door else one for one in schedule.visits]
    assert words in "；".join(broken_rules(LIMITED, schedule))


def test_an_entry_above_the_cap_is_found() -> None:
    schedule = planned(LIMITED)
    assert "主体 1 进门 1 次，本年度上限只余 0 次" in broken_rules(
        replace(LIMITED, doors={1: DoorRule(entries_left=0)}), schedule
    )


def test_a_move_to_a_day_on_which_the_door_is_closed_is_named() -> None:
    schedule = planned(LIMITED)
    place = next(place for place, one in enumerate(schedule.visits) if one.door == 2)
    friday = MONDAY + timedelta(days=4)
    after = moved(LIMITED, schedule, place, day=friday, team=schedule.visits[place].team)
    assert any("当天不营业" in line for line in broken_rules(LIMITED, after))


def test_a_conflict_that_becomes_known_moves_the_door_to_another_team() -> None:
    month = a_month([a_task(1), a_task(2)], FOUR)
    plan = planned(month)
    there = next(one for one in plan.visits if one.door == 1).officers[0]
    known = replace(month, doors={1: DoorRule(conflicted=frozenset({there}))})
    again = replan(known, plan.visits, frozenset(), FIRST)
    assert broken_rules(known, again.schedule) == []
    assert there not in next(one for one in again.schedule.visits if one.door == 1).officers


def test_a_usual_day_begins_when_the_day_begins_and_the_way_is_made() -> None:
    (visit,) = planned(a_month([a_task(1)], FOUR[:2])).visits
    assert (visit.starts_at, visit.travel_minutes) == (BOUNDS.day_starts + 3, 7)
