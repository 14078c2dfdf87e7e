"""The official table's words of a duty."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from django.conf import settings

from qianshao.base.policy.rules.library import load_duties
from qianshao.flow.registry.commands.exporting import LABELS
from qianshao.flow.yearplans.queries.plans import industry_names
from qianshao.flow.yearplans.rules.words import (
    change_words,
    draw_dates,
    draw_kind,
    frequency_words,
    target_words,
)

DUTIES = load_duties(Path(settings.POLICY_DIR), date(2026, 12, 1))


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("CY-01", "持餐饮服务许可的主体"),
        ("CY-05", "学校、幼儿园；持单位食堂许可的主体"),
        ("TS-01", "在用电梯的使用单位"),
        ("DJ-02", "全部存续主体"),
        ("DJ-03", "限企业"),
        ("YX-01", "行业为西药零售"),
        ("JG-01", "行业为零售业、餐饮业"),
        ("CY-06", "持餐饮服务、单位食堂许可的主体；限企业、分支机构"),
    ],
)
def test_whom_a_duty_concerns_is_said_in_words(code: str, words: str) -> None:
    assert target_words(DUTIES[code].whom, LABELS, industry_names()) == words


def test_a_long_list_of_industries_says_how_many_there_are() -> None:
    words = target_words(DUTIES["ZL-02"].whom, LABELS, industry_names())
    assert words.endswith("等 9 类")
    named = [industry_names()[code] for code in DUTIES["ZL-02"].whom["industry"]]
    assert [name in words for name in named] == [True] * 6 + [False] * 3


def test_every_duty_can_be_said_and_no_code_is_left_in_it() -> None:
    for duty in DUTIES.values():
        words = target_words(duty.whom, LABELS, industry_names())
        assert words
        assert not any(sign.isascii() and sign.isalnum() for sign in words.split("等 ")[0]), (
            duty.code,
            words,
        )
        assert len(words) <= 300


def test_kind_frequency_and_dates_follow_the_rule() -> None:
    said = {
        code: (
            draw_kind(DUTIES[code]),
            frequency_words(DUTIES[code], DUTIES[code].share),
            draw_dates(DUTIES[code], None),
        )
        for code in ("CY-01", "DJ-02", "TS-01", "TS-07")
    }
    assert said["CY-01"] == (
        "全覆盖检查",
        "A 类每 24 个月一次，B 类每 12 个月一次，C 类每 6 个月一次，D 类每 4 个月一次",
        "不抽取（全覆盖）",
    )
    assert said["DJ-02"] == ("不定向抽查", "A 类 0.2%，B 类 0.8%，C 类 4%，D 类 20%", "每月随机抽取")
    assert said["TS-01"][0] == "定向抽查"
    assert said["TS-07"] == ("触发核查", "发现后 30 日内", "不抽取（按触发）")


def test_a_change_is_said_in_words() -> None:
    assert change_words({"A": 0.004, "B": 0.016}, None) == "比例 A 类 0.4%，B 类 1.6%"
    assert change_words(None, [9, 3]) == "月份 3、9"
    assert change_words(None, None) == "恢复法规库口径"
    assert draw_dates(DUTIES["DJ-02"], (9, 3)) == "3月、9月随机抽取"
