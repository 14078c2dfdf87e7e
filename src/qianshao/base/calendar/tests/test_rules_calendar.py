"""Working days of China and periods of the law."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qianshao.base.calendar.rules import (
    add_months,
    add_natural_days,
    add_working_days,
    is_working_day,
    month_end,
    official,
    working_days_of_month,
)

DAYS = st.dates(min_value=date(2024, 1, 1), max_value=date(2026, 12, 31))


def test_national_day_is_free_and_the_exchanged_weekend_is_worked() -> None:
    assert not is_working_day(date(2025, 10, 1))
    assert is_working_day(date(2025, 9, 28))  # a Sunday worked in exchange (国办发明电〔2024〕12号)


def test_december_2026_has_twenty_three_working_days() -> None:
    days = working_days_of_month(date(2026, 12, 1))
    assert (len(days), days[0], days[-1]) == (23, date(2026, 12, 1), date(2026, 12, 31))


def test_a_year_without_a_notice_says_so_and_counts_monday_to_friday() -> None:
    assert not official(2031)
    assert is_working_day(date(2031, 10, 1))


@pytest.mark.parametrize(
    ("start", "count", "end"),
    [(date(2025, 9, 30), 1, date(2025, 10, 9)), (date(2026, 11, 23), 10, date(2026, 12, 7))],
)
def test_the_start_day_does_not_count(start: date, count: int, end: date) -> None:
    assert add_working_days(start, count) == end


def test_a_natural_period_that_ends_on_a_free_day_ends_on_the_next_working_day() -> None:
    assert add_natural_days(date(2025, 9, 26), 7) == date(2025, 10, 9)


@given(DAYS, st.integers(min_value=0, max_value=60))
def test_a_deadline_is_a_working_day_and_never_comes_earlier_for_more_days(start: date, count: int) -> None:
    end = add_working_days(start, count + 1)
    assert is_working_day(end)
    assert end > add_working_days(start, count)


@given(DAYS, st.integers(min_value=-30, max_value=60))
def test_months_keep_the_day_or_end_with_the_month(day: date, months: int) -> None:
    moved = add_months(day, months)
    assert moved.day == min(day.day, month_end(moved).day)
