"""Stations' months for tests: one by hand, many at random but always the same for the same seed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any

import numpy as np

from qianshao.flow.scheduling.rules.ground import Roads
from qianshao.flow.scheduling.rules.model import Bounds, DoorRule, Inspector, StationMonth, Task

FOOD, LIFTS, METERS = "食品检查员", "特种设备安全监察员", "计量"
HOME = (113.25, 22.84)
MONDAY = date(2026, 12, 7)
FIRST, LAST = date(2026, 12, 1), date(2026, 12, 31)
BOUNDS = Bounds(
    team_minimum=2,
    minutes_per_day=360,
    door_minutes=10,
    speed_kmh=25,
    detour=1.34,
    field_days_per_week=3,
    doors_per_team_day=8,
    day_starts=9 * 60,
    day_ends=17 * 60 + 30,
    drawn_present=1,
)


def working_days(first: date = FIRST, last: date = LAST) -> tuple[date, ...]:
    days = (first + timedelta(days=step) for step in range((last - first).days + 1))
    return tuple(day for day in days if day.weekday() < 5)


def a_task(number: int, *, door: int | None = None, **changes: Any) -> Task:
    values: dict[str, Any] = {
        "id": number,
        "door": number if door is None else door,
        "competence": FOOD,
        "minutes": 30,
        "release_on": FIRST,
        "due_on": LAST,
        "risk_class": "A",
        "lon": HOME[0] + 0.01,
        "lat": HOME[1],
    }
    return Task(**(values | changes))


def an_inspector(number: int, *competences: str, **changes: Any) -> Inspector:
    values: dict[str, Any] = {"certified_until": date(2028, 12, 31)}
    return Inspector(number, frozenset(competences or (FOOD,)), **(values | changes))


def a_month(tasks: list[Task], inspectors: list[Inspector], **changes: Any) -> StationMonth:
    values: dict[str, Any] = {
        "station": "440606005",
        "lon": HOME[0],
        "lat": HOME[1],
        "days": working_days(),
        "tasks": tuple(tasks),
        "inspectors": tuple(inspectors),
        "bounds": BOUNDS,
        "seed": 7,
    }
    return StationMonth(**(values | changes))


def random_month(seed: int, *, doors: int, people: int, tightness: float = 0.3) -> StationMonth:
    """A month of a station with narrow and wide windows, overdue and later tasks, leave and certificates that run out."""
    lot = Random(seed)
    names = [FOOD, LIFTS, METERS, "价格"]
    tasks: list[Task] = []
    for door in range(1, doors + 1):
        place = HOME[0] + lot.gauss(0, 0.03), HOME[1] + lot.gauss(0, 0.03)
        risk = lot.choice("AAABCD")
        for _ in range(lot.choice((1, 1, 2, 3))):
            release = FIRST + timedelta(days=lot.randint(-60, 25))
            length = lot.randint(0, 6) if lot.random() < tightness else lot.randint(10, 90)
            tasks.append(
                Task(
                    id=len(tasks) + 1,
                    door=door,
                    competence=lot.choice(names),
                    minutes=lot.choice((15, 30, 45, 90, 180, 330)),
                    release_on=release,
                    due_on=release + timedelta(days=length),
                    risk_class=risk,
                    lon=place[0],
                    lat=place[1],
                )
            )
    inspectors = [
        Inspector(
            number,
            frozenset(lot.sample(names, lot.randint(1, 3))),
            FIRST + timedelta(days=lot.choice((-3, 9, 400, 400, 400))),
            frozenset(lot.sample(working_days(), lot.choice((0, 0, 2, 9)))),
        )
        for number in range(1, people + 1)
    ]
    return a_month(tasks, inspectors, seed=seed)


def limited(month: StationMonth, seed: int) -> StationMonth:
    """The same month where every second door has a limit, some tasks were drawn with their officers, and ways follow roads."""
    lot, people = Random(seed), [one.id for one in month.inspectors]
    doors = {}
    for door in sorted({task.door for task in month.tasks}):
        opens = lot.choice((0, 0, 8 * 60, 11 * 60, 15 * 60))
        doors[door] = lot.choice(
            (
                DoorRule(),
                DoorRule(conflicted=frozenset(lot.sample(people, min(len(people), 2)))),
                DoorRule(entries_left=lot.choice((0, 1, 1, 2))),
                DoorRule(closed_on=frozenset(lot.sample(range(5), lot.randint(1, 4)))),
                DoorRule(opens=opens, closes=opens + lot.choice((60, 150, 400))),
            )
        )
    tasks = [
        replace(task, drawn=frozenset(lot.sample(people, min(len(people), 2))))
        if lot.random() < 0.2
        else task
        for task in month.tasks
    ]
    return replace(month, tasks=tuple(tasks), doors=doors, roads=a_grid(lot.randint(2, 6)))


def a_grid(side: int) -> Roads:
    """Streets on a square grid around the station."""
    steps = np.linspace(-0.05, 0.05, side)
    lon, lat = (one.ravel() for one in np.meshgrid(HOME[0] + steps, HOME[1] + steps))
    km = (np.abs(lon[:, None] - lon) * np.cos(np.radians(HOME[1])) + np.abs(lat[:, None] - lat)) * 111.195
    return Roads(lon, lat, km)
