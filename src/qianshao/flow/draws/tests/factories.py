"""Lists to draw from, small and large, always the same for the same seed."""

from __future__ import annotations

from datetime import date
from random import Random
from typing import Any

from qianshao.flow.draws.rules.listing import Department, DrawList, Inspector, hash_of, list_text
from qianshao.flow.draws.rules.publishing import Chance, Drawn, announcement, carry_out_draw
from qianshao.flow.draws.rules.tickets import commitment

FOOD, GENERAL = "食品检查员", "综合执法"
DALIANG, LISHUI = "440606005", "440605126"
UNTIL = date(2027, 12, 31)
MIXED = (
    ("GM", 1.0, "0.03"),
    ("SP", 0.6, "0.05"),
    ("ZL", 0.4, "0.05"),
    ("TZ", 0.3, "0.10"),
    ("JL", 0.2, "0.10"),
)
"""Five departments: share of businesses that each may draw, and its rate."""


def an_inspector(number: int, *competences: str, station: str = DALIANG, **changes: Any) -> Inspector:
    values: dict[str, Any] = {"certified_until": date(2028, 12, 31)}
    return Inspector(f"粤E{number:04d}", station, competences or (GENERAL,), **(values | changes))


def a_list(count: int = 40, *, classes: list[str] | None = None, **changes: Any) -> DrawList:
    """Two departments over one town: food draws by class A and B, general every A."""
    values: dict[str, Any] = {
        "id": "4406002026001",
        "title": "2026 年度联合抽查",
        "departments": (
            Department("SP", "食品销售监督检查", FOOD, {"A": "0.1", "B": "0.5"}),
            Department("JG", "明码标价检查", GENERAL, {"A": "0.2"}),
        ),
        "objects": [f"91440606MA{number:08d}" for number in range(count)],
        "stations": [DALIANG] * count,
        "classes": classes or ["AA" if number % 4 else "B-" for number in range(count)],
        "inspectors": tuple(
            an_inspector(number, *((FOOD, GENERAL) if number < 2 else (GENERAL,))) for number in range(6)
        ),
        "team_size": 2,
        "used_from": date(2027, 1, 1),
        "used_until": UNTIL,
    }
    return DrawList(**(values | changes))


def a_city(count: int, seed: int = 1) -> DrawList:
    """The mixed case of five departments with their own eligibility, drawn over 32 stations."""
    lot = Random(seed)
    stations = [f"4406{station:05d}" for station in range(32)]
    return a_list(
        departments=tuple(
            Department(code, code, FOOD if code == "SP" else GENERAL, {"A": rate}) for code, _, rate in MIXED
        ),
        objects=[f"91440606MA{number:08d}" for number in range(count)],
        stations=[stations[number % 32] for number in range(count)],
        classes=[
            "".join("A" if lot.random() < share else "-" for _, share, _ in MIXED) for _ in range(count)
        ],
        inspectors=tuple(
            an_inspector(
                place * 100 + number, *((FOOD, GENERAL) if number % 3 == 0 else (GENERAL,)), station=station
            )
            for place, station in enumerate(stations)
            for number in range(12)
        ),
    )


def a_chance(number: int = 0, **changes: Any) -> Chance:
    values: dict[str, Any] = {
        "seed": f"{number:064x}",
        "public": "03 07 11 22 25 31 + 09",
        "source": "中国福利彩票双色球 2026138 期",
        "committed_at": "2026-11-24T10:00:00+08:00",
        "drawn_at": "2026-11-26T21:30:00+08:00",
        "entered_by": ("何所长", "李科长"),
    }
    return Chance(**(values | changes))


def promised(frozen: DrawList, chance: Chance) -> str:
    listed = hash_of(list_text(frozen), frozen.hash)
    return commitment(listed, chance.seed, *chance.named(), algorithm=frozen.hash)


def drawn(frozen: DrawList, chance: Chance | None = None) -> Drawn:
    chance = chance or a_chance()
    return carry_out_draw(frozen, chance, promised(frozen, chance))


def published(frozen: DrawList, chance: Chance | None = None) -> bytes:
    chance = chance or a_chance()
    return announcement(drawn(frozen, chance), chance)
