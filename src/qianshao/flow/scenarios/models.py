"""政策推演 what would be if: a supposition and what came of it."""

from __future__ import annotations

from django.db import models


class Scenario(models.Model):
    """一次推演 of a unit's month."""

    title = models.CharField("名称", max_length=100)
    unit = models.CharField("范围", max_length=9)
    month = models.DateField("月份（首日）")
    supposition = models.JSONField("假设", default=dict)
    result = models.JSONField("结果", default=dict)
    """`stations`: per code `today` and `then`; `today` and `then`: their sums; empty until reckoned."""
    made_at = models.DateTimeField("时间")
    made_by = models.CharField("推演人", max_length=60)
    run_id = models.BigIntegerField("作业", null=True)

    class Meta:
        db_table = "scenarios_scenario"
        indexes = [models.Index(fields=["unit", "-id"], name="scenario_of_unit")]
