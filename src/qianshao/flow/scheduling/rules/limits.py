"""一户的限制 who may go to which door on which day, and how often it may be entered: conflicts, drawn officers, closed days, cap."""

from __future__ import annotations

from collections import Counter

import numpy as np
import numpy.typing as npt

from qianshao.flow.scheduling.rules.model import FREE, DoorRule, StationMonth, Stop, Task
from qianshao.flow.scheduling.rules.teams import Crew

Mask = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]


class Limits:
    """The limits of a month's doors, for its team-days by their places in `crews`; counts entries as they are made."""

    def __init__(self, month: StationMonth, crews: list[Crew]) -> None:
        self.month = month
        self._crews = crews
        self._weekday: Ints = np.array([month.days[crew.place].weekday() for crew in crews], dtype=np.int64)
        self._with: dict[int, Mask] = {}
        self._entries: Counter[int] = Counter()

    def rule(self, door: int) -> DoorRule:
        """The door's rule; one without limits where none is known."""
        return self.month.doors.get(door, FREE)

    def may_go(self, stop: Stop, rows: Ints) -> Ints:
        """Those of the team-days that may enter: nobody in conflict, somebody of those drawn, an open day."""
        rule = self.rule(stop.door)
        if not (rule.conflicted or rule.closed_on or stop.drawn):
            return rows
        may: Mask = np.ones(len(rows), dtype=np.bool_)
        for officer in rule.conflicted:
            may &= ~self._present(officer)[rows]
        if rule.closed_on:
            may &= ~np.isin(self._weekday[rows], list(rule.closed_on))
        for drawn in stop.drawn:
            there = sum(
                (self._present(one)[rows].astype(np.int64) for one in drawn), np.zeros(len(rows), int)
            )
            may &= there >= min(self.month.bounds.drawn_present, len(drawn))
        return rows[may]

    def able(self, task: Task, row: int) -> bool:
        """Whether the team-day may do the task, hours and window aside."""
        crew, rule = self._crews[row], self.rule(task.door)
        people = {one.id for one in crew.members}
        return (
            task.competence in crew.held
            and not people & rule.conflicted
            and int(self._weekday[row]) not in rule.closed_on
            and len(people & task.drawn) >= min(self.month.bounds.drawn_present, len(task.drawn))
        )

    def entry_left(self, stop: Stop) -> bool:
        """Whether the yearly cap lets the door be entered once more for the stop."""
        left = self.rule(stop.door).entries_left
        return left is None or not stop.capped or self._entries[stop.door] < left

    def count(self, stop: Stop, change: int) -> None:
        """An entry is made (1) or taken back (-1)."""
        if stop.capped:
            self._entries[stop.door] += change

    def _present(self, officer: int) -> Mask:
        if officer not in self._with:
            found = (any(one.id == officer for one in crew.members) for crew in self._crews)
            self._with[officer] = np.fromiter(found, dtype=np.bool_, count=len(self._crews))
        return self._with[officer]
