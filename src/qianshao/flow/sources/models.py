"""Deliveries of source files and the rows of them that could not be used."""

from __future__ import annotations

from django.db import models


class Delivery(models.Model):
    """来文数据 one file as received: whole in the lake, in whole in the register or not at all."""

    class State(models.TextChoices):
        LANDED = "landed", "已入湖"
        LOADED = "loaded", "已入库"
        REFUSED = "refused", "已退回"

    feed = models.CharField("数据源", max_length=40)
    file_name = models.CharField("文件名", max_length=200)
    sha256 = models.CharField("散列", max_length=64)
    bytes = models.BigIntegerField("字节数")
    encoding = models.CharField("编码", max_length=20, blank=True)
    received_at = models.DateTimeField("接收时间")
    received_by = models.BigIntegerField("接收账号", null=True)
    lake_path = models.CharField("湖中位置", max_length=300, blank=True)
    state = models.CharField("状态", max_length=8, choices=State.choices)
    rows_read = models.BigIntegerField("读出行数", default=0)
    rows_loaded = models.BigIntegerField("入库行数", default=0)
    rows_quarantined = models.BigIntegerField("隔离行数", default=0)
    mapping_version = models.CharField("映射版本", max_length=64, blank=True)
    refusal = models.JSONField("退回原因", null=True)
    """{file, row, column, value, code, message} when the file was refused whole."""

    class Meta:
        db_table = "sources_delivery"
        constraints = [
            models.UniqueConstraint(
                fields=["feed", "sha256"],
                condition=models.Q(state="loaded"),
                name="same_file_loaded_once",
            ),
        ]


class QuarantinedRow(models.Model):
    """隔离行 a row kept aside with the reason; it can be corrected and then enters the register."""

    class State(models.TextChoices):
        OPEN = "open", "待处理"
        CORRECTED = "corrected", "已更正"
        DISMISSED = "dismissed", "已排除"

    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="+")
    feed = models.CharField("数据源", max_length=40)
    row_number = models.BigIntegerField("行")
    column = models.CharField("列", max_length=80)
    value = models.TextField("原值", blank=True)
    reason = models.CharField("原因代码", max_length=40)
    message = models.CharField("说明", max_length=300)
    raw = models.JSONField("原行")
    unit = models.CharField("属地", max_length=9, default="4406")
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.OPEN)
    settled_at = models.DateTimeField("处理时间", null=True)
    settled_by = models.BigIntegerField("处理账号", null=True)
    correction = models.JSONField("更正", null=True)

    class Meta:
        db_table = "sources_quarantined_row"
        constraints = [
            models.UniqueConstraint(
                fields=["delivery", "row_number", "reason", "column"], name="quarantined_once"
            ),
        ]
        indexes = [
            models.Index(fields=["state", "feed", "id"], name="quarantine_open"),
            models.Index(fields=["reason", "id"], name="quarantine_reason"),
        ]
