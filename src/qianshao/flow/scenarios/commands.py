"""推演 is asked for, then reckoned in the background."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from django.db import transaction

from qianshao.base.access.rules import EVERYTHING, Scope
from qianshao.base.calendar.rules import add_months, month_end
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.base.records.commands import ask_job, carry_out, hand_to_queue, record_event
from qianshao.base.records.queries import job_run
from qianshao.base.records.rules import Actor
from qianshao.base.stations.queries import stations
from qianshao.base.tables.rules.spreading import Engine, spread
from qianshao.flow.duties.queries import duties_on, planning_parameters
from qianshao.flow.scenarios.models import Scenario
from qianshao.flow.scenarios.queries import both_months
from qianshao.flow.scenarios.rules import Supposition, outcome, total
from qianshao.flow.scheduling.rules.solving import solve

TASK = "scenarios.reckon"
_MOST_FACTOR = 12.0


def suppose(
    *,
    title: str,
    unit: str,
    month: date,
    supposition: Mapping[str, Any],
    scope: Scope,
    by: Actor,
    at: datetime,
    today: date,
) -> Scenario:
    """推演 of a month of a unit: noted and handed to the background. `supposition` holds fields of `Supposition`.

    Raises `Refusal`: a unit outside the scope, a month that is over or for which nothing is derived yet, no title, nothing
    supposed, an unknown duty, a factor below 0 or above 12, a window for riding along longer than obligations are known.
    """
    if not scope.covers(unit):
        raise Refusal("not_found", "没有找到这个单位。", status=404)
    if not title.strip():
        raise Refusal("title_needed", "请给这次推演起个名称。", field="title", status=422)
    _refuse_month(month, today)
    given = Supposition(**supposition)
    _refuse_supposition(given, today)
    with transaction.atomic():
        row = Scenario.objects.create(
            title=title.strip(),
            unit=unit,
            month=month,
            supposition=asdict(given),
            made_at=at,
            made_by=by.name,
        )
        run, _ = ask_job(task=TASK, key=str(row.pk), arguments={"today": today.isoformat()}, by=by, at=at)
        row.run_id = run.pk
        row.save(update_fields=["run_id"])
        record_event(
            by=by,
            at=at,
            verb="suppose",
            subject=("scenario", row.pk),
            unit=unit,
            payload={"month": month.isoformat()},
        )
        hand_to_queue(run_id=run.pk, task=TASK)
    return row


def _refuse_month(month: date, today: date) -> None:
    if month.day != 1 or month_end(month) < today:
        raise Refusal("month_over", "只能推演本月或下月。", field="month", status=422)
    if month > add_months(today.replace(day=1), 1):
        raise Refusal(
            "not_derived", "该月的检查义务尚未派生，只能推演本月或下月。", field="month", status=422
        )


def _refuse_supposition(given: Supposition, today: date) -> None:
    if given == Supposition():
        raise Refusal("nothing_supposed", "请至少改变一项，再推演。", status=422)
    unknown = sorted(set(given.factors) - set(duties_on(today)))
    if unknown:
        raise Refusal("unknown_duty", f"没有检查事项 {'、'.join(unknown)}。", field="factors", status=422)
    if any(not 0 <= factor <= _MOST_FACTOR for factor in given.factors.values()):
        raise Refusal("factor_out_of_range", "频次倍数应在 0 到 12 之间。", field="factors", status=422)
    known = int(planning_parameters(today)["pull_forward_days"].value)
    if given.pull_forward_days is not None and not 0 <= given.pull_forward_days <= known:
        raise Refusal(
            "window_too_long",
            f"提前并查的天数应在 0 到 {known} 之间：更晚的义务尚未派生。",
            field="pull_forward_days",
            status=422,
        )
    if given.entries_a_year is not None and given.entries_a_year < 0:
        raise Refusal("below_zero", "年度次数上限不能小于 0。", field="entries_a_year", status=422)
    for name in ("minutes_per_day", "field_days_per_week", "doors_per_team_day"):
        value = getattr(given, name)
        if value is not None and value < 1:
            raise Refusal("not_positive", "工时、天数、户数应为正数。", field=name, status=422)


def reckon(*, run_id: int, clock: Callable[[], datetime], seed: int, engine: Engine) -> bool:
    """计算推演: both months of every station of the unit, each a part of its own on the engine. False when it is done or held by
    another; may be killed and run again."""
    run = job_run(run_id=run_id)
    row = Scenario.objects.filter(run_id=run_id).first()
    if run is None or row is None:
        return False
    today = date.fromisoformat(run.arguments["today"])
    given = Supposition(**row.supposition)

    def solve_all() -> dict[str, Any]:
        codes = [one.code for one in stations() if one.code.startswith(row.unit)]
        pairs = [
            both_months(scope=EVERYTHING, station=code, month=row.month, today=today, seed=seed, given=given)
            for code in codes
        ]
        months = [month for pair in pairs for month in pair]
        found = [outcome(*one) for one in zip(months, spread(solve, months, engine), strict=True)]
        per_station = {
            code: {"today": found[2 * place], "then": found[2 * place + 1]}
            for place, code in enumerate(codes)
        }
        return {
            "stations": per_station,
            "today": total([one["today"] for one in per_station.values()]),
            "then": total([one["then"] for one in per_station.values()]),
        }

    def keep(result: dict[str, Any]) -> dict[str, Any]:
        Scenario.objects.filter(pk=row.pk).update(result=result)
        return {"stations": len(result["stations"])}

    return carry_out(run_id=run_id, clock=clock, prepare=solve_all, effect=keep)
