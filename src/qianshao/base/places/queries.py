"""Reading divisions."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

from qianshao.base.places.models import Division, RoadSegment
from qianshao.base.places.rules import Segment


@dataclass(frozen=True, slots=True)
class DivisionCard:
    """行政区划 as shown."""

    code: str
    name: str
    level: str
    parent: str | None
    lon: float | None
    lat: float | None


def divisions(*, levels: tuple[str, ...] = ("city", "district", "town")) -> list[DivisionCard]:
    """行政区划 of the levels, by code."""
    rows = Division.objects.filter(level__in=levels).order_by("code")
    return [DivisionCard(row.code, row.name, row.level, row.parent_id, row.lon, row.lat) for row in rows]


def division_names(*, codes: set[str]) -> dict[str, str]:
    """Names by code."""
    return dict(Division.objects.filter(code__in=codes).values_list("code", "name"))


def roads_within(*, west: float, south: float, east: float, north: float) -> list[Segment]:
    """道路 that begin within a box of degrees: (from lon, from lat, to lon, to lat, metres)."""
    rows = RoadSegment.objects.filter(from_lon__range=(west, east), from_lat__range=(south, north))
    return list(rows.order_by("id").values_list("from_lon", "from_lat", "to_lon", "to_lat", "metres"))


@lru_cache(maxsize=1)
def _district_shapes() -> list[dict[str, Any]]:
    file = Path(settings.POLICY_DIR) / "foshan" / "districts.geojson"
    features: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))["features"]
    return features


def map_features() -> dict[str, Any]:
    """底图: the districts' polygons and the towns' points as one GeoJSON collection (WGS 84)."""
    towns = [
        {
            "type": "Feature",
            "properties": {"code": town.code, "name": town.name, "level": "town"},
            "geometry": {"type": "Point", "coordinates": [town.lon, town.lat]},
        }
        for town in divisions(levels=("town",))
    ]
    shapes = [
        shape | {"properties": shape["properties"] | {"level": "district"}} for shape in _district_shapes()
    ]
    return {"type": "FeatureCollection", "features": [*shapes, *towns]}
