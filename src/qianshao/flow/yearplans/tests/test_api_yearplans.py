"""The year plan over the wire: the filed table, and what anybody may read without signing in."""

from __future__ import annotations

import io
import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.test import Client
from python_calamine import CalamineWorkbook

from qianshao.base.access.tests.factories import DALIANG, make_account, make_officer, make_units, sign_in
from qianshao.base.records.models import Event
from qianshao.flow.registry.models import Licence
from qianshao.flow.registry.tests.factories import make_entity
from qianshao.flow.sources.tests.factories import make_delivery
from qianshao.flow.yearplans.commands.reckoning import reckon_year_plan
from qianshao.flow.yearplans.models import YearPlan

pytestmark = pytest.mark.django_db
TODAY = date(2026, 12, 1)


@pytest.fixture(autouse=True)
def district(settings: Any) -> None:
    settings.TODAY = TODAY
    make_units()
    make_officer(number="粤E440601", competences=["食品检查员"])
    for number in range(1, 13):
        one = make_entity(station=DALIANG, number=number, section="H", industry="6210", risk_class="D")
        Licence.objects.create(entity=one, licence_no=f"L{number}", kind="catering", delivery=make_delivery())
    for name, role, unit in (
        ("maker", "district", "440606"),
        ("leader", "district", "440606"),
        ("officer", "officer", DALIANG),
    ):
        make_account(username=name, role=role, unit=unit)


def send(client: Client, path: str, body: dict[str, Any] | None = None, expect: int = 200) -> Any:
    answer = client.post(path, json.dumps(body or {}), content_type="application/json")
    assert answer.status_code == expect, answer.content.decode()
    return answer.json()


def made() -> int:
    maker = sign_in("maker")
    whole = send(maker, "/api/year-plans", {"unit": "440606", "year": 2027}, 201)
    assert (whole["plan"]["progress"], whole["report"]) == ("waiting", None)
    number = int(whole["plan"]["id"])
    run = YearPlan.objects.get(pk=number).run_id
    assert run is not None
    assert reckon_year_plan(run_id=run, clock=lambda: datetime.now(UTC), seed=7)
    return number


def published() -> int:
    number = made()
    maker, leader = sign_in("maker"), sign_in("leader")
    send(maker, f"/api/year-plans/{number}/submit")
    send(leader, f"/api/year-plans/{number}/approve", {"reference": "顺市监〔2026〕88号"})
    send(maker, f"/api/year-plans/{number}/publish")
    return number


def test_a_plan_that_is_not_published_is_nobodys_to_read() -> None:
    number = made()
    citizen = Client()
    assert citizen.get("/api/public/year-plans").json() == []
    assert citizen.get(f"/api/public/year-plans/{number}").status_code == 404
    assert citizen.get(f"/api/year-plans/{number}").status_code == 401


def test_a_citizen_reads_the_published_plan_and_learns_of_no_person() -> None:
    number = published()
    citizen = Client()
    listed = citizen.get("/api/public/year-plans")
    assert [one["title"] for one in listed.json()] == ["顺德区市场监督管理局2027年度检查计划"]
    answer = citizen.get(f"/api/public/year-plans/{number}")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "public, max-age=60")
    assert listed.headers["Cache-Control"] == "public, max-age=60"
    body = answer.json()
    catering = next(one for one in body["items"] if one["name"] == "餐饮服务日常监督检查")
    assert (catering["concerned"], sum(catering["months"]) > 0) == (12, True)
    assert body["plan"]["approval_ref"] == "顺市监〔2026〕88号"
    for word in ("maker", "leader", "available", "officers", "minutes"):
        assert word not in answer.content.decode()


def test_the_filed_table_holds_the_official_columns_and_every_task() -> None:
    number = published()
    answer = sign_in("officer").get(f"/api/year-plans/{number}/export")
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    rows = book.get_sheet_by_name("抽查计划").to_python()
    assert rows[0][0] == "顺德区市场监督管理局2027年度检查计划"
    assert "编号 4406062027001，第 1 版，已公布，批准文号 顺市监〔2026〕88号" in str(rows[1][0])
    assert rows[2][:9] == [
        "抽查计划编号",
        "抽查计划名称",
        "抽查任务编号",
        "任务名称",
        "抽查类型",
        "抽查事项",
        "抽查对象范围",
        "涉及户数",
        "抽取日期",
    ]
    catering = next(row for row in rows if row[3] == "餐饮服务日常监督检查")
    assert catering[4:8] == ["全覆盖检查", "餐饮服务", "持餐饮服务许可的主体", 12]
    months = book.get_sheet_by_name("分月").to_python()
    assert next(row[13] for row in months if row[0] == "餐饮服务日常监督检查") == catering[10]
    assert [row[0] for row in book.get_sheet_by_name("各所").to_python()[3:]] == ["大良街道市场监督管理所"]
    assert Event.objects.filter(verb="export_year_plan").count() == 1


def test_a_stations_part_is_a_view_of_its_districts_plan() -> None:
    number = made()
    officer = sign_in("officer")
    whole = officer.get(f"/api/year-plans/{number}/items").json()
    part = officer.get(f"/api/year-plans/{number}/items?station={DALIANG}").json()
    assert [one["months"] for one in part if one["code"] == "CY-01"] == [
        one["months"] for one in whole if one["code"] == "CY-01"
    ]
    assert {one["code"] for one in part} < {one["code"] for one in whole}
    assert officer.post("/api/year-plans", "{}", content_type="application/json").status_code == 403
