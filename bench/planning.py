"""The planner's figures: a city's quarter against its bound and two baselines; travel against four peers on the same team-days.

    make bench NAME=planning SCALE=1

At scale 1 the made city owes 75,000 checks in a quarter (300,000 a year) at the doors of 32 stations. Checks of a door are
drawn by shared tickets, once more each by its own ticket for comparison. The last line of output is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from itertools import pairwise
from math import ceil
from random import Random
from typing import Any

import numpy as np

from qianshao.base.calendar.rules import add_months, working_days_of_month
from qianshao.flow.scheduling.rules.ground import ground_of
from qianshao.flow.scheduling.rules.model import Bounds, Inspector, PlannedVisit, Schedule, StationMonth, Task
from qianshao.flow.scheduling.rules.solving import solve
from qianshao.flow.scheduling.rules.stops import open_windows, stab
from qianshao.flow.scheduling.rules.verify import broken_rules

STATIONS, DOORS, OFFICERS = 32, 3750, 30
FIRST = date(2027, 1, 1)
BOUNDS = Bounds(2, 360, 10, 25.0, 1.34, 3, 8, 540, 1050, 1)
SECONDS = 2
"""What each peer may take for one day of a station."""
LINES = (
    ("综合执法", 0.90, 0.14, (15, 15), 45),
    ("食品检查员", 0.45, 0.30, (30, 15), 60),
    ("特种设备安全监察员", 0.20, 0.40, (35, 15), 60),
    ("产品质量", 0.30, 0.20, (20, 15), 90),
    ("计量", 0.25, 0.20, (20, 15), 45),
    ("药械化", 0.12, 0.30, (25, 15), 60),
)
"""Competence, share of doors concerned, share of them checked in the quarter, minutes of its duties, days of the window. Every
fourth door that a line checks owes it two duties, in windows of their own."""


def a_station(number: int, doors: int, *, shared: bool) -> StationMonth:
    """A station's quarter: towns of clustered doors, checks by shared tickets or each line by its own."""
    lot = Random(f"{number}")
    home = 113.0 + 0.02 * (number % 8), 22.8 + 0.03 * (number // 8)
    villages = [(home[0] + lot.gauss(0, 0.025), home[1] + lot.gauss(0, 0.022)) for _ in range(9)]
    tasks: list[Task] = []
    for door in range(doors):
        village = lot.choice(villages)
        place = village[0] + lot.gauss(0, 0.004), village[1] + lot.gauss(0, 0.004)
        ticket, risk = lot.random(), lot.choice("AAAAAABBBCD")
        for competence, concerned, share, durations, length in LINES:
            applies, own, twice = lot.random(), lot.random(), lot.random() < 0.27
            starts = lot.randint(0, 80), lot.randint(0, 80)
            chosen = applies < concerned and (ticket if shared else own) < share
            for minutes, start in zip(durations[: 1 + twice], starts, strict=False):
                if not chosen:
                    break
                first = FIRST + timedelta(days=min(start, 89 - min(length, 88)))
                tasks.append(
                    Task(
                        id=len(tasks) + 1,
                        door=door,
                        competence=competence,
                        minutes=minutes,
                        release_on=first,
                        due_on=first + timedelta(days=length),
                        risk_class=risk,
                        lon=place[0],
                        lat=place[1],
                    )
                )
    people = [
        Inspector(
            one,
            frozenset({"综合执法", *lot.sample([line[0] for line in LINES[1:]], lot.choice((1, 2, 2, 3)))}),
            date(2030, 1, 1),
            frozenset(lot.sample(working_days_of_month(FIRST), lot.choice((0, 0, 0, 3)))),
        )
        for one in range(OFFICERS)
    ]
    return StationMonth(
        f"4406{number:05d}",
        *home,
        tuple(day for step in range(3) for day in working_days_of_month(add_months(FIRST, step))),
        tuple(tasks),
        tuple(people),
        BOUNDS,
        7,
    )


@dataclass(frozen=True, slots=True)
class Quarter:
    """What came of one station's quarter."""

    owed: int
    placed: int
    lines: int
    entries: int
    bound: int
    left_out: int
    km: float
    plan: tuple[StationMonth, Schedule] | None


def a_quarter(number: int, doors: int, shared: bool) -> Quarter:
    """One station's quarter, planned and checked. The plans of four stations are kept for the peers."""
    station = a_station(number, doors, shared=shared)
    schedule = solve(station)
    assert broken_rules(station, schedule) == []
    return Quarter(
        owed=len(station.tasks),
        placed=sum(len(one.tasks) for one in schedule.visits),
        lines=each_line_alone(station, schedule),
        entries=len(schedule.visits),
        bound=schedule.lower_bound,
        left_out=len(schedule.unplaced),
        km=schedule.travel_km,
        plan=(station, schedule) if number < 4 else None,
    )


def each_line_alone(station: StationMonth, schedule: Schedule) -> int:
    """Entries if every department line went by itself with what is placed: the fewest that its windows at a door allow."""
    placed = {number for one in schedule.visits for number in one.tasks}
    windows = open_windows(station)
    lines: dict[tuple[int, str], list[tuple[int, int]]] = defaultdict(list)
    for task in station.tasks:
        if task.id in placed:
            lines[task.door, task.competence].append(windows[task.id])
    return sum(stab(found) for found in lines.values())


@dataclass(frozen=True, slots=True)
class Day:
    """One day of a station for a peer: doors with service minutes and skills, vehicles with skills, minutes between places."""

    far: Any
    service: list[int]
    asked: list[frozenset[str]]
    held: list[frozenset[str]]


def days_of(months: list[tuple[StationMonth, Schedule]]) -> list[tuple[Day, float]]:
    """Every day's team-days as one problem, with the minutes of travel that the planner needs on it."""
    found = []
    for month, schedule in months:
        tasks = {task.id: task for task in month.tasks}
        held = {one.id: one.competences for one in month.inspectors}
        by_day: dict[date, list[PlannedVisit]] = defaultdict(list)
        for visit in schedule.visits:
            by_day[visit.day].append(visit)
        for _, visits in sorted(by_day.items()):
            doors = [[tasks[number] for number in visit.tasks] for visit in visits]
            places = [(month.lon, month.lat), *((one[0].lon, one[0].lat) for one in doors)]
            far = minutes_between(month, places)
            routes: dict[int, list[PlannedVisit]] = defaultdict(list)
            place_of = {id(visit): place for place, visit in enumerate(visits, start=1)}
            for visit in sorted(visits, key=lambda one: one.sequence):
                routes[visit.team].append(visit)
            ours = sum(
                sum(far[a][b] for a, b in pairwise([0, *(place_of[id(one)] for one in route), 0]))
                for route in routes.values()
            )
            teams = [
                frozenset().union(*(held[one] for one in route[0].officers)) for route in routes.values()
            ]
            found.append(
                (
                    Day(
                        far,
                        [visit.minutes for visit in visits],
                        [frozenset(task.competence for task in one) for one in doors],
                        teams,
                    ),
                    float(ours),
                )
            )
    return found


def minutes_between(month: StationMonth, places: list[tuple[float, float]]) -> Any:
    ground = ground_of(month)
    points = np.array([ground.point(*place) for place in places])
    return ground.km(points[:, None], points[None, :]) / BOUNDS.speed_kmh * 60


def nearest(day: Day) -> float | None:
    """The obvious way: each team goes on to the nearest door that it may and can still enter."""
    left, total = _walked(day, day.held)
    return None if left else total


def greedy(day: Day) -> float | None:
    """The obvious way at equal duties: as many teams more go out as it takes to enter every door."""
    more = [frozenset().union(*day.held)] * len(day.service)
    left, total = _walked(day, [*day.held, *more])
    return None if left else total


def _walked(day: Day, teams: list[frozenset[str]]) -> tuple[set[int], float]:
    left, total = set(range(1, len(day.service) + 1)), 0.0
    for team in teams:
        at, used, count = 0, 0.0, 0
        while count < BOUNDS.doors_per_team_day:
            may = [
                one
                for one in left
                if day.asked[one - 1] <= team
                and used + day.far[at][one] + day.service[one - 1] + day.far[one][0] <= BOUNDS.minutes_per_day
            ]
            if not may:
                break
            best = min(may, key=lambda one: day.far[at][one])
            used += day.far[at][best] + day.service[best - 1]
            total += day.far[at][best]
            at, count = best, count + 1
            left.remove(best)
        total += day.far[at][0]
    return left, float(total)


def by_ortools(day: Day) -> float | None:
    from ortools.constraint_solver import pywrapcp, routing_enums_pb2

    manager = pywrapcp.RoutingIndexManager(len(day.far), len(day.held), 0)
    model = pywrapcp.RoutingModel(manager)
    far = np.round(day.far * 100).astype(int)
    service = [0, *(100 * one for one in day.service)]

    def way(a: int, b: int) -> int:
        return int(far[manager.IndexToNode(a)][manager.IndexToNode(b)])

    def time_of(a: int, b: int) -> int:
        return way(a, b) + service[manager.IndexToNode(a)]

    model.SetArcCostEvaluatorOfAllVehicles(model.RegisterTransitCallback(way))
    model.AddDimension(model.RegisterTransitCallback(time_of), 0, 100 * BOUNDS.minutes_per_day, True, "time")
    model.AddDimension(
        model.RegisterUnaryTransitCallback(lambda a: int(manager.IndexToNode(a) > 0)),
        0,
        BOUNDS.doors_per_team_day,
        True,
        "doors",
    )
    for place, asked in enumerate(day.asked, start=1):
        able = [number for number, team in enumerate(day.held) if asked <= team]
        model.VehicleVar(manager.NodeToIndex(place)).SetValues([-1, *able])
    asking = pywrapcp.DefaultRoutingSearchParameters()
    asking.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    asking.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    asking.time_limit.FromMilliseconds(1000 * SECONDS)
    found = model.SolveWithParameters(asking)
    return None if found is None else found.ObjectiveValue() / 100


def by_vroom(day: Day) -> float | None:
    import vroom

    names = {name: place for place, name in enumerate(sorted(set().union(*day.held)), start=1)}
    problem = vroom.Input()
    problem.set_durations_matrix("car", np.round(day.far * 6000).astype(np.uint32))
    for number, team in enumerate(day.held, start=1):
        problem.add_vehicle(
            vroom.Vehicle(
                number,
                start=0,
                end=0,
                skills={names[name] for name in team},
                time_window=vroom.TimeWindow(0, 6000 * BOUNDS.minutes_per_day),
                max_tasks=BOUNDS.doors_per_team_day,
            )
        )
    for place, (minutes, asked) in enumerate(zip(day.service, day.asked, strict=True), start=1):
        problem.add_job(
            vroom.Job(
                place,
                location=place,
                default_service=6000 * minutes,
                skills={names[name] for name in asked if name in names},
            )
        )
    found = problem.solve(exploration_level=5, nb_threads=1)
    return None if found.unassigned else found.summary.duration / 6000


def by_pyvrp(day: Day) -> float | None:
    import pyvrp
    from pyvrp.stop import MaxRuntime

    model = pyvrp.Model()
    home = model.add_location(0, 0)
    depot = model.add_depot(home)
    places = [home, *(model.add_location(0, 0) for _ in day.service)]
    kinds = sorted(set(day.held), key=sorted)
    profiles = [model.add_profile() for _ in kinds]
    clients = [
        model.add_client(places[place], delivery=[1], service_duration=6000 * minutes)
        for place, minutes in enumerate(day.service, start=1)
    ]
    for kind, profile in zip(kinds, profiles, strict=True):
        model.add_vehicle_type(
            num_available=day.held.count(kind),
            capacity=[BOUNDS.doors_per_team_day],
            start_depot=depot,
            end_depot=depot,
            shift_duration=6000 * BOUNDS.minutes_per_day,
            unit_distance_cost=1,
            profile=profile,
        )
        for a, one in enumerate(places):
            for b, other in enumerate(places):
                if a == b:
                    continue
                minutes = round(6000 * day.far[a][b])
                barred = b > 0 and not day.asked[b - 1] <= kind
                model.add_edge(
                    one, other, distance=minutes + (10**8 if barred else 0), duration=minutes, profile=profile
                )
    assert len(clients) == len(day.service)
    found = model.solve(stop=MaxRuntime(SECONDS), seed=7, display=False)
    if not found.is_feasible() or found.best.distance() >= 10**8:
        return None
    return float(found.best.distance()) / 6000


PEERS: dict[str, Callable[[Day], float | None]] = {
    "nearest_neighbour": nearest,
    "greedy": greedy,
    "ortools": by_ortools,
    "vroom": by_vroom,
    "pyvrp": by_pyvrp,
}


def against_peers(days: list[tuple[Day, float]]) -> dict[str, Any]:
    """The planner's travel over each peer's on the days that the peer could carry out whole."""
    figures: dict[str, Any] = {"days_compared": len(days)}
    for name, peer in PEERS.items():
        began = time.perf_counter()
        pairs = [(ours, theirs) for day, ours in days if (theirs := peer(day)) is not None]
        figures[f"travel_vs_{name}"] = sum(a for a, _ in pairs) / sum(b for _, b in pairs) if pairs else None
        figures[f"whole_days_{name}"] = len(pairs)
        figures[f"seconds_{name}"] = time.perf_counter() - began
        print(name, figures[f"travel_vs_{name}"], len(pairs), "of", len(days))
    return figures


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--scale", type=float, default=0.02)
    parser.add_argument("--days", type=int, default=16, help="team-days compared with the peers")
    parser.add_argument(
        "--cities", type=int, default=1, help="12: a province, by partitions, without the peers"
    )
    asked = parser.parse_args()
    stations = range(STATIONS * asked.cities)
    doors = ceil(DOORS * asked.scale)
    began = time.perf_counter()
    with ProcessPoolExecutor(2) as pool:
        quarters = list(pool.map(partial(a_quarter, doors=doors, shared=True), stations))
        seconds = time.perf_counter() - began
        alone = range(STATIONS if asked.cities == 1 else 0)
        apart = list(pool.map(partial(a_quarter, doors=doors, shared=False), alone))
    total = {
        name: sum(getattr(one, name) for one in quarters)
        for name in ("owed", "placed", "lines", "entries", "bound", "left_out", "km")
    }
    figures: dict[str, Any] = {
        "stations": len(stations),
        "obligations": total["owed"],
        "left_out": total["left_out"],
        "entries": total["entries"],
        "bound": total["bound"],
        "gap": total["entries"] / total["bound"] - 1,
        "seconds": seconds,
        "rss_mb": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024,
        "saved_vs_each_duty": 1 - total["entries"] / total["placed"],
        "saved_vs_each_line": 1 - total["entries"] / total["lines"],
        "travel_km": total["km"],
    }
    if apart:
        entries = sum(one.entries for one in apart)
        days = days_of([one.plan for one in quarters if one.plan])
        step = max(1, len(days) // asked.days)
        figures |= {
            "saved_vs_each_duty_own_tickets": 1 - entries / sum(one.placed for one in apart),
            "saved_vs_each_line_own_tickets": 1 - entries / sum(one.lines for one in apart),
        } | against_peers(days[::step][: asked.days])
    rounded = {key: round(value, 4) if isinstance(value, float) else value for key, value in figures.items()}
    print(json.dumps({"figures": rounded}))


if __name__ == "__main__":
    main()
