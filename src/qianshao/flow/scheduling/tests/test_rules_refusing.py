"""A month that contradicts itself is refused with the rows concerned, never planned smaller in silence."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from qianshao.base.policy.rules.refusal import Refusal
from qianshao.flow.scheduling.rules.model import DoorRule
from qianshao.flow.scheduling.rules.refusing import refuse_city, refuse_month
from qianshao.flow.scheduling.tests.factories import BOUNDS, a_month, a_task, an_inspector, random_month

TASK, PERSON = a_task(1), an_inspector(7)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"days": ()}, "440606005 没有可安排的工作日"),
        ({"tasks": (TASK, TASK)}, "检查事项重复：1"),
        ({"tasks": (a_task(4, due_on=date(2026, 11, 1)),)}, "最迟日早于最早日的检查事项：4"),
        ({"tasks": (a_task(5, minutes=0),)}, "检查时间不是正数的检查事项：5"),
        ({"inspectors": (PERSON, PERSON)}, "执法人员重复：7"),
        ({"doors": {3: DoorRule(opens=900, closes=600)}}, "营业时间起止颠倒的主体：3"),
        ({"bounds": replace(BOUNDS, minutes_per_day=600)}, "每日外出 600 分钟，超过外出时段 510 分钟"),
        ({"bounds": replace(BOUNDS, doors_per_team_day=0)}, "都应至少为 1"),
    ],
)
def test_a_month_that_contradicts_itself_is_refused_with_its_rows(
    changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(Refusal, match=words):
        refuse_month(replace(a_month([TASK], [PERSON]), **changes))


def test_a_usual_month_passes() -> None:
    refuse_city([random_month(3, doors=9, people=3)])


def test_an_officer_in_two_stations_is_named_with_both() -> None:
    here, there = a_month([], [PERSON]), a_month([], [PERSON], station="440606101")
    with pytest.raises(Refusal, match="执法人员同时列在两个所：7（440606005、440606101）"):
        refuse_city([here, there])
