"""道路网 a station's road network, made of road segments: kilometres between any two of its nodes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import cos, radians

import numpy as np
import numpy.typing as npt

from qianshao.flow.scheduling.rules.ground import Floats, Roads


def roads_of(
    segments: Sequence[tuple[float, float, float, float, float]], places: Iterable[tuple[float, float]]
) -> Roads | None:
    """道路网 of segments (from lon, from lat, to lon, to lat, metres) as far as the places (lon, lat) need it: of its largest
    connected part the nodes nearest to them, and the shortest ways between these.

    None where there are no roads. Shortest ways by Dijkstra's algorithm from every node (scipy.sparse.csgraph).
    """
    from scipy.sparse import coo_matrix  # noqa: PLC0415 (heavy)
    from scipy.sparse.csgraph import connected_components, dijkstra  # noqa: PLC0415 (heavy)

    if not segments:
        return None
    table = np.array(segments, dtype=np.float64)
    nodes, number = np.unique(np.concatenate([table[:, 0:2], table[:, 2:4]]), axis=0, return_inverse=True)
    ends = np.sort(number.reshape(2, -1), axis=0)
    shortest: dict[tuple[int, int], float] = {}  # of two roads between the same nodes the shorter one counts
    for start, end, metres in zip(*ends.tolist(), table[:, 4].tolist(), strict=True):
        if start != end:
            shortest[start, end] = min(shortest.get((start, end), np.inf), metres / 1000)
    if not shortest:
        return None
    rows, columns = (np.array(one) for one in zip(*shortest, strict=True))
    graph = coo_matrix((list(shortest.values()), (rows, columns)), shape=(len(nodes), len(nodes))).tocsr()
    _, part = connected_components(graph, directed=False)
    kept = np.flatnonzero(part == np.bincount(part).argmax())
    needed = kept[_nearest(nodes[kept], np.array(sorted(set(places))))]
    km = dijkstra(graph, directed=False, indices=needed)[:, needed]
    return Roads(nodes[needed, 0], nodes[needed, 1], km)


def _nearest(nodes: Floats, places: Floats) -> npt.NDArray[np.intp]:
    """Rows of the nodes nearest to the places, each once."""
    from scipy.spatial import cKDTree  # noqa: PLC0415 (heavy)

    flat = np.array([cos(radians(float(places[:, 1].mean()))), 1.0])
    _, rows = cKDTree(nodes * flat).query(places * flat)
    found: npt.NDArray[np.intp] = np.unique(rows)
    return found
