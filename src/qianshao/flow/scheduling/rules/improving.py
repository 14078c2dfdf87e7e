"""改进 a schedule that stands: room made for doors that found none, doors moved where they cost less, routes shortened."""

from __future__ import annotations

import numpy as np

from qianshao.flow.scheduling.rules.limits import Ints
from qianshao.flow.scheduling.rules.model import Stop
from qianshao.flow.scheduling.rules.routes import SLACK, TeamDays

_TEAM_DAYS_TRIED = 12
_GAIN = 1e-6


class RoomMaker:
    """Moves one door elsewhere so that another fits. `tries` bounds the search, so that it ends at the same place anywhere;
    the doors `still` stay where they are."""

    def __init__(self, days: TeamDays, tries: int, still: frozenset[Stop] = frozenset()) -> None:
        self.days, self.tries, self.still = days, tries, still

    def place(self, stop: Stop) -> bool:
        """Put the stop in, moving one other door to another team-day if need be."""
        if self.days.place(stop):
            return True
        rows = self.days.in_window(stop)
        if not len(rows) or self.tries <= 0 or not self.days.limits.entry_left(stop):
            return False
        if self._move_day_to_reach(rows, stop):
            return True
        rows = rows[self.days.openable[rows] | (self.days.doors[rows] > 0)]
        if not len(rows) or not self._room_anywhere():
            return False
        near = self.days.points[rows, 1 : self.days.most + 1]
        order = np.argsort(self.days.ground.km(near, self.days.point(stop)).min(axis=1), kind="stable")
        return any(self._place_in(int(row), stop) for row in rows[order[:_TEAM_DAYS_TRIED]])

    def _room_anywhere(self) -> bool:
        days = self.days
        free = (days.doors < days.most) & (days.openable | (days.doors > 0))
        free &= days.used + days.month.bounds.door_minutes < days.limit
        return bool(free.any())

    def _move_day_to_reach(self, rows: Ints, stop: Stop) -> bool:
        """Put the stop on a day when its team has gone out often enough, by moving a whole day's route of the week to it."""
        days = self.days
        shut = rows[~days.openable[rows] & (days.doors[rows] == 0)]
        for row in shut:
            for other in days.same_week(int(row)):
                route = list(days.stops[other])
                if not route or not self.still.isdisjoint(route):
                    continue
                self.tries -= 1
                if self.tries < 0:
                    return False
                if self._carry_over(other, int(row), route, stop):
                    return True
        return False

    def _carry_over(self, other: int, row: int, route: list[Stop], stop: Stop) -> bool:
        days = self.days
        if len(route) == days.most or not all(row in days.in_window(one) for one in route):
            return False
        if days.used[other] + stop.minutes > days.limit:
            return False
        for _ in route:
            days.remove(other, 0)
        if days.openable[row]:
            for place, one in enumerate(route):
                days.insert(one, row, place, 0.0)
            days.set_route(row, list(route))
            if self._fits(row, stop):
                return True
            for _ in route:
                days.remove(row, 0)
        for place, one in enumerate(route):
            days.insert(one, other, place, 0.0)
        days.set_route(other, route)
        return False

    def _place_in(self, row: int, stop: Stop) -> bool:
        for place in range(len(self.days.stops[row])):
            self.tries -= 1
            if self.tries < 0:
                return False
            before = list(self.days.stops[row])
            if before[place] in self.still:
                continue
            other = self.days.remove(row, place)
            if self._fits(row, stop):
                if self.days.place(other, without=row):
                    return True
                self.days.remove(row, self.days.stops[row].index(stop))
            self._restore(row, before, other)
        return False

    def _fits(self, row: int, stop: Stop) -> bool:
        days = self.days
        if (not days.openable[row] and days.doors[row] == 0) or row in days.entering(stop.door):
            return False
        extra, place = days.insertion(np.array([row]), stop)
        if days.used[row] + stop.minutes + extra[0] > days.limit - SLACK:
            return False
        days.insert(stop, row, int(place[0]), float(extra[0]))
        return True

    def _restore(self, row: int, before: list[Stop], other: Stop) -> None:
        self.days.insert(other, row, 0, 0.0)
        self.days.set_route(row, before)


def move_doors(days: TeamDays, passes: int) -> None:
    """Take every door out once per pass and put it where it costs least now."""
    for _ in range(passes):
        for row in range(len(days.stops)):
            for stop in list(days.stops[row]):
                exchange(days, row, stop, stop)


def exchange(days: TeamDays, row: int, stop: Stop, wider: Stop) -> bool:
    """Put `wider` where it costs least in place of `stop`; where it finds no room, leave everything as it was."""
    before = list(days.stops[row])
    days.remove(row, before.index(stop))
    found = days.best(wider)
    if found is not None:
        days.insert(wider, *found)
        return True
    days.insert(stop, row, 0, 0.0)
    days.set_route(row, before)
    return False


def shorten_routes(days: TeamDays) -> None:
    """2-opt and moves of one door within each route, as long as they shorten it and opening hours allow the order."""
    for row, stops in enumerate(days.stops):
        if len(stops) > 1:
            before, took = list(stops), days.used[row]
            points = np.array([days.home, *(days.point(stop) for stop in stops)])
            far = days.ground.km(points[:, None], points[None, :]).tolist()
            days.set_route(row, [before[place - 1] for place in shortest(far)])
            if days.used[row] > took + _GAIN:
                days.set_route(row, before)


def shortest(far: list[list[float]]) -> list[int]:
    """An order of the places 1…n of a round trip from place 0 that no 2-opt turn and no move of one place shortens; `far` are
    the ways between all places, the same in both directions."""
    tour = list(range(len(far)))
    improved = True
    while improved:
        improved = _turn(tour, far) or _move(tour, far)
    return tour[1:]


def _turn(tour: list[int], far: list[list[float]]) -> bool:
    count = len(tour)
    for first in range(1, count - 1):
        for last in range(first + 1, count):
            before, after = tour[first - 1], tour[(last + 1) % count]
            old = far[before][tour[first]] + far[tour[last]][after]
            if far[before][tour[last]] + far[tour[first]][after] < old - _GAIN:
                tour[first : last + 1] = tour[first : last + 1][::-1]
                return True
    return False


def _move(tour: list[int], far: list[list[float]]) -> bool:
    count = len(tour)
    for place in range(1, count):
        one, before, after = tour[place], tour[place - 1], tour[(place + 1) % count]
        saved = far[before][one] + far[one][after] - far[before][after]
        rest = tour[:place] + tour[place + 1 :]
        for target in range(1, count):
            left, right = rest[target - 1], rest[target % (count - 1)]
            if far[left][one] + far[one][right] - far[left][right] < saved - _GAIN:
                tour[:] = [*rest[:target], one, *rest[target:]]
                return True
    return False
