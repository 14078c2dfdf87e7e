"""计划文字 a duty's condition, share and dates in the words of the official table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from qianshao.base.policy.rules.caps import CapLaw
from qianshao.base.policy.rules.library import Duty

Labels = Mapping[str, Mapping[str, str]]
LEVELS = {"province": "省", "city": "市", "district": "区", "station": "所"}
"""要求级别 by code."""
_RULES = {"coverage": "全覆盖检查", "overdue_equipment": "触发核查", "missing_report": "触发核查"}
_EVERY_MONTH = "每月随机抽取"
_MOST_INDUSTRIES = 6


def target_words(whom: Mapping[str, Any], labels: Labels, industries: Mapping[str, str]) -> str:
    """抽查对象范围: whom a duty concerns. `labels` name kinds, licences and equipment, `industries` the classes of GB/T 4754."""
    parts = []
    if whom.get("school"):
        parts.append("学校、幼儿园")
    if "licence" in whom:
        parts.append("持" + _named(whom["licence"], labels["licence"]) + "许可的主体")
    if "equipment" in whom:
        parts.append("在用" + _named(whom["equipment"], labels["equipment"]) + "的使用单位")
    if "industry" in whom:
        more = f"等 {len(whom['industry'])} 类" if len(whom["industry"]) > _MOST_INDUSTRIES else ""
        parts.append("行业为" + _named(whom["industry"][:_MOST_INDUSTRIES], industries) + more)
    elif "section" in whom:
        parts.append("行业门类为" + _named(whom["section"], industries))
    if "kind" in whom:
        parts.append("限" + _named(whom["kind"], labels["kind"]))
    return "；".join(parts) or "全部存续主体"


def _named(codes: Sequence[str], names: Mapping[str, str]) -> str:
    return "、".join(names.get(code, code) for code in codes)


def draw_kind(duty: Duty) -> str:
    """抽查类型: 不定向 draws among all businesses, 定向 among those of a kind; what is not drawn says so."""
    if duty.rule != "random":
        return _RULES[duty.rule]
    return "定向抽查" if set(duty.whom) - {"state"} else "不定向抽查"


def frequency_words(duty: Duty, share: Mapping[str, float]) -> str:
    """比例或频次 by class, `share` being the one in force in the unit."""
    if duty.rule == "coverage":
        return "，".join(
            f"{name} 类每 {months} 个月一次" for name, months in sorted(duty.every_months.items())
        )
    if duty.rule == "random":
        return _share_words(share)
    return f"发现后 {duty.due_days} 日内"


def draw_dates(duty: Duty, months: Sequence[int] | None) -> str:
    """抽取日期: the months in which objects are drawn."""
    if duty.rule == "coverage":
        return "不抽取（全覆盖）"
    if duty.rule != "random":
        return "不抽取（按触发）"
    return (
        _EVERY_MONTH if months is None else "、".join(f"{month}月" for month in sorted(months)) + "随机抽取"
    )


def cap_words(duty: Duty, law: CapLaw) -> str:
    """频次上限: how often the organ in whose name the duty is checked may enter a business in a year."""
    cap = law.cap_of(duty.level)
    if cap is None:
        return "未设定"
    organ = LEVELS[law.counts_for[duty.level]]
    told = "，".join(f"{letter} 类 {count} 次" for letter, count in sorted(cap.entries.items()))
    return f"{organ}级全年 {told}{'' if cap.certainty in {'V', 'V~'} else '（非官方）'}"


def change_words(share: Mapping[str, float] | None, months: Sequence[int] | None) -> str:
    """一项调整 in words."""
    parts = []
    if share is not None:
        parts.append("比例 " + _share_words(share))
    if months is not None:
        parts.append("月份 " + "、".join(str(month) for month in sorted(months)))
    return "；".join(parts) or "恢复法规库口径"


def _share_words(share: Mapping[str, float]) -> str:
    return "，".join(f"{name} 类 {100 * part:.3g}%" for name, part in sorted(share.items()))
