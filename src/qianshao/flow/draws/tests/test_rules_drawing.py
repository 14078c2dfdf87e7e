"""Chance decides whom to inspect and who goes: exact numbers, equal chances, shared doors, lawful teams."""

from __future__ import annotations

from collections import Counter
from datetime import date
from fractions import Fraction
from math import erfc, sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from qianshao.base.policy.rules.refusal import Refusal
from qianshao.flow.draws.rules.listing import Department, Excluded, check_list, hash_of, list_text
from qianshao.flow.draws.rules.publishing import carry_out_draw
from qianshao.flow.draws.rules.tickets import commitment, draw_objects, drawn_count, expected_doors, tickets
from qianshao.flow.draws.tests.factories import (
    DALIANG,
    FOOD,
    GENERAL,
    LISHUI,
    a_chance,
    a_city,
    a_list,
    an_inspector,
    drawn,
)


def equal_chance_p(times: list[float], draws: int) -> float:
    """p of "everybody is drawn equally often": χ² of counts drawn without replacement, by Wilson and Hilferty's normal form."""
    found, many = np.array(times, dtype=float), len(times)
    mean = found.mean()
    variance = mean * (1 - mean / draws) * many / (many - 1)
    squares, free = float(((found - mean) ** 2).sum()) / variance, many - 1
    z = ((squares / free) ** (1 / 3) - (1 - 2 / (9 * free))) / sqrt(2 / (9 * free))
    return erfc(z / sqrt(2)) / 2


def seeds(count: int) -> list[bytes]:
    return [number.to_bytes(32, "big") for number in range(count)]


@given(
    some.lists(some.sampled_from(["AA", "A-", "-A", "B-", "BA"]), min_size=1, max_size=60),
    some.integers(0, 2**64),
    some.sampled_from(["0", "0.001", "0.1", "0.333", "0.5", "1"]),
)
@settings(max_examples=60, deadline=None)
def test_every_department_gets_exactly_its_rate_of_each_class_rounded_up(
    classes: list[str], number: int, rate: str
) -> None:
    departments = (
        Department("SP", "食品", FOOD, {"A": rate, "B": "0.5"}),
        Department("JG", "价格", GENERAL, {"A": "0.25"}),
    )
    frozen = a_list(len(classes), classes=classes, departments=departments)
    chosen, strata = draw_objects(frozen, tickets(number.to_bytes(32, "big"), frozen.objects))
    for place, letter, share in ((0, "A", rate), (0, "B", "0.5"), (1, "A", "0.25")):
        rows = [row for row, letters in enumerate(classes) if letters[place] == letter]
        wanted = -(-Fraction(share) * len(rows) // 1)
        assert chosen[rows, place].sum() == wanted == drawn_count(share, len(rows))
    assert chosen.sum() == sum(one.drawn for one in strata)
    assert not any(
        chosen[row, place] for row, letters in enumerate(classes) for place in (0, 1) if letters[place] == "-"
    )


def test_where_the_same_are_eligible_the_smaller_sample_lies_inside_the_larger() -> None:
    departments = tuple(
        Department(str(place), "x", GENERAL, {"A": rate})
        for place, rate in enumerate(("0.02", "0.05", "0.2"))
    )
    frozen = a_list(1000, classes=["AAA"] * 1000, departments=departments)
    chosen, _ = draw_objects(frozen, tickets(seeds(1)[0], frozen.objects))
    assert [int(one) for one in chosen.sum(axis=0)] == [20, 50, 200]
    assert (chosen[:, 0] <= chosen[:, 1]).all()
    assert (chosen[:, 1] <= chosen[:, 2]).all()
    assert chosen.any(axis=1).sum() == 200


def test_every_business_has_the_same_chance_in_every_department() -> None:
    """χ² over 4,000 draws; a department's chance does not depend on who else may draw the business."""
    frozen = a_list(40)
    times = np.zeros((40, 2))
    for seed in seeds(4000):
        chosen, _ = draw_objects(frozen, tickets(seed, frozen.objects))
        times += chosen
    for place, letter in ((0, "A"), (0, "B"), (1, "A")):
        rows = [row for row, letters in enumerate(frozen.classes) if letters[place] == letter]
        assert equal_chance_p(times[rows, place].tolist(), 4000) > 0.001


def test_control_a_ticket_of_too_few_digits_is_found_by_the_same_test() -> None:
    frozen = a_list(40)
    times = np.zeros((40, 2))
    for seed in seeds(4000):
        chosen, _ = draw_objects(frozen, tickets(seed, frozen.objects) >> np.uint64(50))
        times += chosen
    rows = [row for row, letters in enumerate(frozen.classes) if letters[1] == "A"]
    assert equal_chance_p(times[rows, 1].tolist(), 4000) < 0.001


def test_the_doors_entered_are_the_sum_of_the_largest_rates() -> None:
    """Mean of 40 draws within three standard errors of Σ max, and far below independent draws."""
    frozen = a_city(4000)
    doors = []
    for seed in seeds(40):
        chosen, _ = draw_objects(frozen, tickets(seed, frozen.objects))
        doors.append(int(chosen.any(axis=1).sum()))
    expected = expected_doors(frozen.departments, Counter(frozen.classes))
    error = np.std(doors) / sqrt(len(doors))
    assert abs(np.mean(doors) - expected["shared"]) < 3 * error + 5  # five strata, each rounded up
    assert max(doors) < expected["merged"] * 0.7


def test_five_departments_of_mixed_eligibility_save_at_least_46_of_a_hundred_visits() -> None:
    result = drawn(a_city(57_000))
    assert 1 - len(result.picked) / result.separate >= 0.46


def test_every_team_is_lawful_and_every_officer_has_the_same_chance() -> None:
    frozen = a_list(
        400,
        classes=["-A"] * 400,
        departments=(
            Department("SP", "食品", FOOD, {"A": "1"}),
            Department("JG", "价格", GENERAL, {"A": "1"}),
        ),
    )
    went: Counter[str] = Counter()
    for number in range(10):
        for one in drawn(frozen, a_chance(number)).picked:
            assert len(one.team.officers) == 2
            went.update(one.team.officers)
    assert equal_chance_p([went[one.id] for one in frozen.inspectors], 4000) > 0.001


def test_who_is_in_conflict_stands_aside_and_somebody_else_goes() -> None:
    pairs = tuple(("粤E0000", f"91440606MA{number:08d}") for number in range(40))
    result = drawn(a_list(conflicts=pairs))
    assert result.picked
    assert all("粤E0000" not in one.team.officers for one in result.picked)
    assert all("粤E0001" in one.team.officers for one in result.picked if "SP" in one.departments)


@pytest.mark.parametrize(
    ("people", "words"),
    [
        ((an_inspector(1), an_inspector(2)), "本所无可抽取人员具备“食品检查员”资质"),
        ((an_inspector(1, FOOD), an_inspector(2, station=LISHUI)), "本所可抽取人员不足 2 人"),
        (
            (an_inspector(1, station=LISHUI), an_inspector(2, station=LISHUI)),
            "本所无可抽取人员具备“食品检查员”资质",
        ),
    ],
)
def test_an_object_without_a_lawful_team_says_what_is_lacking(people: tuple[Any, ...], words: str) -> None:
    frozen = a_list(4, classes=["B-"] * 4, inspectors=people)
    picked = drawn(frozen).picked
    assert len(picked) == 2
    assert {(one.team.officers, one.team.lacking) for one in picked} == {((), words)}


def test_a_team_grows_where_two_people_cannot_hold_what_three_departments_need() -> None:
    needs = ("甲", "乙", "丙")
    frozen = a_list(
        3,
        classes=["AAA"] * 3,
        departments=tuple(Department(one, one, one, {"A": "1"}) for one in needs),
        inspectors=tuple(an_inspector(number, one) for number, one in enumerate(needs)),
    )
    assert {len(one.team.officers) for one in drawn(frozen).picked} == {3}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"objects": ["A1", "A1"], "stations": [DALIANG] * 2, "classes": ["AA"] * 2}, "名单中有 1 个对象重复：A1"),
        ({"objects": ["A2", "A1"], "stations": [DALIANG] * 2, "classes": ["AA"] * 2}, "未按对象编号排序：A1"),
        ({"objects": [], "stations": [], "classes": []}, "抽取名单为空"),
        ({"stations": [DALIANG]}, "行数不一致"),
        ({"classes": ["AC"] * 40}, "40 个对象的类别“AC”与各事项的类别不符：91440606MA00000000"),
        ({"departments": ()}, "没有参加抽取的检查事项"),
        ({"departments": (Department("SP", "食品", FOOD, {"A": "1.2"}),) * 1}, "食品 A 类：抽查比例“1.2”应在 0 到 1 之间"),
        ({"departments": (Department("SP", "食品", FOOD, {"A": "-0.1"}),)}, "抽查比例“-0.1”应在 0 到 1 之间"),
        ({"departments": (Department("SP", "食品", FOOD, {"A": "三成"}),)}, "抽查比例“三成”不是数字"),
        ({"departments": (Department("SP", "食品", FOOD, {}),) * 2}, "检查事项重复：SP"),
        ({"inspectors": ()}, "没有可抽取的执法检查人员"),
        ({"inspectors": (an_inspector(1), an_inspector(1, station=LISHUI))}, "执法人员同时列在两个所：粤E0001"),
        ({"inspectors": (an_inspector(1), an_inspector(1))}, "执法人员重复：粤E0001"),
        ({"excluded": (Excluded("91440606MA00000003", "本年度检查次数已满"),)}, "已排除（如 91440606MA00000003：本年度检查次数已满），却仍在名单中"),
        ({"conflicts": (("粤E9999", "91440606MA00000003"),)}, "不在名单上的人员或对象：粤E9999—91440606MA00000003"),
        ({"team_size": 0}, "检查组人数应至少为 1"),
    ],
)  # fmt: skip
def test_a_list_that_may_not_be_drawn_from_is_refused_with_the_rows_named(
    changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(Refusal) as refused:
        check_list(a_list(**changes))
    assert words in refused.value.message


def test_an_officer_whose_certificate_ends_too_soon_is_not_drawn_from() -> None:
    gone = an_inspector(7, certified_until=date(2027, 6, 30))
    with pytest.raises(Refusal, match="1 名执法人员的执法证在 2027-12-31 前到期，不纳入抽取：粤E0007"):
        check_list(a_list(inspectors=(an_inspector(1), gone)))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"seed": "f" * 64}, "种子与承诺不符"),
        ({"drawn_at": "2026-11-24T09:59:59+08:00"}, "公开随机数须在承诺之后产生"),
        ({"drawn_at": "2026-11-24T10:30:00+09:00"}, "公开随机数须在承诺之后产生"),
        ({"entered_by": ("何所长", "何所长")}, "须由两名不同的人员"),
        ({"public": " "}, "须写明公开随机数及其来源"),
    ],
)
def test_chance_that_was_not_promised_decides_nothing(changes: dict[str, Any], words: str) -> None:
    frozen = a_list()
    promised = commitment(hash_of(list_text(frozen)), a_chance().seed)
    with pytest.raises(Refusal, match=words):
        carry_out_draw(frozen, a_chance(**changes), promised)


def test_a_list_changed_after_the_promise_is_not_drawn_from() -> None:
    promised = commitment(hash_of(list_text(a_list())), a_chance().seed)
    with pytest.raises(Refusal, match="名单已被改动"):
        carry_out_draw(a_list(39), a_chance(), promised)
