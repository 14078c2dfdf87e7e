"""The lower bound against exact solutions: one door at a time by constraint programming, intervals by brute force."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ortools.sat.python import cp_model

from qianshao.flow.scheduling.rules.bounds import able_people, entries_needed, fewest_teams, room_at
from qianshao.flow.scheduling.rules.model import StationMonth
from qianshao.flow.scheduling.rules.solving import solve
from qianshao.flow.scheduling.rules.stops import open_windows, stab
from qianshao.flow.scheduling.tests.factories import FIRST, FOOD, LIFTS, METERS, a_month, a_task, an_inspector

NAMES = (FOOD, LIFTS, METERS, "价格")
WEEK = tuple(FIRST + timedelta(days=step) for step in range(4))


def exact_entries(month: StationMonth) -> int:
    """The fewest entries that do all tasks of the one door, by CP-SAT: any people, any team of the least size or one more."""
    model = cp_model.CpModel()
    tasks, days, people = month.tasks, range(len(month.days)), month.inspectors
    entries = range(len(tasks))
    used = [model.new_bool_var("") for _ in entries]
    on = [[model.new_bool_var("") for _ in days] for _ in entries]
    goes = [[model.new_bool_var("") for _ in people] for _ in entries]
    does = [[model.new_bool_var("") for _ in tasks] for _ in entries]
    for task in range(len(tasks)):
        model.add_exactly_one(does[entry][task] for entry in entries)
    for entry in entries:
        model.add(sum(on[entry]) == 1)
        model.add(sum(goes[entry]) <= month.bounds.team_minimum + 1)
        minutes = sum(task.minutes * does[entry][place] for place, task in enumerate(tasks))
        model.add(minutes <= int(room_at(tasks[0], month)))
        for place, task in enumerate(tasks):
            model.add_implication(does[entry][place], used[entry])
            holders = [
                goes[entry][who] for who, one in enumerate(people) if task.competence in one.competences
            ]
            model.add(sum(holders) >= 1).only_enforce_if(does[entry][place])
            for day in days:
                if not task.release_on <= month.days[day] <= task.due_on:
                    model.add_implication(does[entry][place], ~on[entry][day])
        for who, one in enumerate(people):
            for day in days:
                if not one.can_work(month.days[day]):
                    model.add_implication(goes[entry][who], ~on[entry][day])
    model.minimize(sum(used))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    assert solver.solve(model) == cp_model.OPTIMAL
    return round(solver.objective_value)


@st.composite
def one_door(draw: st.DrawFn) -> StationMonth:
    """A door with up to five tasks and people who hold, between them, all that is asked for."""
    tasks = []
    for number in range(1, draw(st.integers(1, 5)) + 1):
        first = draw(st.integers(0, 3))
        last = draw(st.integers(first, 3))
        tasks.append(
            a_task(
                number,
                door=1,
                competence=draw(st.sampled_from(NAMES)),
                minutes=draw(st.sampled_from((30, 120, 200))),
                release_on=WEEK[first],
                due_on=WEEK[last],
            )
        )
    people = [
        an_inspector(number, *draw(st.sets(st.sampled_from(NAMES), min_size=1, max_size=3)))
        for number in range(1, 4)
    ]
    people += [an_inspector(9, *NAMES[:2]), an_inspector(10, *NAMES[2:])]
    return a_month(tasks, people, days=WEEK)


@settings(max_examples=40, deadline=None)
@given(one_door())
def test_no_exact_solution_is_below_the_bound(month: StationMonth) -> None:
    size = month.bounds.team_minimum + 1
    _, needed = entries_needed(list(month.tasks), open_windows(month), month, able_people(month), size)
    assert needed <= exact_entries(month)


@settings(max_examples=40, deadline=None)
@given(one_door())
def test_where_everybody_can_do_everything_the_plan_is_exactly_as_few_as_any(month: StationMonth) -> None:
    people = tuple(replace(one, competences=frozenset(NAMES)) for one in month.inspectors)
    bounds = replace(month.bounds, field_days_per_week=5)
    month = replace(
        month,
        inspectors=people,
        bounds=bounds,
        tasks=tuple(replace(task, minutes=task.minutes // 5) for task in month.tasks),
    )
    schedule = solve(month)
    assert schedule.unplaced == []
    assert len(schedule.visits) == schedule.lower_bound == exact_entries(month)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 5)), min_size=1, max_size=7))
def test_the_fewest_days_that_meet_all_windows_are_found(pairs: list[tuple[int, int]]) -> None:
    windows = [(first, first + length) for first, length in pairs]
    brute = next(
        count
        for count in range(1, len(windows) + 1)
        for points in combinations(range(16), count)
        if all(any(first <= point <= last for point in points) for first, last in windows)
    )
    assert stab(windows) == brute


@pytest.mark.parametrize(
    ("wanted", "people", "teams"),
    [
        ((FOOD,), [(FOOD,)], 1),
        ((FOOD, LIFTS), [(FOOD,), (LIFTS,)], 1),
        ((FOOD, LIFTS, METERS), [(FOOD,), (LIFTS,), (METERS,)], 2),
        ((FOOD, LIFTS, METERS), [(FOOD, LIFTS), (METERS,)], 1),
        (NAMES, [(FOOD,), (LIFTS,), (METERS,), ("价格",)], 2),
        ((FOOD, "药品检查员"), [(FOOD,)], 1),
    ],
)
def test_the_fewest_pairs_that_hold_everything(
    wanted: tuple[str, ...], people: list[tuple[str, ...]], teams: int
) -> None:
    assert fewest_teams(frozenset(wanted), frozenset(map(frozenset, people)), 2) == teams
