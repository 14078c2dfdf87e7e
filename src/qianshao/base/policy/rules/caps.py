"""年度检查次数上限 how often one organ may enter one business in a year, read from `policy/foshan/inspection-caps.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from qianshao.base.policy.rules.library import CERTAINTY, Basis, PolicyError

_FILE = "inspection-caps.yaml"
_CLASSES = ("A", "B", "C", "D")
LEVELS = ("station", "district", "city", "province")


@dataclass(frozen=True, slots=True)
class Cap:
    """一级机关的上限: entries a year by class."""

    level: str
    entries: Mapping[str, int]
    certainty: str
    valid_from: date


@dataclass(frozen=True, slots=True)
class CapLaw:
    """年度检查次数上限 in force on a day. `counts_for`: whose number an entry of a level adds to; `not_counted`, `stopped`: origins
    of checks that do not add to it, and that are not made once it is used up."""

    caps: Mapping[str, Cap]
    counts_for: Mapping[str, str]
    not_counted: tuple[str, ...]
    stopped: tuple[str, ...]
    basis: tuple[Basis, ...]
    note: str

    def cap_of(self, level: str) -> Cap | None:
        """上限 that binds whoever checks at `level`, or None where no number is set."""
        return self.caps.get(self.counts_for[level])

    def levels_of(self, level: str) -> list[str]:
        """Levels whose entries add to the same number as those of `level`."""
        organ = self.counts_for[level]
        return [name for name, counts_for in self.counts_for.items() if counts_for == organ]


def load_caps(policy: Path, on: date) -> CapLaw:
    """年度检查次数上限 in force on a day, the latest of each level. Raises `PolicyError` that names the entry."""
    data: dict[str, Any] = yaml.safe_load((policy / "foshan" / _FILE).read_text(encoding="utf-8"))
    for name in ("counts_for_certainty", "origins_certainty"):
        if data.get(name) not in CERTAINTY:
            raise PolicyError(f"{_FILE}：{name} 的可信度标记“{data.get(name)}”无效")
    counts_for = data.get("counts_for", {})
    if set(counts_for) != set(LEVELS) or not set(counts_for.values()) <= set(LEVELS):
        raise PolicyError(f"{_FILE}：counts_for 应写明 {'、'.join(LEVELS)} 各计入哪一级")
    if both := sorted(set(data["not_counted"]) & set(data["stopped"])):
        raise PolicyError(f"{_FILE}：{'、'.join(both)} 不计入次数，却因次数用完而停止")
    caps: dict[str, Cap] = {}
    for cap in sorted((_cap(entry) for entry in data["caps"]), key=lambda one: one.valid_from):
        if cap.valid_from <= on:
            caps[cap.level] = cap
    return CapLaw(
        caps=caps,
        counts_for=counts_for,
        not_counted=tuple(data["not_counted"]),
        stopped=tuple(data["stopped"]),
        basis=tuple(Basis(one["law"], one["article"]) for one in data["basis"]),
        note=data["note"],
    )


def _cap(entry: dict[str, Any]) -> Cap:
    level, entries = str(entry.get("level")), entry.get("entries", {})
    problems = {
        f"级别“{level}”无效": level not in LEVELS,
        f"的可信度标记“{entry.get('certainty')}”无效": entry.get("certainty") not in CERTAINTY,
        "没有起始日": not isinstance(entry.get("valid_from"), date),
        "应写明 A、B、C、D 各类的次数": set(entries) != set(_CLASSES),
        "的次数应为正整数": any(type(one) is not int or one < 1 for one in entries.values()),
    }
    for problem, found in problems.items():
        if found:
            raise PolicyError(f"{_FILE}：{level} {problem}")
    counts = [entries[name] for name in _CLASSES]
    if counts != sorted(counts):
        raise PolicyError(f"{_FILE}：{level} 的次数不得随风险升高而减少")
    return Cap(level=level, entries=entries, certainty=entry["certainty"], valid_from=entry["valid_from"])
