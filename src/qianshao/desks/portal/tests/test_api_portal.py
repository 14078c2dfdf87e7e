"""Anybody, without an account: what is published is there, what is sealed is not."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from qianshao.base.access.rules import EVERYTHING
from qianshao.desks.portal import api
from qianshao.desks.portal.rules import MOST_ADDRESSES, Turnstile
from qianshao.flow.draws.commands.changing import change_drawn
from qianshao.flow.draws.commands.results import publish_results, report_results
from qianshao.flow.draws.models import Draw
from qianshao.flow.draws.queries.draws import folder_of, picks_of
from qianshao.flow.draws.rules.checking import verify_announcement
from qianshao.flow.draws.tests.stages import (
    CITY,
    FIRST,
    LATER,
    SHUNDE,
    asked,
    committed,
    drawn,
    make_town,
    opened,
    published,
)
from qianshao.flow.duties.models import Obligation

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def town(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    make_town(tmp_path, settings)
    api._draws.cache_clear()
    monkeypatch.setattr(api, "_downloads", Turnstile(most=60, window=timedelta(minutes=1)))


def test_anybody_sees_a_published_draw_and_computes_it_again() -> None:
    made = published()
    anybody = Client()
    told = anybody.get("/api/public/draws").json()
    assert [
        (one["title"], one["unit_name"], one["doors"], one["checks"], one["changes"]) for one in told
    ] == [("2027 年度价格计量联合抽查", "顺德区", 12, 16, 0)]
    answer = anybody.get(f"/api/public/draws/{made.pk}/announcement")
    verdict = verify_announcement(b"".join(answer.streaming_content))
    assert (verdict.holds, verdict.drawn_hash) == (True, told[0]["drawn_hash"])
    again = anybody.get(
        f"/api/public/draws/{made.pk}/announcement", HTTP_IF_NONE_MATCH=answer.headers["ETag"]
    )
    assert (again.status_code, again.headers["Cache-Control"]) == (304, "public, max-age=300")


@pytest.mark.parametrize("stage", [asked, committed, drawn, opened])
def test_nothing_of_a_draw_that_is_not_published_is_shown(stage: Any) -> None:
    made = stage()
    anybody = Client()
    folder_of(made.pk).mkdir(parents=True, exist_ok=True)
    for name in ("announcement.txt", "results.csv"):
        (folder_of(made.pk) / name).write_text(made.title)
    assert anybody.get("/api/public/draws").json() == []
    for what in ("announcement", "results"):
        answer = anybody.get(f"/api/public/draws/{made.pk}/{what}")
        assert answer.status_code == 404
        assert made.title.encode() not in answer.content


def test_what_was_changed_by_hand_is_in_the_file_that_anybody_takes() -> None:
    made = published()
    anybody = Client()
    before = anybody.get(f"/api/public/draws/{made.pk}/announcement")
    change_drawn(
        draw_id=made.pk,
        object=picks_of(draw_id=made.pk)[0].object,
        kind="pass_over",
        reason="已注销",
        scope=EVERYTHING,
        by=CITY,
        at=LATER,
        today=FIRST,
    )
    answer = anybody.get(
        f"/api/public/draws/{made.pk}/announcement", HTTP_IF_NONE_MATCH=before.headers["ETag"]
    )
    verdict = verify_announcement(b"".join(answer.streaming_content))
    assert (verdict.holds, [one["reason"] for one in verdict.changes]) == (True, ["已注销"])
    assert anybody.get("/api/public/draws").json()[0]["changes"] == 1


def test_results_are_there_once_published_and_not_before() -> None:
    made = published()
    anybody = Client()
    first = Obligation.objects.filter(origin="draw").earliest("id").pk
    report_results(
        results={first: "none"}, formed_on=date(2027, 3, 1), done_ref="visit:1", officers=["粤E440600"]
    )
    assert anybody.get(f"/api/public/draws/{made.pk}/results").status_code == 404
    publish_results(draw_id=made.pk, scope=EVERYTHING, by=SHUNDE, at=LATER, today=date(2027, 3, 2))
    answer = anybody.get(f"/api/public/draws/{made.pk}/results")
    assert "未发现问题" in b"".join(answer.streaming_content).decode("utf-8-sig")
    assert anybody.get("/api/public/draws").json()[0]["results"] == 1


def test_many_who_ask_for_the_list_cost_as_much_as_one(django_assert_max_num_queries: Any) -> None:
    published()
    anybody = Client()
    now = datetime.now(UTC).timestamp()
    with django_assert_max_num_queries(12):
        for _ in range(20):
            assert len(anybody.get("/api/public/draws").json()) == 1
    assert datetime.now(UTC).timestamp() - now < 5


def test_an_address_that_takes_files_again_and_again_is_slowed_and_told_how_long() -> None:
    made = published()
    anybody = Client()
    path = f"/api/public/draws/{made.pk}/announcement"
    statuses = [anybody.get(path).status_code for _ in range(61)]
    assert statuses == [200] * 60 + [429]
    slowed = anybody.get(path)
    assert (slowed.status_code, 0 < int(slowed.headers["Retry-After"]) <= 61) == (429, True)
    assert anybody.get(path, REMOTE_ADDR="10.0.0.9").status_code == 200
    assert Draw.objects.count() == 1


def test_a_turnstile_opens_again_after_its_window_and_forgets_the_oldest_addresses() -> None:
    gate, now = Turnstile(most=2, window=timedelta(seconds=60)), datetime(2026, 12, 1, tzinfo=UTC)
    assert [gate.seconds_to_wait("a", now) for _ in range(3)] == [0, 0, 61]
    assert gate.seconds_to_wait("a", now + timedelta(seconds=61)) == 0
    for number in range(MOST_ADDRESSES + 10):
        gate.seconds_to_wait(str(number), now)
    assert len(gate._passes) == MOST_ADDRESSES
