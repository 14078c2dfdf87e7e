"""I1 short form: files that would hurt, read in the same limited child as every delivery; each gets the verdict it must get."""

from __future__ import annotations

import csv
import stat
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from qianshao.base.gateways.rules.codes import credit_codes
from qianshao.flow.sources.rules import parsing, workbook
from qianshao.flow.sources.rules.mapping import Feed, load_feeds
from qianshao.flow.sources.rules.parsing import FileRefused, parse_file
from qianshao.flow.sources.rules.receiving import Job, receive
from tests.bars.hostile_files import (
    BOOKS,
    ROW_A,
    ROW_B,
    TEXT_HEADER,
    TEXTS,
    Book,
    Hostile,
    bomb,
    officers,
    text,
)

ROOT = Path(__file__).parents[2]
FEEDS = ROOT / "policy" / "foshan" / "feeds"
STATION = "440606005"
MOST_SECONDS = 10
MOST_KILOBYTES = 300 * 1024
WEIGHED = """#!{python}
import atexit, runpy, sys
def weigh():
    with open("/proc/self/status") as status, open({scales!r}, "w") as out:
        out.write(next(line.split()[1] for line in status if line.startswith("VmHWM")))
atexit.register(weigh)
sys.argv = sys.argv[2:]
runpy.run_module(sys.argv[0], run_name="__main__")
"""


@pytest.fixture
def scales(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the reading child leaves its own peak: what the system tells the parent counts the parent's memory too."""
    weighed, scales = tmp_path / "weighed-python", tmp_path / "peak"
    weighed.write_text(WEIGHED.format(python=sys.executable, scales=str(scales)), encoding="utf-8")
    weighed.chmod(weighed.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr("qianshao.flow.sources.rules.receiving.sys.executable", str(weighed))
    return scales


def deliver(hostile: Hostile, folder: Path) -> Job:
    kind = hostile.name.rpartition(".")[2]
    path = folder / hostile.name
    path.write_bytes(hostile.content())
    return Job(
        path=str(path),
        feeds=str(FEEDS),
        feed="registration" if kind == "csv" else "officers",
        kind=kind,
        out=str(folder),
        today="2026-11-24",
        stations=[STATION],
        entities="",
    )


def test_there_are_more_than_forty_hostile_files_and_no_title_twice() -> None:
    titles = [one.title for one in TEXTS + BOOKS]
    assert len(titles) == len(set(titles))
    assert len(titles) > 40


@pytest.mark.parametrize("hostile", TEXTS + BOOKS, ids=lambda one: one.title)
def test_each_hostile_file_gets_its_verdict_in_words_within_time_and_memory(
    hostile: Hostile, tmp_path: Path, scales: Path
) -> None:
    job = deliver(hostile, tmp_path)
    started = time.monotonic()
    if hostile.refused:
        with pytest.raises(FileRefused) as caught:
            receive(job)
        assert (caught.value.code, caught.value.row) == hostile.refused
        assert hostile.name in str(caught.value)
        assert not (tmp_path / "typed.csv").exists()
    else:
        received = receive(job)
        with received.quarantine.open(encoding="utf-8", newline="") as opened:
            reasons = tuple(row[3] for row in csv.reader(opened))
        assert (received.loaded, reasons) == (hostile.loaded, hostile.kept)
        assert received.rows == hostile.loaded + len(hostile.kept)
        assert hostile.holds in received.typed.read_text(encoding="utf-8")
    assert time.monotonic() - started < MOST_SECONDS
    assert 0 < int(scales.read_text()) < MOST_KILOBYTES


def test_rows_that_a_stray_quote_put_into_one_are_kept_apart_and_said_so(tmp_path: Path) -> None:
    rows = (ROW_A, ROW_B.replace("大良街道", '"大良街道'), ROW_B.replace("新宁路1号", '新宁路1号"'))
    received = receive(deliver(Hostile("", "a.csv", lambda: text(*rows)), tmp_path))
    with received.quarantine.open(encoding="utf-8", newline="") as opened:
        kept = [(row[0], row[3], row[4]) for row in csv.reader(opened)]
    assert received.loaded == 1
    assert kept == [("3", "swallowed_rows", "引号未成对，使 2 行并成一行，请对照原文件更正")]


def feed(code: str) -> Feed:
    return load_feeds(FEEDS)[code]


def test_one_broken_row_among_a_million_is_named_and_the_others_come_in(tmp_path: Path) -> None:
    """The date of row 700,001 is none; the header is row 1."""
    many = np.full(1_000_000, 0)
    codes = credit_codes(kinds=many + 91, districts=many + 440606, serials=np.arange(1_000_000))
    rest = ROW_A[ROW_A.index(",") :] + "\n"
    lines = [code.decode() + rest for code in codes]
    lines[699_999] = lines[699_999].replace("2010-05-06", "二〇一〇年吧")
    content = (TEXT_HEADER + "\n" + "".join(lines)).encode("gb18030")
    received = receive(deliver(Hostile("", "a.csv", lambda: content), tmp_path))
    with received.quarantine.open(encoding="utf-8", newline="") as opened:
        kept = [row[:5] for row in csv.reader(opened)]
    assert (received.rows, received.loaded, received.quarantined) == (1_000_000, 999_999, 1)
    assert kept == [["700001", "成立日期", "二〇一〇年吧", "bad_date", "“成立日期”不是有效日期，或晚于今天"]]


def test_control_without_a_look_at_the_directory_the_bomb_is_not_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(bomb())
    with pytest.raises(FileRefused, match="解压后"):
        parse_file(path=path, feed=feed("officers"), out=tmp_path)
    monkeypatch.setattr(parsing, "check_archive", lambda _: None)
    assert parse_file(path=path, feed=feed("officers"), out=tmp_path).rows == 2


def test_control_a_reader_that_trusts_the_dimension_is_caught_by_the_second_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(Book([officers()]).content())
    whole = workbook._cells
    monkeypatch.setattr(workbook, "_cells", lambda *given: whole(*given)[:-1])
    with pytest.raises(FileRefused, match="两次读取行数不一致（1 与 2）"):
        parse_file(path=path, feed=feed("officers"), out=tmp_path)


def test_control_a_guessed_encoding_turns_names_into_other_letters_without_a_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(text(encoding="utf-8"))
    assert parse_file(path=path, feed=feed("registration"), out=tmp_path).encoding == "utf-8"
    monkeypatch.setattr(parsing, "encoding_of", lambda _: "gb18030")
    with pytest.raises((FileRefused, UnicodeDecodeError)):
        parse_file(path=path, feed=feed("registration"), out=tmp_path)
