"""A phone speaks to the server: pictures, records, receipts; and the desk reads what came of them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from qianshao.base.access.tests.factories import LISHUI, make_account, sign_in
from qianshao.flow.cases.models import RectificationOrder
from qianshao.flow.cases.tests.factories import Team, envelope_for, hand_in, make_door, make_team, make_visit
from qianshao.flow.fieldwork.tests.factories import picture, sealed

pytestmark = pytest.mark.django_db


@pytest.fixture
def team(tmp_path: Path, settings: Any) -> Team:
    settings.MEDIA_ROOT = tmp_path
    settings.TODAY = None
    return make_team()


def send(client: Client, raw: dict[str, Any], **extra: str) -> Any:
    return client.post("/api/submissions", json.dumps(raw), content_type="application/json", **extra)


def upload(client: Client, content: bytes, sha256: str | None = None, name: str = "照片.jpg") -> Any:
    digest = sha256 or hashlib.sha256(content).hexdigest()
    return client.post("/api/attachments", {"file": SimpleUploadedFile(name, content), "sha256": digest})


def test_an_officer_hands_in_a_visit_and_the_head_reads_the_order(team: Team) -> None:
    visit = make_door(team)
    officer = sign_in(team.account.username)
    answer = send(officer, envelope_for(visit, team, failed=("expiry",)))
    assert (answer.status_code, answer.json()["state"]) == (200, "accepted")
    make_account(username="head-daliang", role="station_head")
    head = sign_in("head-daliang")
    (order,) = head.get("/api/rectifications?state=open").json()["items"]
    file = head.get(f"/api/rectifications/{order['id']}").json()
    assert (order["number"], len(file["rechecks"])) == ("佛顺市监责改〔2026〕0001号", 1)
    seen = head.get(f"/api/visits/{visit.pk}").json()
    assert (seen["state"], seen["inspection"]["order_number"]) == ("done", order["number"])
    assert [one["outcome"] for one in seen["inspection"]["results"]].count("fail") == 1


def test_the_day_holds_everything_the_phone_needs(team: Team) -> None:
    make_door(team, "CY-01", "TS-01")
    day = sign_in(team.account.username).get("/api/field/today?on=2026-12-01").json()
    (visit,) = day["visits"]
    assert (visit["entity"]["risk_class"], visit["version"], visit["sequence"]) == ("B", 1, 1)
    assert [one["lead"] for one in visit["officers"]] == [True, False]
    assert {one["section"] for one in visit["questions"]} == {
        "餐饮服务日常监督检查",
        "电梯使用单位常规监督检查",
    }
    assert all(one["bases"] and one["targets"] for one in visit["questions"])


def test_what_failed_last_time_is_shown_the_next_time(team: Team) -> None:
    first = make_door(team)
    hand_in(envelope_for(first, team, failed=("expiry",)), team)
    order = RectificationOrder.objects.get()
    make_visit(team, first.entity, [order.recheck])
    day = sign_in(team.account.username).get("/api/field/today?on=2026-12-01").json()
    again = day["visits"][1]
    assert [one["text"] for one in again["last_problems"]] == ["未使用超过保质期、腐败变质的原料"]
    assert [(one["origin"], one["origin_ref"]) for one in again["tasks"]] == [("recheck", order.number)]


def test_held_and_disputed_records_are_202_and_wait_at_the_heads_desk(team: Team) -> None:
    officer = sign_in(team.account.username)
    first, second = make_door(team), make_door(team, number=2)
    raw = envelope_for(first, team)
    assert send(officer, raw).status_code == 200
    body = {key: value for key, value in raw.items() if key != "body_sha256"}
    assert send(officer, sealed(body | {"note": "改写"})).status_code == 202
    assert send(officer, envelope_for(second, team, device_seq=3, base_version=9)).status_code == 202
    make_account(username="head-daliang", role="station_head")
    waiting = sign_in("head-daliang").get("/api/disputes").json()
    assert sorted(one["kind"] for one in waiting["items"]) == ["disputed", "held"]
    assert [one["missing"] for one in waiting["missing"]] == [[2]]


def test_a_picture_is_kept_byte_for_byte_and_served_harmless(team: Team) -> None:
    officer = sign_in(team.account.username)
    content = picture("JPEG")
    kept = upload(officer, content).json()
    answer = officer.get(f"/api/attachments/{kept['sha256']}")
    assert (kept["media_type"], kept["bytes"]) == ("image/jpeg", len(content))
    assert b"".join(answer.streaming_content) == content  # type: ignore[attr-defined]
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_picture_of_another_station_does_not_exist(team: Team) -> None:
    kept = upload(sign_in(team.account.username), picture()).json()
    make_account(username="head-lishui", role="station_head", unit=LISHUI)
    answer = sign_in("head-lishui").get(f"/api/attachments/{kept['sha256']}")
    assert (answer.status_code, kept["sha256"] in answer.content.decode()) == (404, False)


@pytest.mark.parametrize(
    ("content", "status"), [(b"<svg><script>alert(1)</script></svg>", 422), (b"\0" * (9 * 1024 * 1024), 413)]
)
def test_what_is_no_picture_is_refused(team: Team, content: bytes, status: int) -> None:
    assert upload(sign_in(team.account.username), content).status_code == status


def test_a_picture_damaged_on_the_way_is_refused(team: Team) -> None:
    answer = upload(sign_in(team.account.username), picture(), sha256="0" * 64)
    assert (answer.status_code, answer.json()["code"]) == (422, "attachment_damaged")


def test_a_record_without_the_token_or_the_role_is_refused(team: Team) -> None:
    visit = make_door(team)
    raw = envelope_for(visit, team)
    officer = sign_in(team.account.username)
    assert send(officer, raw, HTTP_X_CSRFTOKEN="").status_code == 403
    make_account(username="auditor", role="auditor", unit="4406")
    assert send(sign_in("auditor"), raw).status_code == 403
    assert send(Client(), raw).status_code == 401


@pytest.mark.parametrize(
    "body",
    ["[]", "{}", '{"id": 7}', '{"a": NaN}', "[" * 5000, '{"id": "\\ud800"}', "\0"],
)
def test_nonsense_is_refused_without_an_error_of_the_server(team: Team, body: str) -> None:
    answer = sign_in(team.account.username).post("/api/submissions", body, content_type="application/json")
    assert answer.status_code in {400, 422}


def test_numbers_that_no_receiver_reads_alike_are_refused(team: Team) -> None:
    raw = envelope_for(make_door(team), team)
    text = json.dumps(raw)[:-1] + ', "extra": NaN}'
    answer = sign_in(team.account.username).post("/api/submissions", text, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (422, "envelope_unreadable")
