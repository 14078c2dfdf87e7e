"""Source files come in: each whole or not at all, every unusable row kept with its reason."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection

from qianshao.base.access.rules import EVERYTHING, Scope
from qianshao.base.gateways.rules.sample import write_sample
from qianshao.base.places.commands import load_divisions
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.base.records.models import Event
from qianshao.base.records.rules import SYSTEM
from qianshao.base.stations.commands import make_stations
from qianshao.base.stations.models import Officer
from qianshao.flow.registry.commands import loading
from qianshao.flow.registry.commands.loading import correct_row, ingest_folder, take_delivery
from qianshao.flow.registry.models import Entity, FacetCount, Licence, PastInspection
from qianshao.flow.sources import commands as sources
from qianshao.flow.sources.commands import dismiss_row
from qianshao.flow.sources.models import Delivery, QuarantinedRow

pytestmark = pytest.mark.django_db(transaction=True)
AT = datetime(2026, 11, 23, 1, tzinfo=UTC)
TODAY = date(2026, 11, 23)
HEADER = (
    "统一社会信用代码,名称,主体类型,法定代表人（经营者）,成立日期,注册资本（万元）,行业门类,行业代码,经营范围,住所,镇街代码,"
    "村居代码,经度,纬度,联系电话,登记状态,核准日期"
)
GOOD = (
    "91440300708461136T,佛山市好味来食品有限公司,企业,陈志强,2010-05-06,100,C,1411,食品生产,大良街道新宁路1号,440606005,"
    "440606005001,113.25,22.84,138****0001,存续,2024-01-02"
)


@pytest.fixture(autouse=True)
def ground(tmp_path: Path, settings: Any) -> None:
    settings.LAKE_ROOT = tmp_path / "lake"
    settings.LAKE_ROOT.mkdir()
    load_divisions(file=Path(django_settings.POLICY_DIR) / "foshan" / "divisions.csv", by=SYSTEM, at=AT)
    make_stations(by=SYSTEM, at=AT)


def take(tmp_path: Path, content: bytes, name: str = "registration_440606.csv") -> tuple[Any, bool]:
    file = tmp_path / name
    file.write_bytes(content)
    return take_delivery(path=file, file_name=name, by=SYSTEM, at=AT, today=TODAY)


def lines(*rows: str) -> bytes:
    return ("\n".join([HEADER, *rows]) + "\n").encode("gb18030")


def test_a_whole_sample_city_comes_in_and_the_second_time_nothing_changes(tmp_path: Path) -> None:
    folder = tmp_path / "city"
    made = write_sample(out=folder, policy=Path(django_settings.POLICY_DIR), scale=0.001, seed=7, today=TODAY)
    report = ingest_folder(folder=folder, by=SYSTEM, at=AT, today=TODAY)
    assert report.refused == []
    assert report.loaded + report.quarantined == sum(made.rows.values())
    assert Entity.objects.count() == FacetCount.objects.get(unit="4406", facet="all").count
    assert Officer.objects.filter(auxiliary=False).exists()
    before = (
        Entity.objects.count(),
        Licence.objects.count(),
        QuarantinedRow.objects.count(),
        Event.objects.count(),
    )
    again = ingest_folder(folder=folder, by=SYSTEM, at=AT, today=TODAY)
    assert (again.deliveries, len(again.unchanged)) == ([], 13)
    assert (
        Entity.objects.count(),
        Licence.objects.count(),
        QuarantinedRow.objects.count(),
        Event.objects.count(),
    ) == before


def keys_and_indexes() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE contype = 'f' AND conrelid::regclass::text LIKE 'registry_%'"
            " UNION SELECT indexname FROM pg_indexes WHERE indexname LIKE 'registry_find_%'"
        )
        return {row[0] for row in cursor.fetchall()}


def test_a_first_load_that_breaks_off_leaves_whole_files_and_the_next_one_puts_every_key_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    standing = keys_and_indexes()
    folder = tmp_path / "city"
    write_sample(out=folder, policy=Path(django_settings.POLICY_DIR), scale=0.001, seed=7, today=TODAY)
    with monkeypatch.context() as broken:
        broken.setattr(loading, "_export_entities", lambda _: (_ for _ in ()).throw(OSError("No space left")))
        with pytest.raises(OSError, match="No space left"):
            ingest_folder(folder=folder, by=SYSTEM, at=AT, today=TODAY)
    assert Delivery.objects.filter(state="loaded").count() == 5
    assert not any("_fk_" in name for name in keys_and_indexes())
    ingest_folder(folder=folder, by=SYSTEM, at=AT, today=TODAY)
    assert keys_and_indexes() == standing
    assert Delivery.objects.filter(state="loaded").count() == 13


def test_a_good_row_becomes_a_business_with_its_source(tmp_path: Path) -> None:
    delivery, changed = take(tmp_path, lines(GOOD))
    one = Entity.objects.get()
    assert (changed, delivery.rows_loaded, delivery.encoding) == (True, 1, "gb18030")
    assert (one.name, one.station_id, one.source_row) == ("佛山市好味来食品有限公司", "440606005", 2)


@pytest.mark.parametrize(
    ("change", "column", "reason"),
    [
        (("91440300708461136T", "91440300708461136A"), "统一社会信用代码", "bad_credit_code"),
        (("91440300708461136T", ""), "统一社会信用代码", "missing"),
        (("2010-05-06", "2099-01-01"), "成立日期", "bad_date"),
        (("113.25", "121.47"), "经度", "outside_city"),
        (("113.25,22.84", "22.84,113.25"), "经度", "outside_city"),
        (("440606005,", "440699999,"), "镇街代码", "unknown_station"),
        (("企业", "公司"), "主体类型", "unknown_code"),
        ((",存续,2024-01-02", ""), "", "ragged"),
    ],
)
def test_a_row_that_cannot_be_used_is_kept_with_file_row_and_column(
    tmp_path: Path, change: tuple[str, str], column: str, reason: str
) -> None:
    other = GOOD.replace("91440300708461136T", "91310115086217015E")
    delivery, _ = take(tmp_path, lines(other, GOOD.replace(*change)))
    kept = QuarantinedRow.objects.get()
    assert (delivery.rows_loaded, delivery.rows_quarantined, Entity.objects.count()) == (1, 1, 1)
    assert (kept.delivery.file_name, kept.row_number, kept.column, kept.reason) == (
        "registration_440606.csv",
        3,
        column,
        reason,
    )


@pytest.mark.parametrize("written", ["2010年5月6日", "2010/5/6", "20100506", "２０１０-０５-０６", "40304"])
def test_a_date_as_offices_write_it_is_read(tmp_path: Path, written: str) -> None:
    take(tmp_path, lines(GOOD.replace("2010-05-06", written)))
    assert Entity.objects.get().established_on == date(2010, 5, 6)


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (b"", "empty_file", "是空的"),
        (lines(), "no_rows", "没有数据行"),
        (GOOD.encode() + b"\xff\xfe\xfd\n", "wrong_encoding", "文件须全部为 UTF-8 或 GB18030"),
        (
            lines(GOOD).replace("名称".encode("gb18030"), "企业名".encode("gb18030")),
            "wrong_columns",
            "第 1 行表头缺少列：名称",
        ),
        (b"PK\x03\x04not a table", "not_text", "应为 CSV"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_whole_and_leaves_everything_as_it_was(
    tmp_path: Path, content: bytes, code: str, words: str
) -> None:
    take(tmp_path, lines(GOOD))
    delivery, _ = take(tmp_path, content)
    assert (delivery.state, delivery.refusal["code"]) == ("refused", code)
    assert words in delivery.refusal["message"]
    assert delivery.refusal["file"] == "registration_440606.csv"
    assert (Entity.objects.count(), QuarantinedRow.objects.count()) == (1, 0)


def test_a_name_no_feed_knows_is_refused_with_the_names_that_are_known(tmp_path: Path) -> None:
    with pytest.raises(Refusal) as caught:
        take(tmp_path, b"x", name="holiday-photos.csv")
    assert caught.value.code == "unknown_feed"
    assert "registration_*.csv" in caught.value.remedy
    assert Delivery.objects.count() == 0


def test_the_later_of_two_rows_of_one_business_counts_and_the_other_is_listed(tmp_path: Path) -> None:
    take(tmp_path, lines(GOOD, GOOD.replace("好味来", "更好味")))
    kept = QuarantinedRow.objects.get()
    assert Entity.objects.get().name == "佛山市更好味食品有限公司"
    assert (kept.row_number, kept.reason, kept.message) == (2, "duplicate", "与第 3 行重复，以后者为准")


def test_a_steward_corrects_a_row_and_it_enters_the_register(tmp_path: Path) -> None:
    take(tmp_path, lines(GOOD.replace("113.25", "121.47")))
    row = QuarantinedRow.objects.get()
    with pytest.raises(Refusal) as caught:
        correct_row(row_id=row.pk, scope=EVERYTHING, values={"经度": "99"}, by=SYSTEM, at=AT, today=TODAY)
    assert (caught.value.code, caught.value.field, Entity.objects.count()) == ("still_unusable", "经度", 0)
    correct_row(row_id=row.pk, scope=EVERYTHING, values={"经度": "113.25"}, by=SYSTEM, at=AT, today=TODAY)
    row.refresh_from_db()
    assert (row.state, Entity.objects.get().lon) == ("corrected", 113.25)
    counts = FacetCount.objects.filter(facet="all").values_list("unit", "count")
    assert sorted(counts) == [("4406", 1), ("440606", 1), ("440606005", 1)]
    with pytest.raises(Refusal, match="已经处理"):
        correct_row(row_id=row.pk, scope=EVERYTHING, values={"经度": "113.25"}, by=SYSTEM, at=AT, today=TODAY)


def test_a_row_that_moves_a_business_to_another_town_is_counted_there_as_the_whole_count_has_it(
    tmp_path: Path,
) -> None:
    """Kept counts after one corrected row are those of a count of everything."""
    take(tmp_path, lines(GOOD, GOOD.replace("91440300708461136T", "91310115086217015E")))
    moved = GOOD.replace("440606005,", "440605126,").replace("113.25", "121.47")
    take(tmp_path, lines(moved), name="registration_440605.csv")
    row = QuarantinedRow.objects.get()
    correct_row(row_id=row.pk, scope=EVERYTHING, values={"经度": "113.1"}, by=SYSTEM, at=AT, today=TODAY)

    def kept() -> set[tuple[str, str, str, int]]:
        return set(FacetCount.objects.values_list("unit", "facet", "value", "count"))

    by_station = kept()
    assert {one for one in by_station if one[1] == "all"} == {
        ("4406", "all", "", 2),
        ("440605", "all", "", 1),
        ("440605126", "all", "", 1),
        ("440606", "all", "", 1),
        ("440606005", "all", "", 1),
    }
    loading.after_load()
    assert kept() == by_station


def test_another_district_cannot_settle_a_row(tmp_path: Path) -> None:
    take(tmp_path, lines(GOOD.replace("113.25", "121.47")))
    row = QuarantinedRow.objects.get()
    with pytest.raises(Refusal) as caught:
        dismiss_row(row_id=row.pk, scope=Scope("440605", "district"), reason="重复", by=SYSTEM, at=AT)
    assert caught.value.status == 404
    dismiss_row(row_id=row.pk, scope=Scope("440606", "district"), reason="重复", by=SYSTEM, at=AT)
    row.refresh_from_db()
    assert (row.state, row.correction) == ("dismissed", {"原因": "重复"})


def test_a_load_that_fails_half_way_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("cut")

    monkeypatch.setattr(sources, "_quarantine", fail)
    with pytest.raises(RuntimeError):
        take(tmp_path, lines(GOOD))
    assert (Entity.objects.count(), Delivery.objects.count()) == (0, 0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def test_an_inspection_says_its_kind_and_counts_as_routine_where_the_source_is_silent(tmp_path: Path) -> None:
    take(tmp_path, lines(GOOD))
    head = "检查编号,统一社会信用代码,检查日期,检查机关级别,检查领域,检查类型,检查结果,问题数"
    rows = [
        f"JC{n},91440300708461136T,2026-03-0{n},市,特种设备,{kind},未发现问题,0"
        for n, kind in enumerate(("证后检查", ""), 1)
    ]
    delivery, _ = take(tmp_path, "\n".join([head, *rows, ""]).encode(), "inspections.csv")
    assert (delivery.state, delivery.rows_loaded) == ("loaded", 2)
    assert dict(PastInspection.objects.values_list("number", "kind")) == {
        "JC1": "post_licence",
        "JC2": "routine",
    }
