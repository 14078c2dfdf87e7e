"""A plan lives: what can stay stays; what a person moves goes where it costs least; the checker has the last word."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from qianshao.flow.scheduling.rules.model import PlannedVisit, StationMonth
from qianshao.flow.scheduling.rules.moving import moved
from qianshao.flow.scheduling.rules.replanning import Replanned, replan
from qianshao.flow.scheduling.rules.solving import solve
from qianshao.flow.scheduling.rules.verify import broken_rules
from qianshao.flow.scheduling.tests.factories import (
    FIRST,
    FOOD,
    LIFTS,
    MONDAY,
    a_month,
    a_task,
    an_inspector,
    random_month,
)


def kept(before: list[PlannedVisit], after: Replanned) -> int:
    """How many visits are on the same day with the same team and people as before."""
    pairs = zip(after.before, after.schedule.visits, strict=True)
    return sum(
        at is not None
        and (one.day, one.team, one.officers) == (before[at].day, before[at].team, before[at].officers)
        for at, one in pairs
    )


def mend(
    month: StationMonth,
    visits: list[PlannedVisit],
    *,
    fixed: frozenset[int] = frozenset(),
    first: date = FIRST,
) -> Replanned:
    return replan(month, visits, fixed, first)


@pytest.mark.parametrize("seed", range(8))
def test_where_nothing_has_happened_nothing_changes(seed: int) -> None:
    month = random_month(seed, doors=60, people=8)
    plan = solve(month)
    again = mend(month, plan.visits)
    assert kept(plan.visits, again) == len(plan.visits)
    assert {one.task for one in again.schedule.unplaced} <= {one.task for one in plan.unplaced}
    assert broken_rules(month, again.schedule) == []


@pytest.mark.parametrize("seed", range(8))
def test_an_officer_falls_ill_and_only_the_visits_of_those_days_are_touched(seed: int) -> None:
    month = random_month(seed, doors=60, people=9)
    plan = solve(month)
    ill = plan.visits[0].officers[0]
    off = frozenset(month.days[:5])
    people = tuple(replace(one, away=one.away | off) if one.id == ill else one for one in month.inspectors)
    changed = replace(month, inspectors=people)
    touched = sum(ill in one.officers and one.day in off for one in plan.visits)
    again = mend(changed, plan.visits)
    assert broken_rules(changed, again.schedule) == []
    assert kept(plan.visits, again) >= len(plan.visits) - 2 * touched
    assert not any(ill in one.officers and one.day in off for one in again.schedule.visits)


def test_a_new_complaint_joins_the_entry_that_is_planned_at_the_door() -> None:
    people = [an_inspector(1, FOOD), an_inspector(2, FOOD)]
    month = a_month([a_task(1, door=5), a_task(2, door=6)], people)
    plan = solve(month)
    more = a_month([a_task(1, door=5), a_task(2, door=6), a_task(3, door=5)], people)
    again = mend(more, plan.visits)
    assert len(again.schedule.visits) == len(plan.visits)
    assert sorted(task for one in again.schedule.visits if one.door == 5 for task in one.tasks) == [1, 3]


def test_a_door_that_has_closed_is_not_entered_and_the_others_stay() -> None:
    people = [an_inspector(1), an_inspector(2)]
    plan = solve(a_month([a_task(1), a_task(2), a_task(3)], people))
    month = a_month([a_task(1), a_task(3)], people)
    again = mend(month, plan.visits)
    assert sorted(one.door for one in again.schedule.visits) == [1, 3]
    assert kept(plan.visits, again) == 2


def test_what_is_locked_stays_and_what_was_missed_finds_a_new_day() -> None:
    month = a_month([a_task(1), a_task(2)], [an_inspector(1), an_inspector(2)])
    on_tuesday = [
        PlannedVisit(1, date(2026, 12, 1), 1, 1, (1, 2), (1,), 40, 20),
        PlannedVisit(2, date(2026, 12, 1), 1, 2, (1, 2), (2,), 40, 20),
    ]
    again = mend(month, on_tuesday, fixed=frozenset({0}), first=MONDAY)
    days = {one.door: one.day for one in again.schedule.visits}
    assert days[1] == date(2026, 12, 1)
    assert days[2] >= MONDAY


def test_what_nobody_can_do_any_more_is_named_with_its_reason() -> None:
    both = [an_inspector(1, FOOD), an_inspector(2, FOOD), an_inspector(3, LIFTS)]
    plan = solve(a_month([a_task(1, competence=LIFTS)], both))
    month = a_month([a_task(1, competence=LIFTS)], both[:2])
    again = mend(month, plan.visits)
    assert [(one.task, one.reason) for one in again.schedule.unplaced] == [(1, "no_competence")]


def test_a_visit_moved_by_hand_goes_into_the_other_days_route_and_both_routes_are_reckoned_anew() -> None:
    month = a_month([a_task(1), a_task(2), a_task(3)], [an_inspector(1), an_inspector(2)])
    plan = solve(month)
    day = next(one for one in month.days if one not in {visit.day for visit in plan.visits})
    after = moved(month, plan, 1, day=day, team=plan.visits[1].team)
    assert (after.visits[1].day, after.visits[1].sequence) == (day, 1)
    assert broken_rules(month, after) == []


def test_a_move_out_of_the_window_is_named_by_the_checker() -> None:
    month = a_month([a_task(1, due_on=date(2026, 12, 4))], [an_inspector(1), an_inspector(2)])
    plan = solve(month)
    after = moved(month, plan, 0, day=date(2026, 12, 10), team=plan.visits[0].team)
    assert [line.split("：")[1] for line in broken_rules(month, after)] == ["事项 1 不在窗口内"]
