"""常用筛选 kept per person."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from qianshao.base.policy.rules.refusal import Refusal
from qianshao.base.records.commands import record_event
from qianshao.base.records.rules import Actor
from qianshao.flow.registry.models import SavedFilter


def keep_filter(*, name: str, query: dict[str, Any], by: Actor, at: datetime) -> int:
    """存为常用筛选; the same name again replaces it. Returns its number."""
    with transaction.atomic():
        row, _ = SavedFilter.objects.update_or_create(
            account_id=by.account_id or 0, name=name, defaults={"query": query, "created_at": at}
        )
        record_event(by=by, at=at, verb="keep_filter", subject=("filter", row.pk), unit=by.unit)
    return row.pk


def drop_filter(*, filter_id: int, by: Actor, at: datetime) -> None:
    """删除常用筛选 of one's own. Raises `Refusal` 404 for another person's."""
    with transaction.atomic():
        gone, _ = SavedFilter.objects.filter(pk=filter_id, account_id=by.account_id or 0).delete()
        if not gone:
            raise Refusal("not_found", "没有找到这个常用筛选。", status=404)
        record_event(by=by, at=at, verb="drop_filter", subject=("filter", filter_id), unit=by.unit)
