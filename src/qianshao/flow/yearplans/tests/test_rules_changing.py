"""What a head may change in a year plan, who decides what, and which act may follow which."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings

from qianshao.base.policy.rules.library import Duty, PolicyError, load_duties
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.base.policy.rules.year_plan import YearPlanLaw, load_year_plan_law
from qianshao.flow.yearplans.rules.changing import check_change, check_whose, is_planned_above
from qianshao.flow.yearplans.rules.stages import check_other_person, check_stage

DAY = date(2026, 12, 1)
POLICY = Path(settings.POLICY_DIR)
STATES = ("draft", "submitted", "approved", "published", "replaced", "withdrawn")


@pytest.fixture(scope="module")
def law() -> YearPlanLaw:
    return load_year_plan_law(POLICY, DAY)


@pytest.fixture(scope="module")
def duties() -> dict[str, Duty]:
    return load_duties(POLICY, DAY)


def change(duty: Duty, law: YearPlanLaw, **changes: Any) -> None:
    values: dict[str, Any] = {
        "share": None,
        "months": None,
        "reason": "避开春节",
        "open_months": range(1, 13),
        "law": law,
    }
    check_change(duty, **(values | changes))


def scaled(duty: Duty, factor: float) -> dict[str, float]:
    return {letter: min(1.0, factor * part) for letter, part in duty.share.items()}


def test_months_and_a_share_within_the_bounds_may_be_changed_and_put_back(
    duties: dict[str, Duty], law: YearPlanLaw
) -> None:
    duty = duties["DJ-02"]
    change(duty, law, months=[3, 9])
    change(duty, law, share=scaled(duty, 2))
    change(duty, law, share=scaled(duty, 0.5), months=[12])
    change(duty, law)


@pytest.mark.parametrize(
    ("code", "changes", "words"),
    [
        ("DJ-02", {"reason": "  "}, "调整须写明理由"),
        ("CY-01", {}, "“餐饮服务日常监督检查”不是随机抽查事项"),
        ("TS-07", {}, "不是随机抽查事项"),
        ("DJ-02", {"months": []}, "请选择一个或几个不同的月份"),
        ("DJ-02", {"months": [3, 3]}, "请选择一个或几个不同的月份"),
        ("DJ-02", {"months": [13]}, "请选择一个或几个不同的月份"),
        ("DJ-02", {"months": [2, 1, 6], "open_months": [3, 6]}, "1月、2月已经结束或没有工作日"),
        ("DJ-02", {"share": {"A": 0.002}}, "请填写 A、B、C、D"),
        (
            "DJ-02",
            {"share": {"A": 0.002, "B": 0.008, "C": 0.04, "D": 0.9}},
            "D 类抽查比例 90.00% 超出可调范围 10.00%–40.00%",
        ),
        (
            "DJ-02",
            {"share": {"A": 0.0005, "B": 0.008, "C": 0.04, "D": 0.2}},
            "A 类抽查比例 0.05% 超出可调范围 0.10%–0.40%",
        ),
        ("SC-04", {"share": {"A": 0.4, "B": 0.3, "C": 0.8, "D": 1.0}}, "抽查比例应随风险类别提高"),
    ],
)
def test_what_may_not_be_changed_is_refused_in_words(
    code: str, changes: dict[str, Any], words: str, duties: dict[str, Duty], law: YearPlanLaw
) -> None:
    with pytest.raises(Refusal, match=words):
        change(duties[code], law, **changes)


def test_a_district_changes_nothing_that_the_city_plans_and_the_city_may(
    duties: dict[str, Duty], law: YearPlanLaw
) -> None:
    with pytest.raises(Refusal, match="由市局制定计划") as refused:
        check_whose(duties["TS-01"], "440606", law)
    assert refused.value.basis == "《特种设备安全监督检查办法》第七条"
    with pytest.raises(Refusal, match="由市局制定计划"):
        check_whose(duties["DJ-01"], "440606", law)
    check_whose(duties["TS-01"], "4406", law)
    check_whose(duties["JG-02"], "440606", law)
    assert [is_planned_above(duties[code], "440606", law) for code in ("TS-01", "DJ-01", "JG-02")] == [
        True,
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("act", "states"),
    [
        ("change", ["draft"]),
        ("submit", ["draft"]),
        ("return", ["submitted"]),
        ("approve", ["submitted"]),
        ("file", ["approved", "published"]),
        ("publish", ["approved"]),
        ("amend", ["published"]),
        ("withdraw", ["draft", "submitted", "approved", "published"]),
    ],
)
def test_an_act_is_done_in_its_stages_only(act: str, states: list[str]) -> None:
    for state in STATES:
        if state in states:
            check_stage(act, state)
        else:
            with pytest.raises(Refusal):
                check_stage(act, state)


def test_neither_who_made_nor_who_submitted_a_plan_approves_it() -> None:
    check_other_person(3, made_by=1, submitted_by=2)
    for account in (1, 2):
        with pytest.raises(Refusal, match="不能批准自己的计划"):
            check_other_person(account, made_by=1, submitted_by=2)


def test_an_entry_of_the_law_without_its_mark_is_refused(tmp_path: Path) -> None:
    data = yaml.safe_load((POLICY / "national" / "year-plan.yaml").read_text(encoding="utf-8"))
    del data["basis"][0]["certainty"]
    (tmp_path / "national").mkdir()
    (tmp_path / "national" / "year-plan.yaml").write_text(yaml.safe_dump(data), encoding="utf-8")
    with pytest.raises(PolicyError, match="没有可信度标记"):
        load_year_plan_law(tmp_path, DAY)


def test_every_bound_that_is_nobodys_law_says_so(law: YearPlanLaw) -> None:
    local = {code for code, one in law.parameters.items() if one.certainty == "P"}
    assert local == {"rate_least", "rate_most", "month_plan_refused"}
    assert law.number.format(unit="4400", year=2021, number=1) == "4400002021001"
