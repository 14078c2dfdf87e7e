"""The only writer of divisions."""

from __future__ import annotations

import csv
from datetime import datetime
from pathlib import Path

from django.db import transaction

from qianshao.base.places.models import Division
from qianshao.base.records.commands import record_event
from qianshao.base.records.rules import Actor


def load_divisions(*, file: Path, by: Actor, at: datetime) -> int:
    """行政区划: take over the shipped list of divisions (GB/T 2260 and town and village codes). Again changes nothing."""
    with file.open(encoding="utf-8") as lines:
        wanted = [
            Division(
                code=row["code"],
                name=row["name"],
                level=row["level"],
                parent_id=row["parent"] or None,
                lon=float(row["lon"]),
                lat=float(row["lat"]),
            )
            for row in csv.DictReader(lines)
        ]
    if Division.objects.count() == len(wanted):
        return 0
    with transaction.atomic():
        Division.objects.bulk_create(
            wanted,
            update_conflicts=True,
            unique_fields=["code"],
            update_fields=["name", "level", "parent", "lon", "lat"],
        )
        record_event(
            by=by,
            at=at,
            verb="load_divisions",
            subject=("division", "4406"),
            unit="4406",
            payload={"divisions": len(wanted)},
        )
    return len(wanted)
