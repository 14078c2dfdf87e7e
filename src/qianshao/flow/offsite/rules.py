"""非现场核查的规矩 what may be met without a visit, and what a record must hold."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from qianshao.base.policy.rules.refusal import Refusal

BASIS = "广东省优化营商环境条例第四十九条"
_STATES = {"done": "已办结", "cancelled": "已取消"}


def obstacle(*, offsite: str, origin: str, state: str) -> str:
    """Why a check cannot be met without a visit, in words; empty when it can. `offsite`: the duty's mark."""
    if state != "open":
        return f"该检查{_STATES[state]}，不能再核查。"
    if origin == "recheck":
        return "责令改正后的复查不能以非现场方式办结。"
    if not offsite:
        return "该检查事项不允许以非现场方式办结。"
    return ""


def check_record(
    *, reference: str, attachments: Sequence[str], conclusion: str, note: str, checked_on: date, today: date
) -> None:
    """记录核查. Raises `Refusal`: no evidence, a day to come, no words about why a visit is needed."""
    if not reference.strip() and not attachments:
        raise Refusal(
            "evidence_needed",
            "请附照片，或写明所依据的材料、数据集和行。",
            field="reference",
            status=422,
            basis=BASIS,
        )
    if checked_on > today:
        raise Refusal("in_the_future", "核查日不能晚于今天。", field="checked_on", status=422)
    if conclusion == "not_met" and not note.strip():
        raise Refusal("note_needed", "不能确认的，请说明须现场检查的原因。", field="note", status=422)


def check_competence(
    *, competence: str, competences: Sequence[str], certificate_expires_on: date, today: date
) -> None:
    """核查资质 of an officer. Raises `Refusal`: lacks the competence, or the certificate has expired."""
    if competence not in competences:
        raise Refusal("no_competence", f"本人不具备“{competence}”资质，不能办理这项核查。", status=403)
    if certificate_expires_on < today:
        raise Refusal(
            "certificate_expired", f"执法证已于 {certificate_expires_on} 到期，不能办理核查。", status=403
        )
