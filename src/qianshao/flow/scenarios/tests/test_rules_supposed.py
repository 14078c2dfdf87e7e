"""What is supposed is changed and nothing else; more people, days or shared checks never need more doors."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from qianshao.flow.scenarios.rules import Supposition, further_wanted, outcome, staff_needed, supposed, total
from qianshao.flow.scheduling.rules.model import DoorRule, Schedule, StationMonth, Unplaced
from qianshao.flow.scheduling.rules.solving import solve
from qianshao.flow.scheduling.tests.factories import (
    FOOD,
    LAST,
    LIFTS,
    a_month,
    a_task,
    an_inspector,
    random_month,
)


def under(month: StationMonth, given: Supposition, used: dict[int, int] | None = None) -> StationMonth:
    duty_of = {task.id: "CY-01" if task.id % 2 else "JG-01" for task in month.tasks}
    return supposed(month, given, duty_of=duty_of, further=(), used=used or {}, month_end=LAST)


@pytest.mark.parametrize("seed", range(4))
def test_supposing_nothing_is_the_month_itself(seed: int) -> None:
    month = random_month(seed, doors=30, people=6)
    assert under(month, Supposition()) == month


def test_a_duty_checked_half_as_often_keeps_about_half_of_its_doors_and_all_of_the_others() -> None:
    month = a_month([a_task(number) for number in range(1, 801)], [])
    kept = under(month, Supposition(factors={"CY-01": 0.5})).tasks
    assert sum(task.id % 2 == 0 for task in kept) == 400
    assert 160 <= sum(task.id % 2 for task in kept) <= 240
    fewer = under(month, Supposition(factors={"CY-01": 0.25})).tasks
    assert {task.id for task in fewer} <= {task.id for task in kept}


def test_a_duty_checked_thrice_as_often_asks_for_twice_as_many_further_doors() -> None:
    month = a_month([a_task(1), a_task(2), a_task(3)], [])
    duty_of = {1: "CY-01", 2: "CY-01", 3: "JG-01"}
    given = Supposition(factors={"CY-01": 3, "JG-01": 0.5, "SP-01": 2})
    assert further_wanted(month, given, duty_of) == {"CY-01": 4}


def test_a_lower_cap_keeps_doors_shut_that_were_entered_as_often_this_year() -> None:
    tasks = [a_task(1, door=5), a_task(2, door=5), a_task(3, door=6), a_task(4, door=7)]
    month = a_month(tasks, [], doors={5: DoorRule(conflicted=frozenset({1}), entries_left=0)})
    doors = under(month, Supposition(entries_a_year=2), {5: 1, 6: 2}).doors
    assert doors == {
        5: DoorRule(conflicted=frozenset({1}), entries_left=1),
        6: DoorRule(entries_left=0),
    }
    assert under(month, Supposition(entries_a_year=9)).doors == {5: DoorRule(conflicted=frozenset({1}))}


def test_people_leave_join_and_learn_and_bounds_change() -> None:
    month = a_month([a_task(1)], [an_inspector(1, FOOD), an_inspector(2, FOOD), an_inspector(3, LIFTS)])
    assert len(under(month, Supposition(officers=-1)).inspectors) == 2
    assert len(under(month, Supposition(officers=-9)).inspectors) == 0
    joined = under(month, Supposition(officers=2)).inspectors
    assert len({one.id for one in joined}) == 5
    learnt = under(month, Supposition(competence=LIFTS, competence_people=1)).inspectors
    assert [LIFTS in one.competences for one in learnt] == [True, False, True]
    assert under(month, Supposition(doors_per_team_day=12)).bounds.doors_per_team_day == 12


def test_a_shorter_window_lets_fewer_checks_ride_along() -> None:
    month = a_month([a_task(1), a_task(2, due_on=date(2027, 1, 20))], [])
    assert [task.id for task in under(month, Supposition(pull_forward_days=10)).tasks] == [1]
    assert len(under(month, Supposition(pull_forward_days=20)).tasks) == 2


def test_staff_needed_grows_with_what_is_left_out_and_is_nobody_for_nothing() -> None:
    month = a_month([a_task(number) for number in range(1, 400)], [])
    assert staff_needed(a_month([], []), Schedule()) == 0
    left = Schedule(unplaced=[Unplaced(task.id, "no_officers", "x") for task in month.tasks])
    # 399 entries at 8 a day are 50 team-days of two people, who go out on 14 days of December at most.
    assert staff_needed(month, left) == 8


def test_more_officers_leave_no_more_out_and_the_sums_are_sums() -> None:
    month = random_month(3, doors=80, people=4)
    more = under(month, Supposition(officers=4))
    now, then = outcome(month, solve(month)), outcome(more, solve(more))
    assert then["left_out"] <= now["left_out"]
    assert total([now, then])["visits"] == now["visits"] + then["visits"]
    assert replace(month, inspectors=more.inspectors) == more
