"""A small city planned in child processes and on Spark: station by station the same plan."""

from __future__ import annotations

from dataclasses import replace

import pytest

from qianshao.base.tables.rules.spreading import PROCESSES, SPARK, Engine, spread
from qianshao.flow.scheduling.rules.model import StationMonth
from qianshao.flow.scheduling.rules.solving import solve
from qianshao.flow.scheduling.rules.verify import broken_rules
from qianshao.flow.scheduling.tests.factories import limited, random_month


def a_city() -> list[StationMonth]:
    months = [limited(random_month(seed, doors=40, people=7), seed) for seed in range(6)]
    return [replace(month, station=f"44060600{place}") for place, month in enumerate(months)]


def test_processes_and_spark_plan_the_same_city() -> None:
    city = a_city()
    here = list(spread(solve, city, Engine(PROCESSES)))
    assert list(spread(solve, city, Engine(SPARK))) == here == [solve(month) for month in city]
    assert all(broken_rules(month, schedule) == [] for month, schedule in zip(city, here, strict=True))


@pytest.mark.parametrize("name", [PROCESSES, SPARK])
def test_a_city_without_stations_is_no_work(name: str) -> None:
    assert list(spread(solve, [], Engine(name))) == []


def test_a_station_that_fails_says_why() -> None:
    with pytest.raises(RuntimeError, match="no attribute"):
        list(spread(solve, [None], Engine()))


def test_an_engine_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="计算引擎“hadoop”无效，应为 processes 或 spark"):
        list(spread(solve, [], Engine("hadoop")))
