"""食品经营、生产许可 the food licences of the sample's businesses."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from qianshao.base.gateways.rules.businesses import COOPERATIVE, TRADER, Businesses
from qianshao.base.gateways.rules.city import DALIANG, Town
from qianshao.base.gateways.rules.codes import pure_check
from qianshao.base.gateways.rules.columns import (
    Array,
    Columns,
    days,
    digits,
    draw_from,
    join,
    numerals,
    pick,
    rank_within,
)
from qianshao.base.gateways.rules.trades import TRADES

PER_BUSINESS = 11_000 / 57_000
"""大良 has 11,000 food businesses among 57,000 (published account)."""
KINDS = {
    "food_sale": "食品销售",
    "catering": "餐饮服务",
    "food_production": "食品生产",
    "canteen": "单位食堂",
}
_CANTEEN = 3
_FORMS = (
    "食品销售经营者（食杂店）",
    "食品销售经营者（便利店）",
    "食品销售经营者（超市）",
    "食品销售经营者（食品贸易商）",
    "餐饮服务经营者（饮品店）",
    "餐饮服务经营者（小型餐饮）",
    "餐饮服务经营者（中型餐饮）",
    "餐饮服务经营者（大型餐饮）",
    "食品生产者",
    "单位食堂（职工食堂）",
    "单位食堂（学校食堂）",
)
_TRADE_FORMS = {"grocery": 1, "supermarket": 2, "food_wholesale": 3, "health_wholesale": 3, "drinks": 4}
_SMALL_M2, _MIDDLE_M2 = 150, 500
_ITEMS = {
    "food_sale": (
        "预包装食品销售",
        "散装食品销售;预包装食品销售",
        "食用农产品销售",
        "特殊食品销售;预包装食品销售",
    ),
    "catering": (
        "热食类食品制售",
        "热食类食品制售;冷食类食品制售",
        "热食类食品制售;糕点类食品制售",
        "生食类食品制售;热食类食品制售",
    ),
    "canteen": ("热食类食品制售", "热食类食品制售;糕点类食品制售"),
    "drinks": ("自制饮品制售", "自制饮品制售;糕点类食品制售"),
    "bakery_factory": ("糕点", "饼干", "糖果制品"),
    "bean_factory": ("豆制品", "粮食加工品", "速冻食品"),
    "meat_factory": ("肉制品", "水产制品", "蔬菜制品"),
    "condiment_factory": ("调味品", "食用油、油脂及其制品", "冷冻饮品", "乳制品"),
    "drink_factory": ("饮料", "酒类", "茶叶及相关制品"),
    "slaughter": ("肉制品",),
}
_SIZE = (4.0, 4.3, 6.6, 5.6, 6.2)
_MARKET_SIZE = 1.6
_YEARS_5 = 1825


def food_licences(
    b: Businesses, towns: tuple[Town, ...], rng: np.random.Generator, today: date
) -> tuple[Columns, Array]:
    """The licences' columns, and for each the number of its business: food trades, staff and school canteens."""
    rows, form = _holders(b, towns, rng)
    kind, count = np.minimum(form, _CANTEEN), len(rows)
    now = np.datetime64(today, "D").astype(int)
    issued = np.maximum(b.established[rows] + 15, now - rng.integers(30, _YEARS_5 + 40, count))
    size = np.array(_SIZE)[form] + _MARKET_SIZE * _in_trade(b, rows, "supermarket")
    area = np.round(np.exp(rng.normal(0, 0.8, count) + size), 1)
    return {
        "许可证编号": _numbers(b, towns, rows, kind),
        "统一社会信用代码": b.codes.take(pa.array(rows)),
        "主体名称": b.names.take(pa.array(rows)),
        "许可类别": pick(list(KINDS.values()), kind),
        "主体业态": pick(_FORMS, _business_form(b, rows, form, area)),
        "经营项目": _items(b, rows, kind, rng),
        "经营场所面积": numerals(area),
        "就餐人数": _diners(b, rows, form, rng),
        "发证日期": days(issued),
        "有效期至": days(issued + _YEARS_5),
        "经营场所": b.addresses.take(pa.array(rows)),
    }, rows


def _holders(b: Businesses, towns: tuple[Town, ...], rng: np.random.Generator) -> tuple[Array, Array]:
    """Rows of the licensed businesses and their form (0–2 by trade, 3 staff canteen, 4 school canteen)."""
    names = list(KINDS)
    form = np.array([names.index(one.licence) if one.licence else -1 for one in TRADES])[b.trade]
    form[b.kind >= COOPERATIVE] = -1
    staff = (form < 0) & (b.kind != TRADER) & (b.capital >= 500) & (rng.random(len(b)) < 0.08)
    form = np.where(staff, _CANTEEN, form)
    for row, school in b.schools.items():
        form[row] = 4 if school.canteen else -1
    chosen = []
    for place, town in enumerate(towns):
        able = np.flatnonzero((b.town == place) & (form >= 0) & (b.state == 0))
        sure = able[form[able] == 4]
        other = rng.permutation(able[form[able] < 4])
        share = PER_BUSINESS * (1 if town.code == DALIANG else rng.uniform(0.92, 1.08))
        wanted = max(1, round((b.town == place).sum() * share) - len(sure))
        chosen += [sure, other[:wanted]]
    rows = np.sort(np.concatenate(chosen))
    return rows, form[rows]


def _in_trade(b: Businesses, rows: Array, name: str) -> Array:
    return np.array([one.name == name for one in TRADES])[b.trade[rows]]


def _business_form(b: Businesses, rows: Array, form: Array, area: Array) -> Array:
    """主体业态: sellers by trade, caterers by size, canteens by whose they are."""
    by_trade = np.array([_TRADE_FORMS.get(one.name, 0) for one in TRADES])[b.trade[rows]]
    by_size = 5 + (area > _SMALL_M2) + (area > _MIDDLE_M2)
    catering = np.where(by_trade == _TRADE_FORMS["drinks"], by_trade, by_size)
    return np.select([form == 0, form == 1], [by_trade, catering], default=form + 6)


def _items(b: Businesses, rows: Array, kind: Array, rng: np.random.Generator) -> Any:
    """经营项目 by trade where the trade says, else by kind of licence."""
    names = list(_ITEMS)
    by_trade = np.array([names.index(one.name) if one.name in names else -1 for one in TRADES])[b.trade[rows]]
    by_kind = np.array([names.index(one) if one in names else 0 for one in KINDS])[kind]
    lists = list(_ITEMS.values())
    return draw_from(lists, np.where((by_trade >= 0) & (kind != _CANTEEN), by_trade, by_kind), rng, skew=1.6)


def _numbers(b: Businesses, towns: tuple[Town, ...], rows: Array, kind: Array) -> Any:
    """许可证编号: letters, kind or category, district, serial number and check digit (GB/T 17710)."""
    district = np.array([int(town.district) for town in towns])[b.town[rows]]
    serial = rank_within(district * 10 + kind) + 1
    trade = (np.array([1, 2, 0, 3])[kind] * 10**6 + district) * 10**6 + serial
    made = ((101 + serial // 9_000) * 10**6 + district) * 10**4 + serial % 9_000 + 1
    numbers = np.where(kind == 2, made, trade)
    return join(
        pick(("JY", "SC"), (kind == 2).astype(int)), digits(numbers * 10 + pure_check(numbers, 13), 14)
    )


def _diners(b: Businesses, rows: Array, form: Array, rng: np.random.Generator) -> Any:
    """就餐人数 of canteens; a school's follow its pupils."""
    diners = np.where(form == _CANTEEN, rng.integers(50, 1200, len(rows)), 0)
    for place in np.flatnonzero(form == 4).tolist():
        diners[place] = b.schools[int(rows[place])].pupils
    return pc.if_else(pa.array(diners > 0), numerals(diners), "")
