"""双随机抽取 background acts."""

from __future__ import annotations

from django.utils import timezone
from procrastinate.contrib.django import app

from qianshao.flow.draws.commands import freezing


@app.task(name=freezing.TASK)  # type: ignore[untyped-decorator]
def list_objects(run_id: int) -> None:
    """Make the list of one draw."""
    freezing.list_objects(run_id=run_id, clock=timezone.now)
