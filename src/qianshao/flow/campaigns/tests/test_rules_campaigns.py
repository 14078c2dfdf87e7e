"""Who may do what to a campaign, and whose yearly number its checks add to."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from qianshao.base.policy.rules.refusal import Refusal
from qianshao.flow.campaigns.rules import (
    check_approver,
    check_stage,
    check_target,
    check_window,
    check_yearly_number,
    origin_of,
)

TODAY = date(2026, 12, 1)
ACTS = ("change", "submit", "return", "approve", "file", "start", "close", "withdraw")
ALLOWED = {
    "draft": {"change", "submit", "withdraw"},
    "submitted": {"return", "approve", "withdraw"},
    "approved": {"file", "start", "withdraw"},
    "running": {"close", "withdraw"},
    "closed": set(),
    "withdrawn": set(),
}


@pytest.mark.parametrize("state", sorted(ALLOWED))
def test_each_stage_allows_its_acts_and_no_other(state: str) -> None:
    def allowed(act: str) -> bool:
        try:
            check_stage(act, state)
        except Refusal:
            return False
        return True

    assert {act for act in ACTS if allowed(act)} == ALLOWED[state]


def approve(unit: str, by_unit: str, *, account: int = 9, body: str = "") -> None:
    check_approver(unit, by_unit=by_unit, account=account, made_by=1, submitted_by=2, body=body)


def test_the_level_above_approves_and_the_city_names_whose_approval_it_was() -> None:
    approve("440606", "4406")
    approve("440606005", "440606")
    approve("4406", "4406", body="佛山市人民政府")


@pytest.mark.parametrize(
    ("unit", "by_unit", "account", "words"),
    [
        ("440606", "4406", 1, "拟订人、提交人不能批准自己的专项行动"),
        ("440606", "4406", 2, "拟订人、提交人不能批准自己的专项行动"),
        ("440606", "440606", 9, "须经上一级批准，本单位不能自行批准"),
        ("440606005", "440605", 9, "须经上一级批准"),
        ("4406", "440606", 9, "须经上一级批准"),
        ("4406", "4406", 9, "须经市政府或省局批准，请写明批准机关"),
    ],
)
def test_nobody_else_approves(unit: str, by_unit: str, account: int, words: str) -> None:
    with pytest.raises(Refusal, match=words):
        approve(unit, by_unit, account=account)


def test_what_a_level_above_the_checking_organ_runs_or_a_superior_deployed_adds_nothing_to_its_number() -> (
    None
):
    assert origin_of("4406", from_above=False, organ="district") == "deployed"
    assert origin_of("440606", from_above=False, organ="district") == "campaign"
    assert origin_of("440606", from_above=True, organ="district") == "deployed"
    assert origin_of("440606005", from_above=False, organ="district") == "campaign"
    assert origin_of("440606", from_above=False, organ="station") == "deployed"


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (date(2026, 12, 20), date(2026, 12, 10), "截止日早于起始日"),
        (date(2026, 11, 1), date(2026, 12, 1), "截止日须在今天之后"),
        (date(2026, 12, 20), date(2027, 1, 20), "只在一个年度内实施"),
    ],
)
def test_a_window_that_cannot_be_is_refused(first: date, last: date, words: str) -> None:
    with pytest.raises(Refusal, match=words):
        check_window(first, last, TODAY)
    check_window(date(2026, 11, 1), date(2026, 12, 31), TODAY)


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ({"colour": ["red"]}, "没有这种对象条件：colour"),
        ({"risk": []}, "对象条件未选择：risk"),
        ({"unit": ["440605126"]}, "不在本单位范围内：440605126"),
    ],
)
def test_a_target_that_cannot_be_aimed_at_is_refused(target: dict[str, Any], words: str) -> None:
    with pytest.raises(Refusal, match=words):
        check_target(target, "440606")
    check_target({"school": False, "unit": ["440606005"], "tag": ["食品"]}, "440606")


def test_a_unit_runs_no_more_campaigns_in_a_year_than_its_number() -> None:
    check_yearly_number(["a", "b", "c"], 4, 2026)
    with pytest.raises(
        Refusal, match="2026 年已有 4 个专项行动（a、b、c、d），本单位年度数量为 4 个（本地设置，非官方）"
    ):
        check_yearly_number(["a", "b", "c", "d"], 4, 2026)
