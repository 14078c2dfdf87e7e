"""政策推演 background acts."""

from __future__ import annotations

from django.conf import settings
from django.utils import timezone
from procrastinate.contrib.django import app

from qianshao.flow.scenarios import commands


@app.task(name=commands.TASK)  # type: ignore[untyped-decorator]
def reckon(run_id: int) -> None:
    """Reckon one scenario."""
    commands.reckon(run_id=run_id, clock=timezone.now, seed=settings.PLAN_SEED, engine=settings.ENGINE)
