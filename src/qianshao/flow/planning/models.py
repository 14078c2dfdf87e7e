"""月计划 a station's month: visits that carry many obligations through one door."""

from __future__ import annotations

from django.db import models


class MonthPlan(models.Model):
    """月度检查计划 of one station; at most one that counts for a month."""

    class State(models.TextChoices):
        DRAFT = "draft", "草案"
        APPROVED = "approved", "已批准"
        WITHDRAWN = "withdrawn", "已撤回"

    month = models.DateField("月份（首日）")
    station = models.ForeignKey("stations.Station", on_delete=models.PROTECT, related_name="+")
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.DRAFT)
    report = models.JSONField("报告", default=dict)
    """obligations, visits, doors, one_visit_each, lower_bound, gap, left_out by reason, minutes, officers."""
    seed = models.BigIntegerField("种子")
    policy_version = models.CharField("规则版本", max_length=64)
    made_at = models.DateTimeField("编制时间")
    made_by = models.BigIntegerField("编制人", null=True)
    approved_at = models.DateTimeField("批准时间", null=True)
    approved_by = models.BigIntegerField("批准人", null=True)

    class Meta:
        db_table = "planning_month_plan"
        constraints = [
            models.UniqueConstraint(
                fields=["month", "station"], condition=~models.Q(state="withdrawn"), name="one_plan_a_month"
            ),
        ]


class Visit(models.Model):
    """一次进门: one team enters one door on one day."""

    class State(models.TextChoices):
        PLANNED = "planned", "待检查"
        DONE = "done", "已完成"
        CANCELLED = "cancelled", "已取消"

    id = models.BigAutoField(primary_key=True)
    plan = models.ForeignKey(MonthPlan, on_delete=models.CASCADE, related_name="+")
    station = models.ForeignKey("stations.Station", on_delete=models.PROTECT, related_name="+")
    entity = models.ForeignKey("registry.Entity", on_delete=models.PROTECT, related_name="+")
    visit_on = models.DateField("日期")
    team = models.PositiveSmallIntegerField("组")
    sequence = models.PositiveSmallIntegerField("当日顺序")
    minutes = models.PositiveSmallIntegerField("检查分钟")
    travel_minutes = models.PositiveSmallIntegerField("路途分钟")
    starts_at = models.PositiveSmallIntegerField("预计到达（零点起分钟）", null=True)
    version = models.PositiveIntegerField("版本", default=1)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.PLANNED)
    done_on = models.DateField("完成日", null=True)
    locked = models.BooleanField("锁定", default=False)
    """A person has promised this day: the planner moves it no more."""

    class Meta:
        db_table = "planning_visit"
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "visit_on", "team", "sequence"],
                condition=models.Q(state="planned"),
                name="one_door_at_a_time",
            ),
        ]
        indexes = [
            models.Index(fields=["station", "visit_on", "id"], name="visit_by_day"),
            models.Index(fields=["entity", "visit_on"], name="visit_by_door"),
        ]


class VisitOfficer(models.Model):
    """检查人员 of a visit."""

    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, related_name="+")
    officer = models.ForeignKey("stations.Officer", on_delete=models.PROTECT, related_name="+")
    lead = models.BooleanField("组长", default=False)

    class Meta:
        db_table = "planning_visit_officer"
        constraints = [models.UniqueConstraint(fields=["visit", "officer"], name="officer_once_per_visit")]


class VisitTask(models.Model):
    """随访事项: an obligation carried by a visit."""

    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, related_name="+")
    obligation = models.ForeignKey("duties.Obligation", on_delete=models.PROTECT, related_name="+")
    active = models.BooleanField("有效", default=True)

    class Meta:
        db_table = "planning_visit_task"
        constraints = [
            models.UniqueConstraint(
                fields=["obligation"], condition=models.Q(active=True), name="planned_once"
            ),
        ]


class LeftOut(models.Model):
    """未排入: an obligation due in the month that no visit could carry, and why."""

    plan = models.ForeignKey(MonthPlan, on_delete=models.CASCADE, related_name="+")
    obligation = models.ForeignKey("duties.Obligation", on_delete=models.PROTECT, related_name="+")
    reason = models.CharField("原因代码", max_length=40)
    detail = models.CharField("说明", max_length=300)

    class Meta:
        db_table = "planning_left_out"
        constraints = [models.UniqueConstraint(fields=["plan", "obligation"], name="left_out_once")]
