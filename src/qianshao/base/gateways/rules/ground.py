"""区界 which points lie inside a district, and how to spread points so that all of them do."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Rings = list[Floats]
_TRIES = 6


def read_districts(file: Path) -> dict[str, Rings]:
    """区界: district code → its outer rings (longitude, latitude), from `policy/foshan/districts.geojson`."""
    features: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))["features"]
    rings: dict[str, Rings] = {}
    for feature in features:
        shape = feature["geometry"]
        parts = [shape["coordinates"]] if shape["type"] == "Polygon" else shape["coordinates"]
        rings[feature["properties"]["code"]] = [np.array(part[0], dtype=float) for part in parts]
    return rings


def inside(rings: Rings, lon: Floats, lat: Floats) -> npt.NDArray[np.bool_]:
    """Whether each point lies in one of the rings (even-odd rule)."""
    found = np.zeros(len(lon), dtype=bool)
    for ring in rings:
        for (x1, y1), (x2, y2) in itertools.pairwise(ring):
            between = (y1 > lat) != (y2 > lat)
            if y1 != y2:
                found ^= between & (lon < (x2 - x1) * (lat - y1) / (y2 - y1) + x1)
    return found


def spread(
    *,
    lon: Floats,
    lat: Floats,
    districts: npt.NDArray[np.int64],
    shapes: list[Rings],
    rng: np.random.Generator,
) -> tuple[Floats, Floats]:
    """Points around (`lon`, `lat`), each inside its district (`shapes[district]`); a point that keeps falling out stays at its centre."""
    placed_lon, placed_lat = lon.copy(), lat.copy()
    for number, rings in enumerate(shapes):
        open_rows = np.flatnonzero(districts == number)
        for attempt in range(_TRIES):
            width = 0.0035 / (1 + attempt)
            x = lon[open_rows] + rng.normal(0, width, len(open_rows))
            y = lat[open_rows] + rng.normal(0, width * 0.92, len(open_rows))
            fits = inside(rings, x, y)
            placed_lon[open_rows[fits]], placed_lat[open_rows[fits]] = x[fits], y[fits]
            open_rows = open_rows[~fits]
            if not len(open_rows):
                break
    return np.round(placed_lon, 6), np.round(placed_lat, 6)
