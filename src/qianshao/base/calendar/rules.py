"""工作日 working days of China, with the yearly exchange of days (调休), and the counting of legal periods.

Source of the days: the State Council's yearly notice, as kept by the library chinese_calendar. For a year without a
notice the weekend and nothing else is free, and `official(year)` says so.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

import chinese_calendar


def official(year: int) -> bool:
    """Whether the year's holidays are published and known."""
    try:
        chinese_calendar.is_workday(date(year, 10, 1))
    except NotImplementedError:
        return False
    return True


def is_working_day(day: date) -> bool:
    """工作日 or not."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < 5


def month_end(month: date) -> date:
    """Last day of the month."""
    return month.replace(day=monthrange(month.year, month.month)[1])


def add_months(day: date, months: int) -> date:
    """The same day `months` later, or the month's last day where it is shorter."""
    place = day.month - 1 + months
    year, number = day.year + place // 12, place % 12 + 1
    return date(year, number, min(day.day, monthrange(year, number)[1]))


def working_days(first: date, last: date) -> list[date]:
    """工作日 from `first` to `last`, both included."""
    days = (first + timedelta(days=step) for step in range((last - first).days + 1))
    return [day for day in days if is_working_day(day)]


def working_days_of_month(month: date) -> list[date]:
    """工作日 of the month that `month` lies in."""
    return working_days(month.replace(day=1), month_end(month))


def add_working_days(start: date, count: int) -> date:
    """The `count`-th working day after `start`; the start day does not count (行政处罚法第八十五条)."""
    day = start
    while count > 0:
        day += timedelta(days=1)
        count -= is_working_day(day)
    return day


def add_natural_days(start: date, count: int) -> date:
    """`count` days after `start`; a last day that is free moves to the next working day (投诉举报处理办法第四十五条)."""
    day = start + timedelta(days=count)
    while not is_working_day(day):
        day += timedelta(days=1)
    return day
