"""导出 a version as the table that is filed with the superior; every export is on the record."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from qianshao.base.access.rules import Scope
from qianshao.base.gateways.rules.sheets import PrintedSheet, printed_workbook
from qianshao.base.places.queries import division_names
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.base.records.commands import record_event
from qianshao.base.records.rules import Actor
from qianshao.base.stations.queries import stations
from qianshao.flow.yearplans.queries.plans import (
    ChangeCard,
    ItemCard,
    YearPlanCard,
    changes,
    year_plan,
    year_plan_items,
)
from qianshao.flow.yearplans.rules.words import LEVELS, change_words

_TASKS = (
    ("抽查计划编号", 16),
    ("抽查计划名称", 24),
    ("抽查任务编号", 18),
    ("任务名称", 24),
    ("抽查类型", 11),
    ("抽查事项", 14),
    ("抽查对象范围", 32),
    ("涉及户数", 9),
    ("抽取日期", 14),
    ("抽查比例或频次", 28),
    ("年度检查数", 9),
    ("检查时间", 12),
    ("检查方式", 9),
    ("要求级别", 7),
    ("所需资质", 14),
    ("频次上限", 12),
    ("依据", 40),
)
_MONTHS = (("任务名称", 30), *((f"{month}月", 7) for month in range(1, 13)), ("合计", 8), ("说明", 10))
_STATIONS = (
    ("监管所", 22),
    ("检查数", 8),
    ("一事一进门", 9),
    ("一线一进门", 9),
    ("合并后进门", 9),
    ("理论下界", 8),
    ("所需小时", 8),
    ("可用小时", 8),
    ("放不下的与办法", 80),
)
_CHANGES = (("版本", 6), ("范围", 18), ("事项", 26), ("调整", 46), ("理由", 40), ("时间", 16), ("调整人", 10))


def export_year_plan(*, plan_id: int, scope: Scope, by: Actor, at: datetime) -> bytes:
    """年度检查计划表 as a workbook: the table that is filed, checks by month, hours by station, every change with its reason.

    Raises `Refusal`: not found, not reckoned yet.
    """
    card = year_plan(scope=scope, plan_id=plan_id)
    if card is None:
        raise Refusal("not_found", "没有找到这个年度计划。", status=404)
    if card.reckoned_at is None:
        raise Refusal("not_reckoned", "计划还没有计算完成，暂不能导出。")
    items = year_plan_items(plan_id=plan_id)
    note = (
        f"编号 {card.number}，第 {card.version} 版，{card.state_label}"
        f"{'，批准文号 ' + card.approval_ref if card.approval_ref else ''}；数据截至 {card.as_of}；内容散列 {card.content_hash[:16]}；"
        f"导出：{by.name} {timezone.localtime(at):%Y-%m-%d %H:%M}"
    )
    changed = changes(number=card.number, version=card.version)
    names = division_names(codes={one.unit for one in changed})
    duties = {one.code: one.name for one in items}
    content = printed_workbook(
        [
            PrintedSheet("抽查计划", card.title, note, _TASKS, [_task(card, one) for one in items]),
            PrintedSheet("分月", f"{card.title}（分月）", note, _MONTHS, [_month(one) for one in items]),
            PrintedSheet("各所", f"{card.title}（各所）", note, _STATIONS, _stations(card)),
            PrintedSheet(
                "调整",
                f"{card.title}（调整）",
                note,
                _CHANGES,
                [_change(one, names, duties) for one in changed],
            ),
        ]
    )
    with transaction.atomic():
        record_event(
            by=by,
            at=at,
            verb="export_year_plan",
            subject=("year_plan", card.id),
            unit=card.unit,
            payload={"version": card.version, "tasks": len(items)},
        )
    return content


def _task(card: YearPlanCard, one: ItemCard) -> tuple[int | str, ...]:
    planned = [place for place, count in enumerate(one.months, start=1) if count]
    return (
        card.number,
        card.title,
        one.number,
        one.name,
        one.draw_kind,
        one.field_name,
        one.target,
        sum(one.concerned.values()),
        one.draw_dates,
        one.frequency,
        sum(one.months),
        f"{planned[0]}月–{planned[-1]}月" if planned else "",
        one.method,
        LEVELS[one.level],
        one.competence,
        one.cap,
        one.basis,
    )


def _month(one: ItemCard) -> tuple[int | str, ...]:
    return (one.name, *one.months, sum(one.months), "估计" if one.estimate else "")


def _stations(card: YearPlanCard) -> list[tuple[int | str, ...]]:
    names = {one.code: one.name for one in stations()}
    return [
        (
            names.get(code, code),
            sum(one["checks"]),
            sum(one["checks"]),
            sum(one["lines"]),
            sum(one["doors"]),
            one["bound"],
            round(sum(one["needed"]) / 60),
            round(sum(one["available"]) / 60),
            "\n".join(f"{short['words']}。办法：{short['cure']}" for short in one["short"]),
        )
        for code, one in sorted(card.report["stations"].items())
    ]


def _change(one: ChangeCard, names: dict[str, str], duties: dict[str, str]) -> tuple[int | str, ...]:
    return (
        one.version,
        names.get(one.unit, one.unit),
        duties.get(one.duty_code, one.duty_code),
        change_words(one.share, one.months),
        one.reason,
        f"{timezone.localtime(one.changed_at):%Y-%m-%d %H:%M}",
        one.changed_by,
    )
