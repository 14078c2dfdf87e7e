"""抽取与专项行动 of a year as tasks of its plan: told in words; their checks are counted with the duties they ask for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from qianshao.base.access.rules import Scope
from qianshao.base.policy.rules.library import Duty
from qianshao.flow.campaigns.queries import campaigns
from qianshao.flow.draws.queries.draws import DrawCard, draws
from qianshao.flow.duties.queries import duties_on
from qianshao.flow.duties.rules import UNIT_DIGITS
from qianshao.flow.yearplans.models import YearPlanItem

_MOST = 500
_LEVEL = {digits: level for level, digits in UNIT_DIGITS.items()}
_DECIDED = frozenset({"approved", "running", "closed"})


def draw_tasks(*, unit: str, year: int, day: date) -> list[dict[str, Any]]:
    """双随机抽取 of the year that reach the unit, oldest first, in the words of the official table. A list that is sealed stays so:
    only how many are expected is told."""
    found = draws(scope=Scope(prefix=unit, role="city"), limit=_MOST)
    known = duties_on(day)
    return [
        _draw_words(one, [known[code] for code in one.duty_codes if code in known])
        for one in reversed(found)
        if one.used_from.year == year and one.state != "cancelled"
    ]


def _draw_words(draw: DrawCard, named: Sequence[Duty]) -> dict[str, Any]:
    doors = draw.figures.get("doors") or round(draw.figures.get("expected", {}).get("shared", 0))
    drawn = draw.drawn_at.date() if draw.drawn_at else draw.used_from
    return _words(YearPlanItem.Kind.DRAW, draw.id, draw.title, draw.unit, named) | {
        "rule": "random",
        "draw_kind": "多事项联合抽查" if len(named) > 1 else "定向抽查",
        "target": f"冻结名单 {draw.objects_listed} 户；事项：{'、'.join(one.name for one in named)}"[:300],
        "basis": "；".join(dict.fromkeys(str(basis) for one in named for basis in one.basis))[:500],
        "frequency": f"抽取约 {doors} 户（检查数已计入各事项）",
        "draw_dates": drawn.isoformat(),
        "estimate": draw.drawn_at is None,
    }


def campaign_tasks(*, unit: str, year: int, day: date) -> list[dict[str, Any]]:
    """专项行动 of the year that are decided and reach the unit, oldest first, in the words of the official table."""
    found = campaigns(scope=Scope(prefix=unit, role="city"), limit=_MOST)
    known = duties_on(day)
    return [
        _words(
            YearPlanItem.Kind.CAMPAIGN,
            one.id,
            one.title,
            one.unit,
            [known[code] for code in one.duty_codes if code in known],
        )
        | {
            "draw_kind": "专项检查",
            "target": f"{one.purpose}；事项：{'、'.join(known[code].name for code in one.duty_codes if code in known)}"[
                :300
            ],
            "basis": f"{one.basis}；批准：{one.approval_ref}"[:500],
            "frequency": f"涉及 {one.reach.get('doors', 0)} 户、{one.reach.get('checks', 0)} 项次（另计）",
            "draw_dates": f"{one.first_on} 至 {one.last_on}",
        }
        for one in reversed(found)
        if year in {one.first_on.year, one.last_on.year} and one.state in _DECIDED
    ]


def _words(kind: str, number: int, title: str, unit: str, named: Sequence[Duty]) -> dict[str, Any]:
    return {
        "kind": kind,
        "code": f"{kind}:{number}",
        "name": title,
        "field_name": "、".join(dict.fromkeys(one.field_name for one in named))[:30],
        "level": _LEVEL[len(unit)],
    }
