"""检查义务 what the law asks to be checked, at whose door, until when."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Left, Length


class Obligation(models.Model):
    """检查义务: one duty at one business within one window."""

    class State(models.TextChoices):
        OPEN = "open", "待检查"
        DONE = "done", "已完成"
        CANCELLED = "cancelled", "已取消"

    class Origin(models.TextChoices):
        LAW = "law", "法定"
        RECHECK = "recheck", "复查"
        COMPLAINT = "complaint", "投诉举报"
        DRAW = "draw", "公开抽取"
        CAMPAIGN = "campaign", "专项行动"
        DEPLOYED = "deployed", "上级部署专项"

    id = models.BigAutoField(primary_key=True)
    entity = models.ForeignKey("registry.Entity", on_delete=models.PROTECT, related_name="+")
    station = models.ForeignKey("stations.Station", on_delete=models.PROTECT, related_name="+")
    duty_code = models.CharField("检查事项", max_length=40)
    duty_version = models.CharField("事项版本", max_length=20)
    field = models.CharField("领域", max_length=30)
    level = models.CharField("要求级别", max_length=10)
    asked_by = models.CharField("提出单位", max_length=9)
    """Division code of the unit that asked for it: the city's, the district's, or that of the station itself."""
    competence = models.CharField("所需资质", max_length=40)
    minutes = models.PositiveSmallIntegerField("分钟")
    release_on = models.DateField("最早日")
    due_on = models.DateField("最迟日")
    origin = models.CharField("来源", max_length=10, choices=Origin.choices, default=Origin.LAW)
    origin_ref = models.CharField("来源编号", max_length=64, blank=True)
    period = models.CharField("期", max_length=20)
    """What makes the obligation one: the same duty, business and period is never owed twice."""
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.OPEN)
    done_on = models.DateField("完成日", null=True)
    done_ref = models.CharField("完成依据", max_length=64, blank=True)
    cancelled_reason = models.CharField("取消原因", max_length=200, blank=True)
    drawn_officers = ArrayField(
        models.CharField(max_length=30), verbose_name="抽中的检查人员", default=list, db_default=[]
    )
    """Certificate numbers of the team that a public draw sends; empty for every other origin."""

    class Meta:
        db_table = "duties_obligation"
        constraints = [
            models.UniqueConstraint(fields=["entity", "duty_code", "period", "origin_ref"], name="owed_once"),
            models.CheckConstraint(
                condition=models.Q(due_on__gte=models.F("release_on")), name="due_after_release"
            ),
            models.CheckConstraint(
                condition=models.Q(asked_by=Left("station_id", Length("asked_by"))), name="asked_from_above"
            ),
        ]
        indexes = [
            models.Index(
                fields=["station", "due_on", "id"], name="obligation_open", condition=models.Q(state="open")
            ),
            models.Index(fields=["station", "done_on"], name="obligation_done"),
            models.Index(
                fields=["origin_ref", "station"],
                name="obligation_of_campaign",
                condition=models.Q(origin__in=["campaign", "deployed"]),
            ),
        ]


class SparedCheck(models.Model):
    """少进的一次门: a check that would have been owed at a business and is not, by which rule and on what evidence."""

    class Kind(models.TextChoices):
        SPARED = "spared", "免重复"
        DEFERRED = "deferred", "顺延"
        POST_LICENCE = "post_licence", "证后已查"
        WHITELIST = "whitelist", "无事不扰"
        CARRIED = "carried", "并入已有检查"

    id = models.BigAutoField(primary_key=True)
    entity = models.ForeignKey("registry.Entity", on_delete=models.PROTECT, related_name="+")
    station = models.ForeignKey("stations.Station", on_delete=models.PROTECT, related_name="+")
    duty_code = models.CharField("检查事项", max_length=40)
    field = models.CharField("领域", max_length=30)
    period = models.CharField("期", max_length=20)
    kind = models.CharField("规则", max_length=12, choices=Kind.choices, default=Kind.SPARED)
    spared_on = models.DateField("日期")
    checked_on = models.DateField("依据日", null=True)
    """Day of the check, of another level or unit, that makes it needless."""
    obligation = models.ForeignKey(Obligation, on_delete=models.PROTECT, related_name="+", null=True)
    """The check that stands for it; the visit is spared once that check is done."""

    class Meta:
        db_table = "duties_spared_check"
        constraints = [
            models.UniqueConstraint(fields=["entity", "duty_code", "period"], name="spared_once"),
        ]
        indexes = [models.Index(fields=["station", "spared_on"], name="spared_by_day")]


class YearSetting(models.Model):
    """年度抽查设置: the share by class or the months in which a random duty is drawn, as an approved year plan says for a unit; null
    leaves what the policy says."""

    plan_unit = models.CharField("计划单位", max_length=6)
    year = models.PositiveSmallIntegerField("年度")
    unit = models.CharField("范围", max_length=9)
    duty_code = models.CharField("检查事项", max_length=40)
    share = models.JSONField("抽查比例", null=True)
    months = ArrayField(models.PositiveSmallIntegerField(), verbose_name="抽查月份", null=True)
    source = models.CharField("来源", max_length=40)

    class Meta:
        db_table = "duties_year_setting"
        constraints = [
            models.UniqueConstraint(
                fields=["plan_unit", "year", "unit", "duty_code"], name="one_setting_a_year"
            ),
        ]
