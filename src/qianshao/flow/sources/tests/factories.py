"""A delivery and rows of it that were kept aside."""

from __future__ import annotations

from datetime import UTC, datetime

from qianshao.base.access.tests.factories import DALIANG
from qianshao.flow.sources.models import Delivery, QuarantinedRow

AT = datetime(2026, 12, 1, 2, tzinfo=UTC)


def make_delivery() -> Delivery:
    """A registration file that is in; the same one again is the same delivery."""
    delivery, _ = Delivery.objects.get_or_create(
        feed="registration",
        sha256="0" * 64,
        defaults={"file_name": "x.csv", "bytes": 1, "received_at": AT, "state": "loaded"},
    )
    return delivery


def make_quarantined(delivery: Delivery, number: int, *, unit: str = DALIANG) -> QuarantinedRow:
    """A row whose date is none."""
    return QuarantinedRow.objects.create(
        delivery=delivery,
        feed="registration",
        row_number=number,
        column="成立日期",
        value="二〇一〇年吧",
        reason="bad_date",
        message="“成立日期”不是有效日期，或晚于今天",
        raw={"名称": f"大良好味道餐饮店{number}"},
        unit=unit,
    )
