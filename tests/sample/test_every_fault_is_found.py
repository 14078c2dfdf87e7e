"""The reader of source files, run on the sample city, finds exactly the faults the truth file names: none missed, none made up."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from qianshao.base.gateways.rules.city import read_towns
from qianshao.base.gateways.tests.factories import POLICY, TODAY, small_city
from qianshao.flow.sources.rules.mapping import Feed, feed_for, load_feeds
from qianshao.flow.sources.rules.parsing import parse_file
from qianshao.flow.sources.rules.shaping import shape_rows, typed_columns

REASONS = {
    "wrong_check_letter": "bad_credit_code",
    "look_alike": "bad_credit_code",
    "missing": "missing",
    "same_business_rewritten": "missing",
    "far_future": "bad_date",
    "out_of_city": "outside_city",
    "swapped": "outside_city",
    "unknown_word": "unknown_code",
    "stranger": "no_entity",
    "broken_row": "ragged",
}
PUT_RIGHT = {"chinese_date", "excel_serial", "full_width", "stray_spaces"}


class City:
    """The sample city read by the product's own mapping, file after file."""

    def __init__(self, folder: Path, work: Path) -> None:
        self.folder, self.work = folder, work
        self.feeds = load_feeds(POLICY / "foshan" / "feeds")
        self.towns = [town.code for town in read_towns(POLICY / "foshan" / "divisions.csv")]
        self.known: list[tuple[str, str]] = []
        self.typed: dict[str, list[dict[str, str]]] = {}
        self.quarantine: dict[str, dict[int, str]] = {}
        files = sorted(
            folder.glob("*.*"), key=lambda file: (not file.name.startswith("registration"), file.name)
        )
        for file in files:
            self._read(file, self._feed(file))

    def _feed(self, file: Path) -> Feed:
        feed = feed_for(file.name, self.feeds)
        assert feed is not None, file.name
        return feed

    def _read(self, file: Path, feed: Feed) -> None:
        out = self.work / file.stem
        out.mkdir()
        parsed = parse_file(path=file, feed=feed, out=out)
        joins = feed.target not in {"entity", "officer"}
        shaped = shape_rows(
            raw=parsed.table,
            feed=feed,
            out=out,
            today=TODAY.isoformat(),
            stations=self.towns,
            entities=self._entities(out) if joins else None,
            aside=parsed.aside,
        )
        with shaped.typed.open(encoding="utf-8", newline="") as opened:
            self.typed[file.name] = [
                dict(zip(typed_columns(feed), row, strict=True)) for row in csv.reader(opened)
            ]
        with shaped.quarantine.open(encoding="utf-8", newline="") as opened:
            self.quarantine[file.name] = {
                int(row[0]) - feed.first_row + 1: row[3] for row in csv.reader(opened)
            }
        assert parsed.rows == shaped.loaded + shaped.quarantined
        if feed.target == "entity":
            self.known += [(row["credit_code"], row["station_id"]) for row in self.typed[file.name]]

    def _entities(self, out: Path) -> Path:
        file = out / "entities.parquet"
        codes, stations = zip(*self.known, strict=True)
        parquet.write_table(
            pa.table({"credit_code": codes, "id": range(len(codes)), "station_id": stations}), file
        )
        return file


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> City:
    folder = tmp_path_factory.mktemp("city")
    small_city(folder, scale=0.004)
    return City(folder, tmp_path_factory.mktemp("work"))


def _faults(city: City) -> dict[str, dict[int, dict[str, str]]]:
    found: dict[str, dict[int, dict[str, str]]] = defaultdict(dict)
    for fault in parquet.read_table(city.folder / "truth" / "faults.parquet").to_pylist():
        found[fault["file"]][fault["row"]] = fault
    return found


def test_every_fault_that_cannot_be_put_right_is_in_quarantine_with_its_reason(city: City) -> None:
    seen = set()
    for file, faults in _faults(city).items():
        for row, fault in faults.items():
            kind = fault["kind"]
            if kind in REASONS:
                assert city.quarantine[file].get(row) == REASONS[kind], fault
                seen.add(kind)
            elif kind == "same_as_row":
                assert row not in city.quarantine[file] or city.quarantine[file][row] == "no_entity", fault
    assert seen == set(REASONS)


def test_what_can_be_put_right_is_not_in_quarantine(city: City) -> None:
    seen = set()
    for file, faults in _faults(city).items():
        for row, fault in faults.items():
            if fault["kind"] in PUT_RIGHT:
                assert city.quarantine[file].get(row) in {None, "no_entity"}, fault
                seen.add(fault["kind"])
    assert seen == PUT_RIGHT


def test_names_and_dates_put_right_are_the_true_ones(city: City) -> None:
    fields = {"名称": "name", "成立日期": "established_on", "统一社会信用代码": "credit_code"}
    checked = 0
    for file, faults in _faults(city).items():
        if not file.startswith("registration"):
            continue
        by_row = {int(row["source_row"]): row for row in city.typed[file]}
        for row, fault in faults.items():
            if fault["kind"] in PUT_RIGHT:
                assert by_row[row + 1][fields[fault["column"]]] == fault["right"], fault
                checked += 1
    assert checked > 20


def test_nothing_else_is_in_quarantine(city: City) -> None:
    faults = _faults(city)
    for file, rows in city.quarantine.items():
        repeated = {int(fault["right"]) for fault in faults[file].values() if fault["kind"] == "same_as_row"}
        for row, reason in rows.items():
            kind = faults[file].get(row, {}).get("kind", "")
            if REASONS.get(kind) == reason:
                continue
            if reason == "duplicate":
                assert row in repeated, (file, row)
            else:
                assert reason == "no_entity", (file, row, reason, kind)


def test_facts_without_an_entity_belong_to_businesses_that_wait_in_quarantine(city: City) -> None:
    """A fact cannot be joined while its business's registration row is itself in quarantine, and for no other reason."""
    known = {code for code, _ in city.known}
    registered = (
        parquet.read_table(city.folder / "truth" / "businesses.parquet").column("credit_code").to_pylist()
    )
    waiting = set(registered) - known
    faults = _faults(city)
    for file, rows in city.quarantine.items():
        lost = [row for row, reason in rows.items() if reason == "no_entity" and row not in faults[file]]
        if not lost or file.endswith(".xlsx"):
            continue
        feed = city._feed(city.folder / file)
        encoding = (
            "utf-8" if file in {"complaints.csv", "penalties.csv", "special_equipment.csv"} else "utf-8-sig"
        )
        if file in {"annual_reports.csv", "inspections.csv"}:
            encoding = "gb18030"
        with (city.folder / file).open(encoding=encoding, newline="") as opened:
            table = list(csv.DictReader(opened))
        for row in lost:
            assert table[row - 1][feed.title_of("credit_code")] in waiting, (file, row)


def test_nearly_every_business_gets_its_file(city: City) -> None:
    registered = (
        parquet.read_table(city.folder / "truth" / "businesses.parquet").column("business").to_pylist()
    )
    assert len({code for code, _ in city.known}) / len(set(registered)) > 0.99
