"""A worker like the product's own, with one task more whose effect can be counted; `sabotage` takes the fence out.

The task prepares, writes one row, waits, and finishes; the waits come with the run. Run as `python -m tests.bars.workshop`.
"""

from __future__ import annotations

import sys
import time
from typing import Any

import django

django.setup()

from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402
from procrastinate.contrib.django import app  # noqa: E402

from qianshao.base.records import commands  # noqa: E402
from qianshao.base.records.models import JobRun  # noqa: E402
from qianshao.base.records.queries import job_run  # noqa: E402
from qianshao.site.serving import work_until_stopped  # noqa: E402

TASK = "workshop.stamp"


@app.task(name=TASK)
def stamp(run_id: int) -> None:
    run = job_run(run_id=run_id)
    assert run is not None
    waits = run.arguments

    def prepare() -> str:
        time.sleep(waits["prepare"])
        return run.key

    def effect(key: str) -> dict[str, Any]:
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO workshop_stamp (key) VALUES (%s)", [key])
        time.sleep(waits["effect"])
        return {"stamped": key}

    commands.carry_out(run_id=run_id, clock=timezone.now, prepare=prepare, effect=effect)


def finish_without_fence(*, run_id: int, fence: int, result: Any, at: Any) -> None:
    JobRun.objects.filter(pk=run_id).update(state=JobRun.State.DONE, result=dict(result), finished_at=at)


if __name__ == "__main__":
    if "sabotage" in sys.argv:
        commands.finish_job = finish_without_fence
    work_until_stopped()
