"""Records that cannot be quietly changed: events sealed at commit, attachments, document numbers, runs of jobs."""

from __future__ import annotations

from django.db import models


class Event(models.Model):
    """留痕: one state change. `prev` and `hash` are set when the transaction commits, by the seal trigger alone."""

    id = models.BigAutoField(primary_key=True)
    chain = models.PositiveSmallIntegerField("链", default=0)
    position = models.BigIntegerField("链中序号", null=True)
    prev = models.CharField("前一散列", max_length=64, null=True)
    hash = models.CharField("散列", max_length=64, null=True)
    at = models.DateTimeField("时间")
    actor_id = models.BigIntegerField("账号", null=True)
    actor_name = models.CharField("姓名", max_length=80)
    actor_role = models.CharField("角色", max_length=20)
    unit = models.CharField("单位", max_length=12)
    verb = models.CharField("行为", max_length=60)
    subject_type = models.CharField("对象类型", max_length=40)
    subject_id = models.CharField("对象", max_length=64)
    payload = models.JSONField("内容", default=dict)
    rows = models.JSONField("业务行散列", default=list)
    """[{table, pk, sha256}] of every business row the act wrote; the verifier hashes the rows again."""

    class Meta:
        db_table = "records_event"
        constraints = [
            models.UniqueConstraint(fields=["chain", "prev"], name="event_chain_never_forks"),
            models.UniqueConstraint(fields=["chain", "position"], name="event_position_once"),
        ]
        indexes = [
            models.Index(fields=["subject_type", "subject_id", "-id"], name="event_by_subject"),
            models.Index(fields=["unit", "-id"], name="event_by_unit"),
        ]


class Attachment(models.Model):
    """附件: bytes kept on disk under their SHA-256 before the row exists."""

    sha256 = models.CharField("散列", max_length=64, primary_key=True)
    media_type = models.CharField("类型", max_length=60)
    bytes = models.PositiveIntegerField("字节数")
    original_name = models.CharField("原文件名", max_length=200, blank=True)
    unit = models.CharField("单位", max_length=12)
    stored_by = models.BigIntegerField("上传账号")
    stored_at = models.DateTimeField("上传时间")

    class Meta:
        db_table = "records_attachment"


class DocumentSequence(models.Model):
    """文书号: the last number given out, per kind of document, unit and year."""

    kind = models.CharField("文书", max_length=40)
    unit = models.CharField("单位", max_length=12)
    year = models.PositiveSmallIntegerField("年")
    last = models.PositiveIntegerField("末号", default=0)

    class Meta:
        db_table = "records_document_sequence"
        constraints = [
            models.UniqueConstraint(fields=["kind", "unit", "year"], name="document_sequence_once"),
        ]


class JobRun(models.Model):
    """作业: one business act done in the background, at most once: the key is unique, the fence decides who may finish."""

    class State(models.TextChoices):
        WAITING = "waiting", "等待"
        RUNNING = "running", "进行中"
        DONE = "done", "完成"
        FAILED = "failed", "失败"

    task = models.CharField("作业", max_length=80)
    key = models.CharField("业务键", max_length=120)
    state = models.CharField("状态", max_length=8, choices=State.choices, default=State.WAITING)
    fence = models.PositiveIntegerField("栅栏", default=0)
    attempts = models.PositiveIntegerField("次数", default=0)
    asked_by = models.BigIntegerField("账号", null=True)
    unit = models.CharField("单位", max_length=12, default="4406")
    asked_at = models.DateTimeField("提出时间")
    heartbeat_at = models.DateTimeField("心跳", null=True)
    finished_at = models.DateTimeField("完成时间", null=True)
    arguments = models.JSONField("参数", default=dict)
    result = models.JSONField("结果", default=dict)
    failure = models.TextField("失败原因", blank=True)

    class Meta:
        db_table = "records_job_run"
        constraints = [models.UniqueConstraint(fields=["task", "key"], name="job_business_key_once")]
