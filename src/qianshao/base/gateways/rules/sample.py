"""样例城市 the sample city: the files that nine source systems would give, with the faults such files have.

It stands in for the outside systems until they are connected. The same seed gives the same bytes. `truth/` beside the
files says what is wrong with them; the product never reads it.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from qianshao.base.gateways.rules import facts, mess, people
from qianshao.base.gateways.rules.businesses import (
    KIND_NAMES,
    STATE_NAMES,
    Businesses,
    days,
    make_businesses,
    pick,
)
from qianshao.base.gateways.rules.city import FULL_SIZE, Town, read_classes, read_towns

Progress = Callable[[str, int, int], None]
_CHUNK = 200_000


@dataclass(frozen=True, slots=True)
class SampleReport:
    """What was written: rows per file, and how many faults the truth file names."""

    entities: int
    rows: dict[str, int]
    faults: int


def write_sample(
    *, out: Path, policy: Path, scale: float, seed: int, today: date, progress: Progress | None = None
) -> SampleReport:
    """样例城市: write the source files of a city of `scale` × 1.5 million businesses into `out`.

    `policy` is the folder with the divisions and industry classes, `today` the last day the files know of. Raises
    `ValueError` for a scale outside (0, 2].
    """
    if not 0 < scale <= 2:
        raise ValueError("scale 应在 0 与 2 之间")
    out.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    towns = read_towns(policy / "foshan" / "divisions.csv")
    sections = read_classes(policy / "national" / "gbt4754.csv")
    truth = mess.Truth()
    writer = _Writer(out, progress)
    b = make_businesses(
        towns=towns, sections=sections, count=max(320, round(FULL_SIZE * scale)), rng=rng, today=today
    )
    _write_registration(b, towns, sections, writer, rng, truth)
    _write_facts(b, writer, rng, truth, today)
    _write_people(b, towns, writer, rng, today)
    _write_truth(out, truth, scale, seed)
    return SampleReport(entities=len(b), rows=writer.rows, faults=len(truth.rows))


class _Writer:
    """Writes columns of text as CSV in a given encoding, chunk by chunk."""

    def __init__(self, out: Path, progress: Progress | None) -> None:
        self.out, self.progress = out, progress
        self.rows: dict[str, int] = {}

    def csv(self, name: str, columns: dict[str, Any], encoding: str, broken: tuple[str, ...] = ()) -> None:
        table = pa.table(columns)
        with (self.out / name).open("wb") as file:
            if encoding == "utf-8-sig":
                file.write(b"\xef\xbb\xbf")
            for start in range(0, max(1, table.num_rows), _CHUNK):
                part = io.BytesIO()
                options = pyarrow.csv.WriteOptions(include_header=start == 0, quoting_style="needed")
                pyarrow.csv.write_csv(table.slice(start, _CHUNK), part, options)
                content = part.getvalue()
                if encoding == "gb18030":
                    content = content.decode("utf-8").encode("gb18030")
                file.write(content)
            for line in broken:
                file.write((line + "\n").encode("gb18030" if encoding == "gb18030" else "utf-8"))
        self.note(name, table.num_rows + len(broken))

    def note(self, name: str, rows: int) -> None:
        self.rows[name] = rows
        if self.progress:
            self.progress(name, len(self.rows), 13)


def _write_registration(
    b: Businesses,
    towns: tuple[Town, ...],
    sections: dict[str, str],
    writer: _Writer,
    rng: Any,
    truth: mess.Truth,
) -> None:
    district = np.array([int(town.district) for town in towns])[b.town]
    columns = {
        "统一社会信用代码": b.codes,
        "名称": b.names,
        "主体类型": pick(KIND_NAMES, b.kind),
        "法定代表人（经营者）": b.persons,
        "成立日期": days(b.established),
        "注册资本（万元）": pa.array(b.capital).cast(pa.string()),
        "行业门类": pick(list(sections.values()), _places(b.classes, list(sections))),
        "行业代码": b.classes,
        "经营范围": b.scopes,
        "住所": b.addresses,
        "镇街代码": pick([town.code for town in towns], b.town),
        "村居代码": b.villages,
        "经度": pa.array(b.lon).cast(pa.string()),
        "纬度": pa.array(b.lat).cast(pa.string()),
        "联系电话": b.phones,
        "登记状态": pick(STATE_NAMES, b.state),
        "核准日期": days(b.approved),
    }
    for code in sorted(set(district.tolist())):
        rows = pa.array(rng.permutation(np.flatnonzero(district == code)))
        name = f"registration_{code}.csv"
        spoiler = mess.Spoiler(name, {key: values.take(rows) for key, values in columns.items()}, rng, truth)
        spoiler.spoil("统一社会信用代码", 0.002, "wrong_check_letter", mess.wrong_check_letter)
        spoiler.spoil("统一社会信用代码", 0.001, "missing", mess.nothing)
        spoiler.spoil("统一社会信用代码", 0.0005, "look_alike", mess.look_alike)
        spoiler.spoil("统一社会信用代码", 0.002, "full_width", mess.full_width)
        spoiler.spoil("成立日期", 0.0006, "far_future", mess.far_future)
        spoiler.spoil("成立日期", 0.004, "chinese_date", mess.chinese_date)
        spoiler.spoil("名称", 0.003, "stray_spaces", mess.stray_spaces)
        spoiler.spoil("经度", 0.001, "out_of_city", mess.out_of_city)
        spoiler.swap("经度", "纬度", 0.0008)
        spoiler.repeat(0.003, "核准日期", lambda text: text)
        broken = tuple(f"9144060{place}MA5BROKEN,佛山市残缺行{place}号商店" for place in range(3))
        writer.csv(name, spoiler.columns, "gb18030", broken)


def _places(values: Any, known: list[str]) -> Any:
    place = {text: number for number, text in enumerate(known)}
    encoded = values.dictionary_encode()
    return np.array([place[text] for text in encoded.dictionary.to_pylist()])[encoded.indices.to_numpy()]


def _write_facts(b: Businesses, writer: _Writer, rng: Any, truth: mess.Truth, today: date) -> None:
    licences = facts.food_licences(b, rng, today)
    plans: tuple[tuple[str, dict[str, Any], str, str], ...] = (
        ("food_licences.csv", dict(licences), "utf-8-sig", "统一社会信用代码"),
        ("special_equipment.csv", facts.special_equipment(b, rng, today), "utf-8", "统一社会信用代码"),
        ("annual_reports.csv", facts.annual_reports(b, rng, today), "gb18030", "统一社会信用代码"),
        ("complaints.csv", facts.complaints(b, rng, today), "utf-8", "被诉主体信用代码"),
        ("inspections.csv", facts.past_inspections(b, licences, rng, today), "gb18030", "统一社会信用代码"),
        ("penalties.csv", facts.penalties(b, rng, today), "utf-8", "统一社会信用代码"),
    )
    for name, columns, encoding, code in plans:
        spoiler = mess.Spoiler(name, columns, rng, truth)
        spoiler.spoil(code, 0.003, "wrong_check_letter", mess.wrong_check_letter)
        spoiler.spoil(code, 0.001, "look_alike", mess.look_alike)
        spoiler.spoil(code, 0.002, "missing", mess.nothing)
        day = next(column for column in columns if "日期" in column)
        spoiler.spoil(day, 0.003, "chinese_date", mess.chinese_date)
        spoiler.spoil(day, 0.0005, "far_future", mess.far_future)
        spoiler.repeat(0.001, day, lambda text: text)
        writer.csv(name, spoiler.columns, encoding)


def _write_people(b: Businesses, towns: tuple[Town, ...], writer: _Writer, rng: Any, today: date) -> None:
    made = datetime(today.year, today.month, today.day)  # noqa: DTZ001 (a stamp inside the file, not a moment)
    staff = people.officers(towns, len(b), rng, today)
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
    taught = people.schools(b, towns, rng)
    people.write_sheet(
        writer.out / "schools.xlsx",
        title="佛山市中小学校及幼儿园名单",
        header=[
            ("统一社会信用代码", ""),
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


def _write_truth(out: Path, truth: mess.Truth, scale: float, seed: int) -> None:
    folder = out / "truth"
    folder.mkdir(exist_ok=True)
    pyarrow.parquet.write_table(pa.Table.from_pylist(truth.rows), folder / "faults.parquet")
    kinds: dict[str, int] = {}
    for row in truth.rows:
        kinds[str(row["kind"])] = kinds.get(str(row["kind"]), 0) + 1
    summary = {
        "scale": scale,
        "seed": seed,
        "faults": len(truth.rows),
        "by_kind": dict(sorted(kinds.items())),
    }
    (folder / "truth.json").write_text(json.dumps(summary, ensure_ascii=False, indent=1), encoding="utf-8")
