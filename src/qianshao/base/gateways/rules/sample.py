"""样例城市 the sample city: the files that nine source systems would give, with the faults such files have.

It stands in for the outside systems until they are connected. The same seed gives the same bytes. `truth/` beside the
files says what is wrong with them; the product never reads it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet

from qianshao.base.gateways.rules import facts, mess, people
from qianshao.base.gateways.rules.businesses import (
    FIRST_SERIAL,
    KIND_NAMES,
    PUBLIC,
    STATE_NAMES,
    Businesses,
    make_businesses,
)
from qianshao.base.gateways.rules.city import FULL_SIZE, Town, read_classes, read_towns
from qianshao.base.gateways.rules.codes import credit_codes
from qianshao.base.gateways.rules.columns import Columns, days, numerals, pick
from qianshao.base.gateways.rules.equipment import special_equipment
from qianshao.base.gateways.rules.ground import read_districts
from qianshao.base.gateways.rules.licences import food_licences
from qianshao.base.gateways.rules.writing import Progress, Writer

__all__ = ["Progress", "SampleReport", "write_sample"]
_CODE = "统一社会信用代码"
_FEWEST = 320
Facts = tuple[str, Columns, str, str]


@dataclass(frozen=True, slots=True)
class SampleReport:
    """What was written: businesses, rows per file, and how many faults the truth file names."""

    entities: int
    rows: dict[str, int]
    faults: int


def write_sample(
    *, out: Path, policy: Path, scale: float, seed: int, today: date, progress: Progress | None = None
) -> SampleReport:
    """样例城市: write the source files of a city of `scale` × 1.5 million businesses into `out`.

    `policy` is the folder with the divisions and industry classes, `today` the last day the files know of; `progress` is
    called with a file's name, its number and how many there are. Raises `ValueError` for a scale outside (0, 2].
    """
    if not 0 < scale <= 2:
        raise ValueError("scale 应大于 0 且不超过 2")
    out.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    towns = read_towns(policy / "foshan" / "divisions.csv")
    sections = read_classes(policy / "national" / "gbt4754.csv")
    districts = read_districts(policy / "foshan" / "districts.geojson")
    truth = mess.Truth()
    writer = Writer(out, progress)
    count = max(_FEWEST, round(FULL_SIZE * scale))
    b = make_businesses(towns=towns, districts=districts, count=count, rng=rng, today=today)
    _write_registration(b, towns, sections, writer, rng, truth)
    licences, licensed = food_licences(b, towns, rng, today)
    sets, users = special_equipment(b, towns, rng, today)
    _write_spoilt(("food_licences.csv", licences, "utf-8-sig", _CODE), len(b), writer, rng, truth)
    _write_spoilt(("special_equipment.csv", sets, "utf-8", _CODE), len(b), writer, rng, truth)
    del licences, sets
    made: tuple[Callable[[], Facts], ...] = (
        lambda: ("annual_reports.csv", facts.annual_reports(b, rng, today), "gb18030", _CODE),
        lambda: ("complaints.csv", facts.complaints(b, rng, today), "utf-8", "被诉主体信用代码"),
        lambda: (
            "inspections.csv",
            facts.past_inspections(b, licensed, users, rng, today),
            "gb18030",
            _CODE,
        ),
        lambda: ("penalties.csv", facts.penalties(b, towns, rng, today), "utf-8", _CODE),
    )
    for make in made:
        _write_spoilt(make(), len(b), writer, rng, truth)
    _write_people(b, towns, writer, rng, today)
    found = truth.table()
    pyarrow.parquet.write_table(found, out / "truth" / "faults.parquet")
    _write_summary(out, found, writer, {"scale": scale, "seed": seed, "today": today.isoformat()}, len(b))
    return SampleReport(entities=len(b), rows=writer.rows, faults=found.num_rows)


def _write_registration(
    b: Businesses,
    towns: tuple[Town, ...],
    sections: dict[str, str],
    writer: Writer,
    rng: np.random.Generator,
    truth: mess.Truth,
) -> None:
    district = np.array([int(town.district) for town in towns])[b.town]
    capital = pc.if_else(pa.array(b.kind < PUBLIC), numerals(b.capital), "")
    columns = {
        _CODE: b.codes,
        "名称": b.names,
        "主体类型": pick(KIND_NAMES, b.kind),
        "法定代表人（经营者）": b.persons,
        "成立日期": days(b.established),
        "注册资本（万元）": capital,
        "行业门类": pick(list(sections.values()), _places(b.classes, list(sections))),
        "行业代码": b.classes,
        "经营范围": b.scopes,
        "住所": b.addresses,
        "镇街代码": pick([town.code for town in towns], b.town),
        "村居代码": b.villages,
        "经度": numerals(b.lon),
        "纬度": numerals(b.lat),
        "联系电话": b.phones,
        "登记状态": pick(STATE_NAMES, b.state),
        "核准日期": days(b.approved),
    }
    identities = []
    for code in sorted(set(district.tolist())):
        rows = rng.permutation(np.flatnonzero(district == code))
        name = f"registration_{code}.csv"
        spoiler = mess.Spoiler(
            name, {key: values.take(pa.array(rows)) for key, values in columns.items()}, rng, truth
        )
        for fault in mess.registration_faults():
            spoiler.spoil(fault)
        spoiler.swap("经度", "纬度", 0.0008)
        spoiler.repeat(0.0025, "same_as_row", {})
        rewritten = {_CODE: mess.nothing, "名称": mess.without_province, "住所": mess.without_province}
        spoiler.repeat(0.0005, "same_business_rewritten", rewritten)
        business = rows[spoiler.origin]
        broken = tuple(f"9144060{place}MA5BROKEN,佛山市残缺行{place}号商店" for place in range(3))
        _write_broken(name, spoiler, "gb18030", broken, writer, truth)
        identities.append(_identities(name, business, b))
    pyarrow.parquet.write_table(pa.concat_tables(identities), writer.out / "truth" / "businesses.parquet")


def _identities(name: str, business: Any, b: Businesses) -> pa.Table:
    """Which business each row of a registration file is, and its code without the fault."""
    return pa.table(
        {
            "file": pa.array([name]).take(pa.array(np.zeros(len(business), dtype=np.int64))),
            "row": pa.array(np.arange(1, len(business) + 1)),
            "business": pa.array(business),
            "credit_code": b.codes.take(pa.array(business)),
            "careless": pa.array(b.careless[business].astype(np.float32)),
        }
    )


def _write_broken(
    name: str,
    spoiler: mess.Spoiler,
    encoding: str,
    broken: tuple[str, ...],
    writer: Writer,
    truth: mess.Truth,
) -> None:
    """Write the file with rows at its end that lack columns."""
    first = len(spoiler.origin)
    truth.note(
        file=name,
        rows=np.arange(first, first + len(broken)),
        column="",
        kind="broken_row",
        right=[None] * len(broken),
    )
    writer.csv(name, spoiler.columns, encoding, broken)


def _places(values: Any, known: list[str]) -> Any:
    place = {text: number for number, text in enumerate(known)}
    encoded = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    encoded = encoded.dictionary_encode()
    return np.array([place[text] for text in encoded.dictionary.to_pylist()])[encoded.indices.to_numpy()]


def _write_spoilt(
    file: Facts, businesses: int, writer: Writer, rng: np.random.Generator, truth: mess.Truth
) -> None:
    """One file of facts with its faults; its first date column is the one that goes wrong."""
    name, columns, encoding, code = file
    spoiler = mess.Spoiler(name, columns, rng, truth)
    day = next(column for column in columns if "日期" in column)
    strangers = _strangers(businesses, round(spoiler.count * mess.STRANGERS) + 1)
    for fault in mess.fact_faults(code, day, strangers):
        spoiler.spoil(fault)
    spoiler.repeat(0.001, "same_as_row", {})
    broken = (",".join(['"残缺行"'] * (len(columns) - 2)),) if spoiler.count > _FEWEST else ()
    _write_broken(name, spoiler, encoding, broken, writer, truth)


def _strangers(businesses: int, count: int) -> list[str]:
    """Valid credit codes that no business of the city has."""
    serials = np.arange(count) + FIRST_SERIAL + businesses
    kinds, districts = np.full(count, 91), np.full(count, 440606)
    return [
        code.decode() for code in credit_codes(kinds=kinds, districts=districts, serials=serials).tolist()
    ]


def _write_people(
    b: Businesses, towns: tuple[Town, ...], writer: Writer, rng: np.random.Generator, today: date
) -> None:
    made = datetime(today.year, today.month, today.day)  # noqa: DTZ001 (a stamp inside the file, not a moment)
    staff = people.officers(towns, rng, today)
    people.write_sheet(
        writer.out / "officers.xlsx",
        title="佛山市市场监督管理系统行政执法人员名册",
        header=[
            ("执法证号", ""),
            ("姓名", ""),
            ("所属机构", "名称"),
            ("所属机构", "代码"),
            ("职务", ""),
            ("执法资格", "资质"),
            ("执法资格", "证件有效期"),
            ("是否辅助人员", ""),
        ],
        rows=staff,
        made=made,
    )
    writer.note("officers.xlsx", len(staff))
    taught = people.school_rows(b, towns)
    people.write_sheet(
        writer.out / "schools.xlsx",
        title="佛山市中小学校及幼儿园名单",
        header=[
            (_CODE, ""),
            ("学校", "名称"),
            ("学校", "所在镇街"),
            ("学校", "办学类型"),
            ("学生人数", ""),
            ("是否设食堂", ""),
        ],
        rows=taught,
        made=made,
    )
    writer.note("schools.xlsx", len(taught))


def _write_summary(
    out: Path, found: pa.Table, writer: Writer, asked: dict[str, object], businesses: int
) -> None:
    """truth.json: what was asked for, rows and faults per file, and each kind of fault."""
    by_file: dict[str, dict[str, int]] = {}
    counted = found.group_by(["file", "kind"]).aggregate([([], "count_all")]).to_pylist()
    for row in sorted(counted, key=lambda row: (row["file"], row["kind"])):
        by_file.setdefault(row["file"], {})[row["kind"]] = row["count_all"]
    by_kind: dict[str, int] = {}
    for kinds in by_file.values():
        for kind, number in kinds.items():
            by_kind[kind] = by_kind.get(kind, 0) + number
    summary = {
        **asked,
        "businesses": businesses,
        "rows": writer.rows,
        "faults": found.num_rows,
        "by_kind": dict(sorted(by_kind.items())),
        "by_file": by_file,
    }
    (out / "truth" / "truth.json").write_text(
        json.dumps(summary, ensure_ascii=False, indent=1), encoding="utf-8"
    )
