"""In which month of its period a drawn object is due: by the order of tickets, evenly, for anybody to compute."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from qianshao.flow.draws.rules.spreading import turns

FIRST, LAST = date(2027, 1, 1), date(2027, 12, 31)


@pytest.mark.parametrize(
    ("count", "months"),
    [
        (5, [1, 3, 5, 8, 10]),
        (13, [1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
        (24, [month for month in range(1, 13) for _ in range(2)]),
        (0, []),
    ],
)
def test_every_month_has_its_even_share_in_the_order_of_tickets(count: int, months: list[int]) -> None:
    found = turns(count, FIRST, LAST, opened_on=FIRST, release_days=30)
    assert [one.due_on.month for one in found] == months


def test_no_window_leaves_the_period_of_use_or_closes_before_it_opens() -> None:
    first, last = date(2027, 3, 10), date(2027, 5, 20)
    found = turns(9, first, last, opened_on=first, release_days=30)
    assert Counter((one.release_on, one.due_on) for one in found) == {
        (first, date(2027, 3, 31)): 3,
        (first, date(2027, 4, 30)): 3,
        (date(2027, 4, 1), last): 3,
    }


def test_a_month_that_is_over_when_the_list_is_opened_gives_way_to_that_month() -> None:
    found = turns(12, FIRST, LAST, opened_on=date(2027, 12, 30), release_days=0)
    assert {one.due_on for one in found} == {LAST}
    assert all(FIRST <= one.release_on <= one.due_on for one in found)
