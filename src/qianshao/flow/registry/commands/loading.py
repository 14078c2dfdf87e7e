"""Deliveries become rows of the register: each file whole, in one transaction, or not at all."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unicodedata import normalize

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q

from qianshao.base.access.rules import Scope
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.base.records.rules import Actor
from qianshao.base.stations.commands import enrol_officers
from qianshao.base.stations.models import Station
from qianshao.flow.registry.models import Entity
from qianshao.flow.sources.commands import (
    FEEDS,
    Landed,
    Read,
    copy_rows,
    known_delivery,
    land_file,
    read_file,
    settle_delivery,
    settle_row,
)
from qianshao.flow.sources.queries import DeliveryCard, loaded_delivery, quarantined_row
from qianshao.flow.sources.rules.mapping import Feed, feed_for, load_feeds
from qianshao.flow.sources.rules.receiving import Received
from qianshao.flow.sources.rules.shaping import typed_columns

Progress = Callable[[str, int, int], None]
_ORDER = (
    "entity",
    "officer",
    "licence",
    "equipment",
    "annual_report",
    "complaint",
    "past_inspection",
    "penalty",
    "school",
)
_CONFLICT = {
    "entity": "credit_code",
    "licence": "licence_no",
    "equipment": "equipment_no",
    "annual_report": "entity_id, year",
    "complaint": "number",
    "past_inspection": "number",
    "penalty": "number",
    "school": "entity_id",
}
_CONSTANTS = {
    "entity": {"tags": "'{}'", "risk_class": "'A'"},
    "past_inspection": {"duty_codes": "'{}'"},
}
_WHEN_EMPTY = {"problems": "0", "has_canteen": "false", "past_inspection.kind": "'routine'"}
_READERS = 2


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What became of the files of a folder."""

    deliveries: list[DeliveryCard]
    unchanged: list[str]
    unknown: list[str]

    @property
    def loaded(self) -> int:
        """Rows that are in."""
        return sum(delivery.rows_loaded for delivery in self.deliveries)

    @property
    def quarantined(self) -> int:
        """Rows kept aside."""
        return sum(delivery.rows_quarantined for delivery in self.deliveries)

    @property
    def refused(self) -> list[DeliveryCard]:
        """Files sent back whole."""
        return [delivery for delivery in self.deliveries if delivery.state == "refused"]


def ingest_folder(
    *, folder: Path, by: Actor, at: datetime, today: date, progress: Progress | None = None
) -> IngestReport:
    """汇集: take in every file of a folder that a feed knows, businesses first. The same folder again changes nothing."""
    feeds = load_feeds(FEEDS)
    files = [file for file in sorted(folder.iterdir()) if file.is_file() and not file.name.startswith(".")]
    by_target: dict[str, list[tuple[Path, Feed]]] = {target: [] for target in _ORDER}
    unknown = []
    for file in files:
        feed = feed_for(file.name, feeds)
        if feed is None:
            unknown.append(file.name)
        else:
            by_target[feed.target].append((file, feed))
    if not any(by_target.values()):
        raise Refusal("nothing_to_ingest", f"文件夹 {folder.name} 中没有可识别的来文。", status=422)
    deliveries: list[DeliveryCard] = []
    unchanged: list[str] = []
    waves = [by_target["entity"], [pair for target in _ORDER[1:] for pair in by_target[target]]]
    fresh_register = _is_empty("registry_entity")
    if fresh_register:
        _call("registry_drop_search_indexes")
        _call("registry_put_foreign_keys_aside")
    with ThreadPoolExecutor(1) as indexer:
        for wave in waves:
            facts = wave is waves[1]
            if (
                facts and fresh_register and not connection.in_atomic_block
            ):  # another connection sees what is committed
                indexer.submit(_call_apart, "registry_build_entity_indexes")
            entities = _export_entities(Path(settings.LAKE_ROOT)) if facts and wave else None
            for delivery, name in _take_wave(wave, entities, by=by, at=at, today=today):
                if delivery is None:
                    unchanged.append(name)
                else:
                    deliveries.append(delivery)
                if progress:
                    progress(name, len(deliveries) + len(unchanged), len(files) - len(unknown))
    if deliveries or fresh_register or _keys_are_aside():
        after_load()
    return IngestReport(deliveries, unchanged, unknown)


def take_delivery(
    *, path: Path, file_name: str, by: Actor, at: datetime, today: date
) -> tuple[DeliveryCard, bool]:
    """接收来文: one file handed in by a person. Returns (delivery, changed). Raises `Refusal` for a name no feed knows."""
    feed = feed_for(file_name, load_feeds(FEEDS))
    if feed is None:
        names = "、".join(known.files for known in load_feeds(FEEDS).values())
        raise Refusal(
            "unknown_feed", f"无法识别文件 {file_name}。", remedy=f"文件名应符合：{names}", status=422
        )
    landed = land_file(path=path, feed=feed, file_name=file_name)
    known = loaded_delivery(feed=feed.code, sha256=landed.sha256)
    if known is not None:
        return known, False
    with TemporaryDirectory(dir=settings.LAKE_ROOT) as folder:
        entities = _export_entities(Path(folder)) if _joins(feed) else None
        read = read_file(landed=landed, feed=feed, today=today, stations=_stations(), entities=entities)
    delivery = settle_delivery(read=read, by=by, at=at, load=_loader(feed))
    if delivery.state == "loaded":
        after_load()
    return delivery, True


def correct_row(
    *, row_id: int, scope: Scope, values: dict[str, str], by: Actor, at: datetime, today: date
) -> None:
    """更正隔离行: read the row again with the given cells, the same way as its file, and load it.

    Raises `Refusal`: not found, settled already, a column the feed does not have, or still unusable with the reason.
    """
    row = quarantined_row(scope=scope, row_id=row_id)
    if row is None:
        raise Refusal("not_found", "没有找到这一行。", status=404)
    feed = load_feeds(FEEDS)[row.feed]
    titles = [column.title for column in feed.columns]
    if strange := sorted(set(values) - set(titles)):
        raise Refusal(
            "unknown_column", f"该数据源没有列：{'、'.join(strange)}。", field=strange[0], status=422
        )
    cells = {title: str(row.raw.get(title, "")) for title in titles} | values
    with TemporaryDirectory(dir=settings.LAKE_ROOT) as folder:
        read = _read_again(feed, cells, Path(folder), today)
        with transaction.atomic():
            settle_row(row_id=row_id, state="corrected", correction=values, by=by, at=at)
            touched = _stations_of(read)
            _loader(feed)(row.delivery_id, read)
            with connection.cursor() as cursor:
                for station in sorted(touched | _stations_of(read)):
                    cursor.execute("SELECT registry_renew_station_counts(%s)", [station])


def _stations_of(read: Received) -> set[str]:
    """Stations of the business that one row is about."""
    with read.typed.open(encoding="utf-8", newline="") as file:
        first = next(csv.reader(file))[0]  # the credit code, or the business's number where facts were joined
    known = Q(credit_code=first) | (Q(pk=int(first)) if first.isdigit() and len(first) < 18 else Q())
    return set(Entity.objects.filter(known).values_list("station_id", flat=True))


def _read_again(feed: Feed, cells: dict[str, str], folder: Path, today: date) -> Received:
    file = folder / "row.csv"
    with file.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([list(cells), list(cells.values())])
    landed = Landed("", file.stat().st_size, folder, file)
    read = read_file(
        landed=landed,
        feed=replace(feed, kind="csv"),
        today=today,
        stations=_stations(),
        entities=_export_entities(folder, cells[feed.title_of("credit_code")]) if _joins(feed) else None,
    )
    if read.refused is not None:
        raise Refusal("still_unusable", str(read.refused), status=422)
    assert read.received is not None
    if read.received.loaded != 1:
        with read.received.quarantine.open(encoding="utf-8", newline="") as kept:
            first = next(csv.reader(kept))
        raise Refusal(
            "still_unusable",
            f"更正后仍不可用：{first[4]}（列“{first[1]}”，值“{first[2]}”）",
            field=first[1],
            status=422,
        )
    return read.received


def _take_wave(
    wave: list[tuple[Path, Feed]], entities: Path | None, *, by: Actor, at: datetime, today: date
) -> Iterator[tuple[DeliveryCard | None, str]]:
    """Files are read by children ahead of the one being loaded; loading keeps their order."""
    stations = _stations()

    def read(landed: Landed, feed: Feed) -> Read:
        return read_file(landed=landed, feed=feed, today=today, stations=stations, entities=entities)

    with ThreadPoolExecutor(_READERS) as readers:
        waiting = []
        for file, feed in wave:
            landed = land_file(path=file, feed=feed)
            known = known_delivery(feed=feed, sha256=landed.sha256)
            waiting.append((file, feed, None if known else readers.submit(read, landed, feed)))
        for file, feed, reading in waiting:
            if reading is None:
                yield None, file.name
            else:
                yield settle_delivery(read=reading.result(), by=by, at=at, load=_loader(feed)), file.name


def _stations() -> list[str]:
    return list(Station.objects.values_list("code", flat=True))


def _is_empty(table: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT NOT EXISTS (SELECT FROM {table})")
        return bool(cursor.fetchone()[0])


def _keys_are_aside() -> bool:
    """Whether an earlier first load was interrupted before its foreign keys stood again."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM registry_put_aside)")
        return bool(cursor.fetchone()[0])


def _loader(feed: Feed) -> Callable[[int, Received], None]:
    def load(delivery_id: int, received: Received) -> None:
        if feed.target == "officer":
            enrol_officers(rows=_officer_rows(feed, received.typed))
        else:
            _load_table(feed, delivery_id, received.typed)

    return load


def _load_table(feed: Feed, delivery_id: int, typed: Path) -> None:
    table = f"registry_{feed.target}"
    columns = typed_columns(feed)
    names = ", ".join(f'"{column}"' for column in columns)
    copy_rows(
        table=typed,
        into="arriving",
        columns=columns,
        like=f"CREATE TEMP TABLE arriving ON COMMIT DROP AS SELECT {names} FROM {table} WITH NO DATA",
    )
    constants = _CONSTANTS.get(feed.target, {})
    values = ", ".join(
        f'coalesce("{column}", {empty})' if (empty := _when_empty(feed.target, column)) else f'"{column}"'
        for column in columns
    )
    key = _CONFLICT[feed.target]
    changing = [column for column in [*columns, "delivery_id"] if column not in key.split(", ")]
    updates = ", ".join(f'"{column}" = EXCLUDED."{column}"' for column in changing)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({names}, delivery_id{''.join(', ' + name for name in constants)})"
            f" SELECT {values}, %s{''.join(', ' + value for value in constants.values())} FROM arriving"
            + ("" if _is_empty(table) else f" ON CONFLICT ({key}) DO UPDATE SET {updates}"),
            [delivery_id],
        )
        cursor.execute("DROP TABLE arriving")


def _when_empty(target: str, column: str) -> str:
    return _WHEN_EMPTY.get(column) or _WHEN_EMPTY.get(f"{target}.{column}", "")


def _officer_rows(feed: Feed, typed: Path) -> Iterator[dict[str, Any]]:
    columns = typed_columns(feed)
    with typed.open(encoding="utf-8", newline="") as file:
        for row in csv.reader(file):
            cells: dict[str, Any] = dict(zip(columns, row, strict=True))
            cells["competences"] = json.loads("[" + cells["competences"][1:-1] + "]")
            cells["certificate_expires_on"] = date.fromisoformat(cells["certificate_expires_on"])
            cells["auxiliary"] = cells["auxiliary"] == "true"
            yield cells


def _joins(feed: Feed) -> bool:
    return feed.target not in {"entity", "officer"}


def _export_entities(folder: Path, code: str = "") -> Path:
    """Credit code, id and station of every business (or of one), as Parquet for the children that join facts on it."""
    draft, target = folder / "entities.csv", folder / "entities.parquet"
    only = " WHERE credit_code = %s" if code else ""
    with connection.cursor() as cursor, draft.open("wb") as file:
        raw: Any = cursor.cursor
        with raw.copy(
            f"COPY (SELECT credit_code, id, station_id FROM registry_entity{only}) TO STDOUT (FORMAT csv)",
            [normalize("NFKC", code).strip().upper()] if code else None,
        ) as out:
            for piece in out:
                file.write(piece)
    options = pyarrow.csv.ReadOptions(column_names=["credit_code", "id", "station_id"])
    types = {"credit_code": pa.string(), "id": pa.int64(), "station_id": pa.string()}
    if draft.stat().st_size:
        table = pyarrow.csv.read_csv(
            draft, read_options=options, convert_options=pyarrow.csv.ConvertOptions(column_types=types)
        )
    else:
        table = pa.table({name: pa.array([], kind) for name, kind in types.items()})
    pyarrow.parquet.write_table(table, target)
    draft.unlink()
    return target


def after_load() -> None:
    """入库之后: foreign keys and search indexes stand, statistics are fresh, kept counts are renewed."""
    _call("registry_restore_foreign_keys")
    _call("registry_build_search_indexes")
    _call("registry_renew_counts")


def _call_apart(function: str) -> None:
    """Call it on a connection of this thread's own, beside what the others do."""
    try:
        _call(function)
    finally:
        connection.close()


def _call(function: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}()")
