"""编码 which encoding a text file is in. Never guessed: byte-order mark, then strict UTF-8, then strict GB18030.

A file of two encodings is refused too: most UTF-8 text is also valid GB18030, and would come in as other letters.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_NAMES = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8", "utf-16": "UTF-16", "gb18030": "GB18030"}
_PIECE = 1 << 22
_CERTAIN = 12
"""Bytes that a line is longer than its letters, from which on a line valid as UTF-8 is UTF-8 and no accident."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with a text, and in which line (from 1)."""

    code: str
    row: int
    message: str


def encoding_of(path: Path) -> str | Flaw:
    """The file's encoding, or what keeps it from being read. Reads the whole file, in pieces."""
    with path.open("rb") as file:
        head = file.read(4)
    for mark, name in _MARKS:
        if head.startswith(mark):
            return first_flaw(path, name) or name
    flaw = first_flaw(path, "utf-8")
    if flaw is None:
        return "utf-8"
    if flaw.code != "wrong_encoding":
        return flaw
    other = first_flaw(path, "gb18030")
    foreign = _utf8_line(path)
    if foreign is None or not _is_gb18030(path, flaw.row):
        return "gb18030" if other is None else max(other, flaw, key=lambda one: (one.code == "nul", one.row))
    words = f"第 {foreign} 行是 UTF-8，第 {flaw.row} 行不是：两种编码混在一份文件里，请统一后重传。"
    return Flaw("mixed_encodings", max(foreign, flaw.row), words)


def first_flaw(path: Path, encoding: str) -> Flaw | None:
    """The first byte that is wrong in this encoding, the first NUL, or a line that never ends."""
    decoder = codecs.getincrementaldecoder(encoding)(errors="strict")
    feeds, returns = 0, 0
    with path.open("rb") as file:
        while True:
            piece = file.read(_PIECE)
            try:
                text = decoder.decode(piece, final=not piece)
            except UnicodeDecodeError as failure:
                read = failure.object[: failure.start]
                if b"\x00" in read and encoding != "utf-16":
                    read = read[: read.index(b"\x00")]
                    return _nul(max(feeds + read.count(b"\n"), returns + read.count(b"\r")) + 1)
                row = max(feeds + read.count(b"\n"), returns + read.count(b"\r")) + 1
                words = f"第 {row} 行的字节不符合 {_NAMES[encoding]} 编码；文件须全部为 UTF-8 或 GB18030，请另存后重传。"
                return Flaw("wrong_encoding", row, words)
            if "\x00" in text:
                read_text = text[: text.index("\x00")]
                return _nul(max(feeds + read_text.count("\n"), returns + read_text.count("\r")) + 1)
            new_feeds, new_returns = text.count("\n"), text.count("\r")
            if len(piece) == _PIECE and not new_feeds and not new_returns:
                row = max(feeds, returns) + 1
                return Flaw("line_too_long", row, f"第 {row} 行超过 4 MB，不是表格数据，请核对文件。")
            feeds, returns = feeds + new_feeds, returns + new_returns
            if not piece:
                return None


def _nul(row: int) -> Flaw:
    words = f"第 {row} 行含有空字节（NUL）：文件已损坏，或是没有标记的 UTF-16，请另存为 UTF-8 后重传。"
    return Flaw("nul", row, words)


def _is_gb18030(path: Path, row: int) -> bool:
    with path.open("rb") as file:
        line = next(islice(file, row - 1, row), b"")
    try:
        line.decode("gb18030")
    except UnicodeDecodeError:
        return False
    return True


def _utf8_line(path: Path) -> int | None:
    """The first line that can only be UTF-8: valid as such, with enough letters beyond ASCII."""
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                text = line.decode()
            except UnicodeDecodeError:
                continue
            if len(line) - len(text) >= _CERTAIN:
                return number
    return None
