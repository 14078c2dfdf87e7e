"""How far the routes of a day are from the shortest possible ones: 40 doors, 4 pairs, the lower bound proven by column generation.

    make bench NAME=exact SCALE=1

The bound is that of the set partitioning problem over ng-routes (Baldacci, Mingozzi, Roberti, New Route Relaxation and Pricing
Strategies for the Vehicle Routing Problem, Operations Research 59(5), 2011): no plan that enters the same doors with the same pairs
travels less. Hours are left out of the bound, which can only lower it. The last line of output is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from random import Random
from typing import Any

import highspy
import numpy as np

from qianshao.flow.scheduling.rules.ground import ground_of
from qianshao.flow.scheduling.rules.model import Bounds, Inspector, Schedule, StationMonth, Task
from qianshao.flow.scheduling.rules.solving import solve
from qianshao.flow.scheduling.rules.verify import broken_rules

DAY = date(2027, 1, 6)
DOORS, PAIRS, MOST = 40, 4, 10
FOOD, LIFTS = "食品检查员", "特种设备安全监察员"
HOME = (113.25, 22.84)
NEAR = 9
"""Doors that an ng-route remembers around each door."""
EPS = 1e-7


def a_day(seed: int) -> StationMonth:
    """One day of a station: forty doors in and around a town, four pairs, two of which hold both competences."""
    lot = Random(seed)
    asked = [(FOOD,)] * 24 + [(LIFTS,)] * 12 + [(FOOD, LIFTS)] * 4
    tasks: list[Task] = []
    for door, names in enumerate(asked, start=1):
        place = HOME[0] + lot.gauss(0, 0.03), HOME[1] + lot.gauss(0, 0.03)
        tasks += [
            Task(10 * door + at, door, name, 10, DAY, DAY, "B", *place) for at, name in enumerate(names)
        ]
    held = [(FOOD, LIFTS), (FOOD, LIFTS), (FOOD,), (LIFTS,)]
    people = [
        Inspector(2 * pair + at, frozenset(names), date(2030, 1, 1))
        for pair, names in enumerate(held)
        for at in (1, 2)
    ]
    bounds = Bounds(2, 480, 10, 25.0, 1.34, 5, MOST, 480, 1080, 1)
    return StationMonth("440606005", *HOME, (DAY,), tuple(tasks), tuple(people), bounds, seed)


@dataclass(frozen=True, slots=True)
class Routing:
    """The day as a routing problem: minutes between places (0 is the station), and for each kind of pair which doors it may enter
    and how many there are of it."""

    far: Any
    kinds: list[tuple[frozenset[int], int]]


def routing_of(day: StationMonth, schedule: Schedule) -> Routing:
    doors = sorted({(task.door, task.lon, task.lat) for task in day.tasks})
    ground = ground_of(day)
    points = np.array([ground.point(*HOME), *(ground.point(lon, lat) for _, lon, lat in doors)])
    far = ground.km(points[:, None], points[None, :]) / day.bounds.speed_kmh * 60
    asked = [{task.competence for task in day.tasks if task.door == door} for door, _, _ in doors]
    holds = {one.id: one.competences for one in day.inspectors}
    pairs = {one.team: one.officers for one in schedule.visits}
    held = Counter(frozenset().union(*(holds[one] for one in officers)) for officers in pairs.values())
    kinds = [
        (frozenset(at for at, names in enumerate(asked, 1) if names <= together), count)
        for together, count in sorted(held.items(), key=lambda one: sorted(one[0]))
    ]
    return Routing(far, kinds)


def bound(day: Routing, first: list[list[int]]) -> tuple[float, int]:
    """The least minutes of travel of any plan, and the columns it took. `first` are routes to begin with."""
    far, count = day.far, len(day.far) - 1
    memory = [0] * (count + 1)
    for door in range(1, count + 1):
        near = sorted(range(1, count + 1), key=lambda other: far[door][other])[:NEAR]
        memory[door] = sum(1 << other for other in near)
    program = highspy.Highs()
    program.setOptionValue("output_flag", False)
    for _ in range(count):
        program.addRow(1, 1, 0, [], [])
    for _, pairs in day.kinds:
        program.addRow(-highspy.kHighsInf, pairs, 0, [], [])
    for door in range(1, count + 1):  # doors left out, at a price no route has
        program.addCol(1e4, 0, highspy.kHighsInf, 1, [door - 1], [1.0])
    columns = 0
    for route in first:
        for kind, (may, _) in enumerate(day.kinds):
            if set(route) <= may:
                _add(program, day, kind, route)
                columns += 1
    while True:
        program.run()
        duals = program.getSolution().row_dual
        found = 0
        for kind, (may, _) in enumerate(day.kinds):
            for cost, route in cheapest(far, sorted(may), memory, duals, duals[count + kind]):
                if cost < -EPS:
                    _add(program, day, kind, route)
                    found += 1
        columns += found
        if not found:
            return float(program.getInfo().objective_function_value), columns


def _add(program: Any, day: Routing, kind: int, route: list[int]) -> None:
    stops = [0, *route, 0]
    cost = sum(day.far[a][b] for a, b in pairwise(stops))
    times: dict[int, float] = {}
    for door in route:
        times[door - 1] = times.get(door - 1, 0.0) + 1.0
    times[len(day.far) - 1 + kind] = 1.0
    program.addCol(float(cost), 0, highspy.kHighsInf, len(times), list(times), list(times.values()))


def cheapest(
    far: Any, may: list[int], memory: list[int], duals: Any, fixed: float
) -> list[tuple[float, list[int]]]:
    """The cheapest ng-routes by reduced cost, the best one to end at each door: labels (door, memory) by number of doors."""
    price = {a: {b: float(far[a][b]) - float(duals[b - 1]) for b in may} for a in [0, *may]}
    labels: dict[tuple[int, int], tuple[float, Any]] = {
        (door, 1 << door): (price[0][door] - float(fixed), (door, None)) for door in may
    }
    best: dict[int, tuple[float, Any]] = {}
    for size in range(1, MOST + 1):
        for (door, _), (cost, way) in labels.items():
            total = cost + float(far[door][0])
            if total < best.get(door, (0.0, None))[0] - EPS:
                best[door] = (total, way)
        if size == MOST:
            break
        longer: dict[tuple[int, int], tuple[float, Any]] = {}
        for (door, seen), (cost, way) in labels.items():
            for other, step in price[door].items():
                if seen >> other & 1:
                    continue
                key = other, (seen & memory[other]) | 1 << other
                total = cost + step
                known = longer.get(key)
                if known is None or total < known[0]:
                    longer[key] = total, (other, way)
        labels = _undominated(longer)
    return [(cost, _doors(way)) for cost, way in sorted(best.values(), key=lambda one: one[0])[:20]]


def _undominated(
    labels: dict[tuple[int, int], tuple[float, Any]],
) -> dict[tuple[int, int], tuple[float, Any]]:
    """Labels that no cheaper one at the same door with a smaller memory makes useless."""
    by_door: dict[int, list[tuple[float, int]]] = {}
    for (door, seen), (cost, _) in labels.items():
        by_door.setdefault(door, []).append((cost, seen))
    kept = {}
    for door, found in by_door.items():
        front: list[int] = []
        for _, seen in sorted(found):
            if not any(other & seen == other for other in front):
                front.append(seen)
                kept[door, seen] = labels[door, seen]
    return kept


def _doors(way: Any) -> list[int]:
    found = []
    while way is not None:
        found.append(way[0])
        way = way[1]
    return found[::-1]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--scale", type=float, default=1.0, help="share of the five days")
    asked = parser.parse_args()
    gaps, began = [], time.perf_counter()
    for seed in range(max(1, round(5 * asked.scale))):
        day = a_day(seed)
        schedule = solve(day)
        assert broken_rules(day, schedule) == []
        assert schedule.unplaced == []
        routing = routing_of(day, schedule)
        routes: dict[int, list[int]] = {}
        for one in sorted(schedule.visits, key=lambda one: one.sequence):
            routes.setdefault(one.team, []).append(one.door)
        ours = schedule.travel_km / day.bounds.speed_kmh * 60
        least, columns = bound(routing, list(routes.values()))
        gaps.append(ours / least - 1)
        print(f"{seed}: {ours:.2f} minutes, at least {least:.2f}, gap {gaps[-1]:.4f}, {columns} routes")
    figures = {
        "days": len(gaps),
        "gap_mean": round(sum(gaps) / len(gaps), 4),
        "gap_most": round(max(gaps), 4),
        "seconds": round(time.perf_counter() - began, 1),
    }
    print(json.dumps({"figures": figures}))


if __name__ == "__main__":
    main()
