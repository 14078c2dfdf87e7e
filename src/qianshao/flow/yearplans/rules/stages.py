"""计划阶段 which act may follow which. Nothing goes back but a draft that is returned; what was published stays to be seen."""

from __future__ import annotations

from qianshao.base.policy.rules.refusal import Refusal

_MAY_FOLLOW: dict[str, tuple[frozenset[str], str]] = {
    "change": (frozenset({"draft"}), "只有草案可以调整；已提交的请先退回，已批准的请修订。"),
    "submit": (frozenset({"draft"}), "只有草案可以提交。"),
    "return": (frozenset({"submitted"}), "只有已提交、待批准的计划可以退回。"),
    "approve": (frozenset({"submitted"}), "只有已提交的计划可以批准。"),
    "file": (frozenset({"approved", "published"}), "批准之后才能报上级备案。"),
    "publish": (frozenset({"approved"}), "年度计划须经批准后才能公布。"),
    "amend": (
        frozenset({"published"}),
        "只有已公布的计划可以修订；尚未公布的请先公布或撤回，草案可以直接调整。",
    ),
    "withdraw": (
        frozenset({"draft", "submitted", "approved", "published"}),
        "已撤回或已被新版本取代的计划不能撤回。",
    ),
}


def check_stage(act: str, state: str) -> None:
    """阶段核查. Raises `Refusal` when `act` may not be done to a plan in `state`."""
    allowed, words = _MAY_FOLLOW[act]
    if state not in allowed:
        raise Refusal("wrong_stage", words)


def check_other_person(account: int | None, *, made_by: int | None, submitted_by: int | None) -> None:
    """批准人与编制人分开. Raises `Refusal` when who approves made or submitted the plan."""
    if account in {made_by, submitted_by}:
        raise Refusal(
            "own_plan",
            "编制人、提交人不能批准自己的计划，须由本单位负责人或上级另一名人员批准。",
            basis="国办发〔2024〕54号",
        )
