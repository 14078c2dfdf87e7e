"""非现场核查 what was answered without entering a door."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models


class OffsiteCheck(models.Model):
    """非现场核查记录: one obligation looked into by documents, data, video or report."""

    class Method(models.TextChoices):
        DOCUMENTS = "documents", "书面材料"
        DATA = "data", "数据比对"
        VIDEO = "video", "远程视频"
        REPORT = "report", "检验检测报告"

    class Conclusion(models.TextChoices):
        MET = "met", "符合要求"
        NOT_MET = "not_met", "不能确认，须现场检查"

    id = models.BigAutoField(primary_key=True)
    obligation = models.ForeignKey("duties.Obligation", on_delete=models.PROTECT, related_name="+")
    entity = models.ForeignKey("registry.Entity", on_delete=models.PROTECT, related_name="+")
    station = models.ForeignKey("stations.Station", on_delete=models.PROTECT, related_name="+")
    duty_code = models.CharField("检查事项", max_length=40)
    field = models.CharField("领域", max_length=30)
    method = models.CharField("方式", max_length=10, choices=Method.choices)
    reference = models.CharField("材料或数据", max_length=200, blank=True)
    attachments = ArrayField(models.CharField(max_length=64), verbose_name="附件", default=list)
    conclusion = models.CharField("结论", max_length=8, choices=Conclusion.choices)
    note = models.CharField("说明", max_length=300, blank=True)
    checked_on = models.DateField("核查日")
    recorded_at = models.DateTimeField("登记时间")
    recorded_by = models.BigIntegerField("登记账号", null=True)
    recorded_name = models.CharField("核查人", max_length=60)
    released_visit = models.BigIntegerField("放下的进门", null=True)
    """The planned visit that no longer needs to be made, where this was all it carried."""

    class Meta:
        db_table = "offsite_check"
        constraints = [
            models.UniqueConstraint(
                fields=["obligation"], condition=models.Q(conclusion="met"), name="met_offsite_once"
            ),
        ]
        indexes = [
            models.Index(fields=["station", "-id"], name="offsite_of_station"),
            models.Index(fields=["station", "checked_on"], name="offsite_by_day"),
        ]
