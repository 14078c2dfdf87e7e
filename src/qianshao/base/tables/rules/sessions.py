"""大表 big tables on one machine. The only place that knows which engine works on them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb


def open_session(*, folder: Path, memory_mb: int = 2_000, threads: int = 2) -> duckdb.DuckDBPyConnection:
    """A session over Parquet and text tables: bounded memory, spills into `folder`, rows keep their order."""
    import duckdb  # noqa: PLC0415 (heavy: never loaded by the web process)

    session = duckdb.connect()
    session.execute(f"SET memory_limit = '{memory_mb}MB'")
    session.execute(f"SET threads = {threads}")
    session.execute(f"SET temp_directory = '{quoted_path(folder / 'spill')}'")
    session.execute("SET autoinstall_known_extensions = false")
    return session


def quoted_path(path: Path) -> str:
    """A path as it stands inside an SQL text."""
    return str(path).replace("'", "''")


def lake_folder(root: Path, feed: str, sha256: str) -> Path:
    """数据湖 the folder of one delivery: its file as received and the tables made of it."""
    return root / feed / sha256
