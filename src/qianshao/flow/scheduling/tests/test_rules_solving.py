"""A station's month is planned: the named situations an officer or a station head would recognise."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise, permutations
from math import hypot

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qianshao.base.tables.rules.spreading import apart
from qianshao.flow.scheduling.rules.improving import shortest
from qianshao.flow.scheduling.rules.model import PlannedVisit, Schedule, StationMonth
from qianshao.flow.scheduling.rules.report import report_of
from qianshao.flow.scheduling.rules.solving import solve
from qianshao.flow.scheduling.rules.verify import broken_rules
from qianshao.flow.scheduling.tests.factories import (
    BOUNDS,
    FIRST,
    FOOD,
    HOME,
    LAST,
    LIFTS,
    METERS,
    MONDAY,
    a_month,
    a_task,
    an_inspector,
    random_month,
    working_days,
)

PAIR = [an_inspector(1, FOOD, LIFTS), an_inspector(2, METERS)]


def planned(month: StationMonth) -> Schedule:
    """The plan, which must hold."""
    schedule = solve(month)
    assert broken_rules(month, schedule) == []
    return schedule


def only_visit(month: StationMonth) -> PlannedVisit:
    (visit,) = planned(month).visits
    return visit


def reasons(month: StationMonth) -> list[str]:
    return [one.reason for one in planned(month).unplaced]


def test_the_teams_of_a_station_are_out_on_every_day_of_a_week_and_not_all_on_the_same_three() -> None:
    """Ten officers with three field days each can send five pairs on three days, or three pairs on every day."""
    week = working_days(MONDAY, MONDAY + timedelta(days=4))
    people = [an_inspector(number) for number in range(1, 11)]
    tasks = [a_task(number, minutes=80) for number in range(1, 46)]
    visits = planned(a_month(tasks, people, days=week)).visits
    assert len(visits) == 45
    out = [len({visit.officers for visit in visits if visit.day == day}) for day in week]
    assert max(out) - min(out) <= 1


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**9), st.integers(1, 60), st.integers(0, 12), st.sampled_from((0.0, 0.3, 0.9)))
def test_whatever_the_month_the_plan_holds_and_nothing_due_is_lost(
    seed: int, doors: int, people: int, tightness: float
) -> None:
    month = random_month(seed, doors=doors, people=people, tightness=tightness)
    schedule = planned(month)
    assert schedule.window_bound <= schedule.lower_bound <= len(schedule.visits)
    assert report_of(month, schedule)["due"] == sum(task.due_on <= LAST for task in month.tasks)


def test_the_same_month_and_seed_give_the_same_plan_also_in_a_child_process() -> None:
    month = random_month(11, doors=80, people=9)
    assert solve(month) == solve(month) == apart(solve, month)


def test_another_seed_may_order_equal_doors_otherwise_and_places_as_many() -> None:
    doors = [a_task(number, lon=HOME[0] + number / 1000) for number in range(1, 30)]
    placed = {len(planned(a_month(doors, PAIR, seed=seed)).visits) for seed in range(5)}
    assert placed == {29}


def test_three_duties_at_one_door_with_a_common_week_are_one_entry() -> None:
    week = {"release_on": MONDAY, "due_on": MONDAY + timedelta(days=4)}
    tasks = [
        a_task(1, door=5, competence=FOOD),
        a_task(2, door=5, competence=LIFTS, **week),
        a_task(3, door=5, competence=METERS),
    ]
    visit = only_visit(a_month(tasks, PAIR))
    assert sorted(visit.tasks) == [1, 2, 3]
    assert MONDAY <= visit.day <= MONDAY + timedelta(days=4)
    assert visit.minutes == BOUNDS.door_minutes + 3 * 30


def test_windows_that_do_not_meet_need_two_entries_and_the_bound_says_so() -> None:
    tasks = [
        a_task(1, door=5, release_on=date(2026, 12, 1), due_on=date(2026, 12, 4)),
        a_task(2, door=5, release_on=date(2026, 12, 14), due_on=date(2026, 12, 18)),
    ]
    schedule = planned(a_month(tasks, PAIR))
    assert (len(schedule.visits), schedule.window_bound, schedule.lower_bound) == (2, 2, 2)
    assert schedule.splits == []


def test_what_is_overdue_goes_out_first() -> None:
    late = [a_task(number, due_on=date(2026, 11, 20), release_on=date(2026, 10, 1)) for number in range(1, 5)]
    usual = [a_task(number) for number in range(5, 60)]
    schedule = planned(a_month([*usual, *late], PAIR))
    day_of = {task: visit.day for visit in schedule.visits for task in visit.tasks}
    assert {day_of[task.id] for task in late} == {min(day_of.values())}


def test_in_a_month_too_short_for_all_the_higher_risk_is_placed() -> None:
    low = [a_task(number, risk_class="A", minutes=100) for number in range(1, 60)]
    high = [a_task(number, risk_class="D", minutes=100) for number in range(60, 80)]
    schedule = planned(a_month([*low, *high], PAIR))
    left = {one.task for one in schedule.unplaced}
    assert left
    assert left <= {task.id for task in low}


def test_a_later_duty_rides_along_but_opens_no_door_of_its_own() -> None:
    tasks = [
        a_task(1, door=5),
        a_task(2, door=5, due_on=date(2027, 1, 31)),
        a_task(3, door=6, due_on=date(2027, 1, 31)),
    ]
    month = a_month(tasks, PAIR)
    visit = only_visit(month)
    report = report_of(month, solve(month))
    assert visit.tasks == (1, 2)
    assert (report["due"], report["obligations"], report["done_ahead"]) == (1, 2, 1)


def test_later_duties_never_take_the_hours_of_due_ones() -> None:
    days = working_days(MONDAY, MONDAY)
    due = [a_task(number, minutes=100) for number in (1, 2, 3)]
    later = [a_task(10 + number, door=number, minutes=200, due_on=date(2027, 1, 20)) for number in (1, 2, 3)]
    schedule = planned(a_month([*due, *later], PAIR, days=days))
    assert sorted(task for visit in schedule.visits for task in visit.tasks) == [1, 2, 3]


def test_a_duty_nobody_is_competent_for_says_so_and_what_to_do() -> None:
    month = a_month([a_task(1, competence="药品检查员"), a_task(2)], PAIR)
    schedule = planned(month)
    (left,) = schedule.unplaced
    assert (left.task, left.reason) == (1, "no_competence")
    assert left.detail == "本所无人具备“药品检查员”资质；请从他所借调 1 人或安排取证"
    assert report_of(month, schedule)["missing"] == ["缺少“药品检查员”资质人员 1 人·天（每次另须 1 人同行）"]


def test_an_expired_certificate_is_named() -> None:
    expired = an_inspector(3, LIFTS, certified_until=date(2026, 11, 30))
    month = a_month([a_task(1, competence=LIFTS)], [an_inspector(1), an_inspector(2), expired])
    (left,) = planned(month).unplaced
    assert left.reason == "certificate_expired"
    assert "最晚 2026-11-30" in left.detail


def test_a_certificate_that_ends_in_the_month_is_used_while_it_lasts() -> None:
    ending = an_inspector(3, LIFTS, certified_until=date(2026, 12, 2))
    tasks = [a_task(1, door=1, competence=LIFTS), a_task(2, door=1)]
    visit = only_visit(a_month(tasks, [an_inspector(1), ending]))
    assert visit.day <= date(2026, 12, 2)
    assert visit.tasks == (1, 2)


def test_leave_over_the_whole_window_is_the_reason_not_missing_competence() -> None:
    away = an_inspector(2, LIFTS, away=frozenset(working_days()))
    tasks = [a_task(1, competence=LIFTS)]
    assert reasons(a_month(tasks, [an_inspector(1), an_inspector(3), away])) == ["on_leave"]


def test_one_officer_alone_may_not_go_out() -> None:
    assert reasons(a_month([a_task(1)], [an_inspector(1)])) == ["no_officers"]
    assert reasons(a_month([a_task(1)], [])) == ["no_officers"]


def test_two_officers_who_are_never_there_together_cannot_go_out() -> None:
    days = working_days()
    odd = [an_inspector(1, away=frozenset(days[::2])), an_inspector(2, away=frozenset(days[1::2]))]
    assert reasons(a_month([a_task(1)], odd)) == ["no_officers"]


def test_when_partners_are_away_those_left_form_a_team_of_the_day() -> None:
    days = working_days(MONDAY, MONDAY)
    people = [
        an_inspector(1, LIFTS),
        an_inspector(2, METERS, away=frozenset(days)),
        an_inspector(3, LIFTS),
        an_inspector(4, METERS, away=frozenset(days)),
    ]
    visit = only_visit(a_month([a_task(1, competence=LIFTS)], people, days=days))
    assert visit.officers == (1, 3)


def test_a_window_over_a_weekend_has_no_working_day() -> None:
    weekend = a_task(1, release_on=date(2026, 12, 5), due_on=date(2026, 12, 6))
    assert reasons(a_month([weekend], PAIR)) == ["window_closed"]


def test_competences_no_team_holds_together_are_two_entries_and_the_bound_knows() -> None:
    tasks = [a_task(place, door=5, competence=name) for place, name in enumerate((FOOD, LIFTS, METERS), 1)]
    people = [an_inspector(1, FOOD), an_inspector(2, LIFTS), an_inspector(3, METERS), an_inspector(4, METERS)]
    schedule = planned(a_month(tasks, people))
    assert (len(schedule.visits), schedule.window_bound, schedule.lower_bound) == (2, 1, 2)
    assert [one.parts for one in schedule.splits] == [2]


def test_partners_are_swapped_so_that_more_doors_find_a_team() -> None:
    tasks = [
        a_task(10 * door + place, door=door, competence=name)
        for door in range(1, 9)
        for place, name in enumerate((LIFTS, METERS))
    ]
    people = [
        an_inspector(1, LIFTS),
        an_inspector(2, "价格"),
        an_inspector(3, METERS),
        an_inspector(4, "广告"),
    ]
    schedule = planned(a_month(tasks, people))
    assert len(schedule.visits) == 8


def test_a_door_with_more_than_a_day_of_work_is_entered_on_several() -> None:
    tasks = [a_task(number, door=5, minutes=200) for number in range(1, 4)]
    schedule = planned(a_month(tasks, PAIR))
    assert (len(schedule.visits), schedule.window_bound, schedule.lower_bound) == (3, 1, 2)
    assert schedule.splits[0].why == "全部事项需 610 分钟，超过一个工作日"


def test_one_task_longer_than_any_day_says_so() -> None:
    far = a_task(1, minutes=340, lon=HOME[0] + 0.1)
    (left,) = planned(a_month([far], PAIR)).unplaced
    assert left.reason == "no_hours"
    assert left.detail.startswith("检查需 340 分钟，一天除去路途只有 ")


def test_an_infeasible_month_says_what_is_missing() -> None:
    month = a_month([a_task(number, minutes=170) for number in range(1, 200)], PAIR)
    report = report_of(month, planned(month))
    assert report["obligations"] + report["left_out"] == report["due"] == 199
    assert report["left_out_by_reason"] == [
        {"reason": "no_hours", "label": "工时不足", "count": report["left_out"]}
    ]
    (missing,) = report["missing"]
    assert missing.startswith("“食品检查员”事项工时不足，约缺 ")
    assert report["minutes_used"] <= report["minutes_available"]


def test_nobody_goes_out_on_more_days_of_a_week_than_set() -> None:
    week = working_days(MONDAY, MONDAY + timedelta(days=4))
    schedule = planned(a_month([a_task(number, minutes=150) for number in range(1, 30)], PAIR, days=week))
    assert len({visit.day for visit in schedule.visits}) == BOUNDS.field_days_per_week


def test_a_task_due_tomorrow_finds_a_team_although_the_week_is_full_of_others() -> None:
    week = working_days(MONDAY, MONDAY + timedelta(days=4))
    usual = [a_task(number, minutes=150, risk_class="D") for number in range(1, 6)]
    friday = a_task(99, release_on=week[4], due_on=week[4], minutes=60)
    schedule = planned(a_month([*usual, friday], PAIR, days=week))
    assert schedule.unplaced == []


def test_work_falls_evenly_on_the_teams() -> None:
    people = [an_inspector(number) for number in range(1, 9)]
    month = a_month([a_task(number, lon=HOME[0] + number % 7 / 200) for number in range(1, 161)], people)
    load = report_of(month, planned(month))["officer_minutes"]
    assert load["most"] <= 1.25 * load["least"]


def test_a_door_without_coordinates_is_planned_at_the_station() -> None:
    visit = only_visit(a_month([a_task(1, lon=HOME[0], lat=HOME[1])], PAIR))
    assert visit.travel_minutes == 0


def test_travel_is_told_in_whole_minutes_that_never_hide_any() -> None:
    schedule = planned(a_month([a_task(number, lon=HOME[0] + number / 300) for number in range(1, 9)], PAIR))
    told = sum(visit.travel_minutes for visit in schedule.visits)
    exact = schedule.travel_km / BOUNDS.speed_kmh * 60
    assert exact <= told < exact + len({visit.day for visit in schedule.visits})


@pytest.mark.parametrize("seed", range(6))
def test_short_routes_are_as_short_as_any_order(seed: int) -> None:
    month = random_month(seed, doors=6, people=2)
    points = [HOME, *{(task.lon, task.lat) for task in month.tasks}]

    def length(order: tuple[int, ...] | list[int]) -> float:
        tour = [0, *order, 0]
        return sum(hypot(points[a][0] - points[b][0], points[a][1] - points[b][1]) for a, b in pairwise(tour))

    best = min(length(order) for order in permutations(range(1, len(points))))
    far = [[hypot(a[0] - b[0], a[1] - b[1]) for b in points] for a in points]
    assert length(shortest(far)) <= best * 1.05


def test_a_bigger_team_is_formed_where_the_law_asks_for_it() -> None:
    bounds = replace(BOUNDS, team_minimum=3)
    people = [an_inspector(number) for number in range(1, 8)]
    schedule = planned(a_month([a_task(number) for number in range(1, 20)], people, bounds=bounds))
    assert {len(visit.officers) for visit in schedule.visits} <= {3, 4}
    assert schedule.visits[0].day >= FIRST
