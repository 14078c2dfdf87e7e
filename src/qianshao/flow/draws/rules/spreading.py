"""分月 in which month of its period of use a drawn object is due: by the order of tickets, evenly; anybody can compute it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from qianshao.base.calendar.rules import add_months, month_end


@dataclass(frozen=True, slots=True)
class Turn:
    """分月窗口, both days included."""

    release_on: date
    due_on: date


def turns(count: int, used_from: date, used_until: date, *, opened_on: date, release_days: int) -> list[Turn]:
    """分月: the window of each of `count` drawn objects in the order of their tickets.

    Of n months in the period, the object in place i of N (from 0) is due in month ⌊i × n ÷ N⌋, at its end or on the last day of
    use. It may be visited `release_days` before that month begins, never before the first day of use. A month that is over
    when the list is opened gives way to the month of opening.
    """
    first = used_from.replace(day=1)
    many = (used_until.year - first.year) * 12 + used_until.month - first.month + 1
    found = []
    for place in range(count):
        month = add_months(first, place * many // count)
        due = min(max(month_end(month), min(month_end(opened_on), used_until)), used_until)
        release = min(max(month - timedelta(days=release_days), used_from), due)
        found.append(Turn(release, due))
    return found
