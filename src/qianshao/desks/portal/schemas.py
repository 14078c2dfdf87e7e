"""What anybody may see, on the wire."""

from __future__ import annotations

from datetime import date, datetime

from ninja import Schema


class PublicDrawOut(Schema):
    id: int
    title: str
    unit_name: str
    duties: list[str]
    used_from: date
    used_until: date
    objects: int
    checks: int
    doors: int
    source: str
    drawn_at: datetime | None
    published_at: datetime | None
    list_hash: str
    drawn_hash: str
    hash: str
    changes: int
    results: int
    results_at: datetime | None
