"""导出 exactly what the list shows, as an Excel sheet; every export is on the record."""

from __future__ import annotations

import io
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from qianshao.base.access.rules import Scope
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.base.records.commands import record_event
from qianshao.base.records.rules import Actor
from qianshao.base.stations.models import Station
from qianshao.flow.registry.models import Entity
from qianshao.flow.registry.queries.listing import Filters, entity_page, entity_rows

MOST = 50_000
LABELS: dict[str, dict[str, str]] = {
    "kind": dict(Entity.Kind.choices),
    "state": dict(Entity.State.choices),
    "licence": {
        "food_sale": "食品销售",
        "catering": "餐饮服务",
        "food_production": "食品生产",
        "canteen": "单位食堂",
    },
    "equipment": {
        "boiler": "锅炉",
        "pressure_vessel": "压力容器",
        "elevator": "电梯",
        "crane": "起重机械",
        "vehicle": "场（厂）内专用机动车辆",
        "amusement": "大型游乐设施",
        "pipeline": "压力管道",
        "ropeway": "客运索道",
    },
}
_COLUMNS = (
    "统一社会信用代码",
    "名称",
    "主体类型",
    "法定代表人（经营者）",
    "行业代码",
    "住所",
    "监管所",
    "登记状态",
    "研判类别（非官方）",
    "标签",
    "成立日期",
)


def export_entities(*, scope: Scope, filters: Filters, by: Actor, at: datetime) -> bytes:
    """导出名录: the rows the list shows, in its order, with filter, time and person on top. Raises `Refusal` past 50,000 rows.

    Every cell is written as text, so a name that begins with = or + stays a name.
    """
    import xlsxwriter  # noqa: PLC0415 (heavy)

    page = entity_page(scope=scope, filters=filters, limit=1)
    if page.total > MOST or (not page.total_exact and page.total >= MOST):
        raise Refusal("too_many_rows", f"符合条件的主体超过 {MOST:,} 户，请先缩小范围再导出。", status=422)
    names = dict(Station.objects.values_list("code", "name"))
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(
        buffer, {"in_memory": True, "constant_memory": True, "strings_to_formulas": False}
    )
    sheet = book.add_worksheet("名录")
    bold = book.add_format({"bold": True})
    shown = "，".join(f"{name}={text}" for name, text in filters.narrow().items()) or "全部"
    sheet.write_string(
        0, 0, f"条件：{shown}；导出人：{by.name}；时间：{timezone.localtime(at):%Y-%m-%d %H:%M}"
    )
    for place, title in enumerate(_COLUMNS):
        sheet.write_string(1, place, title, bold)
    count = 0
    for count, row in enumerate(entity_rows(scope=scope, filters=filters, most=MOST + 1), start=1):
        if count > MOST:
            raise Refusal(
                "too_many_rows", f"符合条件的主体超过 {MOST:,} 户，请先缩小范围再导出。", status=422
            )
        cells = (
            row.credit_code,
            row.name,
            LABELS["kind"].get(row.kind, row.kind),
            row.legal_person,
            row.industry,
            row.address,
            names.get(row.station_code, row.station_code),
            LABELS["state"].get(row.state, row.state),
            row.risk_class,
            "、".join(row.tags),
            row.established_on.isoformat() if row.established_on else "",
        )
        for place, text in enumerate(cells):
            sheet.write_string(count + 1, place, text)
    book.close()
    with transaction.atomic():
        record_event(
            by=by,
            at=at,
            verb="export_entities",
            subject=("export", "entities"),
            unit=by.unit,
            payload={"filter": filters.narrow(), "rows": count},
        )
    return buffer.getvalue()
