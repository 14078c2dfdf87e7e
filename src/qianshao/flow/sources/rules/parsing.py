"""读入 a file as received becomes a Parquet table of text: every column, every row, each with its row number.

Rows that do not have the header's number of cells are kept apart. The number of rows is counted by a second reader; where
the two disagree the file is refused, because rows that vanish silently are worse than a file that waits.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from qianshao.flow.sources.rules.encoding import encoding_of
from qianshao.flow.sources.rules.mapping import Feed
from qianshao.flow.sources.rules.workbook import UnreadableWorkbook, check_archive, count_rows, rows_of

ROW = "_row"
_BLOCK = 1 << 24


class FileRefused(ValueError):
    """文件退回 whole: `code`, a message for people, and the place."""

    def __init__(
        self, code: str, message: str, *, row: int | None = None, column: str = "", value: str = ""
    ) -> None:
        super().__init__(message)
        self.code, self.row, self.column, self.value = code, row, column, value


@dataclass(slots=True)
class Parsed:
    """What was read: the table's place, how many rows, and the rows kept apart as (row, cells as text)."""

    table: Path
    encoding: str
    rows: int
    ragged: list[tuple[int, str, int]] = field(default_factory=list)


def parse_file(*, path: Path, feed: Feed, out: Path) -> Parsed:
    """读入: write `out/raw.parquet`. Raises `FileRefused` for an empty file, a wrong encoding, missing columns, a workbook
    that cannot be trusted, or a row count that two readers do not agree on."""
    if path.stat().st_size == 0:
        raise FileRefused("empty_file", f"文件 {path.name} 是空的。")
    if feed.kind == "xlsx":
        return _parse_workbook(path, feed, out)
    return _parse_text(path, feed, out)


def _parse_text(path: Path, feed: Feed, out: Path) -> Parsed:
    with path.open("rb") as file:
        if file.read(4) in {b"PK\x03\x04", b"\xd0\xcf\x11\xe0"}:
            raise FileRefused("not_text", f"文件 {path.name} 应为 CSV，收到的是 Excel 或压缩文件。")
    encoding = encoding_of(path)
    if encoding is None:
        raise FileRefused(
            "wrong_encoding", f"文件 {path.name} 的编码既不是 UTF-8 也不是 GB18030，请另存后重传。"
        )
    delimiter, header = _header(path, encoding)
    _check_header(path.name, header, feed, row=feed.first_row - 1)
    parsed = Parsed(out / "raw.parquet", encoding, 0)
    skipped: list[tuple[int, str, int]] = []

    def keep_apart(row: Any) -> str:
        skipped.append((row.number, row.text or "", row.actual_columns))
        return "skip"

    reader = pyarrow.csv.open_csv(
        path,
        read_options=pyarrow.csv.ReadOptions(
            use_threads=False,
            block_size=_BLOCK,
            encoding=encoding.replace("-sig", ""),
            column_names=header,
            skip_rows=1,
        ),
        parse_options=pyarrow.csv.ParseOptions(
            delimiter=delimiter, newlines_in_values=True, invalid_row_handler=keep_apart
        ),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types={title: pa.string() for title in header}, strings_can_be_null=False
        ),
    )
    parsed.rows = _write_numbered(reader, parsed.table, skipped, feed.first_row, path.name)
    parsed.ragged = [(number, text, cells) for number, text, cells in skipped]
    counted = _count_text_rows(path, encoding, delimiter)
    total = parsed.rows + len(skipped)
    if counted != total:
        raise FileRefused(
            "row_count", f"文件 {path.name} 两次读取行数不一致（{total} 与 {counted}），请检查引号是否成对。"
        )
    if total == 0:
        raise FileRefused("no_rows", f"文件 {path.name} 只有表头，没有数据行。")
    return parsed


def _header(path: Path, encoding: str) -> tuple[str, list[str]]:
    with path.open(encoding=encoding, newline="") as file:
        first = file.readline(1 << 16)
    if not first.strip():
        raise FileRefused("no_header", f"文件 {path.name} 没有表头。", row=1)
    delimiter = max(",;\t", key=first.count)
    return delimiter, [
        title.strip().strip("\ufeff") for title in next(csv.reader([first], delimiter=delimiter))
    ]


def _check_header(name: str, header: list[str], feed: Feed, row: int) -> None:
    missing = [column.title for column in feed.columns if column.field and column.title not in header]
    if missing:
        raise FileRefused(
            "wrong_columns",
            f"文件 {name} 第 {row} 行表头缺少列：{'、'.join(missing)}。实际表头：{'、'.join(header[:12])}",
            row=row,
            column=missing[0],
        )
    twice = sorted({title for title in header if header.count(title) > 1})
    if twice:
        raise FileRefused(
            "double_columns", f"文件 {name} 表头有重复列：{'、'.join(twice)}。", row=row, column=twice[0]
        )


def _write_numbered(
    reader: Any, target: Path, skipped: list[tuple[int, str, int]], first_row: int, name: str
) -> int:
    """Write the batches with each row's number in the file; the reader's own numbers of skipped rows close the gaps."""
    schema = pa.schema([pa.field(ROW, pa.int64()), *reader.schema])
    written, passed, cursor = 0, 0, first_row
    with pyarrow.parquet.ParquetWriter(target, schema, compression="zstd") as writer:
        try:
            for batch in reader:
                numbers = []
                left = batch.num_rows
                while left:
                    upcoming = skipped[passed][0] if passed < len(skipped) else None
                    if upcoming is not None and upcoming <= cursor:
                        passed, cursor = passed + 1, cursor + 1
                        continue
                    run = left if upcoming is None else min(left, upcoming - cursor)
                    numbers.append((cursor, run))
                    cursor, left = cursor + run, left - run
                rows = pa.chunked_array(
                    [pa.array(range(start, start + run), pa.int64()) for start, run in numbers] or [[]],
                    pa.int64(),
                )
                table = pa.Table.from_batches([batch])
                writer.write_table(table.add_column(0, ROW, rows).cast(schema))
                written += batch.num_rows
        except pa.ArrowInvalid as failure:
            raise FileRefused(
                "unreadable", f"文件 {name} 无法按 CSV 读取：引号未成对或格式损坏。"
            ) from failure
    return written


def _count_text_rows(path: Path, encoding: str, delimiter: str) -> int:
    """Data rows by Python's own reader; empty lines do not count."""
    with path.open(encoding=encoding, newline="") as file:
        return sum(1 for row in csv.reader(_lines(file), delimiter=delimiter) if row) - 1


def _lines(file: io.TextIOWrapper) -> Iterator[str]:
    yield from file


def _parse_workbook(path: Path, feed: Feed, out: Path) -> Parsed:
    try:
        check_archive(path)
        header, body = rows_of(path, feed.title_rows, feed.header_rows)
        rows = list(body)
        counted = count_rows(path) - feed.title_rows - feed.header_rows
    except UnreadableWorkbook as failure:
        raise FileRefused(failure.code, f"文件 {path.name}：{failure}") from failure
    _check_header(path.name, header, feed, row=feed.first_row - 1)
    if counted != len(rows):
        raise FileRefused(
            "row_count", f"文件 {path.name} 两次读取行数不一致（{len(rows)} 与 {counted}），请重新导出。"
        )
    if not rows:
        raise FileRefused("no_rows", f"文件 {path.name} 只有表头，没有数据行。")
    width = len(header)
    columns: dict[str, Any] = {ROW: pa.array(range(feed.first_row, feed.first_row + len(rows)), pa.int64())}
    for place, title in enumerate(header):
        columns[title] = pa.array([(row + [""] * width)[place] for row in rows], pa.string())
    pyarrow.parquet.write_table(pa.table(columns), out / "raw.parquet", compression="zstd")
    return Parsed(out / "raw.parquet", "xlsx", len(rows))
