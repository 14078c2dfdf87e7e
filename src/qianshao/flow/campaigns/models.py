"""专项行动 a special check from its plan to its end."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Campaign(models.Model):
    """专项行动 of a unit: which published duties, at whose door, from when until when, on whose authority."""

    class State(models.TextChoices):
        DRAFT = "draft", "草案"
        SUBMITTED = "submitted", "已提交，待批准"
        APPROVED = "approved", "已批准"
        RUNNING = "running", "进行中"
        CLOSED = "closed", "已结束"
        WITHDRAWN = "withdrawn", "已撤回"

    unit = models.CharField("单位", max_length=9)
    year = models.PositiveSmallIntegerField("年度")
    sequence = models.PositiveSmallIntegerField("年内序号")
    title = models.CharField("名称", max_length=100)
    purpose = models.CharField("目的", max_length=300)
    basis = models.CharField("依据", max_length=300)
    duty_codes = ArrayField(models.CharField(max_length=40), verbose_name="检查事项")
    target = models.JSONField("检查对象", default=dict)
    """Keys as in a duty's `whom`, and tag, risk, unit; all must hold."""
    first_on = models.DateField("起始日")
    last_on = models.DateField("截止日")
    from_above = models.BooleanField("上级部署", default=False)
    above_ref = models.CharField("上级文号", max_length=60, blank=True)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.DRAFT)
    reach = models.JSONField("涉及", default=dict)
    """doors, checks, carried, minutes as counted at submission and again at the start."""
    made_at = models.DateTimeField("拟订时间")
    made_by = models.BigIntegerField("拟订人", null=True)
    made_name = models.CharField("拟订人姓名", max_length=60)
    submitted_at = models.DateTimeField("提交时间", null=True)
    submitted_by = models.BigIntegerField("提交人", null=True)
    submitted_name = models.CharField("提交人姓名", max_length=60, blank=True)
    returned_reason = models.CharField("退回原因", max_length=200, blank=True)
    approval_ref = models.CharField("批准文号", max_length=60, blank=True)
    approved_on = models.DateField("批准日期", null=True)
    approved_body = models.CharField("批准机关", max_length=60, blank=True)
    approved_name = models.CharField("批准经办人", max_length=60, blank=True)
    filed_on = models.DateField("备案日期", null=True)
    filed_ref = models.CharField("备案回执", max_length=60, blank=True)
    started_at = models.DateTimeField("启动时间", null=True)
    ended_at = models.DateTimeField("结束时间", null=True)
    ended_reason = models.CharField("结束或撤回原因", max_length=200, blank=True)

    class Meta:
        db_table = "campaigns_campaign"
        constraints = [
            models.UniqueConstraint(fields=["unit", "year", "sequence"], name="campaign_number_once"),
            models.CheckConstraint(
                condition=models.Q(last_on__gte=models.F("first_on")), name="campaign_ends_after_start"
            ),
        ]
        indexes = [models.Index(fields=["unit", "-id"], name="campaign_of_unit")]

    @property
    def ref(self) -> str:
        """What its obligations name as their origin."""
        return f"campaign:{self.pk}"
