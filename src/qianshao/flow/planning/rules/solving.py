"""排班 stops into team-days: overdue and high risk first, close together, nobody over their hours.

Each stop goes where it costs the least extra travel among all team-days that may take it (cheapest insertion, all team-days
at once as arrays), with a small price on late days for urgent stops and on full days; then every day's route is shortened
by 2-opt. Deterministic.
"""

from __future__ import annotations

from itertools import groupby
from math import ceil
from typing import Any

import numpy as np
import numpy.typing as npt

from qianshao.flow.planning.rules.model import PlannedVisit, Schedule, StationMonth, Stop, Task, Unplaced
from qianshao.flow.planning.rules.stops import is_mandatory, packed, split_stop, stab, stops_of_door, window
from qianshao.flow.planning.rules.teams import Team, field_days, form_teams

Floats = npt.NDArray[np.float64]
_KM_PER_DEGREE = 111.32
_LATE = 0.6  # minutes of travel that one day later costs an urgent stop
_FULL = 3.0  # minutes of travel that a full day costs against an empty one


class _TeamDays:
    """All team-days as arrays: where each route runs, how many minutes it has used."""

    def __init__(self, month: StationMonth, teams: list[Team]) -> None:
        self.month = month
        self.slots = [(team, place) for team in teams for place in field_days(team, month)]
        count, most = len(self.slots), month.bounds.doors_per_team_day
        self.day = np.array([place for _, place in self.slots], dtype=np.int64)
        self.held = [team.competences_on(month.days[place]) for team, place in self.slots]
        self.used = np.zeros(count)
        self.doors = np.zeros(count, dtype=np.int64)
        # Routes as points: the station first, then the doors, then the station again in every place left.
        self.x = np.full((count, most + 2), self._x(month.lon))
        self.y = np.full((count, most + 2), self._y(month.lat))
        self.stops: list[list[Stop]] = [[] for _ in range(count)]
        self._holders: dict[frozenset[str], npt.NDArray[np.bool_]] = {}

    @staticmethod
    def _x(lon: float) -> float:
        return lon * _KM_PER_DEGREE * 0.92  # cosine of the city's latitude

    @staticmethod
    def _y(lat: float) -> float:
        return lat * _KM_PER_DEGREE

    def minutes(self, km: Any) -> Any:
        """Travel time of a straight distance."""
        return km * self.month.bounds.detour / self.month.bounds.speed_kmh * 60

    def holders(self, competences: frozenset[str]) -> npt.NDArray[np.bool_]:
        """Team-days on which all the competences are held."""
        if competences not in self._holders:
            self._holders[competences] = np.array([competences <= held for held in self.held], dtype=bool)
        return self._holders[competences]

    def place(self, stop: Stop) -> bool:
        """Put the stop into the cheapest team-day that may take it."""
        bounds = self.month.bounds
        able = self.holders(stop.competences) & (self.day >= stop.first) & (self.day <= stop.last)
        able &= self.doors < bounds.doors_per_team_day
        able &= self.used + stop.minutes <= bounds.minutes_per_day
        rows = np.flatnonzero(able)
        if not len(rows):
            return False
        extra, place = self._insertion(rows, self._x(stop.lon), self._y(stop.lat))
        fits = self.used[rows] + stop.minutes + extra <= bounds.minutes_per_day
        if not fits.any():
            return False
        price = extra + _LATE * (3 - stop.urgency[1]) * (self.day[rows] - stop.first)
        price += _FULL * self.used[rows] / bounds.minutes_per_day
        best = int(np.flatnonzero(fits)[np.argmin(price[fits])])
        self._insert(int(rows[best]), int(place[best]), stop, float(extra[best]))
        return True

    def _insertion(self, rows: Any, x: float, y: float) -> tuple[Floats, Any]:
        """Extra minutes and best place of a point in each row's route."""
        xs, ys = self.x[rows], self.y[rows]
        to_point = np.hypot(xs - x, ys - y)
        legs = np.hypot(np.diff(xs, axis=1), np.diff(ys, axis=1))
        cost = to_point[:, :-1] + to_point[:, 1:] - legs
        cost[np.arange(cost.shape[1])[None, :] > self.doors[rows][:, None]] = np.inf
        place = cost.argmin(axis=1)
        return self.minutes(cost[np.arange(len(rows)), place]), place

    def _insert(self, row: int, place: int, stop: Stop, extra: float) -> None:
        for points, value in ((self.x, self._x(stop.lon)), (self.y, self._y(stop.lat))):
            points[row, place + 2 :] = points[row, place + 1 : -1].copy()
            points[row, place + 1] = value
        self.stops[row].insert(place, stop)
        self.doors[row] += 1
        self.used[row] += stop.minutes + extra


def solve(month: StationMonth) -> Schedule:
    """月计划: place every task of the month that can be placed; say of every other one why not."""
    schedule = Schedule()
    teams = form_teams(month)
    stops = _all_stops(month, teams, schedule)
    days = _TeamDays(month, teams)
    schedule.capacity_minutes = len(days.slots) * month.bounds.minutes_per_day
    by_need = sorted(stops, key=lambda stop: (*stop.urgency, stop.last - stop.first, stop.last, stop.door))
    refused = [stop for stop in by_need if not days.place(stop)]
    for stop in refused:
        _without_riders(stop, month, days, schedule)
    _write_visits(days, schedule)
    schedule.lower_bound = _lower_bound(month, schedule)
    return schedule


def _all_stops(month: StationMonth, teams: list[Team], schedule: Schedule) -> list[Stop]:
    """Stops of all doors; tasks that nobody can do or whose window is closed are said and left out."""
    together = [frozenset().union(*(one.competences for one in team.members)) for team in teams]
    anyone = frozenset().union(*together) if together else frozenset()
    workable: list[Task] = []
    for task in month.tasks:
        mandatory = is_mandatory(task, month.days)
        schedule.mandatory += mandatory
        problem = _hopeless(task, month, teams, anyone)
        if problem is None:
            workable.append(task)
        elif mandatory:
            schedule.unplaced.append(problem)
    workable.sort(key=lambda task: (task.door, task.id))
    stops = []
    limit = month.bounds.minutes_per_day - month.bounds.door_minutes - 60
    for _, members in groupby(workable, key=lambda task: task.door):
        for stop in stops_of_door(list(members), month.days, month.bounds.door_minutes):
            stops += _fitting(stop, month, together, limit, schedule)
    return stops


def _hopeless(task: Task, month: StationMonth, teams: list[Team], anyone: frozenset[str]) -> Unplaced | None:
    if not teams:
        return Unplaced(
            task.id, "no_officers", f"本所可外出的持证执法人员不足 {month.bounds.team_minimum} 人"
        )
    if task.competence not in anyone:
        held = any(task.competence in one.competences for one in month.inspectors)
        if held:
            return Unplaced(
                task.id,
                "certificate_expired",
                f"“{task.competence}”人员的执法证本月已失效或全月请假，请换证或调人",
            )
        return Unplaced(task.id, "no_competence", f"本所没有“{task.competence}”人员，请从他所调派或培训取证")
    if is_mandatory(task, month.days) and window(task, month.days) is None:
        return Unplaced(task.id, "window_closed", "检查窗口内没有工作日，请调整窗口或提前安排")
    return None


def _fitting(
    stop: Stop, month: StationMonth, together: list[frozenset[str]], limit: int, schedule: Schedule
) -> list[Stop]:
    """The stop, or its parts where no one team holds all its competences or one day is too short for it."""
    parts = [stop.tasks]
    if not any(stop.competences <= held for held in together):
        parts = _by_holder(stop.tasks, together)
        schedule.splits.append(
            f"主体 {stop.door}：没有一个组同时具备 {'、'.join(sorted(stop.competences))}，分 {len(parts)} 次进门"
        )
    fine = [
        piece
        for part in parts
        for piece in (packed(part, limit) if sum(t.minutes for t in part) > limit else [part])
    ]
    if len(fine) > len(parts):
        schedule.splits.append(
            f"主体 {stop.door}：全部事项需 {stop.minutes} 分钟，超过一个工作日，分 {len(fine)} 次进门"
        )
    return [stop] if len(fine) == 1 else split_stop(stop, fine, month.days, month.bounds.door_minutes)


def _by_holder(tasks: list[Task], together: list[frozenset[str]]) -> list[list[Task]]:
    """Tasks in few parts such that some team holds each part's competences (greedy cover)."""
    left, parts = list(tasks), []
    while left:
        best = max(together, key=lambda held: sum(task.competence in held for task in left))
        parts.append([task for task in left if task.competence in best])
        left = [task for task in left if task.competence not in best]
    return parts


def _without_riders(stop: Stop, month: StationMonth, days: _TeamDays, schedule: Schedule) -> None:
    """A stop that found no place is tried again with only what is due; then its tasks are left out with the reason."""
    due = [task for task in stop.tasks if is_mandatory(task, month.days)]
    if not due:
        return
    if len(due) < len(stop.tasks):
        smaller = split_stop(stop, [due], month.days, month.bounds.door_minutes)[0]
        if days.place(smaller):
            return
    for task in due:
        detail = f"窗口内各组工时已满，约缺 {ceil(task.minutes / 60)} 小时·2 人；可增加外出日或请他所支援"
        schedule.unplaced.append(Unplaced(task.id, "no_hours", detail))


def _write_visits(days: _TeamDays, schedule: Schedule) -> None:
    for row, (team, place) in enumerate(days.slots):
        route = _shortened(days, days.stops[row])
        at_x, at_y = days._x(days.month.lon), days._y(days.month.lat)
        home = (at_x, at_y)
        for number, stop in enumerate(route, start=1):
            x, y = days._x(stop.lon), days._y(stop.lat)
            km = float(np.hypot(x - at_x, y - at_y))
            back = float(np.hypot(x - home[0], y - home[1])) if number == len(route) else 0.0
            schedule.travel_km += (km + back) * days.month.bounds.detour
            schedule.visits.append(
                PlannedVisit(
                    door=stop.door,
                    day=days.month.days[place],
                    team=team.number,
                    sequence=number,
                    officers=tuple(one.id for one in team.members),
                    tasks=tuple(task.id for task in stop.tasks),
                    minutes=stop.minutes,
                    travel_minutes=int(days.minutes(km + back)),
                )
            )
            at_x, at_y = x, y


def _shortened(days: _TeamDays, stops: list[Stop]) -> list[Stop]:
    """2-opt: turn a stretch of the route around as long as that shortens it."""
    if len(stops) < 3:
        return stops
    points = np.array([[days._x(stop.lon), days._y(stop.lat)] for stop in stops])
    home = np.array([days._x(days.month.lon), days._y(days.month.lat)])
    order = list(range(len(stops)))
    best = _length(points, order, home)
    improved = True
    while improved:
        improved = False
        for first in range(len(order) - 1):
            for last in range(first + 1, len(order)):
                turned = order[:first] + order[first : last + 1][::-1] + order[last + 1 :]
                length = _length(points, turned, home)
                if length < best - 1e-9:
                    order, best, improved = turned, length, True
    return [stops[place] for place in order]


def _length(points: Floats, order: list[int], home: Floats) -> float:
    path = np.vstack([home, points[order], home])
    return float(np.hypot(*np.diff(path, axis=0).T).sum())


def _lower_bound(month: StationMonth, schedule: Schedule) -> int:
    """No plan that does the same due tasks enters fewer doors: per door, the fewest points that meet its windows."""
    placed = {task for visit in schedule.visits for task in visit.tasks}
    windows: dict[int, list[tuple[int, int]]] = {}
    for task in month.tasks:
        found = window(task, month.days)
        if task.id in placed and found is not None and is_mandatory(task, month.days):
            windows.setdefault(task.door, []).append(found)
    return sum(stab(intervals) for intervals in windows.values())
