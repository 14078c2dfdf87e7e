"""年度计划 background acts."""

from __future__ import annotations

from django.conf import settings
from django.utils import timezone
from procrastinate.contrib.django import app

from qianshao.flow.yearplans.commands import reckoning


@app.task(name=reckoning.TASK)  # type: ignore[untyped-decorator]
def reckon(run_id: int) -> None:
    """Reckon one version of a year plan."""
    reckoning.reckon_year_plan(run_id=run_id, clock=timezone.now, seed=settings.PLAN_SEED)
