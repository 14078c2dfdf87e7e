"""市场主体 the businesses of the sample city, all columns at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from qianshao.base.gateways.rules import words
from qianshao.base.gateways.rules.city import Town, counts_by_share
from qianshao.base.gateways.rules.codes import credit_codes
from qianshao.base.gateways.rules.trades import TRADES, known_classes

TRADER, COMPANY, BRANCH, COOPERATIVE = range(4)
KIND_NAMES = ("个体工商户", "企业", "分支机构", "农民专业合作社")
_KIND_SHARES = (0.668, 0.312, 0.018, 0.002)
_KIND_DIGITS = np.array([2, 1, 1, 3])
STATE_NAMES = ("存续", "歇业", "吊销", "注销")
_STATE_SHARES = (0.945, 0.005, 0.02, 0.03)

Array = Any


@dataclass(frozen=True, slots=True)
class Businesses:
    """The businesses as columns: numbers for reckoning, texts as they are written."""

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

    def __len__(self) -> int:
        return len(self.town)


def make_businesses(
    *, towns: tuple[Town, ...], sections: dict[str, str], count: int, rng: np.random.Generator, today: date
) -> Businesses:
    """Make `count` businesses, spread over the towns by share, as they stand on `today`."""
    town = np.repeat(np.arange(len(towns)), counts_by_share(count, [one.share for one in towns]))
    kind = rng.choice(4, size=count, p=_KIND_SHARES)
    trade = _trades(kind, rng)
    state = rng.choice(4, size=count, p=_STATE_SHARES)
    day = np.datetime64(today, "D").astype(int)
    established = day - np.minimum(rng.gamma(1.4, 1500.0, count).astype(int) + 20, 15_500)
    approved = np.minimum(established + (rng.random(count) * (day - established)).astype(int), day - 1)
    villages, village_names, lon, lat = _villages(towns, town, rng)
    districts = np.array([int(one.district) for one in towns])[town]
    codes = credit_codes(kinds=_KIND_DIGITS[kind], districts=districts, serials=np.arange(count) + 100_000)
    return Businesses(
        town=town,
        kind=kind,
        trade=trade,
        state=state,
        established=established,
        codes=pa.array(codes, type=pa.binary()).cast(pa.string()),
        names=_names(towns, town, kind, trade, rng),
        persons=_persons(count, rng),
        addresses=_addresses(towns, town, village_names, rng),
        villages=villages,
        classes=_classes(trade, frozenset(sections), rng),
        scopes=pick([words.SCOPES[one.name] for one in TRADES], trade),
        phones=_phones(count, rng),
        lon=np.round(lon, 6),
        lat=np.round(lat, 6),
        capital=_capital(kind, rng),
        approved=approved,
    )


def pick(texts: list[str] | tuple[str, ...], places: Array) -> pa.StringArray:
    """`texts[place]` for every place."""
    return pa.array(texts, type=pa.string()).take(pa.array(places))


def draw(texts: list[str] | tuple[str, ...], count: int, rng: np.random.Generator) -> pa.StringArray:
    """`count` of the texts, drawn evenly."""
    return pick(texts, rng.integers(len(texts), size=count))


def join(*parts: Any) -> pa.StringArray:
    """Texts and arrays of texts put end to end, row by row."""
    return pc.binary_join_element_wise(*parts, "")


def days(numbers: Array) -> pa.StringArray:
    """Day numbers since 1970 as YYYY-MM-DD."""
    return pa.array(numbers.astype("int32")).cast(pa.date32()).cast(pa.string())


def _trades(kind: Array, rng: np.random.Generator) -> Array:
    trader = np.array([one.traders for one in TRADES])
    company = np.array([one.companies for one in TRADES])
    trade = rng.choice(len(TRADES), size=len(kind), p=company / company.sum())
    traders = kind == TRADER
    trade[traders] = rng.choice(len(TRADES), size=int(traders.sum()), p=trader / trader.sum())
    return trade


def _villages(
    towns: tuple[Town, ...], town: Array, rng: np.random.Generator
) -> tuple[Any, Any, Array, Array]:
    flat = [village for one in towns for village in one.villages]
    sizes = np.array([len(one.villages) for one in towns])
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    within = (rng.beta(0.9, 1.6, len(town)) * sizes[town]).astype(int)  # some villages are busier than others
    place = starts[town] + within
    lon = np.array([one.lon for one in flat])[place] + rng.normal(0, 0.0035, len(town))
    lat = np.array([one.lat for one in flat])[place] + rng.normal(0, 0.0032, len(town))
    names = [one.name for one in flat]
    for ending in ("村民委员会", "居民委员会", "村委会", "居委会", "委员会"):
        names = [name.removesuffix(ending) for name in names]
    names = [name if name.endswith(("社区", "村")) else f"{name}社区" for name in names]
    return pick([one.code for one in flat], place), pick(names, place), lon, lat


def _brand(count: int, rng: np.random.Generator) -> pa.StringArray:
    return join(
        draw(words.BRAND_FIRST, count, rng),
        draw(words.BRAND_SECOND, count, rng),
        draw(words.BRAND_THIRD, count, rng),
    )


def _names(
    towns: tuple[Town, ...], town: Array, kind: Array, trade: Array, rng: np.random.Generator
) -> pa.StringArray:
    count = len(town)
    flat_words = [word for one in TRADES for word in one.words]
    word = pick(flat_words, _ragged([len(one.words) for one in TRADES], trade, rng))
    trader_end = pick(
        [end for one in TRADES for end in one.trader_endings],
        _ragged([len(one.trader_endings) for one in TRADES], trade, rng),
    )
    company_end = pick(
        [end for one in TRADES for end in one.company_endings],
        _ragged([len(one.company_endings) for one in TRADES], trade, rng),
    )
    brand = _brand(count, rng)
    nick = pc.if_else(pa.array(rng.random(count) < 0.35), draw(words.NICK, count, rng), brand)
    places = [f"{one.district_name}{one.place}" for one in towns]
    trader_place = pick(
        [f"佛山市{place}" for place in places] + places, town + len(towns) * (rng.random(count) < 0.3)
    )
    company_places = [
        "佛山市",
        "广东",
        *[f"佛山市{one.district_name}" for one in towns],
        *[f"佛山{one.place}" for one in towns],
    ]
    style = rng.random(count)
    company_place = pick(
        company_places,
        np.where(
            style < 0.35,
            0,
            np.where(style < 0.45, 1, np.where(style < 0.85, 2 + town, 2 + len(towns) + town)),
        ),
    )
    traders = join(trader_place, nick, word, trader_end)
    companies = join(company_place, brand, company_end)
    branches = join(company_place, brand, company_end, pick([f"{one.place}分公司" for one in towns], town))
    coops = join(pick([f"佛山市{place}" for place in places], town), brand, "种养专业合作社")
    return pc.choose(pa.array(kind), traders, companies, branches, coops)


def _ragged(sizes: list[int], rows: Array, rng: np.random.Generator) -> Array:
    """For each row a place in the flat list of its group."""
    width = np.array(sizes)
    starts = np.concatenate([[0], np.cumsum(width)[:-1]])
    return starts[rows] + (rng.random(len(rows)) * width[rows]).astype(int)


def _persons(count: int, rng: np.random.Generator) -> pa.StringArray:
    surname = (rng.beta(0.8, 1.8, count) * len(words.SURNAMES)).astype(int)
    return join(
        pick(words.SURNAMES, surname),
        draw(words.GIVEN_FIRST, count, rng),
        draw(words.GIVEN_SECOND, count, rng),
    )


def _addresses(
    towns: tuple[Town, ...], town: Array, villages: Any, rng: np.random.Generator
) -> pa.StringArray:
    count = len(town)
    heads = [f"广东省佛山市{one.district_name}{one.name}" for one in towns]
    short = [f"佛山市{one.district_name}{one.name}" for one in towns]
    head = pick(heads + short, town + len(towns) * (rng.random(count) < 0.45))
    number = pa.array(rng.integers(1, 320, count)).cast(pa.string())
    return join(head, villages, draw(words.ROADS, count, rng), number, "号", draw(words.PLACES, count, rng))


def _classes(trade: Array, known: frozenset[str], rng: np.random.Generator) -> pa.StringArray:
    lists = known_classes(known)
    return pick(
        [code for codes in lists for code in codes], _ragged([len(codes) for codes in lists], trade, rng)
    )


def _phones(count: int, rng: np.random.Generator) -> pa.StringArray:
    head = draw(("130", "134", "135", "136", "137", "138", "139", "158", "159", "188"), count, rng)
    tail = pa.array(rng.integers(1000, 10_000, count)).cast(pa.string())
    return join(head, "****", tail)


def _capital(kind: Array, rng: np.random.Generator) -> Array:
    steps = np.array([1, 3, 5, 10, 30, 50, 100, 200, 500, 1000, 3000])
    trader = steps[rng.choice(6, len(kind), p=[0.2, 0.25, 0.25, 0.2, 0.06, 0.04])]
    company = steps[
        rng.choice(11, len(kind), p=[0.02, 0.03, 0.05, 0.15, 0.12, 0.18, 0.22, 0.08, 0.08, 0.05, 0.02])
    ]
    return np.where(kind == TRADER, trader, company)
