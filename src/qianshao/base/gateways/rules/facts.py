"""年报、投诉、检查、处罚 what other systems know of the sample's businesses, as columns of text."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from qianshao.base.gateways.rules import words
from qianshao.base.gateways.rules.businesses import COOPERATIVE, TRADER, Businesses
from qianshao.base.gateways.rules.city import Town
from qianshao.base.gateways.rules.columns import (
    Array,
    Columns,
    days,
    digits,
    draw,
    join,
    numerals,
    pick,
    rank_within,
    years,
)
from qianshao.base.gateways.rules.trades import FIELDS, TRADES

FOOD_FIELDS = {"food_sale": "食品销售", "catering": "餐饮服务", "food_production": "食品生产"}
_INSPECTED = (*FIELDS.values(), *FOOD_FIELDS.values())
_OFFICES = {"440604": "禅", "440605": "南", "440606": "顺", "440607": "三", "440608": "明"}
_TWO_YEARS = 730
_INSPECTION_KINDS = ("常规检查", "证后检查", "专项检查")


def annual_reports(b: Businesses, rng: np.random.Generator, today: date) -> Columns:
    """年报 of the last two years: most file between 1 January and 30 June, some late, some not at all."""
    rows, year, filed = [], [], []
    for back in (2, 1):
        first = np.datetime64(f"{today.year - back + 1}-01-01").astype(int)
        owing = (b.established < first) & (b.state == 0) & (b.kind <= COOPERATIVE)
        files = np.where(b.kind == TRADER, 0.93, 0.97) - 0.25 * b.careless**2
        who = np.flatnonzero(owing & (rng.random(len(b)) < files))
        on = first + (rng.beta(2.6, 1.4, len(who)) * 181).astype(int)
        late = rng.random(len(who)) < 0.02
        rows.append(who)
        year.append(np.full(len(who), today.year - back))
        filed.append(np.where(late, first + 181 + rng.integers(1, 140, len(who)), on))
    row = np.concatenate(rows)
    employees = np.where(
        b.kind[row] == TRADER,
        rng.integers(1, 6, len(row)),
        np.maximum(1, np.exp(rng.normal(2.3, 1.1, len(row)))).astype(int),
    )
    return {
        "统一社会信用代码": b.codes.take(pa.array(row)),
        "报告年度": numerals(np.concatenate(year)),
        "报送日期": days(np.concatenate(filed)),
        "从业人数": numerals(employees),
    }


def complaints(b: Businesses, rng: np.random.Generator, today: date) -> Columns:
    """投诉举报 of the last two years; who complained is in none of the columns."""
    weight = np.where(np.array([one.licence != "" for one in TRADES])[b.trade], 3.0, 1.0) * (b.state == 0)
    weight = weight * (0.1 + 4 * b.careless**2)
    count = max(1, int(len(b) * 0.055))
    rows = np.sort(rng.choice(len(b), size=count, p=weight / weight.sum()))
    now = np.datetime64(today, "D").astype(int)
    received = now - (rng.beta(1, 1.4, count) * _TWO_YEARS).astype(int) - 1
    category = rng.choice(
        len(words.COMPLAINT_TEXTS), size=count, p=[0.3, 0.14, 0.12, 0.15, 0.07, 0.15, 0.02, 0.05]
    )
    closed = received + rng.integers(3, 55, count)
    rejected = rng.random(count) < 0.09
    closed = np.where(rejected, received + rng.integers(1, 9, count), closed)
    done = closed < now
    state = np.where(done, np.where(rejected, 3, 2), np.where(now - received > 5, 1, 0))
    upheld = rng.random(count) < 0.1 + 0.5 * b.careless[rows]
    year = years(received)
    return {
        "工单编号": join("GD", numerals(year), digits(rank_within(year) + 1, 7)),
        "渠道": pick(
            ("全国12315平台", "12345热线", "来信来访"), rng.choice(3, size=count, p=[0.62, 0.34, 0.04])
        ),
        "类型": pick(("投诉", "举报"), rng.choice(2, size=count, p=[0.68, 0.32])),
        "被诉主体信用代码": b.codes.take(pa.array(rows)),
        "被诉主体名称": b.names.take(pa.array(rows)),
        "登记日期": days(received),
        "内容分类": pick(list(words.COMPLAINT_TEXTS), category),
        "内容": pick(list(words.COMPLAINT_TEXTS.values()), category),
        "状态": pick(("已登记", "已受理", "已办结", "不予受理"), state),
        "办结日期": pc.if_else(pa.array(done), days(closed), ""),
        "是否属实": pc.if_else(pa.array(state == 2), pick(("否", "是"), upheld.astype(int)), ""),
    }


def past_inspections(
    b: Businesses, licensed: Array, users: Array, rng: np.random.Generator, today: date
) -> Columns:
    """检查记录 of the last 24 months: food and equipment often, the rest by sample; higher levels inspect too."""
    food = np.repeat(licensed, rng.choice(4, size=len(licensed), p=[0.12, 0.38, 0.38, 0.12]))
    using = np.unique(users)
    using = using[rng.random(len(using)) < 0.45]
    other = rng.choice(np.flatnonzero(b.state == 0), size=int(len(b) * 0.045))
    rows = np.concatenate([food, using, other])
    field = np.concatenate(
        [_food_field(b, food), np.full(len(using), _INSPECTED.index("特种设备")), _other_field(b, other, rng)]
    )
    order = rng.permutation(len(rows))
    rows, field = rows[order], field[order]
    count = len(rows)
    now = np.datetime64(today, "D").astype(int)
    on = np.minimum(now - 1, np.maximum(now - rng.integers(5, _TWO_YEARS, count), b.established[rows] + 1))
    luck = rng.random(count)
    bad = 0.08 + 0.8 * b.careless[rows]
    result = np.where(
        luck < bad * 0.67, 1, np.where(luck < bad, 2, np.where(luck > 0.98, 4, np.where(luck > 0.965, 3, 0)))
    )
    problems = np.where((result == 1) | (result == 2), rng.integers(1, 6, count), 0)
    year = years(on)
    return {
        "检查编号": join("JC", numerals(year), digits(rank_within(year) + 1, 7)),
        "统一社会信用代码": b.codes.take(pa.array(rows)),
        "检查日期": days(on),
        "检查机关级别": pick(("所", "区", "市", "省"), rng.choice(4, size=count, p=[0.88, 0.08, 0.03, 0.01])),
        "检查领域": pick(_INSPECTED, field),
        "检查类型": pick(_INSPECTION_KINDS, _inspection_kind(field, luck)),
        "检查结果": pick(
            ("未发现问题", "发现问题已改正", "发现问题待后续处理", "已关闭停业", "无法联系"), result
        ),
        "问题数": numerals(problems),
    }


def _inspection_kind(field: Array, luck: Array) -> Array:
    """常规 mostly; of special equipment every seventh after a licence (证后), of the rest every tenth special (专项)."""
    share = luck * 1000 % 1
    equipment = field == _INSPECTED.index("特种设备")
    return np.where(equipment & (share < 1 / 7), 1, np.where(~equipment & (share < 0.1), 2, 0))


def _food_field(b: Businesses, rows: Array) -> Array:
    """食品销售, 餐饮服务 or 食品生产 by trade; canteens are inspected as catering."""
    by_trade = [_INSPECTED.index(FOOD_FIELDS.get(one.licence, "餐饮服务")) for one in TRADES]
    field = np.array(by_trade)[b.trade[rows]]
    return np.where(b.kind[rows] > COOPERATIVE, _INSPECTED.index("餐饮服务"), field)


def _other_field(b: Businesses, rows: Array, rng: np.random.Generator) -> Array:
    """What a business outside food is inspected for: mostly its trade's field, sometimes another."""
    usual = np.array([_INSPECTED.index(one.field) for one in TRADES])[b.trade[rows]]
    anyone = np.array([_INSPECTED.index(name) for name in ("登记与年报", "价格", "广告", "计量", "知识产权")])
    return np.where(rng.random(len(rows)) < 0.6, usual, anyone[rng.integers(len(anyone), size=len(rows))])


def penalties(b: Businesses, towns: tuple[Town, ...], rng: np.random.Generator, today: date) -> Columns:
    """行政处罚 of the last three years."""
    count = max(1, int(len(b) * 0.008))
    weight = (0.05 + b.careless**2) * (b.state != 3)
    rows = np.sort(rng.choice(len(b), size=count, p=weight / weight.sum()))
    now = np.datetime64(today, "D").astype(int)
    decided = np.minimum(now - 1, np.maximum(now - rng.integers(3, 1095, count), b.established[rows] + 5))
    year, town = years(decided), b.town[rows]
    district = np.array([int(one.district) for one in towns])[town]
    amount = np.round(np.exp(rng.normal(7.8, 1.2, count)), 2)
    kind = rng.choice(4, size=count, p=[0.6, 0.12, 0.22, 0.06])
    return {
        "处罚决定书文号": join(
            "佛",
            pick([_OFFICES[one.district] for one in towns], town),
            "市监处罚〔",
            numerals(year),
            "〕",
            numerals(rank_within(year * 10**6 + district) + 1),
            "号",
        ),
        "统一社会信用代码": b.codes.take(pa.array(rows)),
        "当事人名称": b.names.take(pa.array(rows)),
        "决定日期": days(decided),
        "处罚种类": pick(("罚款", "警告", "没收违法所得、罚款", "吊销许可证件、罚款"), kind),
        "案由": draw(words.PENALTY_CAUSES, count, rng),
        "罚没金额": pc.if_else(pa.array(kind == 1), "0", numerals(amount)),
    }
