"""The checker finds every way of breaking a plan; a plan is broken here on purpose, once in each way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from qianshao.flow.scheduling.rules.model import PlannedVisit, Schedule, StationMonth, Unplaced
from qianshao.flow.scheduling.rules.solving import solve
from qianshao.flow.scheduling.rules.verify import broken_rules
from qianshao.flow.scheduling.tests.factories import FOOD, HOME, LIFTS, a_month, a_task, an_inspector

Break = Callable[[PlannedVisit], PlannedVisit]


def a_good_month() -> StationMonth:
    tasks = [a_task(number, lon=HOME[0] + number / 100) for number in range(1, 5)]
    tasks.append(a_task(5, competence=LIFTS, release_on=date(2026, 12, 7), due_on=date(2026, 12, 11)))
    tasks.append(a_task(6, competence="药品检查员"))
    return a_month(
        tasks, [an_inspector(number, FOOD) for number in (1, 2, 3)] + [an_inspector(4, FOOD, LIFTS)]
    )


MONTH = a_good_month()


def with_visit(change: Break, task: int = 1) -> Schedule:
    schedule = solve(MONTH)
    schedule.visits = [change(one) if task in one.tasks else one for one in schedule.visits]
    return schedule


def test_the_plan_holds_before_it_is_broken() -> None:
    assert broken_rules(MONTH, solve(MONTH)) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda one: replace(one, day=date(2026, 12, 5)), "不是可安排的工作日"),
        (lambda one: replace(one, officers=one.officers[:1]), "不足 2 人"),
        (lambda one: replace(one, officers=(one.officers[0], one.officers[0])), "不足 2 人"),
        (lambda one: replace(one, officers=(*one.officers, 99)), "人员 99 不得外出检查"),
        (lambda one: replace(one, tasks=()), "没有事项"),
        (lambda one: replace(one, tasks=(*one.tasks, 77)), "有不属于本月的事项"),
        (lambda one: replace(one, door=88), "不属于该主体"),
        (lambda one: replace(one, minutes=one.minutes - 1), "检查时间少算"),
        (lambda one: replace(one, minutes=400), "超时"),
        (lambda one: replace(one, travel_minutes=-3), "路途时间为负"),
        (lambda one: replace(one, sequence=9), "顺序有缺"),
        (lambda one: replace(one, tasks=(*one.tasks, 2)), "事项 2 排了 2 次"),
    ],
)
def test_a_visit_changed_by_hand_is_found(change: Break, words: str) -> None:
    assert words in "；".join(broken_rules(MONTH, with_visit(change)))


def test_a_window_missed_is_found() -> None:
    schedule = with_visit(lambda one: replace(one, day=date(2026, 12, 21), team=9), task=5)
    assert "事项 5 不在窗口内" in "；".join(broken_rules(MONTH, schedule))


def test_a_competence_missing_is_found() -> None:
    schedule = with_visit(lambda one: replace(one, officers=(1, 2), team=9), task=5)
    assert f"无人具备“{LIFTS}”" in "；".join(broken_rules(MONTH, schedule))


def test_travel_left_out_is_found() -> None:
    schedule = solve(MONTH)
    schedule.visits = [replace(one, travel_minutes=0) for one in schedule.visits]
    assert "路途时间少算" in "；".join(broken_rules(MONTH, schedule))


def test_leave_and_expired_certificates_are_found() -> None:
    schedule = solve(MONTH)
    away = frozenset(MONTH.days)
    people = tuple(replace(one, away=away) if one.id == 1 else one for one in MONTH.inspectors)
    expired = tuple(replace(one, certified_until=date(2026, 1, 1)) for one in MONTH.inspectors)
    assert any("证件失效或请假" in word for word in broken_rules(replace(MONTH, inspectors=people), schedule))
    assert any(
        "证件失效或请假" in word for word in broken_rules(replace(MONTH, inspectors=expired), schedule)
    )


def test_a_person_in_two_teams_on_one_day_is_found() -> None:
    tasks = [a_task(number) for number in (1, 2)]
    month = a_month(tasks, [an_inspector(number) for number in (1, 2)])
    schedule = solve(month)
    first, second = schedule.visits
    schedule.visits = [first, replace(second, day=first.day, team=first.team + 1, sequence=1)]
    assert any("同日在两个组" in word for word in broken_rules(month, schedule))


def test_too_many_days_out_and_too_many_doors_are_found() -> None:
    tasks = [a_task(number, minutes=15) for number in range(1, 10)]
    month = a_month(tasks, [an_inspector(number) for number in (1, 2)])
    schedule = solve(month)
    one_day = [
        replace(one, day=month.days[0], sequence=place) for place, one in enumerate(schedule.visits, 1)
    ]
    every_day = [replace(one, day=month.days[place], sequence=1) for place, one in enumerate(schedule.visits)]
    schedule.visits = one_day
    assert any("超过每日 8 户" in word for word in broken_rules(month, schedule))
    schedule.visits = every_day
    assert any("外出 4 天，超过上限" in word for word in broken_rules(month, schedule))


def test_a_due_task_that_vanishes_is_found() -> None:
    schedule = solve(MONTH)
    schedule.visits = [one for one in schedule.visits if 5 not in one.tasks]
    assert "事项 5 应排而未排，也未说明" in broken_rules(MONTH, schedule)


def test_a_false_reason_is_found() -> None:
    schedule = with_visit(
        lambda one: replace(one, tasks=tuple(task for task in one.tasks if task != 5)), task=5
    )
    schedule.visits = [one for one in schedule.visits if one.tasks]
    schedule.unplaced.append(Unplaced(5, "no_competence", "本所无人具备"))
    assert "事项 5 称无人具备资质，实有人具备" in broken_rules(MONTH, schedule)
    schedule.unplaced[-1] = Unplaced(5, "mood", "")
    assert "事项 5 未排原因不明" in broken_rules(MONTH, schedule)


def test_a_bound_above_the_entries_is_found() -> None:
    schedule = solve(MONTH)
    schedule.lower_bound = len(schedule.visits) + 1
    assert broken_rules(MONTH, schedule) == ["下界大于进门次数"]


def test_placed_and_left_out_at_once_is_found() -> None:
    schedule = solve(MONTH)
    schedule.unplaced.append(Unplaced(1, "no_hours", "工时已满"))
    assert "事项 1 既排入又列为未排" in broken_rules(MONTH, schedule)
    assert MONTH.days[-1] - MONTH.days[0] > timedelta(days=20)
