"""Receipts and orders on the wire."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

from ninja import Field, Schema

from qianshao.flow.cases.queries import OrderCard, OrderFile


class ReceiptOrder(Schema):
    number: str
    due_on: date
    state: str


class OpinionIn(Schema):
    opinion: str = Field(max_length=200)


class ReceiptOut(Schema):
    submission_id: str
    body_sha256: str
    attachments: list[str]
    event_index: int
    received_at: str
    state: str
    reason: str
    orders: list[ReceiptOrder]


class OrderItem(Schema):
    duty_code: str
    duty_name: str
    item_code: str
    text: str
    basis: str
    note: str
    key: bool
    rectify_days: int
    attachments: list[str]


class OrderOut(Schema):
    id: int
    number: str
    entity_id: int
    entity_name: str
    station_code: str
    station_name: str
    visit_id: int
    ordered_on: date
    due_on: date
    state: str
    state_label: str
    closed_on: date | None
    overdue: bool
    items: list[OrderItem]

    @classmethod
    def of(cls, card: OrderCard) -> OrderOut:
        return cls(**_fields(card))


class RecheckOut(Schema):
    obligation_id: int
    duty_code: str
    release_on: date
    due_on: date
    state: str
    done_on: date | None
    done_ref: str


class OrderFileOut(OrderOut):
    rechecks: list[RecheckOut]

    @classmethod
    def of_file(cls, file: OrderFile) -> OrderFileOut:
        return cls(**_fields(file.card), rechecks=[RecheckOut(**asdict(one)) for one in file.rechecks])


class OrderPage(Schema):
    items: list[OrderOut]
    next_cursor: str | None


def _fields(card: OrderCard) -> dict[str, Any]:
    return asdict(card) | {"items": [OrderItem(**one) for one in card.items]}
