"""双随机抽取 from the frozen list to the published announcement."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Draw(models.Model):
    """抽取 of several duties at once. The list, the seed and the announcement lie in files beside the database; the seed of
    an unpublished draw is in no table, so that nobody who may read tables can compute what is sealed."""

    class State(models.TextChoices):
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
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.FROZEN)
    objects_listed = models.PositiveIntegerField("名单对象数")
    figures = models.JSONField("数字", default=dict)
    """`expected` doors of three ways to draw; once drawn `strata`, `separate`, `doors`, `lacking`."""
    list_hash = models.CharField("名单散列", max_length=64)
    made_at = models.DateTimeField("冻结时间")
    made_by = models.CharField("冻结人", max_length=60)
    source = models.CharField("公开随机数来源", max_length=100, blank=True)
    commitment = models.CharField("种子承诺", max_length=64, blank=True)
    committed_at = models.DateTimeField("承诺时间", null=True)
    first_number = models.CharField("首次录入", max_length=200, blank=True)
    first_account = models.BigIntegerField("首次录入账号", null=True)
    first_name = models.CharField("首次录入人", max_length=60, blank=True)
    second_name = models.CharField("复核录入人", max_length=60, blank=True)
    drawn_at = models.DateTimeField("抽取时间", null=True)
    opened_at = models.DateTimeField("启封时间", null=True)
    published_at = models.DateTimeField("公布时间", null=True)
    announcement_hash = models.CharField("公告散列", max_length=64, blank=True)
    cancelled_reason = models.CharField("作废原因", max_length=200, blank=True)

    class Meta:
        db_table = "draws_draw"
        indexes = [models.Index(fields=["unit", "-id"], name="draw_of_unit")]
