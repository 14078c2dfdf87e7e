"""A steward hands in files and settles the rows that were kept aside."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from qianshao.base.access.tests.factories import LISHUI, make_account, make_units, sign_in
from qianshao.flow.sources.models import Delivery, QuarantinedRow
from qianshao.flow.sources.tests.factories import make_delivery, make_quarantined

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def ground(tmp_path: Path, settings: Any) -> None:
    settings.LAKE_ROOT = tmp_path / "lake"
    settings.LAKE_ROOT.mkdir()
    settings.TODAY = date(2026, 12, 1)
    make_units()


@pytest.fixture
def steward() -> Client:
    make_account(username="steward", role="steward", unit="4406")
    return sign_in("steward")


def upload(client: Client, name: str, content: bytes) -> Any:
    return client.post("/api/uploads", {"file": SimpleUploadedFile(name, content)})


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("registration_440606.csv", b"", "是空的"),
        ("registration_440606.csv", "名称,住所\n甲,乙\n".encode("gb18030"), "第 1 行表头缺少列"),
        ("registration_440606.csv", b"\xff\xff\xff\n", "编码"),
        ("holidays.csv", b"x", "holidays.csv"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_by_name_and_nothing_enters(
    steward: Client, name: str, content: bytes, words: str
) -> None:
    answer = upload(steward, name, content)
    said = answer.content.decode()
    assert words in said
    assert name in said
    assert QuarantinedRow.objects.count() == 0
    assert not Delivery.objects.filter(state="loaded").exists()


def test_rows_kept_aside_come_page_by_page_each_once(steward: Client) -> None:
    delivery = make_delivery()
    made = [make_quarantined(delivery, number).pk for number in range(1, 121)]
    seen: list[int] = []
    cursor: int | None = 0
    while cursor is not None:
        page = steward.get(f"/api/quarantine?cursor={cursor}").json()
        seen += [one["id"] for one in page["items"]]
        cursor = page["next_cursor"]
    assert seen == made
    assert (page["open"], page["reasons"]) == (120, {"bad_date": 120})


def test_a_longer_list_asks_the_database_no_more_often(steward: Client) -> None:
    delivery = make_delivery()
    make_quarantined(delivery, 1)
    counts = []
    for more in (2, 40):
        with CaptureQueriesContext(connection) as asked:
            assert steward.get("/api/quarantine").status_code == 200
            assert steward.get("/api/deliveries").status_code == 200
        counts.append(len(asked))
        for number in range(more, more + 38):
            make_quarantined(delivery, number)
    assert counts[0] == counts[1]


def test_a_row_is_put_aside_for_good_once_and_with_a_reason(steward: Client) -> None:
    row = make_quarantined(make_delivery(), 1)
    address = f"/api/quarantine/{row.pk}/dismiss"
    refused = steward.post(address, {"reason": " "}, content_type="application/json")
    assert refused.status_code == 422
    row.refresh_from_db()
    assert row.state == "open"
    assert steward.post(address, {"reason": "重复来文"}, content_type="application/json").status_code == 204
    row.refresh_from_db()
    assert row.state == "dismissed"
    again = steward.post(address, {"reason": "重复来文"}, content_type="application/json")
    assert "已经处理" in again.content.decode()


def test_a_district_neither_sees_nor_settles_rows_of_another(steward: Client) -> None:
    row = make_quarantined(make_delivery(), 1)
    make_account(username="nanhai", role="district", unit=LISHUI[:6])
    nanhai = sign_in("nanhai")
    assert nanhai.get("/api/quarantine").json()["items"] == []
    assert (
        nanhai.post(
            f"/api/quarantine/{row.pk}/dismiss", {"reason": "x"}, content_type="application/json"
        ).status_code
        == 404
    )
    row.refresh_from_db()
    assert row.state == "open"


def test_a_delivery_that_does_not_exist_is_not_found(steward: Client) -> None:
    answer = steward.get("/api/deliveries/999")
    assert (answer.status_code, "没有找到这份来文" in answer.content.decode()) == (404, True)
