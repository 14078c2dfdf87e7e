"""Reading scenarios, and the months they are reckoned from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from qianshao.base.access.queries import within
from qianshao.base.access.rules import Scope
from qianshao.base.calendar.rules import month_end
from qianshao.base.records.queries import job_run
from qianshao.flow.duties.queries import due_rows, duties_on, next_doors
from qianshao.flow.planning.queries.problem import entries_used, station_month
from qianshao.flow.scenarios.models import Scenario
from qianshao.flow.scenarios.rules import Supposition, further_wanted, supposed
from qianshao.flow.scheduling.rules.model import StationMonth, Task


@dataclass(frozen=True, slots=True)
class ScenarioCard:
    """推演 as shown. `state`: waiting, running, done, failed."""

    id: int
    title: str
    unit: str
    month: date
    supposition: dict[str, Any]
    result: dict[str, Any]
    made_at: datetime
    made_by: str
    state: str
    failure: str


def scenarios(*, scope: Scope, before: int | None = None, limit: int = 50) -> list[ScenarioCard]:
    """推演 of the scope, latest first; a page of `limit` before the id `before`."""
    rows = Scenario.objects.filter(within(scope, "unit"))
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return [_card(row) for row in rows.order_by("-pk")[:limit]]


def scenario(*, scope: Scope, scenario_id: int) -> ScenarioCard | None:
    """推演 by number, or None outside the scope."""
    row = Scenario.objects.filter(within(scope, "unit"), pk=scenario_id).first()
    return None if row is None else _card(row)


def _card(row: Scenario) -> ScenarioCard:
    run = None if row.result or row.run_id is None else job_run(run_id=row.run_id)
    return ScenarioCard(
        id=row.pk,
        title=row.title,
        unit=row.unit,
        month=row.month,
        supposition=row.supposition,
        result=row.result,
        made_at=row.made_at,
        made_by=row.made_by,
        state="done" if row.result else run.state if run else "waiting",
        failure=run.failure if run else "",
    )


def both_months(
    *, scope: Scope, station: str, month: date, today: date, seed: int, given: Supposition
) -> tuple[StationMonth, StationMonth]:
    """本月与推演的月 of one station: everything owed and open, be it planned or not, as it is and under the supposition."""
    own = Scope(prefix=station, role=scope.role)
    now = station_month(scope=scope, station=station, month=month, today=today, seed=seed, planned_too=True)
    duty_of = {row["id"]: row["duty_code"] for row in due_rows(scope=own, until=month_end(month))}
    further: list[Task] = []
    for code, count in sorted(further_wanted(now, given, duty_of).items()):
        further += _further(own, code, count, now, today=today, last=month_end(month), taken=len(further))
    used = entries_used(scope=own, tasks=now.tasks, year=month.year)
    then = supposed(now, given, duty_of=duty_of, further=further, used=used, month_end=month_end(month))
    return now, then


def _further(
    scope: Scope, code: str, count: int, now: StationMonth, *, today: date, last: date, taken: int
) -> Sequence[Task]:
    duty = duties_on(today)[code]
    rows = next_doors(scope=scope, duty=duty, seed=str(now.seed), year=last.year, count=count)
    return [
        Task(
            id=-1 - taken - place,
            door=row[0],
            competence=duty.competence,
            minutes=duty.minutes,
            release_on=now.days[0],
            due_on=last,
            risk_class=row[1],
            lon=row[2] or now.lon,
            lat=row[3] or now.lat,
        )
        for place, row in enumerate(rows)
    ]
