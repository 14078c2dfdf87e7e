"""Reading year plans: their versions, tasks, parts of a station, changes; which version is in force."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Q

from qianshao.base.access.queries import within
from qianshao.base.access.rules import Scope
from qianshao.base.policy.rules.year_plan import YearPlanLaw, load_year_plan_law
from qianshao.base.records.queries import job_run
from qianshao.flow.duties.rules import YearRate
from qianshao.flow.yearplans.models import YearPlan, YearPlanChange, YearPlanItem, YearPlanPart

IN_FORCE = (YearPlan.State.APPROVED, YearPlan.State.PUBLISHED)


@dataclass(frozen=True, slots=True)
class YearPlanCard:
    """年度计划的一个版本 as shown. `progress`: waiting, running, done or failed, of its reckoning."""

    id: int
    unit: str
    year: int
    version: int
    number: str
    title: str
    state: str
    state_label: str
    reason: str
    first_month: int
    as_of: date
    made_at: datetime
    made_name: str
    progress: str
    failure: str
    reckoned_at: datetime | None
    content_hash: str
    report: dict[str, Any]
    submitted_at: datetime | None
    submitted_name: str
    returned_reason: str
    approved_at: datetime | None
    approved_name: str
    approved_unit: str
    approval_ref: str
    filed_on: date | None
    filed_ref: str
    published_at: datetime | None
    withdrawn_at: datetime | None
    withdrawn_reason: str


@dataclass(frozen=True, slots=True)
class ItemCard:
    """抽查任务 of a version, whole or one station's part."""

    id: int
    number: str
    kind: str
    code: str
    name: str
    field: str
    field_name: str
    level: str
    rule: str
    draw_kind: str
    target: str
    basis: str
    method: str
    competence: str
    frequency: str
    draw_dates: str
    cap: str
    estimate: bool
    concerned: dict[str, int]
    months: list[int]
    minutes: int


@dataclass(frozen=True, slots=True)
class ChangeCard:
    """计划调整 as shown, with the version it was made in."""

    id: int
    version: int
    unit: str
    duty_code: str
    share: dict[str, float] | None
    months: list[int] | None
    reason: str
    changed_at: datetime
    changed_by: str


@lru_cache(maxsize=8)
def year_plan_law(day: date) -> YearPlanLaw:
    """年度计划的规则 in force on a day."""
    return load_year_plan_law(Path(settings.POLICY_DIR), day)


@lru_cache(maxsize=1)
def industry_names() -> dict[str, str]:
    """国民经济行业分类 names by code."""
    with (Path(settings.POLICY_DIR) / "national" / "gbt4754.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"]: row["name"] for row in csv.DictReader(file)}


def year_plans(*, scope: Scope, year: int | None = None) -> list[YearPlanCard]:
    """年度计划 of the unit, those below and those above it: every version, latest year and version first, without reports."""
    rows = YearPlan.objects.filter(_seen(scope)).defer("report")
    if year is not None:
        rows = rows.filter(year=year)
    return [_card(row, {}) for row in rows.order_by("-year", "unit", "-number", "-version")[:200]]


def year_plan(*, scope: Scope, plan_id: int) -> YearPlanCard | None:
    """One version that the scope may see, or None."""
    row = YearPlan.objects.filter(_seen(scope), pk=plan_id).first()
    return None if row is None else _card(row, row.report)


def _seen(scope: Scope) -> Q:
    above = [scope.prefix[:digits] for digits in (4, 6) if digits < len(scope.prefix)]
    return within(scope, "unit") | Q(unit__in=above)


def _card(row: YearPlan, report: dict[str, Any]) -> YearPlanCard:
    run = None if row.reckoned_at or row.run_id is None else job_run(run_id=row.run_id)
    names = set(YearPlanCard.__slots__) - {"state_label", "progress", "failure", "report"}
    return YearPlanCard(
        **{name: getattr(row, name) for name in names},
        state_label=row.get_state_display(),
        progress="done" if row.reckoned_at else run.state if run else "waiting",
        failure=run.failure if run else "",
        report=report,
    )


def year_plan_items(*, plan_id: int, station: str = "") -> list[ItemCard]:
    """抽查任务 of a version in the order of their numbers; with `station` that station's part alone."""
    parts: dict[int, list[YearPlanPart]] = {}
    rows = YearPlanPart.objects.filter(item__plan_id=plan_id)
    for part in rows.filter(station_id=station) if station else rows:
        parts.setdefault(part.item_id, []).append(part)
    items = YearPlanItem.objects.filter(plan_id=plan_id).order_by("number")
    return [
        _item(one, parts.get(one.pk, []))
        for one in items
        if not station or one.pk in parts or one.kind != YearPlanItem.Kind.DUTY
    ]


def _item(row: YearPlanItem, parts: Sequence[YearPlanPart]) -> ItemCard:
    names = set(ItemCard.__slots__) - {"concerned", "months", "minutes"}
    letters = sorted({letter for part in parts for letter in part.concerned})
    return ItemCard(
        **{name: getattr(row, name) for name in names},
        concerned={letter: sum(part.concerned.get(letter, 0) for part in parts) for letter in letters},
        months=[sum(part.months[place] for part in parts) for place in range(12)],
        minutes=sum(part.minutes for part in parts),
    )


def changes(*, number: str, version: int) -> list[ChangeCard]:
    """计划调整 up to a version, oldest first: every one stays to be seen."""
    rows = YearPlanChange.objects.filter(plan__number=number, plan__version__lte=version)
    return [
        ChangeCard(
            id=row.pk,
            version=row.plan.version,
            unit=row.unit,
            duty_code=row.duty_code,
            share=row.share,
            months=row.months,
            reason=row.reason,
            changed_at=row.changed_at,
            changed_by=row.changed_by,
        )
        for row in rows.select_related("plan").order_by("pk")
    ]


def rates_of(*, number: str, version: int) -> list[YearRate]:
    """年度抽查设置 of a version: the latest change of every duty and unit, but those that put the policy's figures back."""
    latest = {(one.duty_code, one.unit): one for one in changes(number=number, version=version)}
    return [
        YearRate(one.unit, one.duty_code, one.share, None if one.months is None else tuple(one.months))
        for _, one in sorted(latest.items())
        if one.share is not None or one.months is not None
    ]


def in_force(*, unit: str, year: int) -> YearPlan | None:
    """有效的年度计划 of a unit: the approved version, else the published one."""
    rows = YearPlan.objects.filter(unit=unit, year=year, state__in=IN_FORCE).defer("report")
    return rows.order_by("-number", "-version").first()


def in_force_for(*, station: str, year: int) -> YearPlan | None:
    """有效的年度计划 a station works under: its district's, else the city's."""
    return in_force(unit=station[:6], year=year) or in_force(unit=station[:4], year=year)


def expected_by_duty(*, plan_id: int, station: str, month: int) -> dict[str, int]:
    """年度计划数: checks that a version expects of a station in a month, by duty."""
    rows = YearPlanPart.objects.filter(
        item__plan_id=plan_id, station_id=station, item__kind=YearPlanItem.Kind.DUTY
    )
    return {code: months[month - 1] for code, months in rows.values_list("item__code", "months")}


def content_hash(*, plan_id: int) -> str:
    """内容散列: SHA-256 of every task and part of a version, in their order, as canonical JSON."""
    parts = YearPlanPart.objects.filter(item__plan_id=plan_id).order_by("item__number", "station_id")
    content = [
        [
            list(row)
            for row in YearPlanItem.objects.filter(plan_id=plan_id).order_by("number").values_list(*_HASHED)
        ],
        [
            list(row)
            for row in parts.values_list("item__number", "station_id", "concerned", "months", "minutes")
        ],
    ]
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


_HASHED = [one.name for one in YearPlanItem._meta.concrete_fields if one.name not in {"id", "plan"}]
