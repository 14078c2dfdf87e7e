"""Files of a draw: readable by their owner alone, on disk before anybody relies on them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

_PIECE = 1 << 20


def open_private(file: Path) -> BinaryIO:
    """Open a new file that its owner alone can read; what stood there is gone."""
    return os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")


def sync(file: BinaryIO) -> None:
    """Everything written so far is on disk."""
    file.flush()
    os.fsync(file.fileno())


def keep_private(file: Path, content: bytes) -> None:
    """Write a whole file, on disk when this returns."""
    with open_private(file) as kept:
        kept.write(content)
        sync(kept)


def pieces_of(file: Path) -> Iterator[bytes]:
    """The file's bytes, a piece at a time."""
    with file.open("rb") as kept:
        while piece := kept.read(_PIECE):
            yield piece
