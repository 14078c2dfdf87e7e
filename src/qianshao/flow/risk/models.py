"""所内研判 the station's own class of a business; the provincial credit class is an imported fact, never overwritten."""

from __future__ import annotations

from django.db import models


class RiskAssessment(models.Model):
    """研判结果 of one business at the latest run, with the points each reason gave."""

    entity = models.OneToOneField(
        "registry.Entity", on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    as_of = models.DateField("研判日")
    score = models.SmallIntegerField("分")
    risk_class = models.CharField("类别", max_length=1)
    reasons = models.JSONField("理由", default=list)
    """[{code, points, detail}]"""
    model_version = models.CharField("模型版本", max_length=40)

    class Meta:
        db_table = "risk_assessment"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(risk_class__in=["A", "B", "C", "D"]), name="class_a_to_d"
            )
        ]
