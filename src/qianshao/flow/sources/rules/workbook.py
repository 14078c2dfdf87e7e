"""Excel 工作簿 looked at before it is opened, and read row by row.

A workbook is a zip: its directory is checked first (how large it says it is, and whether that is true), because half a
megabyte can unpack to a gigabyte. Rows are counted by a second, independent reader: a wrong <dimension> makes some readers
drop rows and say nothing.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

MOST_BYTES = 200 * 1024 * 1024
MOST_RATIO = 150
MOST_COLUMNS = 200
MOST_ROWS = 200_000
_ROW = re.compile(rb"<row[ />]")
_FILLED = re.compile(rb"<c[ >][^>]*?(?:/>|>(.*?)</c>)", re.DOTALL)


class UnreadableWorkbook(ValueError):
    """工作簿不能读: `code` for programs, the message for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def check_archive(path: Path) -> None:
    """Refuse what is no workbook or would not fit, before anything is unpacked. Raises `UnreadableWorkbook`."""
    head = path.open("rb").read(8)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise UnreadableWorkbook(
            "old_or_encrypted", "文件是旧版 .xls 或带密码的工作簿，请另存为不带密码的 .xlsx。"
        )
    if not zipfile.is_zipfile(path):
        raise UnreadableWorkbook("not_a_workbook", "文件不是 Excel 工作簿（.xlsx），请核对文件格式。")
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
        names = {entry.filename for entry in entries}
        if any(name.startswith(("/", "..")) or "/../" in name for name in names):
            raise UnreadableWorkbook("unsafe_names", "工作簿内含非法路径，已拒绝。")
        if any("vbaProject" in name for name in names):
            raise UnreadableWorkbook("macros", "工作簿含宏，请另存为不含宏的 .xlsx。")
        if "xl/workbook.xml" not in names:
            raise UnreadableWorkbook("not_a_workbook", "文件不是 Excel 工作簿（.xlsx），请核对文件格式。")
        total = sum(entry.file_size for entry in entries)
        packed = max(1, sum(entry.compress_size for entry in entries))
        if total > MOST_BYTES or (total > 10 * 1024 * 1024 and total / packed > MOST_RATIO):
            raise UnreadableWorkbook(
                "too_large", f"工作簿解压后达 {total // 1_048_576} MB，超出上限，已拒绝。"
            )
        for entry in entries:
            if entry.filename.endswith((".xml", ".rels")):
                _check_entry(archive, entry)


def _check_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    with archive.open(entry) as part:
        head = part.read(4096)
        if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
            raise UnreadableWorkbook("entities", "工作簿含外部实体定义，已拒绝。")
        seen = len(head)
        while piece := part.read(1 << 20):
            seen += len(piece)
            if seen > entry.file_size:
                raise UnreadableWorkbook("lying_directory", "工作簿目录与内容不符，已拒绝。")


def rows_of(path: Path, title_rows: int, header_rows: int) -> tuple[list[str], Iterator[list[str]]]:
    """Header (merged cells joined "上级/下级") and the data rows of the first visible sheet, every cell as text."""
    from python_calamine import CalamineWorkbook  # noqa: PLC0415 (heavy)

    try:
        book = CalamineWorkbook.from_path(str(path))
        visible = [sheet.name for sheet in book.sheets_metadata if "Visible" in str(sheet.visible)]
        sheet = book.get_sheet_by_name(visible[0])
    except Exception as failure:
        raise UnreadableWorkbook("damaged", "工作簿已损坏，无法打开，请重新导出。") from failure
    if sheet.width > MOST_COLUMNS:
        raise UnreadableWorkbook(
            "too_many_columns", f"工作表有 {sheet.width} 列，超出 {MOST_COLUMNS} 列上限。"
        )
    if sheet.height > MOST_ROWS:
        raise UnreadableWorkbook("too_many_rows", f"工作表有 {sheet.height} 行，超出 {MOST_ROWS} 行上限。")
    rows: list[list[Any]] = sheet.to_python(skip_empty_area=False)
    head = [[text_of(cell) for cell in row] for row in rows[title_rows : title_rows + header_rows]]
    body = ([text_of(cell) for cell in row] for row in rows[title_rows + header_rows :])
    return join_header(head), (row for row in body if any(row))


def join_header(rows: list[list[str]]) -> list[str]:
    """Column titles of a header of several rows: a merged upper cell stands over all columns up to the next one."""
    if not rows:
        return []
    titles = []
    upper = ""
    for place, top in enumerate(rows[0]):
        lower = rows[1][place] if len(rows) > 1 else ""
        upper = top or (upper if lower else "")
        titles.append("/".join(part for part in (upper, lower) if part))
    while titles and not titles[-1]:
        titles.pop()
    return titles


def text_of(cell: Any) -> str:
    """A cell as text: whole numbers without a point, dates as YYYY-MM-DD."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if hasattr(cell, "strftime") and hasattr(cell, "year"):
        return str(cell)[:10]
    return str(cell).strip()


def count_rows(path: Path) -> int:
    """Rows of the first sheet that hold anything, counted in the sheet's XML without the first reader."""
    with zipfile.ZipFile(path) as archive:
        sheets = sorted(
            name for name in archive.namelist() if re.fullmatch(r"xl/worksheets/sheet\d*\.xml", name)
        )
        content = archive.read(sheets[0])
    rows = 0
    for piece in re.split(rb"<row[ />]", content)[1:]:
        body = piece.split(b"</row>", 1)[0]
        if any(match.group(1) for match in _FILLED.finditer(body)):
            rows += 1
    return rows
