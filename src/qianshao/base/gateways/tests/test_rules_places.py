"""Foshan's divisions, borders and industry classes are the real ones."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from qianshao.base.gateways.rules.city import DALIANG, FULL_SIZE, counts_by_share, read_classes, read_towns
from qianshao.base.gateways.rules.ground import inside, read_districts, spread
from qianshao.base.gateways.rules.names import village_roads
from qianshao.base.gateways.rules.trades import TRADES, joined
from qianshao.base.gateways.tests.factories import POLICY, SHARED

DIVISIONS = POLICY / "foshan" / "divisions.csv"
INDUSTRIES = POLICY / "national" / "gbt4754.csv"


def _rows(file: Path) -> list[dict[str, str]]:
    if not file.exists():
        pytest.skip(f"left out: the reference file {file.name} is not on this machine")
    with file.open(encoding="utf-8-sig") as opened:
        return list(csv.DictReader(opened))


def test_the_city_has_five_districts_and_thirty_two_towns() -> None:
    towns = read_towns(DIVISIONS)
    assert Counter(town.district_name for town in towns) == {
        "禅城区": 4,
        "南海区": 7,
        "顺德区": 10,
        "三水区": 7,
        "高明区": 4,
    }
    assert sum(len(town.villages) for town in towns) == 809


def test_daliang_has_its_published_57000_of_1500000() -> None:
    towns = read_towns(DIVISIONS)
    counts = counts_by_share(FULL_SIZE, [town.share for town in towns])
    assert sum(counts) == FULL_SIZE
    assert dict(zip([town.code for town in towns], counts, strict=True))[DALIANG] == 57_000


def test_every_town_and_village_lies_inside_its_district() -> None:
    districts = read_districts(POLICY / "foshan" / "districts.geojson")
    for row in _rows(DIVISIONS):
        if row["level"] in {"town", "village"}:
            lon, lat = np.array([float(row["lon"])]), np.array([float(row["lat"])])
            assert inside(districts[row["code"][:6]], lon, lat).all(), row


def test_points_spread_at_the_border_stay_inside() -> None:
    square = [np.array([[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]], dtype=float)]
    lon, lat = spread(
        lon=np.full(5_000, 0.0005),
        lat=np.full(5_000, 0.5),
        districts=np.zeros(5_000, dtype=np.int64),
        shapes=[square],
        rng=np.random.default_rng(1),
    )
    assert inside(square, lon, lat).all()
    assert len(set(lon.tolist())) > 2_000


def test_divisions_agree_with_the_statistics_bureau() -> None:
    reference = {
        row["code"]: row["name"]
        for row in _rows(SHARED / "geo" / "foshan_divisions_5level.csv")
        if row["is_pseudo"] == "False"
    }
    ours = _rows(DIVISIONS)
    assert {row["code"].ljust(12, "0"): row["name"] for row in ours} == {
        code: name for code, name in reference.items() if not code.startswith("440000")
    }


def test_town_points_agree_with_geonames() -> None:
    ours = {row["code"]: row for row in _rows(DIVISIONS)}
    for row in _rows(SHARED / "geo" / "foshan_towns_32_points.csv"):
        town = ours[row["code"][:9]]
        assert abs(float(town["lon"]) - float(row["lon"])) < 0.001, row
        assert abs(float(town["lat"]) - float(row["lat"])) < 0.001, row


def test_industry_codes_agree_with_the_national_standard() -> None:
    reference = {row["code_no_section"]: row for row in _rows(SHARED / "codes" / "gbt4754_2017.csv")}
    for row in _rows(INDUSTRIES):
        assert reference[row["code"]]["name"] == row["name"]
        assert reference[row["code"]]["code"].startswith(row["section"])


def test_every_trade_stands_in_the_industry_list_and_the_list_is_rich() -> None:
    known = read_classes(INDUSTRIES)
    used = {code for trade in TRADES for code in trade.classes}
    assert used <= set(known)
    assert len(used) >= 150
    assert {known[code] for code in used} >= set("ACDEFGHIKLMNOPQR") - {"P"}


@pytest.mark.parametrize(
    ("word", "end", "name"),
    [
        ("牛杂", "店", "牛杂店"),
        ("茶餐厅", "餐厅", "茶餐厅"),
        ("美容", "美容店", "美容店"),
        ("五金制品", "五金店", "五金店"),
        ("煲仔饭", "饭店", "煲仔饭店"),
    ],
)
def test_a_name_says_nothing_twice(word: str, end: str, name: str) -> None:
    assert joined(word, end) == name


def test_a_village_has_roads_of_its_own_and_some_of_the_town() -> None:
    village = next(one for town in read_towns(DIVISIONS) for one in town.villages if one.stem == "莲峰")
    roads = village_roads(village)
    assert "莲峰大道" in roads
    assert len(roads) == len(set(roads)) == 14
