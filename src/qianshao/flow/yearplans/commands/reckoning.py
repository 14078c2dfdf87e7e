"""计算 what a version asks for: in the background, on the whole register of its unit, in one pass of SQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from qianshao.base.calendar.rules import official
from qianshao.base.policy.rules.library import Duty
from qianshao.base.policy.rules.year_plan import YearPlanLaw
from qianshao.base.records.commands import ask_job, carry_out, hand_to_queue
from qianshao.base.records.queries import job_run
from qianshao.base.records.rules import SYSTEM, Actor
from qianshao.base.stations.queries import officers, stations
from qianshao.flow.duties.commands.expecting import expect_checks
from qianshao.flow.duties.queries import duties_on, inspection_caps, planning_parameters
from qianshao.flow.duties.rules import YearRate, is_estimate
from qianshao.flow.registry.commands.exporting import LABELS
from qianshao.flow.scheduling.rules.model import Inspector
from qianshao.flow.yearplans.commands.versions import record_version
from qianshao.flow.yearplans.models import YearPlan, YearPlanItem, YearPlanPart
from qianshao.flow.yearplans.queries import expected
from qianshao.flow.yearplans.queries.others import campaign_tasks, draw_tasks
from qianshao.flow.yearplans.queries.plans import (
    content_hash,
    in_force,
    industry_names,
    rates_of,
    year_plan_law,
)
from qianshao.flow.yearplans.rules.capacity import Demand, open_days, station_year
from qianshao.flow.yearplans.rules.changing import is_planned_above
from qianshao.flow.yearplans.rules.words import (
    cap_words,
    draw_dates,
    draw_kind,
    frequency_words,
    target_words,
)

TASK = "yearplans.reckon"
_BY_MONTH = ("checks", "lines", "doors", "minutes", "travel", "needed", "available", "doors_available")


@dataclass(frozen=True, slots=True)
class _Part:
    station: str
    concerned: dict[str, int]
    months: list[int]
    minutes: int


@dataclass(frozen=True, slots=True)
class _Reckoned:
    """What the background found: tasks in order, each with its stations' parts, and the report."""

    items: Sequence[tuple[dict[str, Any], Sequence[_Part]]]
    report: dict[str, Any]


def ask_reckoning(*, plan: YearPlan, by: Actor, at: datetime, today: date) -> None:
    """登记计算: what was reckoned no longer holds, the background reckons anew from the first month that has a working day left.
    Inside the caller's transaction."""
    open_months = [place for place, count in enumerate(open_days(plan.year, today), start=1) if count]
    plan.first_month = min(open_months, default=plan.first_month)
    plan.revision += 1
    plan.reckoned_at, plan.content_hash, plan.as_of = None, "", today
    run, _ = ask_job(
        task=TASK,
        key=f"{plan.pk}.{plan.revision}",
        arguments={"plan": plan.pk, "revision": plan.revision, "today": today.isoformat()},
        by=by,
        at=at,
    )
    plan.run_id = run.pk
    plan.save()
    hand_to_queue(run_id=run.pk, task=TASK)


def reckon_year_plan(*, run_id: int, clock: Callable[[], datetime], seed: int) -> bool:
    """计算年度计划: tasks, parts and report of a draft, in one transaction; one that a later change has overtaken changes nothing.
    False when it is done or held by another; may be killed and run again."""
    run = job_run(run_id=run_id)
    if run is None:
        return False
    today = date.fromisoformat(run.arguments["today"])
    wanted = YearPlan.objects.filter(
        pk=run.arguments["plan"], revision=run.arguments["revision"], state=YearPlan.State.DRAFT
    )

    def reckon() -> _Reckoned | None:
        plan = wanted.first()
        return None if plan is None else _reckon(plan, today, str(seed))

    def keep(found: _Reckoned | None) -> Mapping[str, Any]:
        current = wanted.select_for_update().first()
        if current is None or found is None:
            return {"overtaken": True}
        _save(current, found, clock())
        record_version(plan=current, verb="reckon_year_plan", by=SYSTEM, at=clock(), tasks=len(found.items))
        return {"tasks": len(found.items)}

    return carry_out(run_id=run_id, clock=clock, prepare=reckon, effect=keep)


def _reckon(plan: YearPlan, today: date, seed: str) -> _Reckoned:
    day = max(today, date(plan.year, 1, 1))
    duties = duties_on(day)
    law = year_plan_law(today)
    rates, inherited = _rates(plan, duties, law)
    with transaction.atomic():
        expect_checks(
            unit=plan.unit,
            year=plan.year,
            first_month=plan.first_month,
            as_of=today,
            duties=duties,
            rates=rates,
            seed=seed,
        )
        tasks, whom = expected.expected_tasks(), expected.concerned()
        demands = expected.demands(
            competences={one.code: one.competence for one in duties.values()},
            drawn=frozenset(one.code for one in duties.values() if one.rule == "random"),
        )
        expected.set_caps(found=demands, duties=duties, law=inspection_caps(today))
    own = [one.code for one in stations() if one.code.startswith(plan.unit)]
    before = _before(plan)
    items = [
        (
            _duty_words(duty, plan, law, rates),
            [
                _part(
                    code,
                    whom[duty.code, code],
                    tasks.get((duty.code, code), ([0] * 12, 0)),
                    before.get((duty.code, code)),
                    plan.first_month - 1,
                )
                for code in own
                if (duty.code, code) in whom
            ],
        )
        for duty in duties.values()
    ]
    others = [
        *draw_tasks(unit=plan.unit, year=plan.year, day=day),
        *campaign_tasks(unit=plan.unit, year=plan.year, day=day),
    ]
    items += [({"method": law.method} | words, []) for words in others]
    told = {
        "inherited": inherited,
        "above": [one.code for one in duties.values() if is_planned_above(one, plan.unit, law)],
    }
    return _Reckoned(items, _report(plan, today, demands, own, law) | told)


def _rates(plan: YearPlan, duties: Mapping[str, Duty], law: YearPlanLaw) -> tuple[list[YearRate], list[str]]:
    """The version's own settings, and those of the city's plan in force for what the city plans."""
    rates = rates_of(number=plan.number, version=plan.version)
    above = in_force(unit=plan.unit[:4], year=plan.year) if len(plan.unit) > 4 else None
    if above is None:
        return rates, []
    given = [
        one
        for one in rates_of(number=above.number, version=above.version)
        if one.duty_code in duties and is_planned_above(duties[one.duty_code], plan.unit, law)
    ]
    return rates + given, sorted({one.duty_code for one in given})


def _before(plan: YearPlan) -> dict[tuple[str, str], _Part]:
    """The parts of the version before, by task and station: what is past stays as it was planned."""
    rows = YearPlanPart.objects.filter(item__plan__number=plan.number, item__plan__version=plan.version - 1)
    return {
        (one.item.code, one.station_id): _Part(one.station_id, one.concerned, one.months, one.minutes)
        for one in rows.select_related("item")
    }


def _part(
    station: str, concerned: dict[str, int], found: tuple[list[int], int], before: _Part | None, past: int
) -> _Part:
    """One station's part: `past` months from the version before, the others as reckoned."""
    months, minutes = found
    if before is None or not past:
        return _Part(station, concerned, months, minutes)
    share = sum(before.months[:past]) / max(1, sum(before.months))
    return _Part(
        station, concerned, before.months[:past] + months[past:], minutes + round(share * before.minutes)
    )


def _duty_words(duty: Duty, plan: YearPlan, law: YearPlanLaw, rates: Sequence[YearRate]) -> dict[str, Any]:
    mine = [one for one in rates if one.duty_code == duty.code]
    whole = next((one for one in mine if plan.unit.startswith(one.unit)), None)
    share = duty.share if whole is None or whole.share is None else whole.share
    apart = "（部分所另行调整）" if any(len(one.unit) > len(plan.unit) for one in mine) else ""
    return {
        "kind": YearPlanItem.Kind.DUTY,
        "code": duty.code,
        "name": duty.name,
        "field": duty.field,
        "field_name": duty.field_name,
        "level": duty.level,
        "rule": duty.rule,
        "draw_kind": draw_kind(duty),
        "target": target_words(duty.whom, LABELS, industry_names()),
        "basis": "；".join(str(one) for one in duty.basis),
        "method": law.method_offsite if duty.offsite else law.method,
        "competence": duty.competence,
        "frequency": frequency_words(duty, share) + apart,
        "draw_dates": draw_dates(duty, whole.months if whole else None) + apart,
        "cap": cap_words(duty, inspection_caps(plan.as_of)),
        "estimate": is_estimate(duty),
    }


def _report(
    plan: YearPlan, today: date, demands: Mapping[str, Demand], own: Sequence[str], law: YearPlanLaw
) -> dict[str, Any]:
    days = open_days(plan.year, today)
    bounds = {code: one.value for code, one in planning_parameters(today).items()}
    names = {one.code: one.name for one in duties_on(today).values()}
    bounds["rate_least"] = law.parameters["rate_least"].value
    people: dict[str, list[Inspector]] = {code: [] for code in own}
    for one in officers(prefix=plan.unit):
        if one.active and not one.auxiliary:
            held = frozenset(one.competences)
            people[one.station_code].append(Inspector(one.id, held, one.certificate_expires_on))
    found = {
        code: station_year(plan.year, demands.get(code, Demand.none()), people[code], days, bounds, names)
        for code in own
    }
    _keep_past(plan, found)
    return {
        "stations": found,
        "days": days,
        "bounds": bounds,
        "holidays_official": official(plan.year),
        "filed_by_month": int(law.parameters["filed_by_month"].value),
        "basis": [f"《{one.law}》{one.article}：{one.text}" for one in law.basis],
        "notes": [*law.notes, inspection_caps(today).note],
    }


def _keep_past(plan: YearPlan, found: dict[str, dict[str, Any]]) -> None:
    """Months before the first reckoned one as the version before had them."""
    before = YearPlan.objects.filter(number=plan.number, version=plan.version - 1).first()
    past = plan.first_month - 1
    for code, one in found.items():
        old = before.report.get("stations", {}).get(code) if before else None
        if old and past:
            for name in _BY_MONTH:
                one[name] = old[name][:past] + one[name][past:]


def _save(plan: YearPlan, found: _Reckoned, at: datetime) -> None:
    YearPlanItem.objects.filter(plan=plan).delete()
    law = year_plan_law(plan.as_of)
    items = YearPlanItem.objects.bulk_create(
        YearPlanItem(plan=plan, number=law.task.format(plan=plan.number, number=place), **words)
        for place, (words, _) in enumerate(found.items, start=1)
    )
    YearPlanPart.objects.bulk_create(
        YearPlanPart(
            item=item,
            station_id=part.station,
            concerned=part.concerned,
            months=part.months,
            minutes=part.minutes,
        )
        for item, (_, parts) in zip(items, found.items, strict=True)
        for part in parts
    )
    plan.report, plan.reckoned_at = found.report, at
    plan.content_hash = content_hash(plan_id=plan.pk)
    plan.save()
