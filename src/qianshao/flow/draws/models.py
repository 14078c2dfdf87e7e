"""双随机抽取 from the frozen list to the published announcement."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Draw(models.Model):
    """抽取 of several duties at once. The list, the seed and the announcement lie in files beside the database; the seed of
    an unpublished draw is in no table, so that nobody who may read tables can compute what is sealed."""

    class State(models.TextChoices):
        FREEZING = "freezing", "正在冻结名单"
        FROZEN = "frozen", "名单已冻结"
        COMMITTED = "committed", "已承诺种子"
        DRAWN = "drawn", "已抽取，封存中"
        OPENED = "opened", "已启封"
        PUBLISHED = "published", "已公布"
        CANCELLED = "cancelled", "已作废"

    title = models.CharField("名称", max_length=100)
    unit = models.CharField("范围", max_length=9)
    duty_codes = ArrayField(models.CharField(max_length=40), verbose_name="检查事项")
    used_from = models.DateField("启用日")
    used_until = models.DateField("截止日")
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.FREEZING)
    hash = models.CharField("散列算法", max_length=6, default="sha256")
    freeze_run = models.BigIntegerField("冻结作业", null=True)
    objects_listed = models.PositiveIntegerField("名单对象数", default=0)
    figures = models.JSONField("数字", default=dict)
    """`expected` doors of three ways to draw, `excluded` by reason, `conflicts`, `expired` certificates, `cap`; once drawn `strata`,
    `separate`, `doors`, `lacking`; once opened `owed`."""
    list_hash = models.CharField("名单散列", max_length=64, blank=True)
    made_at = models.DateTimeField("冻结时间")
    made_by = models.CharField("冻结人", max_length=60)
    source = models.CharField("公开随机数来源", max_length=100, blank=True)
    beacon_chain = models.CharField("信标链", max_length=64, blank=True)
    beacon_round = models.BigIntegerField("信标轮次", null=True)
    commitment = models.CharField("种子承诺", max_length=64, blank=True)
    committed_at = models.DateTimeField("承诺时间", null=True)
    first_number = models.CharField("首次录入", max_length=200, blank=True)
    first_account = models.BigIntegerField("首次录入账号", null=True)
    first_name = models.CharField("首次录入人", max_length=60, blank=True)
    second_name = models.CharField("复核录入人", max_length=60, blank=True)
    drawn_at = models.DateTimeField("抽取时间", null=True)
    opened_at = models.DateTimeField("启封时间", null=True)
    published_at = models.DateTimeField("公布时间", null=True)
    announcement_hash = models.CharField("抽取结果散列", max_length=64, blank=True)
    """Hash of the announcement above its changes: fixed when drawn, whatever is changed by hand afterwards."""
    cancelled_reason = models.CharField("作废原因", max_length=200, blank=True)

    class Meta:
        db_table = "draws_draw"
        indexes = [models.Index(fields=["unit", "-id"], name="draw_of_unit")]


class DrawChange(models.Model):
    """人工调整 of a drawn result: an officer replaced, an object passed over; shown to everybody with the reason."""

    class Kind(models.TextChoices):
        REPLACE = "replace", "更换检查人员"
        PASS_OVER = "pass_over", "不再检查"

    draw = models.ForeignKey(Draw, on_delete=models.PROTECT, related_name="+")
    object = models.CharField("对象", max_length=18)
    kind = models.CharField("种类", max_length=10, choices=Kind.choices)
    leaves = models.CharField("换出", max_length=30, blank=True)
    joins = models.CharField("换入", max_length=30, blank=True)
    reason = models.CharField("理由", max_length=200)
    at = models.DateTimeField("时间")
    by = models.CharField("办理人", max_length=60)

    class Meta:
        db_table = "draws_change"


class DrawResult(models.Model):
    """抽查结果 of one drawn check, from the visit that met it to its publication."""

    draw = models.ForeignKey(Draw, on_delete=models.PROTECT, related_name="+")
    obligation = models.OneToOneField("duties.Obligation", on_delete=models.PROTECT, related_name="+")
    duty_code = models.CharField("检查事项", max_length=40)
    result = models.CharField("结果", max_length=16)
    formed_on = models.DateField("结果形成日")
    done_ref = models.CharField("依据", max_length=64)
    officers = ArrayField(models.CharField(max_length=30), verbose_name="检查人员执法证号", default=list)
    publish_by = models.DateField("公布期限")
    published_at = models.DateTimeField("公布时间", null=True)

    class Meta:
        db_table = "draws_result"
        indexes = [
            models.Index(
                fields=["draw", "publish_by"],
                name="result_waiting",
                condition=models.Q(published_at__isnull=True),
            )
        ]
