"""成形 the text table of a delivery becomes typed rows ready to load, and the rows that could not be used, with reasons."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from qianshao.base.tables.rules.sessions import open_session, quoted_path
from qianshao.flow.sources.rules.expressions import clean, reading
from qianshao.flow.sources.rules.mapping import Column, Feed
from qianshao.flow.sources.rules.parsing import ROW, Aside

_MOST_ORIGINAL = 10_000
_QUARANTINE_COLUMNS = 'row_number, "column", value, reason, message, raw, unit'


@dataclass(frozen=True, slots=True)
class Shaped:
    """Where typed and quarantined rows lie as CSV, and how many there are."""

    typed: Path
    quarantine: Path
    loaded: int
    quarantined: int


def shape_rows(
    *,
    raw: Path,
    feed: Feed,
    out: Path,
    today: str,
    stations: list[str],
    entities: Path | None,
    aside: list[Aside],
    memory_mb: int = 2_000,
) -> Shaped:
    """成形: read `raw` (Parquet of text) by the feed's mapping and write `out/typed.csv` and `out/quarantine.csv`.

    `entities` is a Parquet of (credit_code, id, station_id) that facts join on; None for feeds that make entities or
    officers. A row is unusable when it was put `aside` in reading, a required column is empty, a value cannot be read, its
    key stands again further down, or its credit code has no entity; it is listed once, under the first such reason.
    """
    session = open_session(folder=out, memory_mb=memory_mb)
    session.register("stations", pa.table({"code": pa.array(stations, pa.string())}))
    session.execute(f"CREATE VIEW raw AS SELECT * FROM read_parquet('{quoted_path(raw)}')")
    joins = feed.target not in {"entity", "officer"}
    if joins:
        assert entities is not None
        session.execute(f"CREATE VIEW entities AS SELECT * FROM read_parquet('{quoted_path(entities)}')")
    session.register("aside", _aside_table(aside))
    session.execute(f"CREATE TEMP TABLE read AS {_read_sql(feed, today)}")
    session.execute(f"CREATE TEMP TABLE judged AS {_judge_sql(feed, joins)}")
    typed, quarantine = out / "typed.csv", out / "quarantine.csv"
    loaded = _copy(session, _typed_sql(feed, joins), typed)
    quarantined = _copy(session, _quarantine_sql(feed), quarantine)
    session.close()
    return Shaped(typed, quarantine, loaded, quarantined)


def typed_columns(feed: Feed) -> list[str]:
    """The columns of `typed.csv`, in order: as the target table names them."""
    joins = feed.target not in {"entity", "officer"}
    fields = [str(column.field) for column in feed.mapped() if not (joins and column.field == "credit_code")]
    return (["entity_id"] if joins else []) + fields + ["source_row"]


def _read_sql(feed: Feed, today: str) -> str:
    """Every mapped column cleaned and read: `v_<field>` its value, `bad` the place of the first column that is wrong."""
    cleaned = ", ".join(f'{clean(column.title)} AS "c_{column.field}"' for column in feed.mapped())
    values, wrongs = [], []
    for place, column in enumerate(feed.mapped()):
        cell = f'"c_{column.field}"'
        found = reading(column, cell, today)
        empty = {"text": "''", "list": "'{}'"}.get(column.type, "NULL")
        values.append(f"CASE WHEN {cell} = '' THEN {empty} ELSE {found.value} END AS \"v_{column.field}\"")
        if column.required:
            wrongs.append(f"WHEN {cell} = '' THEN {place * 2}")
        wrongs.append(f"WHEN {found.wrong} THEN {place * 2 + 1}")
    return (
        f'SELECT "{ROW}", {", ".join(values)}, CASE {" ".join(wrongs)} ELSE -1 END AS bad '
        f'FROM (SELECT "{ROW}", {cleaned} FROM raw WHERE "{ROW}" NOT IN (SELECT row_number FROM aside))'
    )


def _judge_sql(feed: Feed, joins: bool) -> str:
    """Adds `entity_id`, `station` and `again` (the later row of the same key) to what was read."""
    key = ", ".join(f'"v_{field}"' for field in feed.key)
    later = f'CASE WHEN bad = -1 THEN max("{ROW}") OVER (PARTITION BY bad, {key}) END'
    if not joins:
        station = '"v_station_id"'
        return (
            f"SELECT read.*, NULL::BIGINT AS entity_id, {station} AS station, {later} AS last_row FROM read"
        )
    return (
        f"SELECT read.*, entities.id AS entity_id, entities.station_id AS station, {later} AS last_row "
        'FROM read LEFT JOIN entities ON entities.credit_code = read."v_credit_code"'
    )


_USABLE = f'bad = -1 AND last_row = judged."{ROW}"'


def _typed_sql(feed: Feed, joins: bool) -> str:
    fields = [
        f'"v_{column.field}"' for column in feed.mapped() if not (joins and column.field == "credit_code")
    ]
    first = ["entity_id"] if joins else []
    known = " AND entity_id IS NOT NULL" if joins else ""
    return (
        f'SELECT {", ".join([*first, *fields])}, "{ROW}" FROM judged WHERE {_USABLE}{known} ORDER BY "{ROW}"'
    )


def _quarantine_sql(feed: Feed) -> str:
    columns = feed.mapped()
    titles = _cases(columns, lambda column: (column.title, column.title))
    reasons = _cases(columns, lambda column: ("missing", reading(column, "''", "2000-01-01").reason))
    messages = _cases(
        columns, lambda column: (f"“{column.title}”不能为空", reading(column, "''", "2000-01-01").message)
    )
    values = "CASE bad " + " ".join(
        f'WHEN {place * 2 + side} THEN raw."{column.title}"'
        for place, column in enumerate(columns)
        for side in (0, 1)
    )
    key_title = feed.title_of(feed.key[0])
    code_title = feed.title_of("credit_code") if any(c.field == "credit_code" for c in columns) else key_title
    unit = "coalesce(judged.station, '4406')"
    cells = ", ".join(f'"{column.title}" := raw."{column.title}"' for column in feed.columns)
    sql = f"""
    SELECT judged."{ROW}" AS row_number,
        CASE WHEN bad >= 0 THEN {titles} END WHEN last_row <> judged."{ROW}" THEN '{key_title}' ELSE '{code_title}' END AS "column",
        CASE WHEN bad >= 0 THEN {values} END WHEN last_row <> judged."{ROW}" THEN raw."{key_title}" ELSE raw."{code_title}" END AS value,
        CASE WHEN bad >= 0 THEN {reasons} END WHEN last_row <> judged."{ROW}" THEN 'duplicate' ELSE 'no_entity' END AS reason,
        CASE WHEN bad >= 0 THEN {messages} END WHEN last_row <> judged."{ROW}" THEN '与第 ' || last_row || ' 行重复，以后者为准'
             ELSE '登记数据中找不到该信用代码的主体' END AS message,
        CAST(to_json(struct_pack({cells})) AS VARCHAR) AS raw, {unit} AS unit
    FROM judged JOIN raw ON raw."{ROW}" = judged."{ROW}"
    WHERE NOT ({_USABLE} AND {"true" if feed.target in {"entity", "officer"} else "entity_id IS NOT NULL"})
    UNION ALL SELECT {_QUARANTINE_COLUMNS} FROM aside
    """
    return f"SELECT * FROM ({sql}) ORDER BY row_number"


def _cases(columns: tuple[Column, ...], words: Any) -> str:
    parts = []
    for place, column in enumerate(columns):
        for side, text in enumerate(words(column)):
            escaped = text.replace("'", "''")
            parts.append(f"WHEN {place * 2 + side} THEN '{escaped}'")
    return "CASE bad " + " ".join(parts)


def _aside_table(aside: list[Aside]) -> pa.Table:
    originals = [json.dumps({"原文": one.text[:_MOST_ORIGINAL]}, ensure_ascii=False) for one in aside]
    columns = {
        "column": ["" for _ in aside],
        "value": [one.text[:200] for one in aside],
        "reason": [one.reason for one in aside],
        "message": [one.message for one in aside],
        "raw": originals,
        "unit": ["4406" for _ in aside],
    }
    numbers = {"row_number": pa.array([one.row for one in aside], pa.int64())}
    return pa.table(numbers | {name: pa.array(texts, pa.string()) for name, texts in columns.items()})


def _copy(session: Any, sql: str, target: Path) -> int:
    done = session.execute(
        f"COPY ({sql}) TO '{quoted_path(target)}' (FORMAT csv, HEADER false, NULLSTR '\\N', FORCE_QUOTE *)"
    ).fetchone()
    return int(done[0])
