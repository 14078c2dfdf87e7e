"""现场检查 what came in from the phone, word for word, and the inspection made of it."""

from __future__ import annotations

from django.db import models


class Device(models.Model):
    """设备 a phone or browser that hands in records, with the highest number seen from it."""

    id = models.CharField("设备号", max_length=64, primary_key=True)
    account_id = models.BigIntegerField("账号")
    last_seq = models.PositiveBigIntegerField("最大序号", default=0)
    seen_at = models.DateTimeField("最近联系")

    class Meta:
        db_table = "fieldwork_device"


class Submission(models.Model):
    """提交 one envelope, stored as received. Same id and same body answers the same; another body becomes a dispute."""

    class State(models.TextChoices):
        ACCEPTED = "accepted", "已接收"
        HELD = "held", "待人工处理"
        DISMISSED = "dismissed", "不予录入"

    id = models.UUIDField("编号", primary_key=True)
    schema_version = models.PositiveSmallIntegerField("格式版本")
    kind = models.CharField("种类", max_length=20)
    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="+")
    device_seq = models.PositiveBigIntegerField("设备序号")
    base_version = models.PositiveIntegerField("所据版本")
    account_id = models.BigIntegerField("账号")
    station = models.ForeignKey("stations.Station", on_delete=models.PROTECT, related_name="+")
    visit = models.ForeignKey("planning.Visit", on_delete=models.PROTECT, null=True, related_name="+")
    body = models.JSONField("内容")
    body_sha256 = models.CharField("内容散列", max_length=64)
    received_at = models.DateTimeField("接收时间")
    state = models.CharField("状态", max_length=10, choices=State.choices)
    held_reason = models.CharField("待处理原因", max_length=200, blank=True)
    receipt = models.JSONField("回执", default=dict)
    settled_at = models.DateTimeField("处理时间", null=True)
    settlement = models.CharField("处理意见", max_length=200, blank=True)

    class Meta:
        db_table = "fieldwork_submission"
        constraints = [models.UniqueConstraint(fields=["device", "device_seq"], name="device_number_once")]


class Dispute(models.Model):
    """争议 a second body under an id already used: kept, shown to a person, never dropped."""

    submission_id = models.UUIDField("编号")
    body = models.JSONField("内容")
    body_sha256 = models.CharField("内容散列", max_length=64)
    account_id = models.BigIntegerField("账号")
    station = models.ForeignKey("stations.Station", on_delete=models.PROTECT, related_name="+")
    reason = models.CharField("争议原因", max_length=40, default="same_id_other_body")
    receipt = models.JSONField("回执", default=dict)
    received_at = models.DateTimeField("接收时间")
    settled_at = models.DateTimeField("处理时间", null=True)
    settlement = models.CharField("处理意见", max_length=200, blank=True)

    class Meta:
        db_table = "fieldwork_dispute"
        constraints = [models.UniqueConstraint(fields=["submission_id", "body_sha256"], name="dispute_once")]


class Inspection(models.Model):
    """现场检查记录 of one visit."""

    visit = models.OneToOneField(
        "planning.Visit", on_delete=models.PROTECT, primary_key=True, related_name="+"
    )
    submission = models.OneToOneField(Submission, on_delete=models.PROTECT, related_name="+")
    entity = models.ForeignKey("registry.Entity", on_delete=models.PROTECT, related_name="+")
    station = models.ForeignKey("stations.Station", on_delete=models.PROTECT, related_name="+")
    begun_at = models.DateTimeField("开始（设备时间）")
    finished_at = models.DateTimeField("结束（设备时间）")
    received_at = models.DateTimeField("接收时间")
    conclusion = models.CharField("结论", max_length=30)
    # no_problem | corrected_on_site | order_to_rectify | not_operating | refused | not_found
    note = models.TextField("备注", blank=True)
    signatures = models.JSONField("签名", default=dict)
    party_refused_reason = models.CharField("当事人拒签说明", max_length=200, blank=True)
    position = models.JSONField("位置", null=True)
    order_number = models.CharField("责令改正文书号", max_length=60, blank=True)
    """Number of the order that came of it; a re-check asks again for what failed here."""

    class Meta:
        db_table = "fieldwork_inspection"
        indexes = [
            models.Index(fields=["entity", "-received_at"], name="inspection_by_entity"),
            models.Index(
                fields=["order_number"], name="inspection_by_order", condition=~models.Q(order_number="")
            ),
        ]


class CheckResult(models.Model):
    """检查项结果."""

    class Outcome(models.TextChoices):
        PASS = "pass", "符合"
        FAIL = "fail", "不符合"
        NOT_APPLICABLE = "na", "不适用"

    inspection = models.ForeignKey(Inspection, on_delete=models.CASCADE, related_name="+")
    obligation = models.ForeignKey("duties.Obligation", on_delete=models.PROTECT, related_name="+")
    duty_code = models.CharField("检查事项", max_length=40)
    item_code = models.CharField("检查项", max_length=60)
    outcome = models.CharField("结果", max_length=4, choices=Outcome.choices)
    note = models.TextField("说明", blank=True)
    attachments = models.JSONField("附件", default=list)

    class Meta:
        db_table = "fieldwork_check_result"
        constraints = [
            models.UniqueConstraint(
                fields=["inspection", "obligation", "item_code"], name="item_answered_once"
            ),
        ]
