"""The only writer of divisions and roads."""

from __future__ import annotations

import csv
from datetime import datetime
from pathlib import Path

from django.db import transaction

from qianshao.base.places.models import Division, RoadSegment
from qianshao.base.places.rules import read_roads
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


def load_roads(*, file: Path, by: Actor, at: datetime) -> int:
    """道路网: take over a file of road segments in place of the one before. Raises `Refusal` that names the row; nothing is
    changed then. Returns the segments."""
    segments = read_roads(file.read_bytes())
    with transaction.atomic():
        RoadSegment.objects.all().delete()
        RoadSegment.objects.bulk_create(
            (
                RoadSegment(from_lon=a, from_lat=b, to_lon=c, to_lat=d, metres=metres)
                for a, b, c, d, metres in segments
            ),
            batch_size=10_000,
        )
        record_event(
            by=by,
            at=at,
            verb="load_roads",
            subject=("roads", "4406"),
            unit="4406",
            payload={"file": file.name, "segments": len(segments)},
        )
    return len(segments)
