"""执法人员 the officers' list, and the Excel sheets that offices keep, with a title row and merged header cells."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from qianshao.base.gateways.rules import words
from qianshao.base.gateways.rules.businesses import Businesses
from qianshao.base.gateways.rules.city import FULL_SIZE, Town

COMPETENCES = (
    "综合执法",
    "食品检查员",
    "特种设备安全监察员",
    "药品检查员",
    "计量",
    "广告",
    "价格",
    "知识产权",
    "产品质量",
)
_SPECIAL = 2
_OFFICERS_PER_THOUSAND = 0.62
_FEWEST, _MOST = 20, 60
_ALWAYS_CERTIFIED = 14  # two of each special competence
_AUXILIARY, _EXPIRED = 0.2, 0.03
_POSTS = ("所长", "副所长", "副所长")
_RANKS = ("四级主任科员", "一级科员", "执法员")


def officers(towns: tuple[Town, ...], rng: np.random.Generator, today: date) -> list[list[object]]:
    """Rows of the officers' list: 20 to 60 per station by its businesses at full size, some auxiliaries, few certificates expired."""
    rows: list[list[object]] = []
    for town in towns:
        size = min(_MOST, max(_FEWEST, round(town.share * FULL_SIZE / 1000 * _OFFICERS_PER_THOUSAND)))
        rows += [_officer(town, place, len(rows) + place, rng, today) for place in range(size)]
    return rows


def _officer(town: Town, place: int, number: int, rng: np.random.Generator, today: date) -> list[object]:
    auxiliary = place >= _ALWAYS_CERTIFIED and rng.random() < _AUXILIARY
    expires = today + timedelta(days=int(rng.integers(60, 1500)))
    if place >= _ALWAYS_CERTIFIED and rng.random() < _EXPIRED:
        expires = today - timedelta(days=int(rng.integers(5, 200)))
    return [
        f"{'粤E辅' if auxiliary else '粤E'}{number + 10_001}",
        _person(rng),
        f"{town.place}市场监督管理所",
        town.code,
        "辅助人员" if auxiliary else _POSTS[place] if place < len(_POSTS) else _RANKS[place % 3],
        "" if auxiliary else "、".join(_competences(place, rng)),
        expires.isoformat(),
        "是" if auxiliary else "否",
    ]


def _person(rng: np.random.Generator) -> str:
    parts = (words.SURNAMES, words.GIVEN_FIRST, words.GIVEN_SECOND)
    return "".join(part[int(rng.integers(len(part)))] for part in parts)


def _competences(place: int, rng: np.random.Generator) -> list[str]:
    """Everyone holds the general one; food is common; the special ones go round so that each station has some of each."""
    special = COMPETENCES[_SPECIAL:]
    held = [COMPETENCES[0]]
    if place % 5 != 4:
        held.append(COMPETENCES[1])
    held.append(special[place % len(special)])
    extra = special[int(rng.integers(len(special)))]
    return held if extra in held else [*held, extra]


def school_rows(b: Businesses, towns: tuple[Town, ...]) -> list[list[object]]:
    """Rows of the schools' list."""
    return [
        [
            b.codes[row].as_py(),
            one.name,
            towns[one.town].name,
            one.kind,
            one.pupils,
            "是" if one.canteen else "否",
        ]
        for row, one in sorted(b.schools.items())
    ]


def write_sheet(
    path: Path, *, title: str, header: list[tuple[str, str]], rows: list[list[object]], made: datetime
) -> None:
    """An Excel sheet as offices send it: title over all columns, a two-row header with merged cells, the same bytes each time."""
    import xlsxwriter  # noqa: PLC0415 (heavy, only here)

    book = xlsxwriter.Workbook(str(path), {"strings_to_numbers": False})
    book.set_properties({"created": made})
    sheet = book.add_worksheet("Sheet1")
    bold = book.add_format({"bold": True, "align": "center"})
    sheet.merge_range(0, 0, 0, len(header) - 1, title, bold)
    _write_header(sheet, header, bold)
    for number, row in enumerate(rows, start=3):
        for column, value in enumerate(row):
            if isinstance(value, int):
                sheet.write_number(number, column, value)
            else:
                sheet.write_string(number, column, str(value))
    book.close()


def _write_header(sheet: Any, header: list[tuple[str, str]], bold: Any) -> None:
    column = 0
    while column < len(header):
        upper, lower = header[column]
        last = column
        while lower and last + 1 < len(header) and header[last + 1][0] == upper:
            last += 1
        if not lower:
            sheet.merge_range(1, column, 2, column, upper, bold)
        elif last > column:
            sheet.merge_range(1, column, 1, last, upper, bold)
        else:
            sheet.write_string(1, column, upper, bold)
        for place in range(column, last + 1):
            if lower:
                sheet.write_string(2, place, header[place][1], bold)
        column = last + 1
