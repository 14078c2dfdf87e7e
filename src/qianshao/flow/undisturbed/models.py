"""无事不扰名单 businesses that are left alone for a time."""

from __future__ import annotations

from django.db import models


class UndisturbedBusiness(models.Model):
    """无事不扰: one business on the list, from when until when, by whose approval; or why it left."""

    class Left(models.TextChoices):
        OVER = "over", "到期"
        STATE = "state", "不在业"
        RISK = "risk", "研判类别变差"
        COMPLAINT = "complaint", "投诉举报"
        PENALTY = "penalty", "行政处罚"
        REMOVED = "removed", "移出"

    id = models.BigAutoField(primary_key=True)
    entity = models.ForeignKey("registry.Entity", on_delete=models.PROTECT, related_name="+")
    station = models.ForeignKey("stations.Station", on_delete=models.PROTECT, related_name="+")
    from_on = models.DateField("起")
    until_on = models.DateField("止")
    reason = models.CharField("理由", max_length=200)
    basis = models.CharField("依据", max_length=200)
    approval_ref = models.CharField("批准文号", max_length=60)
    approved_unit = models.CharField("批准单位", max_length=6)
    approved_name = models.CharField("批准人", max_length=60)
    listed_at = models.DateTimeField("列入时间")
    left_on = models.DateField("移出日", null=True)
    left_why = models.CharField("移出原因", max_length=10, choices=Left.choices, blank=True)
    left_note = models.CharField("移出说明", max_length=200, blank=True)

    class Meta:
        db_table = "undisturbed_business"
        constraints = [
            models.UniqueConstraint(
                fields=["entity"], condition=models.Q(left_on=None), name="undisturbed_once"
            ),
            models.CheckConstraint(
                condition=models.Q(until_on__gte=models.F("from_on")), name="undisturbed_ends_after_start"
            ),
        ]
        indexes = [models.Index(fields=["station", "-id"], name="undisturbed_of_station")]
