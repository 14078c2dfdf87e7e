"""读入 a file as received becomes a Parquet table of text: every column, every row, each with its row number.

Rows that do not have the header's number of cells, or swallowed others by a stray quote, are kept apart. The number of rows
is counted by a second reader; where the two disagree the file is refused, because rows that vanish silently are worse than a
file that waits.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute
import pyarrow.csv
import pyarrow.parquet

from qianshao.flow.sources.rules.encoding import Flaw, encoding_of
from qianshao.flow.sources.rules.mapping import Feed
from qianshao.flow.sources.rules.sheetscan import UnreadableWorkbook
from qianshao.flow.sources.rules.workbook import check_archive, read_sheet

ROW = "_row"
MOST_LETTERS = 1 << 20
"""Letters a cell may have."""
_BLOCK = 1 << 24
_DAYS_TO_1904 = 1_462
_END = "\uffff"
_QUOTE = "请检查引号是否成对。"


class FileRefused(ValueError):
    """文件退回 whole: `code`, a message for people, and the place."""

    def __init__(
        self, code: str, message: str, *, row: int | None = None, column: str = "", value: str = ""
    ) -> None:
        super().__init__(message)
        self.code, self.row, self.column, self.value = code, row, column, value


@dataclass(frozen=True, slots=True)
class Aside:
    """A row that is no row of the table: where it stands, its text, and why."""

    row: int
    text: str
    reason: str
    message: str


@dataclass(slots=True)
class Parsed:
    """What was read: the table's place, how many records, and the rows kept apart (some stand in the table as well)."""

    table: Path
    encoding: str
    rows: int
    aside: list[Aside] = field(default_factory=list)


def parse_file(*, path: Path, feed: Feed, out: Path) -> Parsed:
    """读入: write `out/raw.parquet`. Raises `FileRefused` for an empty file, a wrong encoding, other columns than the mapping
    names, a workbook that cannot be trusted, or a row count that two readers do not agree on."""
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
    if isinstance(encoding, Flaw):
        raise FileRefused(encoding.code, f"文件 {path.name} {encoding.message}", row=encoding.row)
    delimiter, header = _header(path, encoding)
    _check_header(path.name, header, feed, row=feed.first_row - 1)
    counted, aside = _count_text_rows(path, encoding, delimiter, feed)
    skipped: list[Aside] = []

    def keep_apart(row: Any) -> str:
        skipped.append(_ragged(row))
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
            delimiter=delimiter,
            newlines_in_values=True,
            ignore_empty_lines=False,
            invalid_row_handler=keep_apart,
        ),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types={title: pa.string() for title in header}, strings_can_be_null=False
        ),
    )
    table = out / "raw.parquet"
    written, empty = _write_numbered(reader, table, skipped, feed.first_row, path.name)
    total = written + empty + len(skipped)
    if counted != total:
        words = f"文件 {path.name} 两次读取行数不一致（{total} 与 {counted}），{_QUOTE}"
        raise FileRefused("row_count", words)
    ragged = {one.row for one in skipped}
    kept = skipped + [one for one in aside if one.row not in ragged]
    return Parsed(table, encoding, total - empty, kept)


def _ragged(row: Any) -> Aside:
    """A record with other than the header's number of cells."""
    text = row.text or ""
    message = f"该行有 {row.actual_columns} 列，应为 {row.expected_columns} 列"
    if swallowed := text.count("\n") or text.count("\r"):
        message += f"（引号未成对，并入了后面 {swallowed} 行）"
    return Aside(row.number, text, "ragged", message)


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
    """The file has the mapping's columns, each once, in any order."""
    place = f"文件 {name} 第 {row} 行表头"
    titles = [column.title for column in feed.columns]
    if missing := [title for title in titles if title not in header]:
        words = f"{place}缺少列：{'、'.join(missing)}。实际表头：{'、'.join(header[:12])[:200]}"
        raise FileRefused("wrong_columns", words, row=row, column=missing[0])
    if twice := sorted({title for title in header if title and header.count(title) > 1}):
        raise FileRefused(
            "double_columns", f"{place}有重复列：{'、'.join(twice)}。", row=row, column=twice[0]
        )
    if strange := [title for title in header if title not in titles]:
        words = f"{place}有映射中没有的列：{'、'.join(title or '（空）' for title in strange[:12])[:200]}。"
        raise FileRefused("strange_columns", words, row=row, column=strange[0])


def _write_numbered(
    reader: Any, target: Path, skipped: list[Aside], first_row: int, name: str
) -> tuple[int, int]:
    """Write the batches with each row's number in the file; the reader's own numbers of skipped rows close the gaps.

    Returns how many rows were written and how many were left away because nothing stands in them.
    """
    schema = pa.schema([pa.field(ROW, pa.int64()), *reader.schema])
    written, empty, passed, cursor = 0, 0, 0, first_row
    with pyarrow.parquet.ParquetWriter(target, schema, compression="zstd") as writer:
        try:
            for batch in reader:
                numbers = []
                left = batch.num_rows
                while left:
                    upcoming = skipped[passed].row if passed < len(skipped) else None
                    if upcoming is not None and upcoming <= cursor:
                        passed, cursor = passed + 1, cursor + 1
                        continue
                    run = left if upcoming is None else min(left, upcoming - cursor)
                    numbers.append((cursor, run))
                    cursor, left = cursor + run, left - run
                rows = pa.chunked_array([np.arange(start, start + run) for start, run in numbers], pa.int64())
                table = _filled(pa.Table.from_batches([batch]).add_column(0, ROW, rows).cast(schema))
                writer.write_table(table)
                written, empty = written + table.num_rows, empty + batch.num_rows - table.num_rows
        except pa.ArrowInvalid as failure:
            words = f"文件 {name} 约第 {cursor} 行起无法按 CSV 读取：引号未成对或格式损坏。"
            raise FileRefused("unreadable", words, row=cursor) from failure
    return written, empty


def _filled(table: pa.Table) -> pa.Table:
    """The rows in which anything stands."""
    first, *others = (table[name] for name in table.column_names if name != ROW)
    empty = pa.compute.equal(first, "")
    if not pa.compute.any(empty).as_py():
        return table
    for column in others:
        empty = pa.compute.and_(empty, pa.compute.equal(column, ""))
    return table.filter(pa.compute.invert(empty))


def _count_text_rows(path: Path, encoding: str, delimiter: str, feed: Feed) -> tuple[int, list[Aside]]:
    """Records after the header by Python's own reader, and those that swallowed others: a cell with a line end and as many
    delimiters as a row has. Raises `FileRefused` for a cell without end and for a file without a row."""
    csv.field_size_limit(MOST_LETTERS)
    number, lines, filled = 0, 0, False
    aside = []
    row: list[str] = []
    with path.open(encoding=encoding, newline="") as file:
        reader = csv.reader(_lines_and_end(file), delimiter=delimiter)
        try:
            for row in reader:
                number += 1
                if reader.line_num - lines != 1 and (message := _swallowed(row, delimiter, feed)):
                    aside.append(Aside(number, delimiter.join(row), "swallowed_rows", message))
                lines = reader.line_num
                filled = filled or (number > 1 and row != [_END] and any(row))
        except csv.Error as failure:
            words = f"文件 {path.name} 第 {number + 1} 行的单元格超过 {MOST_LETTERS} 字，{_QUOTE}"
            raise FileRefused("cell_too_long", words, row=number + 1) from failure
    if row != [_END]:
        words = f"文件 {path.name} 第 {number} 行的引号没有成对，其后的行都被并入该行，{_QUOTE}"
        raise FileRefused("open_quote", words, row=number)
    if not filled:
        raise FileRefused("no_rows", f"文件 {path.name} 只有表头，没有数据行。")
    return number - 2, aside


def _lines_and_end(file: Iterator[str]) -> Iterator[str]:
    """The lines, and one more that is a record of its own unless an open quote swallows it."""
    yield from file
    yield _END


def _swallowed(row: list[str], delimiter: str, feed: Feed) -> str:
    most = len(feed.columns) - 1
    for cell in row:
        if cell.count(delimiter) >= most and ("\n" in cell or "\r" in cell):
            rows = len(cell.splitlines())
            return f"引号未成对，使 {rows} 行并成一行，请对照原文件更正"
    return ""


def _parse_workbook(path: Path, feed: Feed, out: Path) -> Parsed:
    try:
        check_archive(path)
        sheet = read_sheet(path, feed.title_rows, feed.header_rows)
    except UnreadableWorkbook as failure:
        words = f"文件 {path.name}：{failure}"
        raise FileRefused(failure.code, words, row=failure.row, column=failure.column) from failure
    _check_header(path.name, sheet.header, feed, row=feed.first_row - 1)
    if sheet.counted != len(sheet.rows):
        words = f"文件 {path.name} 两次读取行数不一致（{len(sheet.rows)} 与 {sheet.counted}），请重新导出。"
        raise FileRefused("row_count", words)
    if not sheet.rows:
        raise FileRefused("no_rows", f"文件 {path.name} 只有表头，没有数据行。")
    dates = {column.title for column in feed.columns if column.type == "date"}
    columns: dict[str, Any] = {ROW: pa.array([number for number, _ in sheet.rows], pa.int64())}
    for place, title in enumerate(sheet.header):
        texts = [row[place] if place < len(row) else "" for _, row in sheet.rows]
        if sheet.since_1904 and title in dates:
            texts = [_since_1900(text) for text in texts]
        columns[title] = pa.array(texts, pa.string())
    pyarrow.parquet.write_table(pa.table(columns), out / "raw.parquet", compression="zstd")
    return Parsed(out / "raw.parquet", "xlsx", len(sheet.rows))


def _since_1900(text: str) -> str:
    """A day given as a bare number, in a workbook that counts its days from 1904."""
    return str(int(text) + _DAYS_TO_1904) if text.isascii() and text.isdigit() and len(text) == 5 else text
