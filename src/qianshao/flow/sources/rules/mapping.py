"""映射 how a source file's columns become fields: read from `policy/foshan/feeds/*.yaml`, one file per source."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import yaml

TYPES = frozenset(
    {
        "text",
        "credit_code",
        "date",
        "number",
        "integer",
        "longitude",
        "latitude",
        "code",
        "station",
        "list",
        "bool",
    }
)
TARGETS = frozenset(
    {
        "entity",
        "licence",
        "equipment",
        "annual_report",
        "complaint",
        "past_inspection",
        "penalty",
        "officer",
        "school",
    }
)


class MappingError(ValueError):
    """映射文件有误: the message names the file and the entry."""


@dataclass(frozen=True, slots=True)
class Column:
    """列 of a source file: which field it fills and how it is read."""

    title: str
    field: str | None
    type: str = "text"
    required: bool = False
    max: int | None = None
    codes: tuple[tuple[str, str], ...] = ()
    separator: str = ";"
    future: bool = False


@dataclass(frozen=True, slots=True)
class Feed:
    """数据源 and the way its files are read."""

    code: str
    name: str
    provider: str
    files: str
    kind: str
    title_rows: int
    header_rows: int
    target: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    version: str

    @property
    def first_row(self) -> int:
        """The sheet row (from 1) of the first data row."""
        return self.title_rows + self.header_rows + 1

    def mapped(self) -> tuple[Column, ...]:
        """The columns that fill a field."""
        return tuple(column for column in self.columns if column.field)

    def title_of(self, field: str) -> str:
        """The source's title of the column that fills `field`."""
        return next(column.title for column in self.columns if column.field == field)


def load_feeds(folder: Path) -> dict[str, Feed]:
    """映射: all feeds of a folder by code. Raises `MappingError` naming file and entry."""
    feeds = {}
    for file in sorted(folder.glob("*.yaml")):
        feed = _feed(file.name, yaml.safe_load(file.read_text(encoding="utf-8")), file.read_bytes())
        feeds[feed.code] = feed
    return feeds


def feed_for(file_name: str, feeds: dict[str, Feed]) -> Feed | None:
    """The feed whose pattern the file's name fits, or None."""
    return next((feed for feed in feeds.values() if fnmatch(file_name, feed.files)), None)


def _feed(file: str, data: Any, content: bytes) -> Feed:
    try:
        shape = data["format"]
        feed = Feed(
            code=data["feed"],
            name=data["name"],
            provider=data["provider"],
            files=data["files"],
            kind=shape["kind"],
            title_rows=shape.get("title_rows", 0),
            header_rows=shape.get("header_rows", 1),
            target=data["target"],
            key=tuple(data["key"]),
            columns=tuple(_column(file, title, entry) for title, entry in data["columns"].items()),
            version=hashlib.sha256(content).hexdigest()[:16],
        )
    except (KeyError, TypeError, AttributeError) as missing:
        raise MappingError(f"映射文件 {file} 缺少必需的条目：{missing}") from missing
    if feed.target not in TARGETS or feed.kind not in {"csv", "xlsx"}:
        raise MappingError(f"映射文件 {file} 的 target 或 format 无效")
    fields = {column.field for column in feed.columns}
    if lost := [key for key in feed.key if key not in fields]:
        raise MappingError(f"映射文件 {file} 的主键 {lost} 没有对应的列")
    return feed


def _column(file: str, title: str, entry: dict[str, Any]) -> Column:
    kind = entry.get("type", "text")
    if kind not in TYPES:
        raise MappingError(f"映射文件 {file} 的列“{title}”类型“{kind}”无效")
    if entry["field"] is None and not entry.get("why"):
        raise MappingError(f"映射文件 {file} 的列“{title}”未说明为何不取（why）")
    if kind == "code" and not entry.get("codes"):
        raise MappingError(f"映射文件 {file} 的列“{title}”没有代码表（codes）")
    return Column(
        title=title,
        field=entry["field"],
        type=kind,
        required=entry.get("required", False),
        max=entry.get("max"),
        codes=tuple((str(key), str(value)) for key, value in entry.get("codes", {}).items()),
        separator=entry.get("separator", ";"),
        future=entry.get("future", False),
    )
