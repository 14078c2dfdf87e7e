"""组日 all team-days of a month as arrays: where each route runs, what it has used, and what one more door would cost there.

The price of a door in a team-day is the extra travel, plus a little for late days where the door is urgent, for people who
have done more than others, for competences that others will need, and for one more team out on the fullest day of a week.
"""

from __future__ import annotations

from collections import defaultdict
from math import ceil
from typing import Any

import numpy as np
import numpy.typing as npt

from qianshao.flow.scheduling.rules.ground import Floats, ground_of
from qianshao.flow.scheduling.rules.hours import Timing, timed
from qianshao.flow.scheduling.rules.limits import Ints, Limits
from qianshao.flow.scheduling.rules.model import PlannedVisit, StationMonth, Stop
from qianshao.flow.scheduling.rules.stops import LOWEST
from qianshao.flow.scheduling.rules.teams import Crew, Week, week_of, weekly_quota

SLACK = 1e-6
"""Minutes kept free against rounding."""
_LATE = 0.6  # minutes of travel that one day later costs, per step of urgency
_OVERDUE = 3  # steps of urgency that being overdue adds
_EVEN = 15.0  # minutes of travel against sending out people who have an average month's work already
_SCARCE = 12.0  # minutes of travel against using up a competence that is asked for in full elsewhere
_CROWDED = 30.0  # minutes of travel against sending everybody out on one day of a week and nobody on another


class TeamDays:
    """What may still be placed where. Stops are put in and taken out; every bound holds at any moment."""

    def __init__(self, month: StationMonth, crews: list[Crew], stops: list[Stop]) -> None:
        self.month, self.crews = month, crews
        count, self.most = len(crews), month.bounds.doors_per_team_day
        self.limit = month.bounds.minutes_per_day
        self.ground, self.limits = ground_of(month), Limits(month, crews)
        self.home = self.ground.point(month.lon, month.lat)
        self.day: Ints = np.array([crew.place for crew in crews], dtype=np.int64)
        self.starts: Ints = np.searchsorted(self.day, np.arange(len(month.days) + 1))
        self.used: Floats = np.zeros(count)
        self.doors: Ints = np.zeros(count, dtype=np.int64)
        # Routes as points: the station first, then the doors, then the station again in every place left.
        self.points: Floats = np.tile(self.home, (count, self.most + 2, 1))
        self.timed = np.zeros(count, dtype=bool)
        self.stops: list[list[Stop]] = [[] for _ in range(count)]
        self._entered: dict[int, list[int]] = defaultdict(list)
        self._holders: dict[frozenset[str], npt.NDArray[np.bool_]] = {}
        self._set_quotas()
        self._set_prices(stops)

    def _set_quotas(self) -> None:
        quota = weekly_quota(self.month)
        weeks = [week_of(day) for day in self.month.days]
        self._left = {(one.id, week): days for one in self.month.inspectors for week, days in quota.items()}
        self._keys = [[(one.id, weeks[crew.place]) for one in crew.members] for crew in self.crews]
        self._sharing: dict[tuple[int, Week], list[int]] = defaultdict(list)
        for row, keys in enumerate(self._keys):
            for key in keys:
                self._sharing[key].append(row)
        self.openable = np.ones(len(self.crews), dtype=bool)
        self._set_crowds(weeks)

    def _set_crowds(self, weeks: list[Week]) -> None:
        places = {week: place for place, week in enumerate(dict.fromkeys(weeks))}
        self._week: Ints = np.array([places[week] for week in weeks], dtype=np.int64)
        self._days_of_week: Ints = np.bincount(self._week)
        self._teams: Ints = np.maximum(1, np.diff(self.starts))
        self._out: Floats = np.zeros(len(weeks))
        self._crowded: Floats = np.zeros(len(weeks))

    def _set_prices(self, stops: list[Stop]) -> None:
        size, people = self.month.bounds.team_minimum, len(self.month.inspectors)
        self._fair = max(1.0, sum(stop.minutes for stop in stops) * size / max(1, people))
        self._load: Floats = np.zeros(len(self.crews))
        self._rows_of: dict[int, list[int]] = defaultdict(list)
        for row, crew in enumerate(self.crews):
            for one in crew.members:
                self._rows_of[one.id].append(row)
        self._scarce: Floats = np.zeros(len(self.crews))
        held = [crew.held for crew in self.crews]
        share = self.month.bounds.field_days_per_week / 5
        for name in sorted({name for stop in stops for name in stop.competences}):
            rows = np.array([name in one for one in held], dtype=bool)
            wanted = sum(name in stop.competences for stop in stops)
            supply = max(1.0, rows.sum() * self.most * share)
            self._scarce += np.where(rows, _SCARCE * min(1.0, wanted / supply) ** 2, 0.0)

    def point(self, stop: Stop) -> Floats:
        """Where the stop's door lies."""
        return self.ground.point(stop.lon, stop.lat)

    def minutes(self, km: Any) -> Any:
        """Travel time of a way on the road."""
        return km / self.month.bounds.speed_kmh * 60

    def holders(self, competences: frozenset[str]) -> npt.NDArray[np.bool_]:
        """Team-days on which all the competences are held."""
        if competences not in self._holders:
            self._holders[competences] = np.array([competences <= crew.held for crew in self.crews], bool)
        return self._holders[competences]

    def in_window(self, stop: Stop) -> Ints:
        """Team-days of the stop's days that may carry it out, full or not."""
        low, high = int(self.starts[stop.first]), int(self.starts[stop.last + 1])
        rows: Ints = np.flatnonzero(self.holders(stop.competences)[low:high]) + low
        return self.limits.may_go(stop, rows)

    def entering(self, door: int) -> list[int]:
        """Team-days that enter the door already: none of them enters it twice."""
        return list(self._entered[door])

    def same_week(self, row: int) -> list[int]:
        """Other team-days of the week that take a field day from a member of this one."""
        return sorted({other for key in self._keys[row] for other in self._sharing[key]} - {row})

    def best(self, stop: Stop, *, without: int = -1, on: int | None = None) -> tuple[int, int, float] | None:
        """The cheapest team-day that may take the stop: row, place in its route, extra minutes of travel. `on` asks for one
        day (its place in `days`)."""
        if not self.limits.entry_left(stop):
            return None
        rows = self.in_window(stop)
        if on is not None:
            rows = rows[self.day[rows] == on]
        may = self.openable[rows] | (self.doors[rows] > 0)
        may &= (self.doors[rows] < self.most) & (self.used[rows] + stop.minutes <= self.limit)
        may &= rows != without
        for row in self._entered[stop.door]:
            may &= rows != row
        rows = rows[may]
        if not len(rows):
            return None
        extra, place = self.insertion(rows, stop)
        price = extra + self._surcharge(rows, stop)
        price[self.used[rows] + stop.minutes + extra > self.limit - SLACK] = np.inf
        best = int(price.argmin())
        return (int(rows[best]), int(place[best]), float(extra[best])) if np.isfinite(price[best]) else None

    def _surcharge(self, rows: Ints, stop: Stop) -> Floats:
        steps = LOWEST - stop.urgency[1] + (_OVERDUE if stop.urgency[0] == 0 else 0)
        late = _LATE * steps * (self.day[rows] - stop.first)
        even = _EVEN * self._load[rows] / self._fair
        crowded = np.where(self.doors[rows] == 0, self._crowded[self.day[rows]], 0.0)
        price: Floats = late + even + self._scarce[rows] + crowded
        return price

    def insertion(self, rows: Ints, stop: Stop) -> tuple[Floats, Ints]:
        """Extra minutes and best place of the stop in each row's route; infinite where opening hours leave none."""
        point, points = self.point(stop), self.points[rows]
        to_point = self.ground.km(points, point)
        legs = self.ground.km(points[:, :-1], points[:, 1:])
        cost = to_point[:, :-1] + to_point[:, 1:] - legs
        cost[np.arange(cost.shape[1])[None, :] > self.doors[rows][:, None]] = np.inf
        place = cost.argmin(axis=1)
        extra: Floats = self.minutes(cost[np.arange(len(rows)), place])
        for at in np.flatnonzero(self.timed[rows] | stop.timed):
            extra[at], place[at] = self._timed_insertion(int(rows[at]), stop)
        return extra, place

    def _timed_insertion(self, row: int, stop: Stop) -> tuple[float, int]:
        best = (np.inf, 0)
        for place in range(len(self.stops[row]) + 1):
            route = [*self.stops[row][:place], stop, *self.stops[row][place:]]
            timing = self.timing(route)
            if timing is not None:
                best = min(best, (timing.minutes - float(self.used[row]) - stop.minutes, place))
        return best

    def timing(self, route: list[Stop]) -> Timing | None:
        """When a team is where on this route; None when it cannot be carried out within opening hours."""
        return timed(route, self._legs_of(route), self.month.bounds)

    def _legs_of(self, route: list[Stop]) -> list[float]:
        points = np.array([self.home, *(self.point(one) for one in route), self.home])
        return [float(one) for one in self.minutes(self.ground.km(points[:-1], points[1:]))]

    def place(self, stop: Stop, *, without: int = -1, on: int | None = None) -> bool:
        """Put the stop into the cheapest team-day that may take it."""
        found = self.best(stop, without=without, on=on)
        if found is None:
            return False
        self.insert(stop, *found)
        return True

    def insert(self, stop: Stop, row: int, place: int, extra: float) -> None:
        """Put the stop into a route, opening the team-day with its first door."""
        if not self.stops[row]:
            self._open(row, 1)
        self.stops[row].insert(place, stop)
        self.points[row, place + 2 :] = self.points[row, place + 1 : -1].copy()
        self.points[row, place + 1] = self.point(stop)
        self.doors[row] += 1
        self.used[row] += stop.minutes + extra
        self.timed[row] |= stop.timed
        self.limits.count(stop, 1)
        self._entered[stop.door].append(row)
        self._add_load(row, stop.minutes)

    def remove(self, row: int, place: int) -> Stop:
        """Take a stop out of a route, closing the team-day with its last door."""
        stop = self.stops[row][place]
        self._add_load(row, -stop.minutes)
        self.limits.count(stop, -1)
        self._entered[stop.door].remove(row)
        self.set_route(row, [*self.stops[row][:place], *self.stops[row][place + 1 :]])
        if not self.stops[row]:
            self._open(row, -1)
        return stop

    def set_route(self, row: int, stops: list[Stop]) -> None:
        """Give a route its doors in this order and reckon its minutes anew; infinite where opening hours forbid the order."""
        self.stops[row] = stops
        self.points[row] = self.home
        for place, stop in enumerate(stops, start=1):
            self.points[row, place] = self.point(stop)
        self.doors[row] = len(stops)
        self.timed[row] = any(stop.timed for stop in stops)
        self.used[row] = sum(stop.minutes for stop in stops) + sum(self.legs(row))
        if self.timed[row]:
            timing = self.timing(stops)
            self.used[row] = np.inf if timing is None else timing.minutes

    def legs(self, row: int) -> list[float]:
        """Minutes of each leg of a route: to the first door, between doors, and back."""
        points = self.points[row, : int(self.doors[row]) + 2]
        return [float(one) for one in self.minutes(self.ground.km(points[:-1], points[1:]))]

    def travel_km(self) -> float:
        """Kilometres on the road of all routes."""
        return sum(sum(self.legs(row)) for row in range(len(self.crews))) / 60 * self.month.bounds.speed_kmh

    def _open(self, row: int, change: int) -> None:
        """A team-day is opened (1) or closed (-1): one day of the week of each of its members is used or given back."""
        self._out[self.day[row]] += change
        mean = np.bincount(self._week, self._out) / self._days_of_week
        self._crowded = _CROWDED * (self._out - mean[self._week]) / self._teams
        for key in self._keys[row]:
            self._left[key] -= change
        touched = {other for key in self._keys[row] for other in self._sharing[key]}
        for other in touched:
            self.openable[other] = all(self._left[key] > 0 for key in self._keys[other])

    def _add_load(self, row: int, minutes: int) -> None:
        for one in self.crews[row].members:
            rows = self._rows_of[one.id]
            self._load[rows] += minutes / len(self.crews[row].members)


def written(days: TeamDays) -> list[tuple[Stop, PlannedVisit]]:
    """排定的进门 of every route in order; the last door of a route bears the way back."""
    found = []
    for row, crew in enumerate(days.crews):
        stops, legs = days.stops[row], days.legs(row)
        timing = timed(stops, legs, days.month.bounds)
        gone, told = 0.0, 0
        for number, stop in enumerate(stops, start=1):
            gone += legs[number - 1] + (legs[-1] if number == len(stops) else 0.0)
            whole = ceil(gone - SLACK)
            visit = PlannedVisit(
                door=stop.door,
                day=days.month.days[crew.place],
                team=crew.number,
                sequence=number,
                officers=tuple(one.id for one in crew.members),
                tasks=tuple(task.id for task in stop.tasks),
                minutes=stop.minutes,
                travel_minutes=whole - told,
                starts_at=None if timing is None else round(timing.begins[number - 1]),
            )
            found.append((stop, visit))
            told = whole
    return found
