"""专项行动的规矩 which act may follow which, who approves, what may be aimed at, and whose yearly number a check adds to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from qianshao.base.policy.rules.refusal import Refusal
from qianshao.flow.duties.rules import UNIT_DIGITS

BASIS = "国办发〔2024〕54号"
TARGET_KEYS = frozenset(
    {"kind", "section", "industry", "licence", "equipment", "school", "tag", "risk", "unit"}
)
"""What a campaign may be aimed by: what a duty's condition may ask, the labels, the class, towns and districts."""
COUNTED = ("submitted", "approved", "running", "closed")
"""States in which a campaign counts for the yearly number of its unit."""
_MAY_FOLLOW: dict[str, tuple[frozenset[str], str]] = {
    "change": (frozenset({"draft"}), "只有草案可以修改；已提交的请先退回。"),
    "submit": (frozenset({"draft"}), "只有草案可以提交。"),
    "return": (frozenset({"submitted"}), "只有已提交、待批准的专项行动可以退回。"),
    "approve": (frozenset({"submitted"}), "只有已提交的专项行动可以批准。"),
    "file": (frozenset({"approved"}), "批准之后、启动之前办理备案。"),
    "start": (frozenset({"approved"}), "专项行动须经批准后才能启动。"),
    "close": (frozenset({"running"}), "只有进行中的专项行动可以结束。"),
    "withdraw": (
        frozenset({"draft", "submitted", "approved", "running"}),
        "已结束或已撤回的专项行动不能撤回。",
    ),
}


def check_stage(act: str, state: str) -> None:
    """阶段核查. Raises `Refusal` when `act` may not be done to a campaign in `state`."""
    allowed, words = _MAY_FOLLOW[act]
    if state not in allowed:
        raise Refusal("wrong_stage", words, basis=BASIS if act == "start" else "")


def check_words(fields: Mapping[str, str]) -> None:
    """填写核查. Raises `Refusal` for the first field left empty."""
    asked = {
        "title": "请填写名称。",
        "purpose": "请写明检查目的。",
        "basis": "请写明依据的法律条款或文号。",
        "reason": "请说明原因。",
        "approval_ref": "请填写批准文号。",
        "receipt": "请填写备案回执号。",
    }
    for name, text in fields.items():
        if not text.strip():
            raise Refusal(f"{name}_needed", asked[name], field=name, status=422)


def check_window(first_on: date, last_on: date, today: date) -> None:
    """期限核查. Raises `Refusal`: ends before it begins, is over already, or reaches beyond one calendar year."""
    wrong = {
        "截止日早于起始日。": last_on < first_on,
        "截止日须在今天之后。": last_on <= today,
        "一次专项行动只在一个年度内实施，年度数量按年计算。": first_on.year != last_on.year,
    }
    for words, found in wrong.items():
        if found:
            raise Refusal("wrong_window", words, field="last_on", status=422)


def check_target(target: Mapping[str, Any], unit: str) -> None:
    """对象核查. Raises `Refusal` for a condition nobody knows, an empty one, or a town or district outside the unit."""
    if strange := sorted(set(target) - TARGET_KEYS):
        raise Refusal(
            "unknown_condition", f"没有这种对象条件：{'、'.join(strange)}。", field="target", status=422
        )
    if empty := sorted(key for key, wanted in target.items() if not isinstance(wanted, bool) and not wanted):
        raise Refusal("empty_condition", f"对象条件未选择：{'、'.join(empty)}。", field="target", status=422)
    outside = [code for code in target.get("unit", ()) if not str(code).startswith(unit)]
    if outside:
        raise Refusal("not_within", f"不在本单位范围内：{'、'.join(outside)}。", field="target", status=422)


def check_approver(
    unit: str, *, by_unit: str, account: int | None, made_by: int | None, submitted_by: int | None, body: str
) -> None:
    """批准人核查: somebody of a unit above. The city's own is approved outside the system; another person of the city enters whose
    approval it was. Raises `Refusal`."""
    if account in {made_by, submitted_by}:
        raise Refusal(
            "own_campaign", "拟订人、提交人不能批准自己的专项行动，须由上一级另一名人员办理。", basis=BASIS
        )
    if unit.startswith(by_unit) and len(by_unit) < len(unit):
        return
    if by_unit != unit or len(unit) != UNIT_DIGITS["city"]:
        raise Refusal("not_above", "专项行动须经上一级批准，本单位不能自行批准。", basis=BASIS)
    if not body.strip():
        raise Refusal(
            "body_needed",
            "市局的专项行动须经市政府或省局批准，请写明批准机关。",
            basis=BASIS,
            field="body",
            status=422,
        )


def check_yearly_number(standing: Sequence[str], most: int, year: int) -> None:
    """年度数量核查. `standing`: titles of the unit's campaigns of the year that count. Raises `Refusal` when they are as many as may be."""
    if len(standing) >= most:
        raise Refusal(
            "number_used_up",
            f"{year} 年已有 {len(standing)} 个专项行动（{'、'.join(standing)}），本单位年度数量为 {most} 个（本地设置，非官方）。",
            basis=f"{BASIS}：专项检查实行年度数量控制",
            remedy="请并入已有的专项行动、改在下一年度，或附上级部署文号。",
        )


def origin_of(unit: str, *, from_above: bool, organ: str) -> str:
    """来源 of its checks for the yearly number of the checking `organ` (a level): what a level above it runs, or a superior has
    deployed, is not counted (上级部署的专项检查除外)."""
    return "deployed" if from_above or len(unit) < UNIT_DIGITS[organ] else "campaign"
