"""清点 a workbook's own XML read a second time, without the reader that takes the cells.

It says which sheets there are, which rows hold anything, which cells are errors or formulas nobody worked out, and stops at
once where a sheet is larger than any list. No entity is ever expanded: a part that declares a document type is refused.
"""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any
from xml.parsers import expat

MOST_COLUMNS = 200
MOST_ROWS = 200_000
_PIECE = 1 << 18
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


class UnreadableWorkbook(ValueError):
    """工作簿不能读: `code` for programs, the message for people, the row and column where it applies."""

    def __init__(self, code: str, message: str, *, row: int | None = None, column: str = "") -> None:
        super().__init__(message)
        self.code, self.row, self.column = code, row, column


@dataclass(frozen=True, slots=True)
class SheetPart:
    """工作表 by name, whether it is shown, and where its XML lies."""

    name: str
    visible: bool
    part: str


@dataclass(slots=True)
class Scan:
    """What one sheet holds: numbers of its rows with anything in them (as often as they stand), and its error cells."""

    rows: list[int] = field(default_factory=list)
    errors: dict[tuple[int, int], str] = field(default_factory=dict)


def sheets_of(path: Path) -> tuple[list[SheetPart], bool]:
    """The worksheets in their order, and whether days are counted from 1904."""
    found: list[dict[str, str]] = []
    targets: dict[str, str] = {}
    since_1904 = False

    def in_book(name: str, attributes: dict[str, str]) -> None:
        nonlocal since_1904
        if name == "sheet":
            found.append(attributes)
        elif name == "workbookPr":
            since_1904 = attributes.get("date1904", "") in {"1", "true", "on"}

    def in_relations(name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship" and attributes.get("Type", "").endswith("/worksheet"):
            targets[attributes.get("Id", "")] = attributes.get("Target", "")

    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        _walk(archive, "xl/workbook.xml", in_book)
        if "xl/_rels/workbook.xml.rels" in names:
            _walk(archive, "xl/_rels/workbook.xml.rels", in_relations)
    parts = []
    for one in found:
        target = targets.get(next((text for name, text in one.items() if name.endswith(":id")), ""), "")
        part = target.lstrip("/") if target.startswith("/") else str(PurePosixPath("xl") / target)
        if target and part in names:
            parts.append(SheetPart(one.get("name", ""), one.get("state", "visible") == "visible", part))
    return parts, since_1904


def scan_sheet(path: Path, part: str) -> Scan:
    """清点 one sheet. Raises `UnreadableWorkbook` where it is too large or holds a formula without a result."""
    with zipfile.ZipFile(path) as archive:
        blanks = _blank_strings(archive)
        reader = _SheetReader(blanks)
        _walk(archive, part, reader.start, reader.end, reader.text)
    return reader.scan


class _SheetReader:
    """Follows rows and cells; keeps nothing but the row numbers and the cells that need a word."""

    def __init__(self, blanks: set[int]) -> None:
        self.scan = Scan()
        self.blanks = blanks
        self.row, self.column = 0, 0
        self.kind, self.words = "n", ""
        self.listening = self.filled = self.formula = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "row":
            self.row = int(attributes.get("r") or self.row + 1)
            self.column, self.filled = 0, False
        elif name == "c":
            place = attributes.get("r", "")
            self.column = column_number(place) if place else self.column + 1
            self.kind, self.words = attributes.get("t", "n"), ""
            self.formula = False
        elif name == "f":
            self.formula = True
        elif name in {"v", "t"}:
            self.listening = True
        elif name == "rPh":
            self.listening = False

    def text(self, words: str) -> None:
        if self.listening:
            self.words += words

    def end(self, name: str) -> None:
        if name in {"v", "t"}:
            self.listening = False
        elif name == "c":
            self._close_cell()
        elif name == "row" and self.filled:
            self.scan.rows.append(self.row)

    def _close_cell(self) -> None:
        if self.formula and not self.words and self.kind != "str":
            place = f"{column_letters(self.column)}{self.row}"
            raise UnreadableWorkbook(
                "no_result",
                f"单元格 {place} 的公式没有计算结果，请在 Excel 中打开并保存后重传。",
                row=self.row,
                column=column_letters(self.column),
            )
        words = _plain(self.words)
        holds = bool(words) if self.kind != "s" else bool(words) and int(words) not in self.blanks
        if not holds:
            return
        self.filled = True
        if self.row > MOST_ROWS:
            raise UnreadableWorkbook("too_many_rows", f"工作表超出 {MOST_ROWS} 行上限。", row=self.row)
        if self.column > MOST_COLUMNS:
            raise UnreadableWorkbook(
                "too_many_columns", f"第 {self.row} 行超出 {MOST_COLUMNS} 列上限。", row=self.row
            )
        if self.kind == "e":
            self.scan.errors[self.row, self.column] = words


def column_number(place: str) -> int:
    """27 of "AA12"."""
    number = 0
    for letter in place:
        if not "A" <= letter <= "Z":
            break
        number = number * 26 + ord(letter) - 64
    return number


def column_letters(number: int) -> str:
    """ "AA" of 27."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _plain(words: str) -> str:
    return _ESCAPED.sub(lambda found: chr(int(found.group(1), 16)), words).strip()


def _blank_strings(archive: zipfile.ZipFile) -> set[int]:
    """Places of the shared strings that hold nothing but space."""
    blanks: set[int] = set()
    place, words, listening, phonetic = -1, "", False, False

    def start(name: str, _: dict[str, str]) -> None:
        nonlocal place, words, listening, phonetic
        if name == "si":
            place, words = place + 1, ""
        elif name == "rPh":
            phonetic = True
        elif name == "t":
            listening = not phonetic

    def text(more: str) -> None:
        nonlocal words
        if listening and len(words) < 100:
            words += more

    def end(name: str) -> None:
        nonlocal listening, phonetic
        if name == "t":
            listening = False
        elif name == "rPh":
            phonetic = False
        elif name == "si" and not _plain(words):
            blanks.add(place)

    if "xl/sharedStrings.xml" in archive.namelist():
        _walk(archive, "xl/sharedStrings.xml", start, end, text)
    return blanks


def _walk(archive: zipfile.ZipFile, part: str, start: Any, end: Any = None, text: Any = None) -> None:
    """Read one part's XML. Raises `UnreadableWorkbook` for a document type or for what is no XML."""

    def refuse(*_: object) -> None:
        raise UnreadableWorkbook("entities", "工作簿含外部实体定义，已拒绝。")

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = lambda name, attributes: start(name.rpartition(":")[2], attributes)
    if end is not None:
        parser.EndElementHandler = lambda name: end(name.rpartition(":")[2])
    if text is not None:
        parser.CharacterDataHandler = text
    try:
        with archive.open(part) as opened:
            while piece := opened.read(_PIECE):
                parser.Parse(piece, False)
            parser.Parse(b"", True)
    except (expat.ExpatError, ValueError, OverflowError) as failure:
        if isinstance(failure, UnreadableWorkbook):
            raise
        raise UnreadableWorkbook("damaged", "工作簿已损坏，无法打开，请重新导出。") from failure
