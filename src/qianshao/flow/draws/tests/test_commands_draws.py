"""The bureau draws: freezes, promises, two persons enter the number, opens on the day, publishes; and what it may not do."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from qianshao.base.access.rules import EVERYTHING, Scope
from qianshao.base.access.tests.factories import DALIANG, LISHUI, make_account, sign_in
from qianshao.base.gateways.rules.beacons import QUICKNET, SAMPLE
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.base.records.models import Event, JobRun
from qianshao.base.records.queries import verify_record
from qianshao.base.records.rules import SYSTEM
from qianshao.flow.draws.commands.drawing import commit_draw
from qianshao.flow.draws.commands.freezing import list_objects
from qianshao.flow.draws.commands.opening import cancel_draw, open_draw, publish_draw
from qianshao.flow.draws.models import Draw
from qianshao.flow.draws.queries.draws import announcement_file, draw, drawn_doors, draws, folder_of, picks_of
from qianshao.flow.draws.rules.checking import verify_announcement
from qianshao.flow.draws.tests.stages import (
    AT,
    CITY,
    CODES,
    FIRST,
    LAST,
    LATER,
    NUMBER,
    SEED,
    SHUNDE,
    TODAY,
    committed,
    drawn,
    enter,
    freeze,
    make_town,
)
from qianshao.flow.duties.commands.deriving import derive_obligations
from qianshao.flow.duties.models import Obligation
from qianshao.flow.duties.queries import duties_on

pytestmark = pytest.mark.django_db
THIRTY = timedelta(days=30)


@pytest.fixture(autouse=True)
def town(tmp_path: Path, settings: Any) -> None:
    make_town(tmp_path, settings)


def test_a_year_is_drawn_opened_on_its_day_and_published_for_anybody_to_compute_again() -> None:
    made = drawn()
    assert (made.state, made.objects_listed, made.figures["separate"]) == ("drawn", 60, 4 + 12)
    assert made.figures["doors"] == 12
    assert Obligation.objects.count() == 0
    open_draw(draw_id=made.pk, scope=EVERYTHING, by=SHUNDE, at=LATER, today=FIRST)
    owed = Obligation.objects.filter(origin="draw")
    assert (owed.count(), owed.values("entity").distinct().count()) == (16, 12)
    assert {(one.period, one.origin_ref, one.asked_by) for one in owed} == {
        ("2027", f"draw:{made.pk}", "440606")
    }
    publish_draw(draw_id=made.pk, scope=EVERYTHING, by=SHUNDE, at=LATER)
    file = announcement_file(scope=EVERYTHING, draw_id=made.pk)
    assert file is not None
    verdict = verify_announcement(file.read_bytes())
    assert (verdict.holds, verdict.doors, verdict.separate) == (True, 12, 16)
    assert list(Event.objects.order_by("id").values_list("verb", flat=True)) == [
        "freeze_draw",
        "list_frozen",
        "commit_draw",
        "enter_number",
        "carry_out_draw",
        "open_draw",
        "publish_draw",
    ]


@pytest.mark.django_db(transaction=True)
def test_every_step_is_sealed_in_the_record() -> None:
    made = drawn()
    assert verify_record().findings == []
    Draw.objects.filter(pk=made.pk).update(commitment="0" * 64)
    assert [one.kind for one in verify_record().findings] == ["row_changed"]


def test_nobody_sees_what_is_drawn_before_it_is_published() -> None:
    made = drawn()
    assert announcement_file(scope=EVERYTHING, draw_id=made.pk) is None
    assert SEED not in json.dumps(list(Draw.objects.values()), default=str)
    files = {one.name: oct(one.stat().st_mode & 0o777) for one in folder_of(made.pk).iterdir()}
    assert files == dict.fromkeys(["list.txt", "seed", "drawn.txt", "picked.json"], "0o600")


def test_the_first_number_stays_hidden_until_the_second_person_has_entered_theirs() -> None:
    made = enter(committed(), SHUNDE)
    card = draw(scope=EVERYTHING, draw_id=made.pk)
    assert card is not None
    assert (card.state, card.first_name) == ("committed", "何科")
    assert NUMBER not in json.dumps(card.figures) + card.source


def test_one_person_cannot_enter_both_numbers() -> None:
    made = enter(committed(), SHUNDE)
    with pytest.raises(Refusal, match="须由另一名人员复核录入"):
        enter(made, SHUNDE)
    made.refresh_from_db()
    assert (made.state, made.drawn_at) == ("committed", None)


def test_two_numbers_that_differ_are_both_forgotten_and_nothing_is_drawn() -> None:
    made = enter(committed(), SHUNDE)
    with pytest.raises(Refusal, match="两次录入的公开随机数不一致，已清空"):
        enter(made, CITY, "01 02 03")
    made.refresh_from_db()
    assert (made.state, made.first_number, made.first_name) == ("committed", "", "")
    assert Event.objects.filter(verb="numbers_differ").count() == 1


def test_a_list_touched_on_disk_after_the_freeze_is_not_drawn_from() -> None:
    made = enter(committed(), SHUNDE)
    file = folder_of(made.pk) / "list.txt"
    file.write_bytes(file.read_bytes().replace(b"\tCC\n", b"\tC-\n", 1))
    with pytest.raises(Refusal, match="名单文件与冻结时的散列不符"):
        enter(made, CITY)
    made.refresh_from_db()
    assert made.state == "committed"


def test_an_announcement_touched_on_disk_is_not_published() -> None:
    made = drawn()
    open_draw(draw_id=made.pk, scope=EVERYTHING, by=SHUNDE, at=LATER, today=FIRST)
    (folder_of(made.pk) / "drawn.txt").write_bytes(b"x")
    with pytest.raises(Refusal, match="抽取结果文件与抽取时的散列不符"):
        publish_draw(draw_id=made.pk, scope=EVERYTHING, by=SHUNDE, at=LATER)


def test_a_seed_is_promised_once_and_only_before_the_number() -> None:
    made = freeze()
    with pytest.raises(Refusal, match="须先承诺种子"):
        enter(made, SHUNDE)
    promised = committed()
    with pytest.raises(Refusal, match="种子只能承诺一次"):
        commit_draw(draw_id=promised.pk, scope=EVERYTHING, source="另一期", seed="1" * 64, by=SHUNDE, at=AT)
    assert (folder_of(promised.pk) / "seed").read_text() == SEED


def test_what_is_drawn_is_never_drawn_again_and_not_opened_before_its_day() -> None:
    made = drawn()
    with pytest.raises(Refusal, match="抽取之后不得重抽"):
        enter(made, SHUNDE)
    with pytest.raises(Refusal, match="名单封存至 2027-01-01"):
        open_draw(draw_id=made.pk, scope=EVERYTHING, by=SHUNDE, at=LATER, today=date(2026, 12, 31))
    with pytest.raises(Refusal, match="启封之后才能公布"):
        publish_draw(draw_id=made.pk, scope=EVERYTHING, by=SHUNDE, at=LATER)
    assert Obligation.objects.count() == 0


def test_a_cancelled_draw_stays_to_be_seen_with_its_reason_and_an_opened_one_cannot_be() -> None:
    made = committed()
    with pytest.raises(Refusal, match="作废须说明原因"):
        cancel_draw(draw_id=made.pk, scope=EVERYTHING, reason=" ", by=SHUNDE, at=AT)
    cancel_draw(draw_id=made.pk, scope=EVERYTHING, reason="开奖取消", by=SHUNDE, at=AT)
    assert [(one.state, one.cancelled_reason) for one in draws(scope=EVERYTHING)] == [
        ("cancelled", "开奖取消")
    ]
    other = drawn()
    open_draw(draw_id=other.pk, scope=EVERYTHING, by=SHUNDE, at=LATER, today=FIRST)
    with pytest.raises(Refusal, match="已启封、已公布或已作废的抽取不能作废"):
        cancel_draw(draw_id=other.pk, scope=EVERYTHING, reason="x", by=SHUNDE, at=LATER)


@pytest.mark.django_db(transaction=True)
def test_where_a_draw_decided_a_duty_the_year_is_not_sampled_a_second_time() -> None:
    made = drawn()
    open_draw(draw_id=made.pk, scope=EVERYTHING, by=SHUNDE, at=LATER, today=FIRST)
    duty = duties_on(TODAY)["JG-01"]
    derive_obligations(
        by=SYSTEM,
        at=LATER,
        as_of=FIRST,
        month=date(2027, 11, 1),
        duties={duty.code: duty},
        pull_forward_days=31,
        no_repeat_months=3,
        seed="7",
    )
    assert not Obligation.objects.filter(duty_code="JG-01", origin="law", station_id=DALIANG).exists()


def test_a_town_sees_its_districts_draw_and_not_its_neighbours() -> None:
    made = freeze()
    assert [one.id for one in draws(scope=Scope(prefix=DALIANG, role="station_head"))] == [made.pk]
    assert draws(scope=Scope(prefix=LISHUI, role="station_head")) == []
    with pytest.raises(Refusal, match="没有找到这次抽取"):
        commit_draw(
            draw_id=made.pk,
            scope=Scope(prefix="440605", role="district"),
            source="x",
            seed=SEED,
            by=CITY,
            at=AT,
        )


def test_two_people_of_the_bureau_go_the_whole_way_at_their_desks(settings: Any) -> None:
    make_account(username="shunde", role="district", unit="440606")
    make_account(username="city", role="city", unit="4406")
    district, city = sign_in("shunde"), sign_in("city")

    def post(client: Any, path: str, **body: Any) -> Any:
        return client.post(f"/api/draws{path}", body, content_type="application/json")

    made = post(
        district,
        "",
        title="年度抽查",
        unit="440606",
        duty_codes=CODES,
        used_from="2027-01-01",
        used_until="2027-12-31",
    )
    assert (made.status_code, made.json()["state"]) == (201, "freezing")
    address = f"/{made.json()['id']}"
    assert list_objects(run_id=JobRun.objects.get(task="draws.list_objects").pk, clock=lambda: AT)
    assert district.get(f"/api/draws{address}").json()["state"] == "frozen"
    assert post(district, f"{address}/commit", source="双色球 2026139 期").json()["state"] == "committed"
    assert post(district, f"{address}/number", value=NUMBER).json()["state"] == "committed"
    assert post(district, f"{address}/number", value=NUMBER).status_code == 409
    assert post(city, f"{address}/number", value=NUMBER).json()["state"] == "drawn"
    assert district.get(f"/api/draws{address}/announcement").status_code == 404
    assert "名单封存至 2027-01-01" in post(district, f"{address}/open").content.decode()
    settings.TODAY = FIRST
    assert post(district, f"{address}/open").json()["figures"]["owed"] == 16
    assert post(district, f"{address}/publish").json()["state"] == "published"
    answer = city.get(f"/api/draws{address}/announcement")
    assert verify_announcement(b"".join(answer.streaming_content)).holds


def test_what_is_drawn_is_spread_over_the_months_by_the_order_of_tickets_with_its_team() -> None:
    made = drawn(duty_codes=["JL-02"])
    open_draw(draw_id=made.pk, scope=EVERYTHING, by=SHUNDE, at=LATER, today=FIRST)
    picks = picks_of(draw_id=made.pk)
    assert len(picks) == 12
    owed = {one.entity.credit_code: one for one in Obligation.objects.select_related("entity")}
    for place, pick in enumerate(picks):
        mine = owed[pick.object]
        assert (mine.due_on.month, mine.due_on.year) == (place + 1, 2027)
        assert tuple(mine.drawn_officers) == pick.team
        assert mine.release_on == (FIRST if place < 1 else date(2027, place + 1, 1) - THIRTY)
    assert max(one.due_on for one in owed.values()) == LAST


def test_a_list_opened_late_asks_for_nothing_in_a_month_that_is_over() -> None:
    made = drawn()
    open_draw(draw_id=made.pk, scope=EVERYTHING, by=SHUNDE, at=LATER, today=date(2027, 7, 15))
    months = Counter(one.due_on.month for one in Obligation.objects.filter(duty_code="JL-02"))
    assert min(months) == 7
    assert months[7] == 7
    assert all(one.release_on <= one.due_on for one in Obligation.objects.all())


def test_what_is_drawn_is_listed_to_its_own_unit_once_opened_and_never_before() -> None:
    made = drawn()
    assert drawn_doors(scope=EVERYTHING, draw_id=made.pk, today=FIRST) == []
    open_draw(
        draw_id=made.pk, scope=EVERYTHING, by=SHUNDE, at=datetime(2027, 1, 1, 2, tzinfo=UTC), today=FIRST
    )
    cards = drawn_doors(
        scope=Scope(prefix=DALIANG, role="station_head"), draw_id=made.pk, today=FIRST, limit=5
    )
    assert [card.place for card in cards] == [1, 2, 3, 4, 5]
    following = drawn_doors(scope=EVERYTHING, draw_id=made.pk, today=FIRST, after=5)
    assert [card.place for card in following] == [6, 7, 8, 9, 10, 11, 12]
    assert cards[0].team == cards[0].drawn != ()
    assert drawn_doors(scope=Scope(prefix=LISHUI, role="station_head"), draw_id=made.pk, today=FIRST) == []
    one = drawn_doors(scope=EVERYTHING, draw_id=made.pk, today=FIRST, object=cards[2].object)
    assert [card.place for card in one] == [3]


BEACON = {
    "round": 1000,
    "randomness": "fe290beca10872ef2fb164d2aa4442de4566183ec51c56ff3cd603d930e54fdd",
    "signature": "b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39",
}
BEFORE, AFTER = datetime(2023, 8, 23, 15, tzinfo=UTC), datetime(2023, 8, 23, 17, tzinfo=UTC)


def promised_round(**changes: Any) -> Draw:
    """A draw whose number will be round 1000 of quicknet: due on 23 August 2023 at 15:59:24 UTC."""
    made = freeze(**changes)
    moment = QUICKNET.due(999)
    return commit_draw(
        draw_id=made.pk, scope=EVERYTHING, beacon=(QUICKNET, moment), seed=SEED, by=SHUNDE, at=BEFORE
    )


@pytest.mark.parametrize("hash", ["sha256", "sm3"])
def test_a_beacon_that_was_promised_decides_the_draw_and_everybody_verifies_it(hash: str) -> None:
    made = promised_round(hash=hash)
    assert (made.beacon_round, made.source) == (1000, "drand quicknet 第 1000 轮（2023-08-23 23:59）")
    enter(made, SHUNDE, beacon=BEACON, at=AFTER)
    made = enter(made, CITY, beacon=BEACON | {"extra": "a relay says more"}, at=AFTER)
    assert made.state == "drawn"
    open_draw(draw_id=made.pk, scope=EVERYTHING, by=SHUNDE, at=LATER, today=FIRST)
    publish_draw(draw_id=made.pk, scope=EVERYTHING, by=SHUNDE, at=LATER)
    text = (folder_of(made.pk) / "announcement.txt").read_bytes()
    verdict = verify_announcement(text)
    assert (verdict.faults, verdict.hash) == ([], hash)
    assert BEACON["signature"].encode() in text


@pytest.mark.parametrize(
    ("beacon", "at", "words"),
    [
        (None, AFTER, "承诺使用信标第 1000 轮，请上传该轮的信标文件"),
        (BEACON | {"round": 1001}, AFTER, "承诺使用第 1000 轮，文件是第 1001 轮"),
        (BEACON, BEFORE, "第 1000 轮尚未产生"),
        (BEACON | {"randomness": "0" * 64}, AFTER, "不是其签名的 SHA-256"),
        ({"round": 1000}, AFTER, "这不是信标文件"),
    ],
)
def test_another_beacon_than_the_promised_one_enters_nothing(
    beacon: dict[str, Any] | None, at: datetime, words: str
) -> None:
    made = promised_round()
    events = Event.objects.count()
    with pytest.raises(Refusal, match=words):
        enter(made, SHUNDE, NUMBER, beacon=beacon, at=at)
    made.refresh_from_db()
    assert (made.first_number, made.state, Event.objects.count()) == ("", "committed", events)


def test_a_round_that_is_due_already_cannot_be_promised_and_a_beacon_not_promised_is_not_taken() -> None:
    made = freeze()
    with pytest.raises(Refusal, match="信标轮次须在承诺之后产生"):
        commit_draw(
            draw_id=made.pk, scope=EVERYTHING, beacon=(QUICKNET, BEFORE), seed=SEED, by=SHUNDE, at=AFTER
        )
    made.refresh_from_db()
    assert (made.state, made.beacon_round) == ("frozen", None)
    with pytest.raises(Refusal, match="承诺使用的不是信标"):
        enter(committed(), SHUNDE, beacon=BEACON)


def test_the_sample_beacon_draws_for_a_demonstration_and_every_verifier_says_so(settings: Any) -> None:
    make_account(username="shunde", role="district", unit="440606")
    make_account(username="city", role="city", unit="4406")
    district, city = sign_in("shunde"), sign_in("city")
    settings.BEACON = "sample"
    address = f"/api/draws/{freeze().pk}"

    def post(client: Any, path: str, **body: Any) -> Any:
        return client.post(f"{address}{path}", body, content_type="application/json")

    soon = datetime.now(UTC)
    told = post(district, "/commit", beacon_at=soon.isoformat()).json()
    assert told["beacon_chain"] == SAMPLE.name
    assert "样例信标（仅供演示）" in told["source"]
    while (answer := district.get(f"{address}/beacon")).status_code == 503:
        assert "该轮尚未产生" in answer.json()["title"]
    assert post(district, "/number", beacon=answer.json()).json()["state"] == "committed"
    assert post(city, "/number", beacon=answer.json()).json()["state"] == "drawn"
    settings.BEACON = ""
    assert "没有设置该链的中继" in district.get(f"{address}/beacon").json()["title"]
    settings.TODAY = FIRST
    post(district, "/open")
    post(district, "/publish")
    text = b"".join(city.get(f"{address}/announcement").streaming_content)
    assert verify_announcement(text).faults == ["信标不是公认的 drand quicknet 链，不能作为公开随机数。"]
