"""公布的年度计划 what anybody may read without signing in: no person, no station's hours, nothing that is not published."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django.db.models import Q

from qianshao.base.places.queries import division_names
from qianshao.base.stations.queries import stations
from qianshao.flow.yearplans.models import YearPlan
from qianshao.flow.yearplans.queries.plans import ItemCard, changes, year_plan_items
from qianshao.flow.yearplans.rules.words import change_words

_PUBLIC = Q(state__in=(YearPlan.State.PUBLISHED, YearPlan.State.REPLACED)) | Q(
    state=YearPlan.State.WITHDRAWN, published_at__isnull=False
)


@dataclass(frozen=True, slots=True)
class PublishedCard:
    """公布的一个版本."""

    id: int
    unit: str
    unit_name: str
    year: int
    version: int
    number: str
    title: str
    state: str
    state_label: str
    reason: str
    approval_ref: str
    approved_at: datetime
    published_at: datetime
    withdrawn_reason: str
    as_of: date
    content_hash: str


@dataclass(frozen=True, slots=True)
class PublishedChange:
    """公布的调整: what was changed against the policy and why."""

    version: int
    within: str
    duty_name: str
    words: str
    reason: str


@dataclass(frozen=True, slots=True)
class PublishedStation:
    """公布的一所合计: checks expected in the year and the entries they are merged into."""

    code: str
    name: str
    checks: int
    doors: int


@dataclass(frozen=True, slots=True)
class PublishedPlan:
    """公布的年度计划 whole."""

    card: PublishedCard
    basis: list[str]
    notes: list[str]
    items: list[ItemCard]
    stations: list[PublishedStation]
    changes: list[PublishedChange]


def published_plans(*, year: int | None = None) -> list[PublishedCard]:
    """公布的年度计划: every version that was published, latest year first."""
    rows = YearPlan.objects.filter(_PUBLIC).defer("report")
    if year is not None:
        rows = rows.filter(year=year)
    found = list(rows.order_by("-year", "unit", "-number", "-version")[:200])
    names = division_names(codes={row.unit for row in found})
    return [_card(row, names) for row in found]


def published_plan(*, plan_id: int) -> PublishedPlan | None:
    """公布的年度计划 by number, or None where it was never published."""
    row = YearPlan.objects.filter(_PUBLIC, pk=plan_id).defer("report").first()
    if row is None:
        return None
    content = _content(row.pk, row.content_hash)
    return PublishedPlan(card=_card(row, division_names(codes={row.unit})), **content)


def _card(row: YearPlan, names: dict[str, str]) -> PublishedCard:
    own = {name: getattr(row, name) for name in PublishedCard.__slots__ if hasattr(row, name)}
    return PublishedCard(**own, unit_name=names.get(row.unit, row.unit), state_label=row.get_state_display())


@lru_cache(maxsize=64)
def _content(plan_id: int, content: str) -> dict[str, Any]:  # noqa: ARG001 (what was published does not change: the hash is the key)
    row = YearPlan.objects.get(pk=plan_id)
    items = year_plan_items(plan_id=plan_id)
    names = {one.code: one.name for one in stations()}
    told = changes(number=row.number, version=row.version)
    units = division_names(codes={one.unit for one in told})
    duties = {one.code: one.name for one in items}
    return {
        "basis": row.report["basis"],
        "notes": row.report["notes"],
        "items": items,
        "stations": [
            PublishedStation(code, names.get(code, code), sum(one["checks"]), sum(one["doors"]))
            for code, one in sorted(row.report["stations"].items())
        ],
        "changes": [
            PublishedChange(
                one.version,
                units.get(one.unit, one.unit),
                duties.get(one.duty_code, one.duty_code),
                change_words(one.share, one.months),
                one.reason,
            )
            for one in told
        ],
    }
