"""所内研判分 the station's own score of a business: points for facts, a class for the sum, and the reasons in words.

Monotone by construction: reasons only add points (checked when the model is read), so one more bad fact never lowers a
class. It is not the provincial credit class (国市监信发〔2022〕6号), which is imported and never overwritten.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from qianshao.base.policy.rules.library import RiskModel

FACTS = (
    "has_licence",
    "is_school",
    "has_equipment",
    "overdue_equipment",
    "expired_licence",
    "missing_report",
    "penalties",
    "problem_inspections",
    "upheld_complaints",
)
"""What a model may ask of a business; each a count."""


@dataclass(frozen=True, slots=True)
class Reason:
    """理由 that counted, with the points it gave."""

    code: str
    text: str
    points: int


@dataclass(frozen=True, slots=True)
class Judgement:
    """研判结果: score, class A to D, and the reasons, heaviest first."""

    score: int
    risk_class: str
    reasons: tuple[Reason, ...]


def judge(facts: Mapping[str, int], model: RiskModel) -> Judgement:
    """研判 one business from its facts (name → count; a missing fact counts 0). Raises `KeyError` for a fact the model
    asks for and nobody knows."""
    for reason in model.reasons:
        if reason.fact not in FACTS:
            raise KeyError(reason.fact)
    counted = tuple(
        sorted(
            (
                Reason(reason.code, reason.text, reason.points)
                for reason in model.reasons
                if facts.get(reason.fact, 0) >= reason.at_least
            ),
            key=lambda reason: -reason.points,
        )
    )
    score = sum(reason.points for reason in counted)
    return Judgement(score, class_of(score, model), counted)


def class_of(score: int, model: RiskModel) -> str:
    """类别 of a score: the highest band it reaches."""
    return [name for name, start in model.bands if score >= start][-1]
