"""特种设备 the special equipment that the sample's businesses use."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from qianshao.base.gateways.rules.businesses import TRADER, Businesses
from qianshao.base.gateways.rules.city import DALIANG, Town
from qianshao.base.gateways.rules.columns import (
    Array,
    Columns,
    days,
    digits,
    draw_from,
    join,
    pick,
    rank_within,
    years,
)
from qianshao.base.gateways.rules.trades import TRADES

PER_BUSINESS = 11_000 / 57_000
"""大良 has 11,000 sets in use among 57,000 businesses (published account)."""
CATEGORIES = (
    ("电梯", "梯11", ("曳引驱动乘客电梯", "曳引驱动载货电梯", "自动扶梯", "自动人行道"), 1),
    ("压力容器", "容15", ("固定式压力容器", "储气罐", "移动式压力容器"), 3),
    ("起重机械", "起12", ("电动单梁起重机", "通用桥式起重机", "通用门式起重机", "施工升降机"), 2),
    ("场（厂）内专用机动车辆", "车11", ("叉车", "牵引车"), 1),
    ("锅炉", "锅10", ("承压蒸汽锅炉", "承压热水锅炉", "有机热载体锅炉"), 1),
    ("压力管道", "管30", ("工业管道", "公用管道"), 3),
    ("大型游乐设施", "游10", ("观览车类", "滑行车类", "碰碰车类"), 1),
)
_LATE = 0.035
_IDLE = 0.045
_USING = 0.42


def special_equipment(
    b: Businesses, towns: tuple[Town, ...], rng: np.random.Generator, today: date
) -> tuple[Columns, Array]:
    """The sets' columns, and for each the number of its business: few user units have many; some inspections are overdue."""
    used = _users(b, towns, rng)
    idle = rng.choice(used, size=round(len(used) * _IDLE))
    rows = np.concatenate([used, idle])
    state = np.concatenate([np.zeros(len(used), dtype=int), 1 + (rng.random(len(idle)) < 0.35)])
    order = np.argsort(rows, kind="stable")
    rows, state = rows[order], state[order]
    count = len(rows)
    chances = np.array([one.mix for one in TRADES]).cumsum(axis=1)
    chances /= chances[:, -1:]
    kind = (rng.random(count)[:, None] > chances[b.trade[rows]]).sum(axis=1)
    now = np.datetime64(today, "D").astype(int)
    in_use = np.maximum(b.established[rows] + 15, now - rng.integers(40, 5000, count))
    due = now + (rng.random(count) * np.array([one[3] for one in CATEGORIES])[kind] * 365).astype(int)
    late = rng.random(count) < _LATE * (0.4 + 2.8 * b.careless[rows])
    due = np.where(late, np.maximum(in_use, now - rng.integers(1, 200, count)), due)
    year = years(in_use) % 100
    serial = rank_within(kind * 100 + year) + 1
    return {
        "使用登记证编号": join(
            pick([one[1] for one in CATEGORIES], kind), "粤E", digits(serial, 5), "(", digits(year, 2), ")"
        ),
        "统一社会信用代码": b.codes.take(pa.array(rows)),
        "使用单位名称": b.names.take(pa.array(rows)),
        "设备种类": pick([one[0] for one in CATEGORIES], kind),
        "设备品种": draw_from([one[2] for one in CATEGORIES], kind, rng, skew=1.8),
        "使用地点": b.addresses.take(pa.array(rows)),
        "投用日期": days(in_use),
        "下次检验日期": pc.if_else(pa.array(state < 2), days(due), ""),
        "使用状态": pick(("在用", "停用", "报废"), state),
    }, rows


def _users(b: Businesses, towns: tuple[Town, ...], rng: np.random.Generator) -> Array:
    """The number of the using business of each set; a town's sets are shared out among its users by weight."""
    weight = np.array([one.sets for one in TRADES])[b.trade] * (b.kind != TRADER) * (b.state == 0)
    uses = rng.random(len(b)) < np.minimum(0.95, weight * _USING)
    weight = np.where(uses, weight * rng.lognormal(0, 0.9, len(b)), 0)
    for row in b.schools:
        weight[row] = 1.5
    sets = np.zeros(len(b), dtype=np.int64)
    for place, town in enumerate(towns):
        here = np.flatnonzero((b.town == place) & (weight > 0))
        share = PER_BUSINESS * (1 if town.code == DALIANG else rng.uniform(0.9, 1.1))
        wanted = round((b.town == place).sum() * share)
        if len(here):
            sets[here] = rng.multinomial(wanted, weight[here] / weight[here].sum())
    return np.repeat(np.arange(len(b)), sets)
