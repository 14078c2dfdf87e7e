"""Asking for checks, on the wire."""

from __future__ import annotations

from datetime import date
from typing import Literal

from ninja import Field, Schema


class AskIn(Schema):
    duty_code: str = Field(max_length=40)
    due_on: date
    reference: str = Field(max_length=64)
    reason: str = Field(max_length=200)
    how: str = Field("", pattern="^(join|apart)?$")


class AskedOut(Schema):
    obligation_id: int
    visit_id: int | None
    visit_on: date | None


class NoticeOut(Schema):
    days: int
    doors: int
    planned: int
    joinable: int
    entered: int


class StartIn(Schema):
    how: str = Field("", pattern="^(join|later|apart)?$")
    reason: str = Field("", max_length=200)


class StartedOut(Schema):
    checks: int
    doors: int
    carried: int
    excused: int


class EndIn(Schema):
    reason: str = Field(max_length=200)


class EndedOut(Schema):
    cancelled: int


class DrawChangeIn(Schema):
    object: str = Field(min_length=1, max_length=18)
    kind: Literal["replace", "pass_over"]
    leaves: str = Field("", max_length=30)
    joins: str = Field("", max_length=30)
    reason: str = Field(max_length=200)
