"""责令改正 when an order is due, when it is checked again, what a re-check makes of it, how it is numbered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import yaml

from qianshao.base.calendar.rules import add_natural_days, add_working_days
from qianshao.base.policy.rules.library import Parameter, PolicyError


@dataclass(frozen=True, slots=True)
class Window:
    """复查窗口, both days included."""

    release_on: date
    due_on: date


@dataclass(frozen=True, slots=True)
class Numbering:
    """文书字号 of one kind of document."""

    pattern: str
    districts: Mapping[str, str]

    def number(self, unit: str, year: int, number: int) -> str:
        """文书号, such as 佛顺市监责改〔2026〕0001号. Raises `PolicyError` for a district without a character."""
        if unit not in self.districts:
            raise PolicyError(f"documents.yaml：没有为区划 {unit} 设置文书代字")
        return self.pattern.format(district=self.districts[unit], year=year, number=number)


def read_numbering(policy: Path, document: str) -> Numbering:
    """文书字号 of the city for one kind of document."""
    data = yaml.safe_load((policy / "foshan" / "documents.yaml").read_text(encoding="utf-8"))[document]
    return Numbering(pattern=data["pattern"], districts=data["districts"])


def rectification_due(ordered_on: date, rectify_days: Iterable[int]) -> date:
    """改正期限: the shortest period of the failed items, in natural days, moved to a working day (投诉举报处理办法
    第四十五条 for the way of counting). No item is left longer than its own period."""
    return add_natural_days(ordered_on, min(rectify_days))


def recheck_window(field: str, due_on: date, parameters: Mapping[str, Parameter]) -> Window:
    """复查窗口 from the day the order is due; special equipment within ten working days
    (特种设备安全监督检查办法 第二十九条)."""
    own = parameters.get(f"recheck_working_days.{field}")
    parameter = own or parameters["recheck_working_days.default"]
    return Window(release_on=due_on, due_on=add_working_days(due_on, int(parameter.value)))


def settled_state(rechecks: Iterable[tuple[bool, bool]]) -> str:
    """复查结论 of an order from its re-checks as (done, failed): escalated when one failed, closed when all passed,
    else open."""
    outcomes = list(rechecks)
    if any(failed for _, failed in outcomes):
        return "escalated"
    return "closed" if all(done for done, _ in outcomes) else "open"
