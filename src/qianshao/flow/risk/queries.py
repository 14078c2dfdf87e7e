"""Reading assessments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from qianshao.base.access.queries import within
from qianshao.base.access.rules import Scope
from qianshao.base.policy.rules.library import RiskModel
from qianshao.flow.risk.models import RiskAssessment
from qianshao.flow.risk.rules import Reason


@dataclass(frozen=True, slots=True)
class AssessmentCard:
    """研判结果 as shown, with its reasons in words."""

    as_of: date | None
    score: int
    risk_class: str
    reasons: tuple[Reason, ...]
    model_version: str
    model_name: str
    certainty: str
    note: str


def assessment(*, scope: Scope, entity_id: int, model: RiskModel) -> AssessmentCard:
    """研判结果 of one business of the scope. A business without a row has no reason against it: class A, score 0."""
    texts = {reason.code: reason.text for reason in model.reasons}
    row = RiskAssessment.objects.filter(within(scope, "entity__station_id"), entity_id=entity_id).first()
    reasons = tuple(
        Reason(entry["code"], texts.get(entry["code"], entry["code"]), int(entry["points"]))
        for entry in (row.reasons if row else [])
    )
    return AssessmentCard(
        as_of=row.as_of if row else None,
        score=row.score if row else 0,
        risk_class=row.risk_class if row else model.bands[0][0],
        reasons=reasons,
        model_version=row.model_version if row else model.version,
        model_name=model.name,
        certainty=model.certainty,
        note=model.note,
    )
