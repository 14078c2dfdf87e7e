"""计划模型 what a station's month is made of: doors with windows, officers with competences, days, and the law's bounds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qianshao.flow.scheduling.rules.ground import Roads


@dataclass(frozen=True, slots=True)
class Task:
    """待排事项: one obligation at one door. `due_on` before the first day means overdue: any day of the month will do.

    `drawn` are the officers whom a public draw sends; `capped` whether it counts against the door's yearly cap; `coverage` whether
    the law asks for it at every such door; `located` whether the door's place is known (else it counts as the station's); `duty`
    is its name for people.
    """

    id: int
    door: int
    competence: str
    minutes: int
    release_on: date
    due_on: date
    risk_class: str
    lon: float
    lat: float
    drawn: frozenset[int] = frozenset()
    capped: bool = True
    coverage: bool = False
    located: bool = True
    duty: str = ""


@dataclass(frozen=True, slots=True)
class DoorRule:
    """一户的限制: officers who must not go there 回避, entries that the yearly cap leaves (None: no cap), minutes after midnight
    between which it is open, weekdays on which it is closed (Monday 0)."""

    conflicted: frozenset[int] = frozenset()
    entries_left: int | None = None
    opens: int = 0
    closes: int = 24 * 60
    closed_on: frozenset[int] = frozenset()


FREE = DoorRule()
"""The rule of a door about which nothing is known."""


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
    """规则与设置 handed in from `policy/national/planning.yaml`. `day_starts` and `day_ends` are minutes after midnight; of the
    officers drawn for a door `drawn_present` go there."""

    team_minimum: int
    minutes_per_day: int
    door_minutes: int
    speed_kmh: float
    detour: float
    field_days_per_week: int
    doors_per_team_day: int
    day_starts: int
    day_ends: int
    drawn_present: int


@dataclass(frozen=True, slots=True)
class StationMonth:
    """One station's problem: `days` are the working days of the month in order, or of several months, such as a quarter.
    `doors` holds a rule for each door about which one is known; `roads` the road network, where there is one."""

    station: str
    lon: float
    lat: float
    days: tuple[date, ...]
    tasks: tuple[Task, ...]
    inspectors: tuple[Inspector, ...]
    bounds: Bounds
    seed: int
    doors: Mapping[int, DoorRule] = field(default_factory=dict)
    roads: Roads | None = None


@dataclass(slots=True, eq=False)
class Stop:
    """进门一次: the tasks carried through one door, the working days (as places in `days`) on which all may be done, the minutes
    after midnight between which it may begin, the officers drawn for it (one set per draw)."""

    door: int
    tasks: list[Task]
    first: int
    last: int
    lon: float
    lat: float
    minutes: int
    competences: frozenset[str]
    urgency: tuple[int, int]
    earliest: int = 0
    latest: int = 24 * 60
    drawn: frozenset[frozenset[int]] = frozenset()
    capped: bool = True

    @property
    def timed(self) -> bool:
        """Whether it matters at what hour the door is entered."""
        return self.earliest > 0 or self.latest < 24 * 60 - self.minutes


@dataclass(frozen=True, slots=True)
class PlannedVisit:
    """排定的一次进门. `starts_at` in minutes after midnight; None where nobody has reckoned it."""

    door: int
    day: date
    team: int
    sequence: int
    officers: tuple[int, ...]
    tasks: tuple[int, ...]
    minutes: int
    travel_minutes: int
    starts_at: int | None = None


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
