"""每日更新 classes and obligations, as a background act that takes effect once a day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings

from qianshao.base.calendar.rules import add_months
from qianshao.base.policy.rules.library import Duty, RiskModel
from qianshao.base.records.commands import ask_job, carry_out, hand_to_queue
from qianshao.base.records.queries import done_after, job_run
from qianshao.base.records.rules import SYSTEM
from qianshao.flow.duties.commands.deriving import derive_obligations
from qianshao.flow.duties.queries import duties_on, planning_parameters, risk_model
from qianshao.flow.risk.commands import classify
from qianshao.flow.undisturbed.commands import leave_undisturbed

TASK = "duties.renew"


@dataclass(frozen=True, slots=True)
class _Law:
    """What the day's law says, read before the transaction opens."""

    model: RiskModel
    duties: dict[str, Duty]
    pull_forward_days: int
    no_repeat_months: int


def ask_renewal(*, day: date, at: datetime) -> int:
    """登记每日更新: note the day's run and hand it to the queue; the second asker of a day finds it noted. Returns its id."""
    run, _ = ask_job(task=TASK, key=day.isoformat(), arguments={}, by=SYSTEM, at=at)
    if run.state == run.State.WAITING:
        hand_to_queue(run_id=run.pk, task=TASK)
    return run.pk


def renew(*, run_id: int, clock: Callable[[], datetime]) -> bool:
    """每日更新: risk classes of every business, who is left alone no longer, and what is owed by the end of next month, in one transaction.

    False when the run is done or held by another. A run that a later day has overtaken changes nothing.
    """
    run = job_run(run_id=run_id)
    if run is None:
        return False
    day = date.fromisoformat(run.key)

    def read_law() -> _Law:
        parameters = planning_parameters(day)
        return _Law(
            model=risk_model(),
            duties=duties_on(day),
            pull_forward_days=int(parameters["pull_forward_days"].value),
            no_repeat_months=int(parameters["no_repeat_months"].value),
        )

    def take_effect(law: _Law) -> dict[str, object]:
        if done_after(task=TASK, key=run.key):
            return {"overtaken": True}
        classes = classify(by=SYSTEM, at=clock(), as_of=day, model=law.model)
        left = leave_undisturbed(by=SYSTEM, at=clock(), as_of=day)
        added = derive_obligations(
            by=SYSTEM,
            at=clock(),
            as_of=day,
            month=add_months(day.replace(day=1), 1),
            duties=law.duties,
            pull_forward_days=law.pull_forward_days,
            no_repeat_months=law.no_repeat_months,
            seed=str(settings.PLAN_SEED),
        )
        return {"classes": classes, "left_undisturbed": left, "obligations_added": sum(added.values())}

    return carry_out(run_id=run_id, clock=clock, prepare=read_law, effect=take_effect)
