"""下界 no plan that carries the same due tasks enters fewer doors than this.

Per door the largest of three counts, each of which every plan must reach; the sum over doors is the bound.
1. Windows: the fewest days that meet the window of each task (interval stabbing).
2. Hours: the tasks' minutes over what one team-day leaves after entering the door and the way there and back.
3. Competences: the fewest teams that hold together all that is asked for.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import combinations
from math import ceil

from qianshao.flow.scheduling.rules.ground import ground_of
from qianshao.flow.scheduling.rules.model import Schedule, StationMonth, Task
from qianshao.flow.scheduling.rules.stops import Windows, is_mandatory, stab

_ROUNDING = 0.999  # the flat map of the routes and the sphere of the checker differ by less over a town


def room_at(task: Task, month: StationMonth) -> float:
    """Minutes that one team-day leaves for tasks at the door: without entering it and the way there and back."""
    bounds, ground = month.bounds, ground_of(month)
    way = ground.km(ground.point(month.lon, month.lat), ground.point(task.lon, task.lat))
    return float(bounds.minutes_per_day - bounds.door_minutes - 2 * _ROUNDING * way / bounds.speed_kmh * 60)


@lru_cache(maxsize=4096)
def fewest_teams(wanted: frozenset[str], people: frozenset[frozenset[str]], size: int) -> int:
    """The fewest teams of at most `size` people who hold together all that is wanted; 1 where nobody can hold it."""
    useful = {one & wanted for one in people} - {frozenset()}
    useful = {one for one in useful if not any(one < other for other in useful)}
    if not wanted <= frozenset().union(*useful):
        return 1
    teams = {
        frozenset().union(*members)
        for count in range(1, size + 1)
        for members in combinations(sorted(useful, key=sorted), count)
    }
    reached, count = {frozenset[str]()}, 0
    while wanted not in reached:
        reached, count = {one | team for one in reached for team in teams}, count + 1
    return max(1, count)


def entries_needed(
    tasks: list[Task], windows: Windows, month: StationMonth, people: frozenset[frozenset[str]], size: int
) -> tuple[int, int]:
    """Entries that the door's tasks need by their windows alone, and by windows, hours and competences."""
    by_window = stab(windows[task.id] for task in tasks)
    by_hours = ceil(sum(task.minutes for task in tasks) / room_at(tasks[0], month) - 1e-9)
    by_competence = fewest_teams(frozenset(task.competence for task in tasks), people, size)
    return by_window, max(by_window, by_hours, by_competence)


def set_bounds(month: StationMonth, windows: Windows, schedule: Schedule) -> None:
    """下界 of the due tasks that the schedule places. People may come together in any team as large as its largest."""
    placed = {task for visit in schedule.visits for task in visit.tasks}
    doors: dict[int, list[Task]] = {}
    for task in month.tasks:
        if task.id in placed and is_mandatory(task, month.days):
            doors.setdefault(task.door, []).append(task)
    people = able_people(month)
    size = max((len(visit.officers) for visit in schedule.visits), default=month.bounds.team_minimum)
    for tasks in doors.values():
        by_window, needed = entries_needed(tasks, windows, month, people, size)
        schedule.window_bound += by_window
        schedule.lower_bound += needed


def able_people(month: StationMonth) -> frozenset[frozenset[str]]:
    """What each inspector holds who can work on some day of the month."""
    return frozenset(
        one.competences for one in month.inspectors if any(one.can_work(day) for day in month.days)
    )
