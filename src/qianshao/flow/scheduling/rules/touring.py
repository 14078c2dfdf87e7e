"""排路线 the doors of a week shared among the team-days that go out anyway, so that all together travel least.

A week of a station is a vehicle routing problem: each team-day one vehicle from the station and back, with its hours and its
number of doors; no way leads to a door that it may not enter on its day, and doors have their opening hours. PyVRP solves it (Wouda, Lan, Kool, PyVRP: a high-performance VRP solver
package, INFORMS Journal on Computing 36(4), 2024). A result that is no shorter, or that breaks a bound, changes nothing.
"""

from __future__ import annotations

from math import ceil
from typing import Any

import numpy as np

from qianshao.flow.scheduling.rules.model import Stop
from qianshao.flow.scheduling.rules.routes import SLACK, TeamDays
from qianshao.flow.scheduling.rules.teams import Week, week_of

_ITERATIONS = 100
_SCALE = 100  # whole hundredths of a minute
_BARRED = 10**7
_GAIN = 0.5  # minutes a week must save for its doors to change hands


def share_doors(days: TeamDays) -> None:
    """Shorten every week: its doors go to whichever of the week's team-days carries them with the least travel. No team-day is
    opened. The same input gives the same result: the search is bounded by its steps, not by the clock."""
    weeks: dict[Week, list[int]] = {}
    for row, crew in enumerate(days.crews):
        if days.stops[row]:
            weeks.setdefault(week_of(days.month.days[crew.place]), []).append(row)
    for rows in weeks.values():
        stops = [stop for row in rows for stop in days.stops[row]]
        if len(stops) > 1:
            _share(days, rows, stops)


def _share(days: TeamDays, rows: list[int], stops: list[Stop]) -> None:
    import pyvrp  # noqa: PLC0415 (heavy)
    from pyvrp.stop import MaxIterations  # noqa: PLC0415 (heavy)

    before = {row: list(days.stops[row]) for row in rows}
    travel = sum(sum(days.legs(row)) for row in rows)
    problem = _problem(days, rows, stops)
    number = {stop: place for place, stop in enumerate(stops)}
    start = pyvrp.Solution(
        problem,
        [
            pyvrp.Route(problem, [number[stop] for stop in before[row]], vehicle)
            for vehicle, row in enumerate(rows)
        ],
    )
    found = pyvrp.solve(
        problem,
        MaxIterations(_ITERATIONS),
        seed=days.month.seed,
        collect_stats=False,
        initial_solution=start,
    ).best
    if not found.is_feasible() or found.distance() / _SCALE > travel - _GAIN:
        return
    after: dict[int, list[Stop]] = {row: [] for row in rows}
    for route in found.routes():
        after[rows[route.vehicle_type()]] = [stops[one.idx] for one in route if one.is_client()]
    _give(days, after)
    late = any(days.used[row] > days.limit - SLACK for row in rows)
    twice = any(len({stop.door for stop in days.stops[row]}) < len(days.stops[row]) for row in rows)
    if late or twice:
        _give(days, before)


def _problem(days: TeamDays, rows: list[int], stops: list[Stop]) -> Any:
    import pyvrp  # noqa: PLC0415 (heavy)

    points = np.array([days.home, *(days.point(stop) for stop in stops)])
    minutes = np.ceil(_SCALE * days.minutes(days.ground.km(points[:, None], points[None, :]))).astype(
        np.int64
    )
    np.fill_diagonal(minutes, 0)
    may = np.array([np.isin(rows, days.in_window(stop)) for stop in stops]).T
    kinds, kind_of = np.unique(may, axis=0, return_inverse=True)
    hours, day = _hours(days, stops)
    return pyvrp.ProblemData(
        locations=[pyvrp.Location(0, 0) for _ in points],
        clients=[
            pyvrp.Client(place, delivery=[1], service_duration=_SCALE * stop.minutes, **hours[place - 1])
            for place, stop in enumerate(stops, start=1)
        ],
        depots=[pyvrp.Depot(0)],
        vehicle_types=[
            pyvrp.VehicleType(
                1,
                capacity=[days.most],
                shift_duration=ceil(_SCALE * days.limit) - 1,
                profile=int(kind),
                **day,
            )
            for kind in kind_of.ravel()
        ],
        distance_matrices=[_barred(minutes, kind) for kind in kinds],
        duration_matrices=[minutes for _ in kinds],
    )


def _hours(days: TeamDays, stops: list[Stop]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Opening hours of the doors and of the day, where any door of the week has some."""
    if not any(stop.timed for stop in stops):
        return [{} for _ in stops], {}
    bounds = days.month.bounds
    first, last = bounds.day_starts, bounds.day_ends
    doors = [
        {"tw_early": _SCALE * min(stop.earliest, last), "tw_late": _SCALE * max(0, min(stop.latest, last))}
        for stop in stops
    ]
    return doors, {"tw_early": _SCALE * first, "tw_late": _SCALE * last}


def _barred(minutes: Any, may: Any) -> Any:
    """Ways of a team-day: none leads to a door that it may not enter."""
    ways = minutes.copy()
    for place in np.flatnonzero(~may) + 1:
        ways[:, place] = _BARRED
        ways[place, place] = 0
    return ways


def _give(days: TeamDays, routes: dict[int, list[Stop]]) -> None:
    """Give each team-day exactly these doors in this order."""
    for row in routes:
        while days.stops[row]:
            days.remove(row, 0)
    for row, route in routes.items():
        for stop in route:
            days.insert(stop, row, 0, 0.0)
        if route:
            days.set_route(row, route)
