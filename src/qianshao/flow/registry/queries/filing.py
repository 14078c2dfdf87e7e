"""一户一档 everything the register holds of one business."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from qianshao.base.access.queries import within
from qianshao.base.access.rules import Scope
from qianshao.flow.registry.models import (
    AnnualReport,
    Complaint,
    Entity,
    Equipment,
    Licence,
    PastInspection,
    Penalty,
    SavedFilter,
    School,
)


@dataclass(frozen=True, slots=True)
class Fact:
    """时间轴上的一条: what happened on a day, with the file it came from."""

    on: date
    kind: str
    title: str
    detail: str
    ref: str


@dataclass(frozen=True, slots=True)
class SavedFilterCard:
    """常用筛选."""

    id: int
    name: str
    query: dict[str, Any]


def entity(*, scope: Scope, entity_id: int) -> Entity | None:
    """市场主体 of the scope with its station and delivery, or None."""
    rows = Entity.objects.filter(within(scope), pk=entity_id).select_related("station", "delivery")
    return rows.first()


def names_of(*, scope: Scope, entity_ids: Collection[int]) -> dict[int, str]:
    """名称 of businesses by their number."""
    rows = Entity.objects.filter(within(scope, "station_id"), pk__in=entity_ids)
    return dict(rows.values_list("pk", "name"))


def by_code(*, scope: Scope, codes: Collection[str]) -> dict[str, tuple[int, str]]:
    """编号和名称 of businesses by credit code."""
    rows = Entity.objects.filter(within(scope, "station_id"), credit_code__in=codes)
    return {code: (number, name) for code, number, name in rows.values_list("credit_code", "pk", "name")}


def licences(*, scope: Scope, entity_id: int) -> list[Licence]:
    """食品许可 of one business."""
    return list(
        Licence.objects.filter(within(scope, "entity__station_id"), entity_id=entity_id).order_by(
            "-expires_on"
        )
    )


def equipment(*, scope: Scope, entity_id: int) -> list[Equipment]:
    """特种设备 of one business, the next to be inspected first."""
    rows = Equipment.objects.filter(within(scope, "entity__station_id"), entity_id=entity_id)
    return list(rows.order_by("next_inspection_on", "id"))


def school(*, scope: Scope, entity_id: int) -> School | None:
    """学校 facts of one business, or None."""
    return School.objects.filter(within(scope, "entity__station_id"), entity_id=entity_id).first()


def facts(*, scope: Scope, entity_id: int, field_names: Mapping[str, str]) -> list[Fact]:
    """时间轴 of what other systems delivered about one business, newest first; fields by their names."""
    one = entity(scope=scope, entity_id=entity_id)
    if one is None:
        return []
    found: list[Fact] = []
    if one.established_on:
        found.append(Fact(one.established_on, "established", "登记成立", one.name, one.credit_code))
    found += [
        Fact(
            row.issued_on, "licence", "取得食品许可", f"{row.licence_no} {row.business_form}", row.licence_no
        )
        for row in Licence.objects.filter(entity_id=entity_id)
        if row.issued_on
    ]
    found += [
        Fact(row.filed_on, "annual_report", f"报送 {row.year} 年度报告", "", str(row.year))
        for row in AnnualReport.objects.filter(entity_id=entity_id)
        if row.filed_on
    ]
    found += [
        Fact(
            row.received_on,
            "complaint",
            f"{'投诉' if row.kind == 'complaint' else '举报'}：{row.category}",
            row.summary,
            row.number,
        )
        for row in Complaint.objects.filter(entity_id=entity_id)
    ]
    found += [
        Fact(
            row.inspected_on,
            "past_inspection",
            f"{_LEVELS.get(row.level, '')}{_KINDS.get(row.kind, '')}检查：{_RESULTS.get(row.result, row.result)}",
            field_names.get(row.field, row.field),
            row.number,
        )
        for row in PastInspection.objects.filter(entity_id=entity_id)
    ]
    found += [
        Fact(row.decided_on, "penalty", f"行政处罚：{row.kind}", row.cause, row.number)
        for row in Penalty.objects.filter(entity_id=entity_id)
    ]
    return sorted(found, key=lambda fact: (fact.on, fact.ref), reverse=True)


_KINDS = {"post_licence": "证后", "special": "专项"}
_LEVELS = {"station": "监管所", "district": "区局", "city": "市局", "province": "省局"}
_RESULTS = {
    "passed": "未发现问题",
    "corrected": "发现问题已改正",
    "problems": "发现问题待后续处理",
    "closed_down": "已关闭停业",
    "not_found": "无法联系",
}


def saved_filters(*, scope: Scope) -> list[SavedFilterCard]:
    """常用筛选 of the signed-in person."""
    rows = SavedFilter.objects.filter(account_id=scope.account_id or 0).order_by("name")
    return [SavedFilterCard(row.pk, row.name, row.query) for row in rows]
