"""年度检查计划 a unit's plan of a year: versions, what each version asks for, and what a head changed in it."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

IN_PREPARATION = ("draft", "submitted", "approved")


class YearPlan(models.Model):
    """年度检查计划, one version of it. A later version leaves the earlier one to be seen."""

    class State(models.TextChoices):
        DRAFT = "draft", "草案"
        SUBMITTED = "submitted", "已提交，待批准"
        APPROVED = "approved", "已批准"
        PUBLISHED = "published", "已公布"
        REPLACED = "replaced", "已被新版本取代"
        WITHDRAWN = "withdrawn", "已撤回"

    unit = models.CharField("单位", max_length=6)
    year = models.PositiveSmallIntegerField("年度")
    version = models.PositiveSmallIntegerField("版本", default=1)
    number = models.CharField("抽查计划编号", max_length=20)
    title = models.CharField("抽查计划名称", max_length=100)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.DRAFT)
    reason = models.CharField("修订原因", max_length=200, blank=True)
    first_month = models.PositiveSmallIntegerField("起始月")
    made_at = models.DateTimeField("编制时间")
    made_by = models.BigIntegerField("编制人", null=True)
    made_name = models.CharField("编制人姓名", max_length=60)
    revision = models.PositiveIntegerField("计算次数", default=0)
    """Raised with every change of what is reckoned; a reckoning of an older revision is thrown away."""
    run_id = models.BigIntegerField("作业", null=True)
    reckoned_at = models.DateTimeField("计算完成时间", null=True)
    as_of = models.DateField("数据截至")
    report = models.JSONField("报告", default=dict)
    content_hash = models.CharField("内容散列", max_length=64, blank=True)
    submitted_at = models.DateTimeField("提交时间", null=True)
    submitted_by = models.BigIntegerField("提交人", null=True)
    submitted_name = models.CharField("提交人姓名", max_length=60, blank=True)
    returned_reason = models.CharField("退回原因", max_length=200, blank=True)
    approved_at = models.DateTimeField("批准时间", null=True)
    approved_name = models.CharField("批准人", max_length=60, blank=True)
    approved_unit = models.CharField("批准单位", max_length=9, blank=True)
    approval_ref = models.CharField("批准文号", max_length=60, blank=True)
    filed_on = models.DateField("备案日期", null=True)
    filed_ref = models.CharField("备案回执", max_length=60, blank=True)
    published_at = models.DateTimeField("公布时间", null=True)
    withdrawn_at = models.DateTimeField("撤回时间", null=True)
    withdrawn_reason = models.CharField("撤回原因", max_length=200, blank=True)

    class Meta:
        db_table = "yearplans_year_plan"
        constraints = [
            models.UniqueConstraint(fields=["number", "version"], name="version_once"),
            models.UniqueConstraint(
                fields=["unit", "year"],
                condition=models.Q(state__in=IN_PREPARATION),
                name="one_version_in_preparation",
            ),
            models.UniqueConstraint(
                fields=["unit", "year"], condition=models.Q(state="published"), name="one_version_published"
            ),
            models.CheckConstraint(
                condition=models.Q(first_month__range=(1, 12)), name="a_month_of_the_year"
            ),
        ]


class YearPlanItem(models.Model):
    """抽查任务 of a version, with the words of the law as they were when it was reckoned."""

    class Kind(models.TextChoices):
        DUTY = "duty", "检查事项"
        DRAW = "draw", "双随机抽取"
        CAMPAIGN = "campaign", "专项行动"

    plan = models.ForeignKey(YearPlan, on_delete=models.CASCADE, related_name="+")
    number = models.CharField("抽查任务编号", max_length=24)
    kind = models.CharField("类别", max_length=10, choices=Kind.choices)
    code = models.CharField("事项代码", max_length=40)
    name = models.CharField("任务名称", max_length=100)
    field = models.CharField("领域", max_length=30, blank=True)
    field_name = models.CharField("领域名称", max_length=30, blank=True)
    level = models.CharField("要求级别", max_length=10)
    rule = models.CharField("规则", max_length=20, blank=True)
    draw_kind = models.CharField("抽查类型", max_length=20)
    target = models.CharField("抽查对象范围", max_length=300)
    basis = models.CharField("依据", max_length=500)
    method = models.CharField("检查方式", max_length=40)
    competence = models.CharField("所需资质", max_length=40, blank=True)
    frequency = models.CharField("比例或频次", max_length=200)
    draw_dates = models.CharField("抽取日期", max_length=100)
    cap = models.CharField("频次上限", max_length=100, blank=True)
    estimate = models.BooleanField("估计", default=False)

    class Meta:
        db_table = "yearplans_item"
        constraints = [models.UniqueConstraint(fields=["plan", "number"], name="task_number_once")]


class YearPlanPart(models.Model):
    """一所的部分 of a task: whom it concerns by class, checks in each month, minutes of the year."""

    item = models.ForeignKey(YearPlanItem, on_delete=models.CASCADE, related_name="+")
    station = models.ForeignKey("stations.Station", on_delete=models.PROTECT, related_name="+")
    concerned = models.JSONField("涉及户数", default=dict)
    months = ArrayField(models.PositiveIntegerField(), size=12, verbose_name="各月检查数")
    minutes = models.PositiveIntegerField("分钟")

    class Meta:
        db_table = "yearplans_part"
        constraints = [models.UniqueConstraint(fields=["item", "station"], name="part_once_per_station")]


class YearPlanChange(models.Model):
    """计划调整: a share or the months of a random duty, within the unit or one station of it; the latest of each counts."""

    plan = models.ForeignKey(YearPlan, on_delete=models.CASCADE, related_name="+")
    unit = models.CharField("范围", max_length=9)
    duty_code = models.CharField("检查事项", max_length=40)
    share = models.JSONField("抽查比例", null=True)
    months = ArrayField(models.PositiveSmallIntegerField(), verbose_name="抽查月份", null=True)
    reason = models.CharField("理由", max_length=200)
    changed_at = models.DateTimeField("时间")
    changed_by = models.CharField("调整人", max_length=60)

    class Meta:
        db_table = "yearplans_change"
