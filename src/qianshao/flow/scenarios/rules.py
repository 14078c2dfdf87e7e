"""推演 a station's month under a supposition: the same tasks, people and days, changed where the supposition says so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from hashlib import sha256
from math import ceil
from typing import Any

from qianshao.flow.scheduling.rules.model import FREE, DoorRule, Inspector, Schedule, StationMonth, Task
from qianshao.flow.scheduling.rules.teams import weekly_quota


@dataclass(frozen=True, slots=True)
class Supposition:
    """假设. None and 0 leave things as they are.

    `officers` more or fewer per station; `competence` granted to `competence_people` who lack it; bounds of a day and week;
    `pull_forward_days` after the month's end whose checks may ride along; `entries_a_year` as the yearly cap of every business;
    `factors` on how often a duty is checked.
    """

    officers: int = 0
    competence: str = ""
    competence_people: int = 0
    minutes_per_day: int | None = None
    field_days_per_week: int | None = None
    doors_per_team_day: int | None = None
    pull_forward_days: int | None = None
    entries_a_year: int | None = None
    factors: Mapping[str, float] = field(default_factory=dict)


def supposed(
    month: StationMonth,
    given: Supposition,
    *,
    duty_of: Mapping[int, str],
    further: Sequence[Task],
    used: Mapping[int, int],
    month_end: date,
) -> StationMonth:
    """推演的月: `month` with the supposition applied. `duty_of` names the duty of each task; `further` are the tasks at the doors
    that a factor above one adds; `used` the entries of the year so far at each door."""
    tasks = [task for task in month.tasks if _kept(task, duty_of[task.id], given.factors, month.seed)]
    if given.pull_forward_days is not None:
        last = month_end + timedelta(days=given.pull_forward_days)
        tasks = [task for task in tasks if task.due_on <= last]
    changes = {
        name: value
        for name in ("minutes_per_day", "field_days_per_week", "doors_per_team_day")
        if (value := getattr(given, name)) is not None
    }
    return replace(
        month,
        tasks=(*tasks, *further),
        inspectors=_people(month, given),
        bounds=replace(month.bounds, **changes),
        doors=_doors(month, given, (*tasks, *further), used),
    )


def _doors(
    month: StationMonth, given: Supposition, tasks: Sequence[Task], used: Mapping[int, int]
) -> Mapping[int, DoorRule]:
    if given.entries_a_year is None:
        return month.doors
    owed = Counter(task.door for task in tasks)
    rules = {}
    for door, count in owed.items():
        left = max(0, given.entries_a_year - used.get(door, 0))
        rule = replace(month.doors.get(door, FREE), entries_left=left if left < count else None)
        if rule != FREE:
            rules[door] = rule
    return rules


def further_wanted(month: StationMonth, given: Supposition, duty_of: Mapping[int, str]) -> dict[str, int]:
    """再抽户数 by duty: how many doors a factor above one adds to those that owe the duty now."""
    owed: dict[str, int] = {}
    for task in month.tasks:
        owed[duty_of[task.id]] = owed.get(duty_of[task.id], 0) + 1
    return {
        code: round((factor - 1) * owed.get(code, 0))
        for code, factor in given.factors.items()
        if factor > 1 and owed.get(code)
    }


def _kept(task: Task, duty: str, factors: Mapping[str, float], seed: int) -> bool:
    """Whether the task is still owed when its duty is checked less often: by a ticket of its door, the same for every duty,
    so that the doors that stay are shared."""
    factor = factors.get(duty, 1.0)
    if factor >= 1:
        return True
    digest = sha256(f"{seed}|{task.door}".encode()).hexdigest()
    return int(digest[:8], 16) / 2**32 < factor


def _people(month: StationMonth, given: Supposition) -> tuple[Inspector, ...]:
    people = list(month.inspectors)
    if given.officers < 0:
        people = people[: max(0, len(people) + given.officers)]
    if given.competence:
        lacking = [place for place, one in enumerate(people) if given.competence not in one.competences]
        for place in lacking[: given.competence_people]:
            people[place] = replace(people[place], competences=people[place].competences | {given.competence})
    # Who joins holds what most colleagues hold, or one competence of the station in turn where nobody stands out.
    common = sorted(people, key=lambda one: (-len(one.competences), one.id))
    for number in range(max(0, given.officers)):
        model = common[number % len(common)].competences if common else frozenset[str]()
        people.append(Inspector(-1 - number, model, date.max))
    return tuple(people)


def outcome(month: StationMonth, schedule: Schedule) -> dict[str, Any]:
    """结果 of one station: due checks, those left out, doors entered and their bound, hours and kilometres, officers there are
    and officers needed."""
    placed = sum(len(visit.tasks) for visit in schedule.visits)
    minutes = sum(visit.minutes + visit.travel_minutes for visit in schedule.visits)
    return {
        "due": schedule.mandatory,
        "placed": placed,
        "visits": len(schedule.visits),
        "lower_bound": schedule.lower_bound,
        "left_out": len(schedule.unplaced),
        "hours": round(minutes / 60, 1),
        "travel_km": round(schedule.travel_km, 1),
        "officers": len(month.inspectors),
        "officers_needed": staff_needed(month, schedule),
    }


def staff_needed(month: StationMonth, schedule: Schedule) -> int:
    """所需人员: the fewest officers whose field days of the month carry everything due, by hours or by doors, whichever asks for
    more. What was left out counts with its minutes, its entry and the mean travel of the others; competences are not looked at."""
    tasks = {task.id: task for task in month.tasks}
    left = [tasks[one.task] for one in schedule.unplaced]
    doors = len({task.door for task in left})
    travel = sum(visit.travel_minutes for visit in schedule.visits)
    mean = travel / len(schedule.visits) if schedule.visits else 0.0
    minutes: float = sum(visit.minutes for visit in schedule.visits) + travel
    minutes += sum(task.minutes for task in left) + doors * (month.bounds.door_minutes + mean)
    entries = len(schedule.visits) + doors
    team_days = max(
        ceil(minutes / month.bounds.minutes_per_day), ceil(entries / month.bounds.doors_per_team_day)
    )
    if not team_days:
        return 0
    days_each = sum(weekly_quota(month).values())
    return max(month.bounds.team_minimum, ceil(team_days * month.bounds.team_minimum / days_each))


def total(outcomes: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """合计 of several stations' outcomes."""
    names = outcomes[0].keys() if outcomes else ()
    return {name: round(sum(one[name] for one in outcomes), 1) for name in names}
