"""Three months planned as one, then each a plan of its own that keeps to every rule of a month."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from qianshao.flow.scheduling.rules.model import StationMonth
from qianshao.flow.scheduling.rules.quarters import by_month
from qianshao.flow.scheduling.rules.solving import solve
from qianshao.flow.scheduling.rules.verify import broken_rules
from qianshao.flow.scheduling.tests.factories import (
    FIRST,
    a_month,
    a_task,
    an_inspector,
    limited,
    random_month,
    working_days,
)

QUARTER = working_days(FIRST, date(2027, 2, 28))


def a_quarter(seed: int) -> StationMonth:
    return replace(limited(random_month(seed, doors=70, people=8), seed), days=QUARTER)


@pytest.mark.parametrize("seed", range(10))
def test_each_month_of_a_quarter_holds_and_nothing_is_lost_or_told_twice(seed: int) -> None:
    quarter = a_quarter(seed)
    schedule = solve(quarter)
    assert broken_rules(quarter, schedule) == []
    parts = by_month(quarter, schedule)
    assert [first for first, _, _ in parts] == [date(2026, 12, 1), date(2027, 1, 1), date(2027, 2, 1)]
    assert [broken_rules(month, part) for _, month, part in parts] == [[], [], []]
    assert [one for _, _, part in parts for one in part.visits] == sorted(
        schedule.visits, key=lambda one: one.day.replace(day=1)
    )
    told = [one.task for _, _, part in parts for one in part.unplaced]
    assert sorted(told) == sorted(one.task for one in schedule.unplaced)
    assert sum(part.travel_km for _, _, part in parts) == pytest.approx(schedule.travel_km)


def test_what_falls_due_in_february_rides_along_in_december_and_february_does_not_ask_for_it_again() -> None:
    tasks = [
        a_task(1, door=5),
        a_task(2, door=5, due_on=date(2027, 2, 20)),
        a_task(3, door=6, release_on=date(2027, 2, 1), due_on=date(2027, 2, 20)),
    ]
    quarter = a_month(tasks, [an_inspector(1), an_inspector(2)], days=QUARTER)
    december, january, february = (part for _, _, part in by_month(quarter, solve(quarter)))
    assert [one.tasks for one in december.visits] == [(1, 2)]
    assert january.visits == []
    assert ([one.tasks for one in february.visits], february.mandatory) == ([(3,)], 1)


def test_what_found_no_place_is_told_in_the_month_in_which_it_falls_due() -> None:
    tasks = [
        a_task(1, competence="药品检查员", due_on=date(2026, 10, 1), release_on=date(2026, 9, 1)),
        a_task(2, competence="药品检查员", due_on=date(2027, 1, 9)),
    ]
    quarter = a_month(tasks, [an_inspector(1), an_inspector(2)], days=QUARTER)
    parts = by_month(quarter, solve(quarter))
    assert [[one.task for one in part.unplaced] for _, _, part in parts] == [[1], [2], []]
