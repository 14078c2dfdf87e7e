"""法规库 the rule packs of `policy/`, read and checked; every figure with its article, validity and certainty."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

CERTAINTY = {
    "V": "已核对原文",
    "V~": "已核对摘录",
    "K": "凭专业知识，待核对",
    "P": "本地设置，非官方",
}
"""How sure an entry is. K and P are shown as 非官方."""


class PolicyError(ValueError):
    """规则文件有误: the message names file and entry."""


@dataclass(frozen=True, slots=True)
class Basis:
    """依据: law and article."""

    law: str
    article: str

    def __str__(self) -> str:
        return f"《{self.law}》{self.article}"


@dataclass(frozen=True, slots=True)
class ChecklistItem:
    """检查项. `code` is the same wherever the same thing is asked, so that a merged checklist asks it once."""

    code: str
    text: str
    key: bool
    rectify_days: int


@dataclass(frozen=True, slots=True)
class Duty:
    """检查事项: whom it concerns, how often by class, how long it takes, who may do it, what is looked at.

    `rule` is coverage (every `every_months` by class), random (a `share` by class each year), overdue_equipment or
    missing_report (a trigger, done within `due_days`).

    Three marks hold a certainty where they apply and are empty where not: `mandatory` 法定全覆盖, what no list of the city excuses;
    `routine` 常规检查, needless in a year with a 证后检查; `offsite` 可非现场, what documents or data may answer as well.
    """

    code: str
    name: str
    field: str
    field_name: str
    level: str
    rule: str
    whom: dict[str, Any]
    every_months: dict[str, int]
    share: dict[str, float]
    due_days: int
    minutes: int
    minutes_per_set: int
    competence: str
    certainty: str
    figures_certainty: str
    valid_from: date
    valid_to: date | None
    basis: tuple[Basis, ...]
    note: str
    items: tuple[ChecklistItem, ...]
    mandatory: str = ""
    routine: str = ""
    offsite: str = ""

    @property
    def version(self) -> str:
        """What an obligation notes of the duty it came from."""
        return self.valid_from.isoformat()


@dataclass(frozen=True, slots=True)
class Parameter:
    """参数: one figure with its basis."""

    code: str
    value: float
    unit: str
    certainty: str
    valid_from: date
    valid_to: date | None
    basis: tuple[Basis, ...]
    note: str


@dataclass(frozen=True, slots=True)
class RiskReason:
    """研判理由: points that a fact of the business adds once it reaches `at_least`, counted over the last `months`."""

    code: str
    text: str
    points: int
    fact: str
    at_least: int
    months: int


@dataclass(frozen=True, slots=True)
class RiskModel:
    """研判模型: reasons and the scores from which each class starts, lowest first."""

    version: str
    name: str
    certainty: str
    note: str
    basis: tuple[Basis, ...]
    bands: tuple[tuple[str, int], ...]
    reasons: tuple[RiskReason, ...]


_RULES = frozenset({"coverage", "random", "overdue_equipment", "missing_report"})
_WHOM = frozenset({"licence", "equipment", "kind", "section", "industry", "school", "state"})
_CLASSES = ("A", "B", "C", "D")
_MARKS = ("mandatory", "routine", "offsite")


def load_duties(policy: Path, on: date) -> dict[str, Duty]:
    """检查事项 in force on a day, by code. Raises `PolicyError`."""
    duties: dict[str, Duty] = {}
    for file in sorted((policy / "national" / "duties").glob("*.yaml")):
        data = _read(file)
        for entry in data["duties"]:
            duty = _duty(file.name, data, entry)
            if duty.code in duties:
                raise PolicyError(f"{file.name}：事项 {duty.code} 重复")
            if duty.valid_from <= on and (duty.valid_to is None or on <= duty.valid_to):
                duties[duty.code] = duty
    return duties


def load_parameters(policy: Path, name: str, on: date) -> dict[str, Parameter]:
    """参数 of one file in force on a day, by code. Raises `PolicyError`."""
    file = policy / "national" / f"{name}.yaml"
    found = {}
    for entry in _read(file)["parameters"]:
        parameter = Parameter(
            code=entry["code"],
            value=float(entry["value"]),
            unit=entry["unit"],
            certainty=_certainty(file.name, entry),
            valid_from=entry["valid_from"],
            valid_to=entry.get("valid_to"),
            basis=_basis(file.name, entry),
            note=entry.get("note", ""),
        )
        if parameter.valid_from <= on and (parameter.valid_to is None or on <= parameter.valid_to):
            found[parameter.code] = parameter
    return found


def load_risk_model(policy: Path) -> RiskModel:
    """研判模型 of the city. Raises `PolicyError` when the bands do not rise or a reason takes points away."""
    file = policy / "foshan" / "risk-model.yaml"
    data = _read(file)
    bands = tuple((str(band["class"]), int(band["from"])) for band in data["bands"])
    starts = [start for _, start in bands]
    if tuple(name for name, _ in bands) != _CLASSES or starts != sorted(starts) or starts[0] != 0:
        raise PolicyError(f"{file.name}：分档应为 A、B、C、D 且起点递增，从 0 开始")
    reasons = tuple(
        RiskReason(
            code=entry["code"],
            text=entry["text"],
            points=int(entry["points"]),
            fact=entry["fact"],
            at_least=int(entry.get("at_least", 1)),
            months=int(entry.get("months", 0)),
        )
        for entry in data["reasons"]
    )
    if any(reason.points < 0 for reason in reasons):
        raise PolicyError(f"{file.name}：理由的分值不得为负，否则多一条不良记录反而降低类别")
    return RiskModel(
        version=str(data["version"]),
        name=data["name"],
        certainty=_certainty(file.name, data),
        note=data.get("note", ""),
        basis=_basis(file.name, data),
        bands=bands,
        reasons=reasons,
    )


def _read(file: Path) -> dict[str, Any]:
    try:
        data: dict[str, Any] = yaml.load(
            file.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        )
    except yaml.YAMLError as failure:
        raise PolicyError(f"{file.name} 不是有效的 YAML：{failure}") from failure
    return data


def _duty(file: str, data: dict[str, Any], entry: dict[str, Any]) -> Duty:
    code = str(entry.get("code", "?"))
    try:
        duty = Duty(
            code=code,
            name=entry["name"],
            field=data["field"],
            field_name=data["name"],
            level=entry["level"],
            rule=entry["rule"],
            whom=entry["whom"],
            every_months=entry.get("every_months", {}),
            share=entry.get("share", {}),
            due_days=int(entry.get("due_days", 0)),
            minutes=int(entry["minutes"]),
            minutes_per_set=int(entry.get("minutes_per_set", 0)),
            competence=entry.get("competence", data["competence"]),
            certainty=_certainty(file, entry),
            figures_certainty=entry.get("every_months_certainty") or entry.get("due_days_certainty") or "P",
            valid_from=entry["valid_from"],
            valid_to=entry.get("valid_to"),
            basis=_basis(file, entry),
            note=entry.get("note", ""),
            items=tuple(
                ChecklistItem(item["code"], item["text"], bool(item["key"]), int(item["rectify_days"]))
                for item in entry.get("items", [])
            ),
            **{name: str(entry.get(name, "")) for name in _MARKS},
        )
    except KeyError as missing:
        raise PolicyError(f"{file}：事项 {code} 缺少 {missing}") from missing
    _check_duty(file, duty)
    return duty


def _check_duty(file: str, duty: Duty) -> None:
    problems = {
        "没有检查项": not duty.items,
        "检查项代码重复": len({item.code for item in duty.items}) != len(duty.items),
        f"规则“{duty.rule}”无效": duty.rule not in _RULES,
        "对象条件含未知的键": not set(duty.whom) <= _WHOM,
        "缺少各类别间隔": duty.rule == "coverage" and set(duty.every_months) != set(_CLASSES),
        "缺少各类别比例": duty.rule == "random" and set(duty.share) != set(_CLASSES),
        "缺少办理期限": duty.rule in {"overdue_equipment", "missing_report"} and duty.due_days <= 0,
        "没有依据": not duty.basis,
        "的 mandatory、routine、offsite 应写可信度标记": any(
            getattr(duty, name) not in {"", *CERTAINTY} for name in _MARKS
        ),
    }
    for problem, found in problems.items():
        if found:
            raise PolicyError(f"{file}：事项 {duty.code} {problem}")


def _certainty(file: str, entry: dict[str, Any]) -> str:
    mark = str(entry.get("certainty", ""))
    if mark not in CERTAINTY:
        raise PolicyError(f"{file}：{entry.get('code', '')} 的可信度标记“{mark}”无效")
    return mark


def _basis(file: str, entry: dict[str, Any]) -> tuple[Basis, ...]:
    found = tuple(Basis(one["law"], one["article"]) for one in entry.get("basis", []))
    if not found and entry.get("certainty") != "P":
        raise PolicyError(f"{file}：{entry.get('code', '')} 没有依据，只有本地设置（P）可以没有")
    return found
