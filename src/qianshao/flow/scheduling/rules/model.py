"""计划模型 what a station's month is made of: doors with windows, officers with competences, days, and the law's bounds."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class Task:
    """待排事项: one obligation at one door. `due_on` before the first day means overdue: any day of the month will do."""

    id: int
    door: int
    competence: str
    minutes: int
    release_on: date
    due_on: date
    risk_class: str
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class Inspector:
    """执法人员 who may be sent out: certified, no auxiliary. `away` are days of leave."""

    id: int
    competences: frozenset[str]
    certified_until: date
    away: frozenset[date] = frozenset()

    def can_work(self, day: date) -> bool:
        """Whether the certificate is valid and no leave is taken on the day."""
        return day <= self.certified_until and day not in self.away


@dataclass(frozen=True, slots=True)
class Bounds:
    """规则与设置 handed in from `policy/national/planning.yaml`."""

    team_minimum: int
    minutes_per_day: int
    door_minutes: int
    speed_kmh: float
    detour: float
    field_days_per_week: int
    doors_per_team_day: int


@dataclass(frozen=True, slots=True)
class StationMonth:
    """One station's problem: `days` are the working days of the month in order, or of several months, such as a quarter."""

    station: str
    lon: float
    lat: float
    days: tuple[date, ...]
    tasks: tuple[Task, ...]
    inspectors: tuple[Inspector, ...]
    bounds: Bounds
    seed: int


@dataclass(slots=True, eq=False)
class Stop:
    """进门一次: the tasks carried through one door, the working days (as places in `days`) on which all may be done."""

    door: int
    tasks: list[Task]
    first: int
    last: int
    lon: float
    lat: float
    minutes: int
    competences: frozenset[str]
    urgency: tuple[int, int]


@dataclass(frozen=True, slots=True)
class PlannedVisit:
    """排定的一次进门."""

    door: int
    day: date
    team: int
    sequence: int
    officers: tuple[int, ...]
    tasks: tuple[int, ...]
    minutes: int
    travel_minutes: int


@dataclass(frozen=True, slots=True)
class Unplaced:
    """未排入的事项 with the reason and the cheapest cure."""

    task: int
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class Split:
    """分次进门: a door entered more often than its windows alone ask for, and why."""

    door: int
    parts: int
    why: str


@dataclass(slots=True)
class Schedule:
    """A station's planned month. `window_bound` counts the windows alone; `lower_bound` also what one team can do in a day."""

    visits: list[PlannedVisit] = field(default_factory=list)
    unplaced: list[Unplaced] = field(default_factory=list)
    splits: list[Split] = field(default_factory=list)
    window_bound: int = 0
    lower_bound: int = 0
    capacity_minutes: int = 0
    capacity_doors: int = 0
    mandatory: int = 0
    travel_km: float = 0.0
