"""检查义务 background acts. Asked for every hour, carried out once a day: what a stopped worker slept through is caught up."""

from __future__ import annotations

from django.conf import settings
from django.utils import timezone
from procrastinate.contrib.django import app

from qianshao.flow.duties.commands import renewing


@app.periodic(cron="5 * * * *")  # type: ignore[untyped-decorator]
@app.task(name="duties.ask_renewal", queueing_lock="duties.ask_renewal")  # type: ignore[untyped-decorator]
def ask_renewal(timestamp: int) -> None:  # noqa: ARG001 (the hour it was meant for)
    """Every hour: see that the day's renewal is asked for."""
    renewing.ask_renewal(day=settings.TODAY or timezone.localdate(), at=timezone.now())


@app.task(name=renewing.TASK)  # type: ignore[untyped-decorator]
def renew(run_id: int) -> None:
    """Carry out one day's renewal."""
    renewing.renew(run_id=run_id, clock=timezone.now)
