"""路途 how far two places of a station's area lie apart: on the road network where one is given, else great circle × detour."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, radians
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from qianshao.flow.scheduling.rules.model import StationMonth

Floats = npt.NDArray[np.float64]
_KM_PER_DEGREE = 111.195


@dataclass(frozen=True, slots=True, eq=False)
class Roads:
    """道路网 of a station's area: places of its nodes, and kilometres on the road between any two (nodes × nodes, symmetric,
    finite). Doors reach their nearest node on a straight way × detour."""

    lon: Floats
    lat: Floats
    km: Floats


class Ground:
    """The ways of one area. A point is four numbers: kilometres east and north, its road node, kilometres to that node."""

    def __init__(self, lat: float, detour: float, roads: Roads | None = None) -> None:
        self.detour, self.roads = detour, roads
        self._kx = _KM_PER_DEGREE * cos(radians(lat))
        if roads is not None:
            self._nodes = np.column_stack([roads.lon * self._kx, roads.lat * _KM_PER_DEGREE])

    def point(self, lon: float, lat: float) -> Floats:
        """The point of a place: a flat map is exact enough within a town."""
        x, y = lon * self._kx, lat * _KM_PER_DEGREE
        if self.roads is None:
            return np.array([x, y, 0.0, 0.0])
        far = np.hypot(self._nodes[:, 0] - x, self._nodes[:, 1] - y)
        node = int(far.argmin())
        return np.array([x, y, node, far[node] * self.detour])

    def km(self, one: Floats, other: Floats) -> Any:
        """Kilometres on the road between points (last axis of each), like shapes against like."""
        straight = np.hypot(one[..., 0] - other[..., 0], one[..., 1] - other[..., 1]) * self.detour
        if self.roads is None:
            return straight
        a, b = one[..., 2].astype(np.intp), other[..., 2].astype(np.intp)
        road = self.roads.km[a, b] + one[..., 3] + other[..., 3]
        return np.where(a == b, np.minimum(road, straight), road)


def ground_of(month: StationMonth) -> Ground:
    """The ways of a station's area."""
    return Ground(month.lat, month.bounds.detour, month.roads)
