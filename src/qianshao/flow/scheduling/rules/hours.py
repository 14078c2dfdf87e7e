"""营业时间 when a team of a day is where: it leaves as late as it may without coming back later, so that nobody waits in vain.

Forward time slack (Savelsbergh, The Vehicle Routing Problem with Time Windows: Minimizing Route Duration, ORSA Journal on
Computing 4(2), 1992): the start may be put off by the waiting, as far as no door is then reached too late.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qianshao.flow.scheduling.rules.model import Bounds, Stop


@dataclass(frozen=True, slots=True)
class Timing:
    """一天的时刻, in minutes after midnight: leaving the station, beginning at each door, being back."""

    leaves: float
    begins: tuple[float, ...]
    back: float

    @property
    def minutes(self) -> float:
        """What the day takes, waiting included."""
        return self.back - self.leaves


def timed(stops: Sequence[Stop], legs: Sequence[float], bounds: Bounds) -> Timing | None:
    """时刻 of a route: `legs` are the minutes to the first door, between doors, and back. None when some door is closed when
    the team gets there, or the day ends before it is back."""
    earliest = _begins(stops, legs, bounds.day_starts)
    if any(begin > stop.latest for begin, stop in zip(earliest, stops, strict=True)):
        return None
    back = (earliest[-1] + stops[-1].minutes if stops else bounds.day_starts) + legs[-1]
    if back > bounds.day_ends:
        return None
    waited, slack, at = 0.0, float("inf"), float(bounds.day_starts)
    for stop, begin, leg in zip(stops, earliest, legs, strict=False):
        waited += begin - at - leg
        slack = min(slack, stop.latest - begin + waited)
        at = begin + stop.minutes
    leaves = bounds.day_starts + max(0.0, min(slack, waited))
    return Timing(leaves, tuple(_begins(stops, legs, leaves)), back)


def _begins(stops: Sequence[Stop], legs: Sequence[float], leaves: float) -> list[float]:
    found, at = [], float(leaves)
    for stop, leg in zip(stops, legs, strict=False):
        begin = max(at + leg, stop.earliest)
        found.append(begin)
        at = begin + stop.minutes
    return found
