"""市场监管所 stations and the officers who work in them."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Station(models.Model):
    """市场监督管理所; its code is the nine-digit code of its town."""

    code = models.CharField("代码", max_length=9, primary_key=True)
    name = models.CharField("名称", max_length=60)
    short_name = models.CharField("简称", max_length=20)
    town = models.ForeignKey("places.Division", on_delete=models.PROTECT, related_name="+")
    district_code = models.CharField("区", max_length=6)
    lon = models.FloatField("经度")
    lat = models.FloatField("纬度")

    class Meta:
        db_table = "stations_station"
        ordering = ["code"]


class Officer(models.Model):
    """执法人员; an auxiliary (辅助人员) may never inspect."""

    certificate_no = models.CharField("执法证号", max_length=30, unique=True)
    name = models.CharField("姓名", max_length=40)
    station = models.ForeignKey(Station, on_delete=models.PROTECT, related_name="+")
    post = models.CharField("职务", max_length=40, blank=True)
    competences = ArrayField(models.CharField(max_length=40), verbose_name="资质", default=list)
    certificate_expires_on = models.DateField("证件有效期至")
    auxiliary = models.BooleanField("辅助人员", default=False)
    active = models.BooleanField("在岗", default=True)

    class Meta:
        db_table = "stations_officer"
        ordering = ["station_id", "id"]


class OfficerLeave(models.Model):
    """请假: days on which an officer cannot be sent out, both ends included."""

    officer = models.ForeignKey(Officer, on_delete=models.CASCADE, related_name="+")
    from_on = models.DateField("起")
    to_on = models.DateField("止")
    reason = models.CharField("事由", max_length=60, blank=True)

    class Meta:
        db_table = "stations_officer_leave"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(to_on__gte=models.F("from_on")), name="leave_ends_after_start"
            ),
        ]
