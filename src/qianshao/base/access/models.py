"""Accounts and failed sign-ins."""

from __future__ import annotations

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models


class Account(AbstractBaseUser):
    """账号: one person, one role, one unit; `unit` is the code prefix of what may be seen."""

    class Role(models.TextChoices):
        CITY = "city", "市局"
        DISTRICT = "district", "区局"
        STATION_HEAD = "station_head", "所长"
        OFFICER = "officer", "执法人员"
        CLERK = "clerk", "窗口人员"
        STEWARD = "steward", "数据管理员"
        AUDITOR = "auditor", "审计员"
        ADMIN = "admin", "系统管理员"

    username = models.CharField("账号", max_length=60, unique=True)
    display_name = models.CharField("姓名", max_length=60)
    role = models.CharField("角色", max_length=16, choices=Role.choices)
    unit = models.CharField("单位代码", max_length=9)
    officer = models.ForeignKey("stations.Officer", on_delete=models.PROTECT, null=True, related_name="+")
    language = models.CharField("语言", max_length=5, default="zh")
    is_active = models.BooleanField("启用", default=True)
    created_at = models.DateTimeField("建立时间")
    session_epoch = models.PositiveIntegerField("会话代", default=0)
    """Raised when role, unit, password or state change: sessions of an older epoch are dead."""

    USERNAME_FIELD = "username"
    objects = BaseUserManager()

    class Meta:
        db_table = "access_account"


class SignInAttempt(models.Model):
    """登录尝试: kept per name and address so that guessing slows down and nobody is ever locked out."""

    username = models.CharField("账号", max_length=60)
    address = models.CharField("来源", max_length=60)
    at = models.DateTimeField("时间")
    succeeded = models.BooleanField("成功")

    class Meta:
        db_table = "access_sign_in_attempt"
        indexes = [
            models.Index(fields=["username", "-at"], name="attempt_by_name"),
            models.Index(fields=["address", "-at"], name="attempt_by_address"),
        ]
