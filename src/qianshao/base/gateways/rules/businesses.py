"""市场主体 the businesses of the sample city, all columns at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from qianshao.base.gateways.rules import names
from qianshao.base.gateways.rules.city import Town, Village, counts_by_share
from qianshao.base.gateways.rules.codes import credit_codes
from qianshao.base.gateways.rules.columns import Array, draw_from, pick
from qianshao.base.gateways.rules.ground import Rings, spread
from qianshao.base.gateways.rules.schools import School, plan_schools
from qianshao.base.gateways.rules.trades import FARMING, TRADES

TRADER, COMPANY, BRANCH, COOPERATIVE, PUBLIC, PRIVATE_SCHOOL = range(6)
KIND_NAMES = ("个体工商户", "企业", "分支机构", "农民专业合作社", "事业单位", "民办非企业单位")
_KIND_SHARES = (0.668, 0.312, 0.018, 0.002)
_KIND_CODES = np.array([92, 91, 91, 93, 12, 52])
STATE_NAMES = ("存续", "歇业", "吊销", "注销")
_STATE_SHARES = (0.945, 0.005, 0.02, 0.03)
FIRST_SERIAL = 100_000


@dataclass(frozen=True, slots=True)
class Businesses:
    """The businesses as columns: numbers for reckoning, texts as they are written.

    `careless` (0 to 1) is how badly a business keeps the law: complaints, findings and penalties follow it, and nothing
    the product reads says it. `schools` maps row → school.
    """

    town: Array
    kind: Array
    trade: Array
    state: Array
    established: Array
    codes: pa.StringArray
    names: pa.StringArray
    persons: pa.StringArray
    addresses: pa.StringArray
    villages: pa.StringArray
    classes: pa.StringArray
    scopes: pa.StringArray
    phones: pa.StringArray
    lon: Array
    lat: Array
    capital: Array
    approved: Array
    careless: Array
    schools: dict[int, School]

    def __len__(self) -> int:
        return len(self.town)


def make_businesses(
    *,
    towns: tuple[Town, ...],
    districts: dict[str, Rings],
    count: int,
    rng: np.random.Generator,
    today: date,
) -> Businesses:
    """Make `count` businesses, spread over the towns by share, as they stand on `today`."""
    town = np.repeat(np.arange(len(towns)), counts_by_share(count, [one.share for one in towns]))
    kind = rng.choice(4, size=count, p=_KIND_SHARES)
    schools = _seat_schools(plan_schools(towns, count, rng), town)
    rows = np.array(sorted(schools))
    kind[rows] = [PRIVATE_SCHOOL if schools[row].private else PUBLIC for row in rows.tolist()]
    trade = _trades(kind, rng)
    state = rng.choice(4, size=count, p=_STATE_SHARES)
    state[rows] = 0
    established, approved = _dates(count, rng, today)
    villages = [village for one in towns for village in one.villages]
    village = _villages(towns, town, schools, rng)
    lon, lat = _points(towns, districts, villages, town, village, rng)
    codes = credit_codes(
        kinds=_KIND_CODES[kind],
        districts=np.array([int(one.district) for one in towns])[town],
        serials=np.arange(count) + FIRST_SERIAL,
    )
    called = names.business_names(towns, town, np.minimum(kind, COOPERATIVE), trade, rng)
    classes = draw_from([one.classes for one in TRADES], trade, rng)
    scopes = pick([one.scope for one in TRADES], trade)
    return Businesses(
        town=town,
        kind=kind,
        trade=trade,
        state=state,
        established=established,
        codes=pa.array(codes, type=pa.binary()).cast(pa.string()),
        names=_at(called, rows, [schools[row].name for row in rows.tolist()]),
        persons=names.person_names(count, rng),
        addresses=names.addresses(towns, villages, town, village, rng),
        villages=pick([one.code for one in villages], village),
        classes=_at(classes, rows, [schools[row].industry for row in rows.tolist()]),
        scopes=_at(scopes, rows, ["教育教学服务。"] * len(rows)),
        phones=names.phones(count, rng),
        lon=lon,
        lat=lat,
        capital=_capital(kind, rng),
        approved=approved,
        careless=rng.beta(1.1, 4.0, count),
        schools=schools,
    )


def _seat_schools(schools: list[School], town: Array) -> dict[int, School]:
    """Each school takes one of the first rows of its town; in a tiny sample some towns have no row for theirs."""
    seated: dict[int, School] = {}
    taken: dict[int, int] = {}
    for school in schools:
        first, last = np.searchsorted(town, [school.town, school.town + 1]).tolist()
        row = first + taken.get(school.town, 0)
        if row < last:
            taken[school.town] = taken.get(school.town, 0) + 1
            seated[row] = school
    return seated


def _trades(kind: Array, rng: np.random.Generator) -> Array:
    trader = np.array([one.traders for one in TRADES])
    company = np.array([one.companies for one in TRADES])
    trade = rng.choice(len(TRADES), size=len(kind), p=company / company.sum())
    traders = kind == TRADER
    trade[traders] = rng.choice(len(TRADES), size=int(traders.sum()), p=trader / trader.sum())
    trade[kind == COOPERATIVE] = FARMING
    return trade


def _dates(count: int, rng: np.random.Generator, today: date) -> tuple[Array, Array]:
    """成立日期 and 核准日期: most businesses are young, some stand since 1984."""
    day = np.datetime64(today, "D").astype(int)
    established = day - np.minimum(rng.gamma(1.4, 1500.0, count).astype(int) + 20, 15_500)
    approved = established + (rng.random(count) * (day - established)).astype(int)
    return established, np.minimum(approved, day - 1)


def _villages(
    towns: tuple[Town, ...], town: Array, schools: dict[int, School], rng: np.random.Generator
) -> Array:
    """For each row the place of its village in the list of all; some villages are busier than others."""
    sizes = np.array([len(one.villages) for one in towns])
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    village = starts[town] + (rng.beta(0.9, 1.6, len(town)) * sizes[town]).astype(int)
    for row, school in schools.items():
        village[row] = starts[school.town] + school.village
    return village


def _points(
    towns: tuple[Town, ...],
    districts: dict[str, Rings],
    villages: list[Village],
    town: Array,
    village: Array,
    rng: np.random.Generator,
) -> tuple[Array, Array]:
    order = sorted(districts)
    return spread(
        lon=np.array([one.lon for one in villages])[village],
        lat=np.array([one.lat for one in villages])[village],
        districts=np.array([order.index(one.district) for one in towns])[town],
        shapes=[districts[code] for code in order],
        rng=rng,
    )


def _capital(kind: Array, rng: np.random.Generator) -> pa.Array:
    """注册资本 in 10,000 yuan; schools have none."""
    steps = np.array([1, 3, 5, 10, 30, 50, 100, 200, 500, 1000, 3000])
    trader = steps[rng.choice(6, len(kind), p=[0.2, 0.25, 0.25, 0.2, 0.06, 0.04])]
    company = steps[
        rng.choice(11, len(kind), p=[0.02, 0.03, 0.05, 0.15, 0.12, 0.18, 0.22, 0.08, 0.08, 0.05, 0.02])
    ]
    return np.where(kind >= PUBLIC, 0, np.where(kind == TRADER, trader, company))


def _at(texts: Any, rows: Array, others: list[str]) -> Any:
    """`texts` with those at `rows` (in order) replaced by `others`."""
    mask = np.zeros(len(texts), dtype=bool)
    mask[rows] = True
    return pc.replace_with_mask(texts, pa.array(mask), pa.array(others, type=pa.string()))
