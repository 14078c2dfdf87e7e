"""打印表 workbooks that are filed or printed: A4 across, the head on every page, text that stays text."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_A4 = 9
_HEAD = 2


@dataclass(frozen=True, slots=True)
class PrintedSheet:
    """一张表: its title and the line below it, columns with their widths, and lines of numbers and text."""

    name: str
    title: str
    note: str
    columns: Sequence[tuple[str, int]]
    lines: Sequence[Sequence[int | str]]


def printed_workbook(sheets: Sequence[PrintedSheet]) -> bytes:
    """打印表 as the bytes of an Excel file. A text that begins with = or + is no formula."""
    import xlsxwriter  # noqa: PLC0415 (heavy)

    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False})
    formats = {
        "title": book.add_format({"bold": True, "font_size": 15}),
        "head": book.add_format({"bold": True, "border": 1, "text_wrap": True, "bg_color": "#E6F0F1"}),
        "cell": book.add_format({"border": 1, "text_wrap": True, "valign": "top"}),
    }
    for one in sheets:
        _write(book.add_worksheet(one.name), one, formats)
    book.close()
    return buffer.getvalue()


def _write(sheet: Any, one: PrintedSheet, formats: dict[str, Any]) -> None:
    sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(_HEAD)
    sheet.freeze_panes(_HEAD + 1, 0)
    sheet.write_string(0, 0, one.title, formats["title"])
    sheet.write_string(1, 0, one.note)
    for place, (label, width) in enumerate(one.columns):
        sheet.set_column(place, place, width)
        sheet.write_string(_HEAD, place, label, formats["head"])
    for line, values in enumerate(one.lines, start=_HEAD + 1):
        for place, value in enumerate(values):
            if isinstance(value, int):
                sheet.write_number(line, place, value, formats["cell"])
            else:
                sheet.write_string(line, place, value, formats["cell"])
