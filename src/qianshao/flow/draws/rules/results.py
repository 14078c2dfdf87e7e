"""抽查结果 what a drawn check came to, in the words in which results are published, and until when."""

from __future__ import annotations

from datetime import date

from qianshao.base.calendar.rules import add_working_days

RESULTS = {
    "none": "未发现问题",
    "corrected": "发现问题经责令已改正",
    "pending": "发现问题待后续处理",
    "no_activity": "未发现开展本次抽查涉及的经营活动",
}
"""Words of the published results, after the provincial system's list; a door that could not be checked has no result yet."""


def result_of(conclusion: str, failed: bool) -> str | None:
    """抽查结果 of one check from the visit's conclusion and whether one of its own items failed; None where it is still owed."""
    if conclusion == "not_operating":
        return "no_activity"
    if conclusion not in {"no_problem", "corrected_on_site", "order_to_rectify"}:
        return None
    if not failed:
        return "none"
    return "corrected" if conclusion == "corrected_on_site" else "pending"


def publish_by(formed_on: date, working_days: int) -> date:
    """公布期限: so many working days after the result was formed; that day itself does not count."""
    return add_working_days(formed_on, working_days)


def urgency(due: date, today: date, reminder_days: int) -> str:
    """公布提醒: overdue, soon, or waiting."""
    if due < today:
        return "overdue"
    return "soon" if due <= add_working_days(today, reminder_days) else "waiting"
