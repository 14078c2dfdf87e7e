"""The bureau draws: freezes, promises, two persons enter the number, opens on the day, publishes; and what it may not do."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from qianshao.base.access.rules import EVERYTHING, Scope
from qianshao.base.access.tests.factories import (
    DALIANG,
    LISHUI,
    make_account,
    make_officer,
    make_units,
    sign_in,
)
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.base.records.models import Event
from qianshao.base.records.queries import verify_record
from qianshao.base.records.rules import SYSTEM, Actor
from qianshao.flow.draws.commands import (
    cancel_draw,
    commit_draw,
    enter_number,
    freeze_draw,
    open_draw,
    publish_draw,
)
from qianshao.flow.draws.models import Draw
from qianshao.flow.draws.queries import announcement_file, draw, draws, folder_of
from qianshao.flow.draws.rules.checking import verify_announcement
from qianshao.flow.duties.commands.deriving import derive_obligations
from qianshao.flow.duties.models import Obligation
from qianshao.flow.duties.queries import duties_on
from qianshao.flow.duties.tests.factories import make_obligation
from qianshao.flow.registry.models import PastInspection
from qianshao.flow.registry.tests.factories import make_entity

pytestmark = pytest.mark.django_db
AT = datetime(2026, 12, 1, 2, tzinfo=UTC)
LATER = datetime(2026, 12, 3, 13, 30, tzinfo=UTC)
TODAY = date(2026, 12, 1)
FIRST, LAST = date(2027, 1, 1), date(2027, 12, 31)
CITY, SHUNDE = Actor(1, "王科", "city", "4406"), Actor(2, "何科", "district", "440606")
CODES = ["JG-01", "JL-02"]
SEED = "5e" * 32
NUMBER = "03 07 11 22 25 31 + 09"


@pytest.fixture(autouse=True)
def town(tmp_path: Path, settings: Any) -> None:
    """Sixty groceries in 大良 and one in 里水; four officers who may check prices and scales."""
    settings.DRAWS_ROOT = tmp_path / "draws"
    settings.TODAY = TODAY
    make_units()
    for number in range(60):
        make_entity(number=number, section="F", industry="5221", risk_class="C")
    make_entity(number=99, station=LISHUI, section="F", industry="5221")
    competences = sorted({duties_on(TODAY)[code].competence for code in CODES})
    for number in range(4):
        make_officer(number=f"粤E44060{number}", competences=competences)


def freeze(**changes: Any) -> Draw:
    values: dict[str, Any] = {
        "title": "2027 年度价格计量联合抽查",
        "unit": "440606",
        "duty_codes": CODES,
        "used_from": FIRST,
        "used_until": LAST,
        "by": SHUNDE,
        "at": AT,
        "today": TODAY,
    }
    return freeze_draw(**(values | changes))


def committed() -> Draw:
    made = freeze()
    return commit_draw(
        draw_id=made.pk, scope=EVERYTHING, source="双色球 2026139 期", seed=SEED, by=SHUNDE, at=AT
    )


def enter(made: Draw, who: Actor, value: str = NUMBER) -> Draw:
    return enter_number(draw_id=made.pk, scope=EVERYTHING, value=value, by=who, at=LATER)


def drawn() -> Draw:
    made = committed()
    enter(made, SHUNDE)
    return enter(made, CITY, "03  07 11 22 25 31 +  09 ")


def test_a_year_is_drawn_opened_on_its_day_and_published_for_anybody_to_compute_again() -> None:
    made = drawn()
    assert (made.state, made.objects_listed, made.figures["separate"]) == ("drawn", 60, 4 + 12)
    assert made.figures["doors"] == 12
    assert Obligation.objects.count() == 0
    open_draw(draw_id=made.pk, scope=EVERYTHING, by=SHUNDE, at=LATER, today=FIRST)
    owed = Obligation.objects.filter(origin="draw")
    assert (owed.count(), owed.values("entity").distinct().count()) == (16, 12)
    assert {(one.release_on, one.due_on, one.period, one.origin_ref, one.asked_by) for one in owed} == {
        (FIRST, LAST, "2027", f"draw:{made.pk}", "440606")
    }
    publish_draw(draw_id=made.pk, scope=EVERYTHING, by=SHUNDE, at=LATER)
    file = announcement_file(scope=EVERYTHING, draw_id=made.pk)
    assert file is not None
    verdict = verify_announcement(file.read_bytes())
    assert (verdict.holds, verdict.doors, verdict.separate) == (True, 12, 16)
    assert list(Event.objects.order_by("id").values_list("verb", flat=True)) == [
        "freeze_draw",
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
    assert files == dict.fromkeys(["list.txt", "seed", "announcement.txt", "picked.json"], "0o600")


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
    (folder_of(made.pk) / "announcement.txt").write_bytes(b"x")
    with pytest.raises(Refusal, match="公告文件与抽取时的散列不符"):
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


def test_what_a_higher_level_checked_lately_or_is_owed_already_is_not_on_the_list() -> None:
    duty = duties_on(TODAY)["JG-01"]
    for number, level in ((70, "city"), (71, "station")):
        entity = make_entity(number=number, section="F", industry="5221")
        PastInspection.objects.create(
            entity=entity,
            number=f"x{number}",
            inspected_on=date(2026, 11, 1),
            level=level,
            field=duty.field,
            result="passed",
            delivery=entity.delivery,
        )
    make_obligation(make_entity(number=72, section="F", industry="5221"), "JG-01")
    made = freeze(duty_codes=["JG-01"])
    assert made.objects_listed == 61


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"duty_codes": ["CY-01"]}, "不是随机抽查事项：CY-01"),
        ({"duty_codes": []}, "不是随机抽查事项：未选择"),
        ({"used_until": date(2026, 12, 31)}, "截止日早于启用日"),
        ({"used_from": date(2026, 1, 1), "used_until": date(2026, 6, 1)}, "截止日须在今天之后"),
        ({"used_until": date(2028, 1, 31)}, "一次抽取只用于一个年度"),
        ({"unit": LISHUI, "duty_codes": ["YX-06"]}, "抽取名单为空"),
        ({"unit": LISHUI}, "没有可抽取的执法检查人员"),
    ],
)
def test_a_list_that_cannot_be_drawn_from_is_refused_and_nothing_is_kept(
    changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(Refusal, match=words):
        freeze(**changes)
    assert (Draw.objects.count(), Event.objects.count()) == (0, 0)


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
    assert made.status_code == 201
    address = f"/{made.json()['id']}"
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
