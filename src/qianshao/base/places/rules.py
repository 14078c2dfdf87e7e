"""道路文件 a file of road segments, read and checked row by row."""

from __future__ import annotations

import csv
import io
from math import asin, cos, radians, sin, sqrt

from qianshao.base.policy.rules.refusal import Refusal

Segment = tuple[float, float, float, float, float]
COLUMNS = ("from_lon", "from_lat", "to_lon", "to_lat", "metres")
_ROUNDED_M = (
    30  # a road may be this much shorter than the straight line: places are rounded to some ten metres
)
_EARTH_M = 6_371_000.0


def read_roads(content: bytes) -> list[Segment]:
    """道路 of a CSV file with the columns `from_lon,from_lat,to_lon,to_lat,metres` (degrees WGS 84, metres on the road).

    Raises `Refusal` that names the row: no UTF-8, a column missing, no number, a place outside the globe, a length that is not
    positive or shorter than the straight line.
    """
    try:
        rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig")))
        missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
        if missing:
            _refuse(f"缺少列：{'、'.join(missing)}")
        found = [_segment(number, row) for number, row in enumerate(rows, start=2)]
    except UnicodeDecodeError as problem:
        raise Refusal("bad_roads", "道路文件不是 UTF-8 编码。", field="file", status=422) from problem
    if not found:
        _refuse("没有一行道路")
    return found


def _segment(number: int, row: dict[str, str | None]) -> Segment:
    try:
        a, b, c, d, metres = (float(row[name] or "") for name in COLUMNS)
    except ValueError:
        _refuse(f"第 {number} 行有不是数字的内容")
        raise
    if not all(-180 <= one <= 180 for one in (a, c)) or not all(-90 <= one <= 90 for one in (b, d)):
        _refuse(f"第 {number} 行的经纬度超出范围")
    half = sin(radians(d - b) / 2) ** 2 + cos(radians(b)) * cos(radians(d)) * sin(radians(c - a) / 2) ** 2
    straight = 2 * _EARTH_M * asin(sqrt(half))
    if not max(1e-3, straight - _ROUNDED_M) <= metres < float("inf"):
        _refuse(f"第 {number} 行的长度 {metres:g} 米短于直线距离 {straight:.0f} 米")
    return a, b, c, d, metres


def _refuse(words: str) -> None:
    raise Refusal("bad_roads", f"道路文件{words}。", field="file", status=422)
