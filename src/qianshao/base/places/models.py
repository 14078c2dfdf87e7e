"""行政区划 administrative divisions (GB/T 2260 and the town and village codes of the statistics bureau)."""

from __future__ import annotations

from django.db import models


class Division(models.Model):
    """行政区划: city (4 digits kept as "4406"), district (6), town (9) or village (12 digits)."""

    class Level(models.TextChoices):
        CITY = "city", "市"
        DISTRICT = "district", "区"
        TOWN = "town", "镇街"
        VILLAGE = "village", "村居"

    code = models.CharField("区划代码", max_length=12, primary_key=True)
    name = models.CharField("名称", max_length=80)
    level = models.CharField("级别", max_length=8, choices=Level.choices)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    lon = models.FloatField("经度", null=True)
    lat = models.FloatField("纬度", null=True)

    class Meta:
        db_table = "places_division"
        ordering = ["code"]


class RoadSegment(models.Model):
    """道路 between two places that lie on roads, passable both ways; ends at the same place are joined."""

    from_lon = models.FloatField("起点经度")
    from_lat = models.FloatField("起点纬度")
    to_lon = models.FloatField("终点经度")
    to_lat = models.FloatField("终点纬度")
    metres = models.FloatField("长度（米）")

    class Meta:
        db_table = "places_road_segment"
        constraints = [
            models.CheckConstraint(condition=models.Q(metres__gt=0), name="road_has_length"),
        ]
        indexes = [models.Index(fields=["from_lon", "from_lat"], name="road_by_place")]
