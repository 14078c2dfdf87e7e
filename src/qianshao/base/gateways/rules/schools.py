"""学校、幼儿园 the sample's schools: each one business of the register, of kind 事业单位 or 民办非企业单位."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qianshao.base.gateways.rules.city import FULL_SIZE, Town, counts_by_share

_LISHUI, _LISHUI_SCHOOLS, _LISHUI_DINERS = "440605126", 65, 60_000
"""里水 has 65 schools and kindergartens with about 60,000 pupils and teachers (published account)."""
_CITY_SCHOOLS = 1_750
_KINDS = ("幼儿园", "小学", "中学", "中职", "高校")
_SHARES = (0.54, 0.28, 0.145, 0.03, 0.005)
_PUPILS = ((120, 480), (600, 2200), (700, 2900), (1200, 4000), (4000, 15_000))
_CLASSES = (("8310",), ("8321",), ("8331", "8334"), ("8336",), ("8341",))
_NAMES = (
    ("幼儿园", "中心幼儿园", "实验幼儿园", "第二幼儿园", "艺术幼儿园", "机关幼儿园"),
    ("小学", "中心小学", "实验小学", "第二小学", "外国语小学", "第三小学"),
    ("中学", "初级中学", "实验学校", "高级中学", "外国语学校", "第二中学"),
    ("职业技术学校", "中等专业学校", "技工学校"),
    ("职业技术学院", "学院"),
)


@dataclass(frozen=True, slots=True)
class School:
    """A school of town number `town`, in village number `village` of that town."""

    town: int
    village: int
    name: str
    kind: str
    industry: str
    private: bool
    pupils: int
    canteen: bool


def plan_schools(towns: tuple[Town, ...], count: int, rng: np.random.Generator) -> list[School]:
    """The schools of a city of `count` businesses, town by town; every town has at least one."""
    scale = count / FULL_SIZE
    total = max(len(towns), round(_CITY_SCHOOLS * scale))
    wanted = counts_by_share(total, [town.share for town in towns])
    found: list[School] = []
    for place, town in enumerate(towns):
        number = max(1, round(_LISHUI_SCHOOLS * scale)) if town.code == _LISHUI else max(1, wanted[place])
        here = _town_schools(place, town, number, rng)
        if town.code == _LISHUI:
            here = _with_diners(here, _LISHUI_DINERS * len(here) / _LISHUI_SCHOOLS)
        found += here
    return found


def _town_schools(place: int, town: Town, number: int, rng: np.random.Generator) -> list[School]:
    used: set[str] = set()
    schools = []
    for turn in range(number):
        kind = int(rng.choice(len(_KINDS), p=_SHARES))
        village = int(rng.integers(len(town.villages)))
        name = _free_name(town, village, kind, used)
        used.add(name)
        low, high = _PUPILS[kind]
        schools.append(
            School(
                town=place,
                village=village,
                name=name,
                kind=_KINDS[kind],
                industry=_CLASSES[kind][turn % len(_CLASSES[kind])],
                private=bool(rng.random() < (0.62 if kind == 0 else 0.15)),
                pupils=int(rng.integers(low, high)),
                canteen=bool(rng.random() < 0.93),
            )
        )
    return schools


def _free_name(town: Town, village: int, kind: int, used: set[str]) -> str:
    """A name that no other school of the town has, after its village where possible."""
    head = f"佛山市{town.district_name}{town.place}"
    for step in range(len(town.villages)):
        stem = town.villages[(village + step) % len(town.villages)].stem
        for ending in _NAMES[kind]:
            if f"{head}{stem}{ending}" not in used:
                return f"{head}{stem}{ending}"
    return f"{head}第{len(used) + 1}{_NAMES[kind][0]}"


def _with_diners(schools: list[School], wanted: float) -> list[School]:
    """The same schools with their pupils scaled so that they come to about `wanted` together."""
    factor = wanted / max(1, sum(school.pupils for school in schools))
    return [
        School(
            town=one.town,
            village=one.village,
            name=one.name,
            kind=one.kind,
            industry=one.industry,
            private=one.private,
            pupils=max(60, round(one.pupils * factor)),
            canteen=one.canteen,
        )
        for one in schools
    ]
