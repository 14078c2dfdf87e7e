"""编码 which encoding a text file is in. Never guessed: byte-order mark, then strict UTF-8, then strict GB18030."""

from __future__ import annotations

import codecs
from pathlib import Path

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_PIECE = 1 << 22


def encoding_of(path: Path) -> str | None:
    """The file's encoding, or None when it is none of those accepted. Reads the whole file, in pieces."""
    with path.open("rb") as file:
        head = file.read(4)
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name if decodes(path, name) else None
    return next((name for name in ("utf-8", "gb18030") if decodes(path, name)), None)


def decodes(path: Path, encoding: str) -> bool:
    """Whether every byte of the file is right in this encoding and no NUL is among its letters."""
    decoder = codecs.getincrementaldecoder(encoding)(errors="strict")
    with path.open("rb") as file:
        try:
            while piece := file.read(_PIECE):
                if "\x00" in decoder.decode(piece):
                    return False
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True
