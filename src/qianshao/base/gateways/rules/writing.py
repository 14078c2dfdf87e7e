"""写出 columns of text as CSV files in the encodings that offices use."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv

Progress = Callable[[str, int, int], None]
FILES = 13
_CHUNK = 200_000


class Writer:
    """Writes files into a folder, chunk by chunk, and keeps how many rows each has."""

    def __init__(self, out: Path, progress: Progress | None) -> None:
        self.out, self.progress = out, progress
        self.rows: dict[str, int] = {}
        (out / "truth").mkdir(exist_ok=True)

    def csv(self, name: str, columns: dict[str, Any], encoding: str, broken: tuple[str, ...]) -> None:
        """Write one CSV file (utf-8, utf-8-sig or gb18030), with the lines `broken` at its end as they are."""
        table = pa.table(columns)
        with (self.out / name).open("wb") as file:
            if encoding == "utf-8-sig":
                file.write(b"\xef\xbb\xbf")
            for start in range(0, max(1, table.num_rows), _CHUNK):
                part = io.BytesIO()
                options = pyarrow.csv.WriteOptions(include_header=start == 0, quoting_style="needed")
                pyarrow.csv.write_csv(table.slice(start, _CHUNK), part, options)
                content = part.getvalue()
                file.write(content.decode("utf-8").encode("gb18030") if encoding == "gb18030" else content)
            for line in broken:
                file.write((line + "\n").encode("gb18030" if encoding == "gb18030" else "utf-8"))
        self.note(name, table.num_rows + len(broken))

    def note(self, name: str, rows: int) -> None:
        """Keep a file's number of rows and tell the progress."""
        self.rows[name] = rows
        if self.progress:
            self.progress(name, len(self.rows), FILES)
