"""计划调整 what a head may change in a draft: how large a share of a random duty is drawn, and in which months."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from qianshao.base.policy.rules.library import Duty
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.base.policy.rules.year_plan import YearPlanLaw
from qianshao.flow.duties.rules import UNIT_DIGITS

_NAMES = {"city": "市局", "district": "区局"}


def check_whose(duty: Duty, unit: str, law: YearPlanLaw) -> None:
    """谁的计划. Raises `Refusal` where the duty is planned by a level above the unit: one it asks itself, or one the law gives it."""
    level, article = law.planned_by.get(duty.field, ("city" if duty.level == "city" else "", ""))
    if level and len(unit) > UNIT_DIGITS[level]:
        raise Refusal(
            "planned_above",
            f"“{duty.name}”由{_NAMES[level]}制定计划，本单位照此执行，不作调整。",
            basis=article,
            field="duty_code",
        )


def is_planned_above(duty: Duty, unit: str, law: YearPlanLaw) -> bool:
    """Whether the duty's share and months are decided by a level above the unit."""
    try:
        check_whose(duty, unit, law)
    except Refusal:
        return True
    return False


def check_change(
    duty: Duty,
    *,
    share: Mapping[str, float] | None,
    months: Sequence[int] | None,
    reason: str,
    open_months: Collection[int],
    law: YearPlanLaw,
) -> None:
    """调整核查. Raises `Refusal` that names the class or month: no reason, a duty that is not drawn, a share outside the bounds or
    falling with the class, no month, a month that is over or has no working day. Both None puts the policy's figures back."""
    if not reason.strip():
        raise Refusal("reason_needed", "调整须写明理由，理由随计划保存。", field="reason", status=422)
    if duty.rule != "random":
        raise Refusal(
            "not_random",
            f"“{duty.name}”不是随机抽查事项，其频次由法规库规定，不能在计划中调整。",
            field="duty_code",
            status=422,
        )
    if months is not None:
        _check_months(months, open_months)
    if share is not None:
        _check_share(duty, share, law)


def _check_months(months: Sequence[int], open_months: Collection[int]) -> None:
    if not months or len(set(months)) < len(months) or not set(months) <= set(range(1, 13)):
        raise Refusal("no_months", "请选择一个或几个不同的月份（1–12）。", field="months", status=422)
    if closed := sorted(set(months) - set(open_months)):
        raise Refusal(
            "month_closed",
            f"{'、'.join(f'{month}月' for month in closed)}已经结束或没有工作日，不能安排抽查。",
            field="months",
            status=422,
        )


def _check_share(duty: Duty, share: Mapping[str, float], law: YearPlanLaw) -> None:
    if set(share) != set(duty.share):
        raise Refusal("classes_missing", "请填写 A、B、C、D 各类别的抽查比例。", field="share", status=422)
    least, most = law.parameters["rate_least"].value, law.parameters["rate_most"].value
    for name, policy in sorted(duty.share.items()):
        low, high = policy * least, min(1.0, policy * most)
        if not low - 1e-9 <= share[name] <= high + 1e-9:
            raise Refusal(
                "share_out_of_bounds",
                f"{name} 类抽查比例 {share[name]:.2%} 超出可调范围 {low:.2%}–{high:.2%}（法规库为 {policy:.2%}）。",
                field="share",
                status=422,
            )
    rising = [share[name] for name in sorted(share)]
    if rising != sorted(rising):
        raise Refusal(
            "share_falls",
            "抽查比例应随风险类别提高，D 类不得低于 C 类，依此类推。",
            basis="广东省市场监管条例第二十六条",
            field="share",
            status=422,
        )
