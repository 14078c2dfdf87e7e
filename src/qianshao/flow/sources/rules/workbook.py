"""Excel 工作簿 looked at before it is opened, and read row by row.

A workbook is a zip: its directory is checked first (how large it says it is, and whether that is true), because half a
megabyte can unpack to a gigabyte. Its rows are counted by a second, independent reader: a wrong <dimension> makes some
readers drop rows and say nothing.
"""

from __future__ import annotations

import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qianshao.flow.sources.rules.sheetscan import Scan, UnreadableWorkbook, scan_sheet, sheets_of

MOST_BYTES = 100 * 1024 * 1024
MOST_RATIO = 150
MOST_PARTS = 2_000
_UNPACKED = 10 * 1024 * 1024
_DECLARATIONS = (b"<!DOCTYPE", b"<!ENTITY")
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet's header (merged cells joined "上级/下级") and its rows with their numbers, every cell as text."""

    header: list[str]
    rows: list[tuple[int, list[str]]]
    counted: int
    since_1904: bool


def check_archive(path: Path) -> None:
    """Refuse what is no workbook or would not fit, before anything is unpacked. Raises `UnreadableWorkbook`."""
    with path.open("rb") as file:
        head = file.read(8)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise UnreadableWorkbook(
            "old_or_encrypted", "文件是旧版 .xls 或带密码的工作簿，请另存为不带密码的 .xlsx。"
        )
    if not head.startswith(b"PK"):
        raise UnreadableWorkbook("not_a_workbook", "文件不是 Excel 工作簿（.xlsx），请核对文件格式。")
    try:
        with zipfile.ZipFile(path) as archive:
            _check_directory(archive.infolist())
            for entry in archive.infolist():
                _check_entry(archive, entry)
    except _DAMAGE as failure:
        raise UnreadableWorkbook("damaged", "工作簿不完整或已损坏，无法打开，请重新导出。") from failure


def _check_directory(entries: list[zipfile.ZipInfo]) -> None:
    names = {entry.filename for entry in entries}
    if any(name.startswith(("/", "..")) or "/../" in name or "\\" in name for name in names):
        raise UnreadableWorkbook("unsafe_names", "工作簿内含非法路径，已拒绝。")
    if len(names) != len(entries) or len(entries) > MOST_PARTS:
        raise UnreadableWorkbook("lying_directory", "工作簿目录有重名或过多部件，已拒绝。")
    if any("vbaProject" in name for name in names):
        raise UnreadableWorkbook("macros", "工作簿含宏，请另存为不含宏的 .xlsx。")
    if "xl/workbook.xml" not in names:
        raise UnreadableWorkbook("not_a_workbook", "文件不是 Excel 工作簿（.xlsx），请核对文件格式。")
    total = sum(entry.file_size for entry in entries)
    packed = max(1, sum(entry.compress_size for entry in entries))
    if total > MOST_BYTES or (total > _UNPACKED and total / packed > MOST_RATIO):
        raise UnreadableWorkbook("too_large", f"工作簿解压后达 {total // 1_048_576} MB，超出上限，已拒绝。")


def _check_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    """The entry unpacks to what the directory says (its length and sum are checked on the way) and declares nothing."""
    text = entry.filename.endswith((".xml", ".rels"))
    tail = b""
    with archive.open(entry) as part:
        while piece := part.read(1 << 20):
            if text and any(word in tail + piece for word in _DECLARATIONS):
                raise UnreadableWorkbook("entities", "工作簿含外部实体定义，已拒绝。")
            tail = piece[-16:]


def read_sheet(path: Path, title_rows: int, header_rows: int) -> Sheet:
    """The first visible sheet. Raises `UnreadableWorkbook` where it cannot be trusted, or another sheet holds the same list."""
    sheets, since_1904 = sheets_of(path)
    shown = [sheet for sheet in sheets if sheet.visible]
    if not shown:
        raise UnreadableWorkbook("no_sheet", "工作簿中没有可见的工作表，请重新导出。")
    first = title_rows + header_rows
    scan = scan_sheet(path, shown[0].part)
    cells = _cells(path, shown[0].name, scan)
    header = join_header(cells[title_rows:first])
    for other in shown[1:]:
        again = scan_sheet(path, other.part)
        if any(number > first for number in again.rows):
            titles = join_header(_cells(path, other.name, again)[title_rows:first])
            if titles == header:
                words = f"工作表“{shown[0].name}”与“{other.name}”是同样的表，请合并为一张后重传。"
                raise UnreadableWorkbook("second_sheet", words)
    numbered = enumerate(cells[first:], start=first + 1)
    rows = [(number, row) for number, row in numbered if any(row)]
    return Sheet(header, rows, sum(1 for number in scan.rows if number > first), since_1904)


def _cells(path: Path, name: str, scan: Scan) -> list[list[str]]:
    """Every cell from the corner A1 as text; cells in error keep the words Excel shows."""
    from python_calamine import CalamineWorkbook  # noqa: PLC0415 (heavy)

    try:
        sheet = CalamineWorkbook.from_path(str(path)).get_sheet_by_name(name)
        cells = [[text_of(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]
    except Exception as failure:
        raise UnreadableWorkbook("damaged", "工作簿已损坏，无法打开，请重新导出。") from failure
    for (row, column), words in scan.errors.items():
        if row <= len(cells):
            cells[row - 1] += [""] * (column - len(cells[row - 1]))
            cells[row - 1][column - 1] = words
    return cells


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
    """A cell as text: whole numbers without a point, dates as YYYY-MM-DD; a NUL is shown, not swallowed."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if hasattr(cell, "strftime") and hasattr(cell, "year"):
        return str(cell)[:10]
    return str(cell).replace("\x00", "\ufffd").strip()
