"""A year plan's row as it would be after an act, without its reckoning."""

from __future__ import annotations

from typing import Any

from qianshao.base.access.tests.factories import AT
from qianshao.flow.yearplans.models import YearPlan

REPORT: dict[str, Any] = {
    "stations": {},
    "days": [0] * 12,
    "bounds": {},
    "holidays_official": True,
    "filed_by_month": 3,
    "basis": [],
    "notes": [],
    "inherited": [],
    "above": [],
}


def make_plan_row(*, unit: str, **changes: Any) -> YearPlan:
    values: dict[str, Any] = {
        "unit": unit,
        "year": 2027,
        "number": f"{unit}2027001",
        "title": "年度检查计划",
        "first_month": 1,
        "made_at": AT,
        "made_name": "某",
        "as_of": AT.date(),
        "report": REPORT,
    }
    if changes.get("state") == "published":
        values |= {"approved_at": AT, "published_at": AT, "reckoned_at": AT}
    return YearPlan.objects.create(**(values | changes))
