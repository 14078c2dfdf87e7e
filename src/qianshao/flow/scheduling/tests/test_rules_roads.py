"""Ways between doors follow the roads of a network, wherever it has gaps."""

from __future__ import annotations

import pytest

from qianshao.flow.scheduling.rules.ground import Ground
from qianshao.flow.scheduling.rules.roads import roads_of

WEST, MIDDLE, EAST, NORTH = (113.20, 22.84), (113.25, 22.84), (113.30, 22.84), (113.25, 22.90)
STREETS = [
    (*WEST, *MIDDLE, 6000.0),
    (*MIDDLE, *EAST, 5500.0),
    (*MIDDLE, *WEST, 5200.0),
    (*EAST, *EAST, 10.0),
    (113.5, 22.5, 113.51, 22.5, 1100.0),
]


def test_the_shorter_of_two_roads_counts_and_a_part_that_nothing_joins_is_left_out() -> None:
    roads = roads_of(STREETS, [WEST, EAST, (113.5, 22.5)])
    assert roads is not None
    assert sorted(zip(roads.lon.tolist(), roads.lat.tolist(), strict=True)) == [WEST, EAST]
    assert roads.km.tolist() == [[0.0, 10.7], [10.7, 0.0]]


def test_a_door_beside_the_road_goes_to_it_first() -> None:
    roads = roads_of(STREETS, [WEST, EAST, NORTH])
    ground = Ground(22.84, 1.34, roads)
    beside = ground.point(WEST[0], WEST[1] + 0.001)
    assert float(ground.km(beside, ground.point(*EAST))) == pytest.approx(10.7 + 0.1112 * 1.34, abs=0.001)


def test_where_no_roads_are_given_there_are_none() -> None:
    assert roads_of([], [WEST]) is None
    assert roads_of([(*EAST, *EAST, 10.0)], [WEST]) is None
