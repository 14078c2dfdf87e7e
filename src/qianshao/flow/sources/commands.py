"""The only writers of deliveries and of quarantined rows."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from qianshao.base.access.rules import Scope
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.base.records.commands import record_event
from qianshao.base.records.rules import Actor
from qianshao.base.tables.rules.sessions import lake_folder
from qianshao.flow.sources.models import Delivery, QuarantinedRow
from qianshao.flow.sources.queries import DeliveryCard, card_of, quarantined_row
from qianshao.flow.sources.rules.mapping import Feed
from qianshao.flow.sources.rules.parsing import FileRefused
from qianshao.flow.sources.rules.receiving import Job, Received, receive

FEEDS = Path(settings.POLICY_DIR) / "foshan" / "feeds"
Load = Callable[[int, Received], None]
"""Given the delivery's number, puts its typed rows into the tables of the room that owns them, inside the delivery's transaction."""


@dataclass(frozen=True, slots=True)
class Landed:
    """A file in the lake, as received."""

    sha256: str
    bytes: int
    folder: Path
    file: Path


@dataclass(frozen=True, slots=True)
class Read:
    """A file that was landed and read: either `received`, or `refused`, or in already (`known`)."""

    landed: Landed
    feed: Feed
    received: Received | None = None
    refused: FileRefused | None = None
    known: int | None = None


def known_delivery(*, feed: Feed, sha256: str) -> int | None:
    """The delivery under which the same file is in already, or None."""
    rows = Delivery.objects.filter(feed=feed.code, sha256=sha256, state=Delivery.State.LOADED)
    return rows.values_list("pk", flat=True).first()


def read_file(*, landed: Landed, feed: Feed, today: date, stations: list[str], entities: Path | None) -> Read:
    """读取来文: read a landed file in a child process. Touches no database, so several may run at once."""
    job = Job(
        path=str(landed.file),
        feeds=str(FEEDS),
        feed=feed.code,
        kind=feed.kind,
        out=str(landed.folder),
        today=today.isoformat(),
        stations=stations,
        entities=str(entities or ""),
    )
    try:
        return Read(landed, feed, received=receive(job))
    except FileRefused as refusal:
        return Read(landed, feed, refused=refusal)


def settle_delivery(*, read: Read, by: Actor, at: datetime, load: Load) -> DeliveryCard:
    """入库: put what was read into the register in one transaction, or note the refusal; nothing in between.

    A file that cannot be read leaves one refused delivery with the reason, file, row and column, and nothing else.
    """
    if read.refused is not None:
        return card_of(_refuse(read.landed, read.feed, read.refused, by=by, at=at))
    received = read.received
    assert received is not None
    with transaction.atomic():
        delivery = _delivery(read.landed, read.feed, by=by, at=at, state=Delivery.State.LOADED)
        delivery.encoding = received.encoding
        delivery.rows_read, delivery.rows_loaded = received.rows, received.loaded
        delivery.rows_quarantined = received.quarantined
        delivery.save()
        load(delivery.pk, received)
        _quarantine(delivery, received.quarantine)
        _record(delivery, by=by, at=at, verb="load_delivery")
    for table in (received.typed, received.quarantine):
        table.unlink(missing_ok=True)
    return card_of(delivery)


def land_file(*, path: Path, feed: Feed, file_name: str = "") -> Landed:
    """入湖: keep the file whole, as received, under its hash; synced before it counts."""
    file_name = file_name or path.name
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(1 << 22):
            digest.update(piece)
    sha256 = digest.hexdigest()
    folder = lake_folder(Path(settings.LAKE_ROOT), feed.code, sha256)
    target = folder / Path(file_name).name
    if not target.exists():
        folder.mkdir(parents=True, exist_ok=True)
        draft = folder / ".arriving"
        shutil.copyfile(path, draft)
        with draft.open("rb") as copy:
            os.fsync(copy.fileno())
        draft.rename(target)
    return Landed(sha256, path.stat().st_size, folder, target)


def _delivery(landed: Landed, feed: Feed, *, by: Actor, at: datetime, state: str) -> Delivery:
    return Delivery(
        feed=feed.code,
        file_name=landed.file.name,
        sha256=landed.sha256,
        bytes=landed.bytes,
        received_at=at,
        received_by=by.account_id,
        lake_path=str(landed.folder.relative_to(settings.LAKE_ROOT)),
        state=state,
        mapping_version=feed.version,
    )


def _refuse(landed: Landed, feed: Feed, refusal: FileRefused, *, by: Actor, at: datetime) -> Delivery:
    with transaction.atomic():
        delivery = _delivery(landed, feed, by=by, at=at, state=Delivery.State.REFUSED)
        delivery.refusal = {
            "file": landed.file.name,
            "row": refusal.row,
            "column": refusal.column,
            "value": refusal.value,
            "code": refusal.code,
            "message": str(refusal),
        }
        delivery.save()
        _record(delivery, by=by, at=at, verb="refuse_delivery")
    return delivery


def _record(delivery: Delivery, *, by: Actor, at: datetime, verb: str) -> None:
    record_event(
        by=by,
        at=at,
        verb=verb,
        subject=("delivery", delivery.pk),
        unit=by.unit,
        payload={
            "file": delivery.file_name,
            "sha256": delivery.sha256,
            "rows": delivery.rows_read,
            "loaded": delivery.rows_loaded,
            "quarantined": delivery.rows_quarantined,
        },
        rows=[("sources_delivery", delivery.pk)],
    )


def _quarantine(delivery: Delivery, table: Path) -> None:
    copy_rows(
        table=table,
        into="quarantine_arriving",
        columns=["row_number", "column", "value", "reason", "message", "raw", "unit"],
        like=(
            'CREATE TEMP TABLE quarantine_arriving (row_number bigint, "column" text, value text, reason text,'
            " message text, raw jsonb, unit text) ON COMMIT DROP"
        ),
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO sources_quarantined_row"
            ' (delivery_id, feed, row_number, "column", value, reason, message, raw, unit, state)'
            " SELECT %s, %s, row_number, coalesce(\"column\", ''), coalesce(value, ''), reason, left(message, 300), raw,"
            " unit, %s FROM quarantine_arriving",
            [delivery.pk, delivery.feed, QuarantinedRow.State.OPEN],
        )
        cursor.execute("DROP TABLE quarantine_arriving")


def copy_rows(*, table: Path, into: str, columns: list[str], like: str = "") -> None:
    """批量写入: COPY a CSV without header into a table of this transaction, made first by `like` where given."""
    names = ", ".join(f'"{column}"' for column in columns)
    with connection.cursor() as cursor:
        if like:
            cursor.execute(like)
        raw: Any = cursor.cursor
        with (
            raw.copy(
                f"COPY {into} ({names}) FROM STDIN (FORMAT csv, NULL '\\N', FORCE_NULL ({names}))"
            ) as sink,
            table.open("rb") as file,
        ):
            while piece := file.read(1 << 20):
                sink.write(piece)


def settle_row(*, row_id: int, state: str, correction: dict[str, Any], by: Actor, at: datetime) -> None:
    """处理隔离行: note what became of it. Runs inside the transaction that loads the corrected row, or alone to dismiss."""
    with transaction.atomic():
        row = QuarantinedRow.objects.select_for_update().get(pk=row_id)
        if row.state != QuarantinedRow.State.OPEN:
            raise Refusal("already_settled", "该行已经处理，请刷新。")
        row.state, row.correction = state, correction
        row.settled_at, row.settled_by = at, by.account_id
        row.save()
        record_event(
            by=by,
            at=at,
            verb=f"{state}_row",
            subject=("quarantine", row.pk),
            unit=row.unit,
            payload={"file": row.delivery.file_name, "row": row.row_number, "correction": correction},
            rows=[("sources_quarantined_row", row.pk)],
        )


def dismiss_row(*, row_id: int, scope: Scope, reason: str, by: Actor, at: datetime) -> None:
    """排除隔离行: it stays, with the reason, and enters nothing. Raises `Refusal`: no reason, not found, or settled already."""
    if not reason.strip():
        raise Refusal("reason_needed", "排除一行须说明原因。", field="reason", status=422)
    if quarantined_row(scope=scope, row_id=row_id) is None:
        raise Refusal("not_found", "没有找到这一行。", status=404)
    settle_row(row_id=row_id, state=QuarantinedRow.State.DISMISSED, correction={"原因": reason}, by=by, at=at)
