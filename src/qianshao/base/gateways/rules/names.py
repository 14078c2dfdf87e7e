"""名称、姓名、地址 how the sample's businesses, persons and addresses are called."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from qianshao.base.gateways.rules import words
from qianshao.base.gateways.rules.city import Town, Village
from qianshao.base.gateways.rules.columns import Array, draw, draw_from, join, numerals, pick
from qianshao.base.gateways.rules.trades import TRADES

_NICKNAMED = 0.38
_THIRD_LETTER = 0.55
_LONG = 0.004
_TOWN_ROADS = 5


def business_names(
    towns: tuple[Town, ...], town: Array, kind: Array, trade: Array, rng: np.random.Generator
) -> pa.StringArray:
    """名称 of traders, companies, branches and cooperatives (kinds 0 to 3): place, 字号, trade, form."""
    count = len(town)
    brand = _brands(count, rng)
    places = [f"{one.district_name}{one.place}" for one in towns]
    full_places = [f"佛山市{place}" for place in places]
    nick = pc.if_else(pa.array(rng.random(count) < _NICKNAMED), draw(words.nicknames(), count, rng), brand)
    trader_place = pick(full_places + places, town + len(towns) * (rng.random(count) < 0.3))
    trader = join(trader_place, nick, draw_from([one.trader_words for one in TRADES], trade, rng))
    company = join(
        _company_places(towns, town, rng), brand, draw_from([one.company_words for one in TRADES], trade, rng)
    )
    company = pc.if_else(pa.array(rng.random(count) < _LONG), _long_names(towns, town, company, rng), company)
    shops = [
        f"{one.place}{part}"
        for one in towns
        for part in ("分公司", "分店", "第二分公司", "第三分店", "营业部")
    ]
    branch = join(company, pick(shops, town * 5 + rng.integers(5, size=count)))
    coop = join(
        pick(full_places, town),
        brand,
        draw(("种养专业合作社", "水产专业合作社", "花卉专业合作社"), count, rng),
    )
    return pc.choose(pa.array(kind), trader, company, branch, coop)


def _brands(count: int, rng: np.random.Generator) -> pa.StringArray:
    third = np.where(
        rng.random(count) < _THIRD_LETTER, rng.integers(1, 1 + len(words.BRAND_THIRD), size=count), 0
    )
    return join(
        draw(words.BRAND_FIRST, count, rng),
        draw(words.BRAND_SECOND, count, rng),
        pick(("", *words.BRAND_THIRD), third),
    )


def _company_places(towns: tuple[Town, ...], town: Array, rng: np.random.Generator) -> pa.StringArray:
    districts = [f"佛山市{one.district_name}" for one in towns]
    texts = ["佛山市", "广东", *districts, *[f"佛山{one.place}" for one in towns]]
    style = rng.random(len(town))
    near = np.where(style < 0.85, 2 + town, 2 + len(towns) + town)
    return pick(texts, np.where(style < 0.35, 0, np.where(style < 0.45, 1, near)))


def _long_names(
    towns: tuple[Town, ...], town: Array, company: Any, rng: np.random.Generator
) -> pa.StringArray:
    count = len(town)
    return join(
        company,
        "（原佛山市",
        pick([f"{one.district_name}{one.name}" for one in towns], town),
        _brands(count, rng),
        draw(("对外经济发展", "工业企业集团", "集体资产经营管理", "供销合作联合"), count, rng),
        "总公司）",
    )


def person_names(count: int, rng: np.random.Generator) -> pa.StringArray:
    """姓名 of made-up persons; common surnames are commoner."""
    surname = (rng.beta(0.8, 1.8, count) * len(words.SURNAMES)).astype(int)
    return join(
        pick(words.SURNAMES, surname),
        draw(words.GIVEN_FIRST, count, rng),
        draw(words.GIVEN_SECOND, count, rng),
    )


def addresses(
    towns: tuple[Town, ...], villages: list[Village], town: Array, village: Array, rng: np.random.Generator
) -> pa.StringArray:
    """住所: province or city, district, town, village, a road that the village has, number, unit."""
    count = len(town)
    heads = [f"广东省佛山市{one.district_name}{one.name}" for one in towns]
    short = [f"佛山市{one.district_name}{one.name}" for one in towns]
    head = pick(heads + short, town + len(towns) * (rng.random(count) < 0.45))
    roads = [village_roads(one) for one in villages]
    number = numerals(rng.integers(1, 320, count))
    road = draw_from(roads, village, rng)
    return join(
        head,
        pick([one.place for one in villages], village),
        road,
        number,
        "号",
        draw(words.PLACES, count, rng),
    )


def village_roads(village: Village) -> tuple[str, ...]:
    """The roads of a village: some called after it, some shared by the whole town."""
    stem = village.stem.removesuffix("路").removesuffix("街")
    own = tuple(f"{stem}{road}" for road in words.VILLAGE_ROADS)
    first = int(village.code[:9]) * 7 % len(words.ROADS)
    shared = tuple(words.ROADS[(first + place * 3) % len(words.ROADS)] for place in range(_TOWN_ROADS))
    return own + shared


def phones(count: int, rng: np.random.Generator) -> pa.StringArray:
    """联系电话 with its middle hidden."""
    heads = ("130", "131", "133", "134", "135", "136", "137", "138", "139", "150", "158", "159", "177", "188")
    return join(draw(heads, count, rng), "****", numerals(rng.integers(1000, 10_000, count)))
