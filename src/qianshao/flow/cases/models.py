"""责令改正 orders to rectify, followed to their end."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models


class RectificationOrder(models.Model):
    """责令改正通知书."""

    class State(models.TextChoices):
        OPEN = "open", "整改中"
        CLOSED = "closed", "已改正"
        ESCALATED = "escalated", "逾期未改，转调查"

    number = models.CharField("文书号", max_length=60, unique=True)
    entity = models.ForeignKey("registry.Entity", on_delete=models.PROTECT, related_name="+")
    station = models.ForeignKey("stations.Station", on_delete=models.PROTECT, related_name="+")
    inspection = models.ForeignKey("fieldwork.Inspection", on_delete=models.PROTECT, related_name="+")
    items = models.JSONField("不符合项")
    """[{duty_code, item_code, text, basis, note, key, rectify_days}]"""
    ordered_on = models.DateField("下达日")
    due_on = models.DateField("改正期限")
    recheck = models.ForeignKey("duties.Obligation", on_delete=models.PROTECT, null=True, related_name="+")
    recheck_ids = ArrayField(models.BigIntegerField(), verbose_name="复查义务", default=list)
    """One re-check for each duty with a failed item; `recheck` is the first that falls due."""
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.OPEN)
    closed_on = models.DateField("改正日", null=True)

    class Meta:
        db_table = "cases_rectification_order"
        indexes = [
            models.Index(fields=["station", "due_on"], name="order_open", condition=models.Q(state="open"))
        ]
