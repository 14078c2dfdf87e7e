"""许可、设备、年报、投诉、检查、处罚 what other systems know of the sample's businesses, as columns of text."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from qianshao.base.gateways.rules import words
from qianshao.base.gateways.rules.businesses import TRADER, Businesses, days, draw, join, pick
from qianshao.base.gateways.rules.trades import TRADES

Columns = dict[str, Any]
_LICENSED = 11_000 / 57_000
_SETS = 11_000 / 57_000
"""大良 has 11,000 food businesses and 11,000 sets in use among 57,000 businesses (published account)."""

LICENCE_KINDS = {
    "food_sale": "食品销售",
    "catering": "餐饮服务",
    "food_production": "食品生产",
    "canteen": "单位食堂",
}
_FORMS = {
    "food_sale": (
        "食品销售经营者（食杂店）",
        "食品销售经营者（便利店）",
        "食品销售经营者（超市）",
        "食品销售经营者（食品贸易商）",
    ),
    "catering": (
        "餐饮服务经营者（小型餐饮）",
        "餐饮服务经营者（中型餐饮）",
        "餐饮服务经营者（饮品店）",
        "餐饮服务经营者（大型餐饮）",
    ),
    "food_production": ("食品生产者",),
    "canteen": ("单位食堂（职工食堂）", "单位食堂（学校食堂）"),
}
_ITEMS = {
    "food_sale": (
        "预包装食品销售",
        "散装食品销售;预包装食品销售",
        "特殊食品销售;预包装食品销售",
        "食用农产品销售",
    ),
    "catering": (
        "热食类食品制售",
        "热食类食品制售;冷食类食品制售",
        "自制饮品制售",
        "热食类食品制售;糕点类食品制售",
        "生食类食品制售;热食类食品制售",
    ),
    "food_production": ("糕点", "豆制品", "饮料", "肉制品", "调味品"),
    "canteen": ("热食类食品制售",),
}
EQUIPMENT = (
    ("电梯", ("曳引驱动乘客电梯", "曳引驱动载货电梯", "自动扶梯"), 0.46, 1.0),
    ("压力容器", ("固定式压力容器", "储气罐"), 0.17, 3.0),
    ("起重机械", ("桥式起重机", "电动单梁起重机"), 0.13, 2.0),
    ("场（厂）内专用机动车辆", ("叉车",), 0.17, 1.0),
    ("锅炉", ("承压蒸汽锅炉", "有机热载体锅炉"), 0.04, 1.0),
    ("压力管道", ("工业管道",), 0.025, 3.0),
    ("大型游乐设施", ("观览车类", "滑行车类"), 0.005, 1.0),
)


def food_licences(b: Businesses, rng: np.random.Generator, today: date) -> Columns:
    """食品经营、生产许可: those of the food trades, and staff canteens of larger companies."""
    kinds = np.array([list(LICENCE_KINDS).index(one.food) if one.food else -1 for one in TRADES])[b.trade]
    canteen = (kinds < 0) & (b.kind != TRADER) & (b.capital >= 500) & (rng.random(len(b)) < 0.08)
    kinds = np.where(canteen, 3, kinds)
    alive = (kinds >= 0) & (b.state == 0)
    rows = np.flatnonzero(alive & (rng.random(len(b)) < min(1.0, _LICENSED * len(b) / max(1, alive.sum()))))
    kind, count = kinds[rows], len(rows)
    now = np.datetime64(today, "D").astype(int)
    issued = np.maximum(b.established[rows] + 15, now - rng.integers(30, 1825, count))
    number = pa.array(rng.permutation(count) + 10_000_000).cast(pa.string())
    area = np.round(np.exp(rng.normal(4.1, 0.9, count)), 1)
    diners = np.where(kind == 3, rng.integers(60, 1200, count), 0)
    names = list(LICENCE_KINDS)
    return {
        "许可证编号": join(pick(("JY14406", "JY24406", "SC14406", "JY34406"), kind), number),
        "统一社会信用代码": b.codes.take(pa.array(rows)),
        "主体名称": b.names.take(pa.array(rows)),
        "许可类别": pick(list(LICENCE_KINDS.values()), kind),
        "主体业态": _by_kind(names, _FORMS, kind, rng),
        "经营项目": _by_kind(names, _ITEMS, kind, rng),
        "经营场所面积": pa.array(area).cast(pa.string()),
        "就餐人数": pc.if_else(pa.array(diners > 0), pa.array(diners).cast(pa.string()), ""),
        "发证日期": days(issued),
        "有效期至": days(issued + 1825),
        "经营场所": b.addresses.take(pa.array(rows)),
    }


def _by_kind(names: list[str], table: dict[str, tuple[str, ...]], kind: Any, rng: np.random.Generator) -> Any:
    flat = [text for name in names for text in table[name]]
    sizes = np.array([len(table[name]) for name in names])
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    return pick(flat, starts[kind] + (rng.random(len(kind)) ** 1.6 * sizes[kind]).astype(int))


def special_equipment(b: Businesses, rng: np.random.Generator, today: date) -> Columns:
    """特种设备: few user units have many sets; some inspections are overdue."""
    expected = np.array([one.sets for one in TRADES])[b.trade] * (b.kind != TRADER) * (b.state == 0)
    uses = rng.random(len(b)) < np.minimum(0.9, expected / 3.2)
    sets = np.where(uses, 1 + rng.geometric(0.32, len(b)), 0)
    factor = _SETS * len(b) / max(1, sets.sum())
    sets = np.where(sets > 0, np.maximum(1, np.round(sets * factor)), 0).astype(int)
    rows = np.repeat(np.arange(len(b)), sets)
    count = len(rows)
    kind = rng.choice(len(EQUIPMENT), size=count, p=np.array([one[2] for one in EQUIPMENT]))
    now = np.datetime64(today, "D").astype(int)
    in_use = np.maximum(b.established[rows] + 30, now - rng.integers(40, 5000, count))
    cycle = np.array([one[3] for one in EQUIPMENT])[kind] * 365
    due = now + (rng.random(count) * cycle).astype(int)
    late = rng.random(count) < 0.035
    due = np.where(late, now - rng.integers(1, 200, count), due)
    return {
        "使用登记证编号": join("梯粤E", pa.array(rng.permutation(count) + 100_000).cast(pa.string())),
        "统一社会信用代码": b.codes.take(pa.array(rows)),
        "使用单位名称": b.names.take(pa.array(rows)),
        "设备种类": pick([one[0] for one in EQUIPMENT], kind),
        "设备品种": _by_kind([one[0] for one in EQUIPMENT], {one[0]: one[1] for one in EQUIPMENT}, kind, rng),
        "使用地点": b.addresses.take(pa.array(rows)),
        "投用日期": days(in_use),
        "下次检验日期": days(due),
        "使用状态": pick(("在用", "停用", "报废"), rng.choice(3, size=count, p=[0.955, 0.03, 0.015])),
    }


def annual_reports(b: Businesses, rng: np.random.Generator, today: date) -> Columns:
    """年报 of the last year: most file in time, some late, some not at all."""
    year = today.year - 1
    first = np.datetime64(f"{today.year}-01-01").astype(int)
    owing = (b.established < first) & (b.state == 0)
    rows = np.flatnonzero(owing & (rng.random(len(b)) < np.where(b.kind == TRADER, 0.90, 0.94)))
    count = len(rows)
    filed = first + (rng.beta(2.6, 1.4, count) * 181).astype(int)
    filed = np.where(rng.random(count) < 0.015, first + 181 + rng.integers(1, 140, count), filed)
    employees = np.where(b.kind[rows] == TRADER, rng.integers(1, 6, count), rng.integers(2, 160, count))
    return {
        "统一社会信用代码": b.codes.take(pa.array(rows)),
        "报告年度": pa.array([str(year)], type=pa.string()).take(pa.array(np.zeros(count, dtype=int))),
        "报送日期": days(filed),
        "从业人数": pa.array(employees).cast(pa.string()),
    }


def complaints(b: Businesses, rng: np.random.Generator, today: date) -> Columns:
    """投诉举报 of the last two years; who complained is in none of the columns."""
    weight = np.where(np.array([one.food != "" for one in TRADES])[b.trade], 3.0, 1.0) * (b.state == 0)
    bad = 1 + 12 * (rng.random(len(b)) < 0.02)
    count = max(1, int(len(b) * 0.055))
    rows = np.sort(rng.choice(len(b), size=count, p=weight * bad / (weight * bad).sum()))
    now = np.datetime64(today, "D").astype(int)
    received = now - (rng.beta(1, 1.4, count) * 730).astype(int) - 1
    category = rng.choice(
        len(words.COMPLAINT_TEXTS), size=count, p=[0.3, 0.14, 0.12, 0.15, 0.07, 0.15, 0.02, 0.05]
    )
    closed = received + rng.integers(3, 55, count)
    done = closed < now
    upheld = rng.random(count) < 0.24
    return {
        "工单编号": join("GD2026", pa.array(rng.permutation(count) + 1_000_000).cast(pa.string())),
        "渠道": pick(
            ("全国12315平台", "12345热线", "来信来访"), rng.choice(3, size=count, p=[0.62, 0.34, 0.04])
        ),
        "类型": pick(("投诉", "举报"), rng.choice(2, size=count, p=[0.68, 0.32])),
        "被诉主体信用代码": b.codes.take(pa.array(rows)),
        "被诉主体名称": b.names.take(pa.array(rows)),
        "登记日期": days(received),
        "内容分类": pick(list(words.COMPLAINT_TEXTS), category),
        "内容": pick(list(words.COMPLAINT_TEXTS.values()), category),
        "状态": pick(("已受理", "已办结"), done.astype(int)),
        "办结日期": pc.if_else(pa.array(done), days(closed), ""),
        "是否属实": pc.if_else(pa.array(done), pick(("否", "是"), upheld.astype(int)), ""),
    }


def past_inspections(b: Businesses, licences: Columns, rng: np.random.Generator, today: date) -> Columns:
    """检查记录 of the last 24 months: food and equipment often, the rest by sample."""
    row_of = (
        pc.index_in(licences["统一社会信用代码"], value_set=b.codes)
        .to_numpy(zero_copy_only=False)
        .astype(int)
    )
    food = np.repeat(row_of, rng.choice(4, size=len(row_of), p=[0.12, 0.38, 0.38, 0.12]))
    other = rng.choice(np.flatnonzero(b.state == 0), size=int(len(b) * 0.03))
    rows = np.concatenate([food, other])
    field = np.concatenate([np.zeros(len(food), dtype=int), rng.integers(1, 6, len(other))])
    order = rng.permutation(len(rows))
    rows, field = rows[order], field[order]
    count = len(rows)
    trade_field = np.array(
        [{"catering": 6, "food_production": 7, "food_sale": 8}.get(one.food, 0) for one in TRADES]
    )
    shown = np.where(
        field == 0, np.where(trade_field[b.trade[rows]] > 0, trade_field[b.trade[rows]], 6), field
    )
    now = np.datetime64(today, "D").astype(int)
    on = np.maximum(now - rng.integers(5, 730, count), b.established[rows] + 1)
    result = rng.choice(5, size=count, p=[0.71, 0.17, 0.085, 0.015, 0.02])
    problems = np.where((result == 1) | (result == 2), rng.integers(1, 6, count), 0)
    names = ("", "特种设备", "产品质量", "计量", "价格", "登记与年报", "餐饮服务", "食品生产", "食品销售")
    return {
        "检查编号": join("JC", pa.array(rng.permutation(count) + 20_000_000).cast(pa.string())),
        "统一社会信用代码": b.codes.take(pa.array(rows)),
        "检查日期": days(on),
        "检查机关级别": pick(("所", "区", "市", "省"), rng.choice(4, size=count, p=[0.88, 0.08, 0.03, 0.01])),
        "检查领域": pick(names, shown),
        "检查结果": pick(
            ("未发现问题", "发现问题已改正", "发现问题待后续处理", "已关闭停业", "无法联系"), result
        ),
        "问题数": pa.array(problems).cast(pa.string()),
    }


def penalties(b: Businesses, rng: np.random.Generator, today: date) -> Columns:
    """行政处罚 of the last three years."""
    count = max(1, int(len(b) * 0.008))
    rows = rng.choice(len(b), size=count)
    now = np.datetime64(today, "D").astype(int)
    causes = (
        "经营超过保质期的食品",
        "未明码标价",
        "发布虚假广告",
        "使用未经检定的计量器具",
        "销售不合格产品",
        "使用未经检验的特种设备",
        "侵犯注册商标专用权",
        "未按规定公示年报",
    )
    amount = np.round(np.exp(rng.normal(7.8, 1.2, count)), 2)
    return {
        "处罚决定书文号": join(
            "佛市监处罚〔2026〕", pa.array(rng.permutation(count) + 1).cast(pa.string()), "号"
        ),
        "统一社会信用代码": b.codes.take(pa.array(rows)),
        "当事人名称": b.names.take(pa.array(rows)),
        "决定日期": days(now - rng.integers(3, 1095, count)),
        "处罚种类": draw(("罚款", "警告", "没收违法所得、罚款", "罚款"), count, rng),
        "案由": draw(causes, count, rng),
        "罚没金额": pa.array(amount).cast(pa.string()),
    }
