"""年度抽查设置 what an approved year plan says of a random duty, kept where the duties are derived."""

from __future__ import annotations

from collections.abc import Sequence

from qianshao.flow.duties.models import YearSetting
from qianshao.flow.duties.rules import YearRate


def keep_year_rates(*, unit: str, year: int, rates: Sequence[YearRate], source: str) -> int:
    """年度抽查设置 of the plan of `unit` for a year, in place of what it said before. Inside the transaction of the approval, whose
    event names the plan. Returns how many there are."""
    YearSetting.objects.filter(plan_unit=unit, year=year).delete()
    YearSetting.objects.bulk_create(
        YearSetting(
            plan_unit=unit,
            year=year,
            unit=one.unit,
            duty_code=one.duty_code,
            share=None if one.share is None else dict(one.share),
            months=None if one.months is None else list(one.months),
            source=source,
        )
        for one in rates
    )
    return len(rates)
