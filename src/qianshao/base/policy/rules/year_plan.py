"""年度检查计划 what the law and the city say of the yearly plan, read from `policy/national/year-plan.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import yaml

from qianshao.base.policy.rules.library import CERTAINTY, Parameter, PolicyError, load_parameters


@dataclass(frozen=True, slots=True)
class PlanBasis:
    """编制依据: law, article and what it asks of the plan."""

    law: str
    article: str
    text: str
    certainty: str


@dataclass(frozen=True, slots=True)
class YearPlanLaw:
    """年度计划的规则. `planned_by`: field → the level that makes its plan, and under which article. `number` and `task` are patterns."""

    basis: tuple[PlanBasis, ...]
    planned_by: Mapping[str, tuple[str, str]]
    method: str
    method_offsite: str
    number: str
    task: str
    parameters: Mapping[str, Parameter]
    notes: tuple[str, ...]


def load_year_plan_law(policy: Path, on: date) -> YearPlanLaw:
    """年度计划的规则 in force on a day. Raises `PolicyError` for an entry without its mark."""
    file = policy / "national" / "year-plan.yaml"
    data = yaml.safe_load(file.read_text(encoding="utf-8"))
    marked = [*data["basis"], *data["planned_by"], data["method"], data["number"]]
    if wrong := [one for one in marked if one.get("certainty") not in CERTAINTY]:
        raise PolicyError(f"{file.name}：没有可信度标记：{wrong[0]}")
    return YearPlanLaw(
        basis=tuple(
            PlanBasis(one["law"], one["article"], one["text"], one["certainty"]) for one in data["basis"]
        ),
        planned_by={
            one["field"]: (
                one["level"],
                "、".join(f"《{law['law']}》{law['article']}" for law in one["basis"]),
            )
            for one in data["planned_by"]
        },
        method=data["method"]["text"],
        method_offsite=data["method"]["offsite"],
        number=data["number"]["pattern"],
        task=data["number"]["task"],
        parameters=load_parameters(policy, "year-plan", on),
        notes=(*data["reckoning"], data["method"]["note"], data["number"]["note"]),
    )
