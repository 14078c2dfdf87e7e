"""佛山 the towns and villages the sample's businesses stand in, and how many stand in each."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

FULL_SIZE = 1_500_000
DALIANG = "440606005"
DALIANG_SHARE = 57_000 / FULL_SIZE
"""大良 has 57,000 of the city's 1.5 million (published account); the other towns' weights are plausible, not published."""

_WEIGHTS = {
    "440604010": 70, "440604011": 60, "440604012": 95, "440604100": 38,
    "440605011": 125, "440605121": 36, "440605122": 37, "440605123": 28, "440605124": 132, "440605125": 150,
    "440605126": 86,
    "440606003": 27, "440606004": 32, "440606006": 63, "440606101": 29, "440606102": 52, "440606103": 62,
    "440606104": 57, "440606105": 26, "440606106": 21,
    "440607001": 46, "440607004": 11, "440607101": 8, "440607103": 23, "440607104": 10, "440607105": 9,
    "440607106": 3,
    "440608004": 49, "440608106": 13, "440608107": 11, "440608108": 8,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Village:
    """村居 with its point."""

    code: str
    name: str
    lon: float
    lat: float

    @property
    def place(self) -> str:
        """As an address writes it: 云路社区, 罗格村."""
        name = self.name
        for ending in ("村民委员会", "居民委员会", "村委会", "居委会", "委员会"):
            name = name.removesuffix(ending)
        return name if name.endswith(("社区", "村")) else f"{name}社区"

    @property
    def stem(self) -> str:
        """The bare name that roads and schools carry: 云路, 罗格."""
        stem = self.place.removesuffix("社区")
        return stem.removesuffix("村") if len(stem) > 2 else stem


@dataclass(frozen=True, slots=True)
class Town:
    """镇街: `share` of all businesses; `place` is how a business name or address calls it."""

    code: str
    name: str
    district: str
    district_name: str
    share: float
    villages: tuple[Village, ...]

    @property
    def place(self) -> str:
        """The town's name without 街道 or 镇."""
        return self.name.removesuffix("街道").removesuffix("镇")


def read_towns(divisions: Path) -> tuple[Town, ...]:
    """The 32 towns with their villages, from `policy/foshan/divisions.csv`."""
    with divisions.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    names = {row["code"]: row["name"] for row in rows}
    villages: dict[str, list[Village]] = {}
    for row in rows:
        if row["level"] == "village":
            village = Village(row["code"], row["name"], float(row["lon"]), float(row["lat"]))
            villages.setdefault(row["parent"], []).append(village)
    rest = (1 - DALIANG_SHARE) / sum(_WEIGHTS.values())
    return tuple(
        Town(
            code=row["code"],
            name=row["name"],
            district=row["parent"],
            district_name=names[row["parent"]],
            share=DALIANG_SHARE if row["code"] == DALIANG else _WEIGHTS[row["code"]] * rest,
            villages=tuple(villages[row["code"]]),
        )
        for row in rows
        if row["level"] == "town"
    )


def read_classes(industries: Path) -> dict[str, str]:
    """Industry class → section letter, from `policy/national/gbt4754.csv`."""
    with industries.open(encoding="utf-8") as file:
        return {row["code"]: row["section"] for row in csv.DictReader(file) if row["level"] == "class"}


def counts_by_share(total: int, shares: list[float]) -> list[int]:
    """Whole numbers in proportion to `shares`, summing to `total` (largest remainders)."""
    exact = [total * share / sum(shares) for share in shares]
    counts = [int(value) for value in exact]
    by_rest = sorted(range(len(exact)), key=lambda place: exact[place] - counts[place], reverse=True)
    for place in by_rest[: total - sum(counts)]:
        counts[place] += 1
    return counts
