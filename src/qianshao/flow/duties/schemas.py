"""Duties and obligations on the wire."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

from ninja import Schema

from qianshao.base.policy.rules.library import CERTAINTY, Duty
from qianshao.flow.duties.queries import ObligationCard


class ItemOut(Schema):
    code: str
    text: str
    key: bool
    rectify_days: int


class DutyOut(Schema):
    code: str
    name: str
    field: str
    field_name: str
    level: str
    rule: str
    competence: str
    minutes: int
    minutes_per_set: int
    every_months: dict[str, int]
    share: dict[str, float]
    due_days: int
    whom: dict[str, Any]
    basis: list[str]
    certainty: str
    certainty_text: str
    official: bool
    figures_official: bool
    valid_from: date
    note: str
    mandatory: str
    routine: str
    offsite: str
    items: list[ItemOut]

    @classmethod
    def of(cls, duty: Duty) -> DutyOut:
        return cls(
            **{
                name: getattr(duty, name)
                for name in cls.model_fields
                if name not in {"basis", "certainty_text", "official", "figures_official", "items"}
            },
            basis=[str(one) for one in duty.basis],
            certainty_text=CERTAINTY[duty.certainty],
            official=duty.certainty in {"V", "V~"},
            figures_official=duty.figures_certainty in {"V", "V~"},
            items=[ItemOut(**asdict(item)) for item in duty.items],
        )


class ObligationOut(Schema):
    id: int
    entity_id: int
    entity_name: str
    station_code: str
    duty_code: str
    duty_name: str
    field: str
    level: str
    asked_by: str
    asked_by_name: str
    competence: str
    minutes: int
    offsite: bool
    release_on: date
    due_on: date
    origin: str
    origin_ref: str
    state: str
    done_on: date | None
    done_ref: str

    @classmethod
    def of(cls, card: ObligationCard) -> ObligationOut:
        return cls(**asdict(card))


class ObligationPage(Schema):
    items: list[ObligationOut]
    next_cursor: str | None
