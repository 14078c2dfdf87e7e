"""Envelopes as a phone makes them, and pictures as a camera does."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image
from uuid_utils import uuid7

from qianshao.flow.fieldwork.rules.checklist import Item, Task
from qianshao.flow.fieldwork.rules.envelope import canonical_sha256

SIGNED = "a" * 64
PARTY = "b" * 64
LICENCE = Item("licence", "食品经营许可证有效，悬挂于显著位置", "《食品安全法》第三十五条", True, 15)
EXPIRY = Item("expiry", "未使用超过保质期、腐败变质的原料", "《食品安全法》第三十四条", True, 1)
RECORDS = Item("records", "进货查验记录齐全", "《食品安全法》第五十三条", False, 15)
CATERING = Task(11, "CY-01", "餐饮服务监督检查", "catering", (LICENCE, EXPIRY, RECORDS))
SALE = Task(12, "XS-01", "食品销售监督检查", "food_sale", (LICENCE, RECORDS))


def sealed(body: dict[str, Any]) -> dict[str, Any]:
    """The body with its hash, as the phone seals it."""
    return body | {"body_sha256": canonical_sha256(body)}


def answers(tasks: tuple[Task, ...], failed: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """Every item answered once; those named fail, with a note."""
    return [
        {
            "obligation_id": task.obligation_id,
            "duty_code": task.duty_code,
            "item_code": item.code,
            "outcome": "fail" if item.code in failed else "pass",
            "note": "现场发现问题" if item.code in failed else "",
            "attachments": [],
        }
        for task in tasks
        for item in task.items
    ]


def envelope(**changes: Any) -> dict[str, Any]:
    """A visit without problems, sealed after the changes."""
    body: dict[str, Any] = {
        "id": str(uuid7()),
        "schema_version": 1,
        "kind": "visit",
        "device_id": "device-0001",
        "device_seq": 1,
        "base_version": 1,
        "visit_id": 7,
        "begun_at": "2026-12-01T09:00:00+08:00",
        "finished_at": "2026-12-01T09:40:00+08:00",
        "conclusion": "no_problem",
        "note": "",
        "results": answers((CATERING,)),
        "signatures": {
            "officer": SIGNED,
            "second_officer": None,
            "party": PARTY,
            "party_refused_reason": "",
        },
    }
    return sealed(body | changes)


def picture(kind: str = "JPEG", colour: tuple[int, int, int] = (20, 90, 160)) -> bytes:
    """A small whole picture."""
    file = io.BytesIO()
    Image.new("RGB", (32, 24), colour).save(file, kind)
    return file.getvalue()
