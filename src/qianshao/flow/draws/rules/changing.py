"""人工调整 of a drawn result: an officer of a team replaced, an object passed over; with the reason, shown to everybody."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from qianshao.base.policy.rules.refusal import Refusal
from qianshao.flow.draws.rules.listing import Inspector

REPLACE, PASS_OVER = "replace", "pass_over"


@dataclass(frozen=True, slots=True)
class Change:
    """人工调整. `leaves` and `joins` are officers by certificate number, for `replace`; `at` is ISO 8601 with zone."""

    object: str
    kind: str
    what: str
    reason: str
    by: str
    at: str
    leaves: str = ""
    joins: str = ""


def words_of(kind: str, leaves: str = "", joins: str = "") -> str:
    """调整内容 in words."""
    return "不再检查" if kind == PASS_OVER else f"更换检查人员 {leaves}→{joins}"


def team_after(team: Sequence[str], changes: Iterable[Change]) -> tuple[str, ...] | None:
    """调整后的检查组 of one object, or None once it is passed over."""
    now = list(team)
    for one in changes:
        if one.kind == PASS_OVER:
            return None
        now = [one.joins if who == one.leaves else who for who in now]
    return tuple(now)


def check_replacement(
    *,
    leaves: str,
    joins: str,
    team: Sequence[str],
    colleagues: Mapping[str, Inspector],
    needs: Collection[str],
    away: Collection[str],
) -> None:
    """更换核查: somebody of the team leaves, and a colleague of the frozen list, without conflict, joins; together they still hold
    what the object needs. Raises `Refusal` that says what is wrong."""
    if leaves not in team:
        who = "、".join(team) or "无"
        _refuse("not_of_the_team", f"{leaves} 不在该对象的检查组中（现为 {who}）。", "leaves")
    if joins not in colleagues:
        _refuse("not_of_the_list", f"{joins} 不在冻结名单上本所的执法检查人员中，不能换入。", "joins")
    if joins in team:
        _refuse("of_the_team_already", f"{joins} 已在该对象的检查组中。", "joins")
    if joins in away:
        _refuse("in_conflict", f"{joins} 对该对象已登记回避，不能换入。", "joins")
    after = [joins if who == leaves else who for who in team]
    held = {name for who in after for name in (colleagues[who].competences if who in colleagues else ())}
    if missing := sorted(set(needs) - held):
        _refuse("competence_lost", f"更换后检查组缺少“{'、'.join(missing)}”资质。", "joins")


def _refuse(code: str, message: str, field: str) -> None:
    raise Refusal(code, message, field=field, status=422)
