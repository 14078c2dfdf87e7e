"""执法人员、学校 the two lists that offices keep as Excel sheets, with a title row and merged header cells."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from qianshao.base.gateways.rules import words
from qianshao.base.gateways.rules.businesses import COMPANY, Businesses
from qianshao.base.gateways.rules.city import Town, counts_by_share

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
_LISHUI, _LISHUI_SCHOOLS = "440605126", 65
"""里水 has 65 schools and kindergartens (published account)."""
_OFFICERS_PER_THOUSAND = 0.62
_FEWEST_OFFICERS = 14


def officers(
    towns: tuple[Town, ...], businesses: int, rng: np.random.Generator, today: date
) -> list[list[object]]:
    """Rows of the officers' list: more where there are more businesses, some auxiliaries, some certificates expired."""
    rows: list[list[object]] = []
    for town in towns:
        count = max(
            _FEWEST_OFFICERS,
            int(town.share * max(businesses, 1_500_000 * 0.4) / 1000 * _OFFICERS_PER_THOUSAND),
        )
        for place in range(count):
            expires = today + timedelta(days=int(rng.integers(60, 1500)))
            if rng.random() < 0.02:
                expires = today - timedelta(days=int(rng.integers(5, 200)))
            rows.append(
                [
                    f"粤E{len(rows) + 10_001}",
                    _person(rng),
                    f"{town.place}市场监督管理所",
                    town.code,
                    ("所长", "副所长", "副所长")[place]
                    if place < 3
                    else ("四级主任科员", "一级科员", "执法员")[place % 3],
                    "、".join(_competences(place, rng)),
                    expires.isoformat(),
                    "是" if place >= 6 and rng.random() < 0.12 else "否",
                ]
            )
    return rows


def _person(rng: np.random.Generator) -> str:
    parts = (words.SURNAMES, words.GIVEN_FIRST, words.GIVEN_SECOND)
    return "".join(part[int(rng.integers(len(part)))] for part in parts)


def _competences(place: int, rng: np.random.Generator) -> list[str]:
    """Everyone holds the general one; food is common, the special ones are spread so that each station has some."""
    held = [COMPETENCES[0]]
    if place % 5 != 4:
        held.append(COMPETENCES[1])
    held.append(COMPETENCES[2 + place % 7])
    extra = COMPETENCES[2 + int(rng.integers(7))]
    return held if extra in held else [*held, extra]


def schools(b: Businesses, towns: tuple[Town, ...], rng: np.random.Generator) -> list[list[object]]:
    """Rows of the schools' list. A school stands in the register as an enterprise of the sample."""
    total = max(len(towns), round(1_750 * len(b) / 1_500_000))
    wanted = counts_by_share(total, [town.share for town in towns])
    rows: list[list[object]] = []
    for place, town in enumerate(towns):
        count = wanted[place]
        if town.code == _LISHUI:
            count = max(1, round(_LISHUI_SCHOOLS * min(1.0, len(b) / 1_500_000)))
        here = np.flatnonzero((b.town == place) & (b.kind == COMPANY) & (b.state == 0))
        for row in rng.choice(here, size=min(count, len(here)), replace=False).tolist():
            kind = ("幼儿园", "小学", "中学", "幼儿园", "中职")[int(rng.integers(5))]
            pupils = int(rng.integers(120, 2200))
            rows.append(
                [
                    b.codes[row].as_py(),
                    f"{town.place}{kind}（{len(rows) + 1}）",
                    town.name,
                    kind,
                    pupils,
                    "是" if rng.random() < 0.85 else "否",
                ]
            )
    return rows


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
