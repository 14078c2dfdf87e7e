"""抽取阶段 which act may follow which; nothing goes back, a cancelled draw stays to be seen."""

from __future__ import annotations

from datetime import date

from qianshao.base.policy.rules.refusal import Refusal

_MAY_FOLLOW = {
    "commit": ({"frozen"}, "种子只能承诺一次，且须在名单冻结之后。"),
    "enter_number": ({"committed"}, "须先承诺种子，再录入公开随机数；抽取之后不得重抽。"),
    "open": ({"drawn"}, "只有已抽取且未启封的名单可以启封。"),
    "publish": ({"opened"}, "启封之后才能公布。"),
    "change": ({"drawn", "opened", "published"}, "抽取之后才能人工调整。"),
    "publish_results": ({"published"}, "公布抽取公告之后，才能公布检查结果。"),
    "cancel": (
        {"freezing", "frozen", "committed", "drawn"},
        "已启封、已公布或已作废的抽取不能作废。",
    ),
}


def check_stage(act: str, state: str) -> None:
    """阶段核查. Raises `Refusal` when `act` may not be done to a draw in `state`."""
    wanted, words = _MAY_FOLLOW[act]
    if state not in wanted:
        raise Refusal("wrong_stage", words)


def check_sealed(used_from: date, today: date, act: str) -> None:
    """封存核查: before its first day of use nobody learns what is drawn, so it is neither opened nor changed. Raises `Refusal`."""
    if today < used_from:
        raise Refusal("sealed", f"名单封存至 {used_from}，启用日之前不得{act}。")


def check_days(used_from: date, used_until: date, today: date) -> None:
    """启用期核查: a period that lies ahead and within one year. Raises `Refusal`."""
    if used_until < used_from:
        raise Refusal("window_reversed", "截止日早于启用日。", field="used_until", status=422)
    if used_until <= today:
        raise Refusal("window_over", "截止日须在今天之后。", field="used_until", status=422)
    if used_from.year != used_until.year:
        raise Refusal("two_years", "一次抽取只用于一个年度。", field="used_until", status=422)
