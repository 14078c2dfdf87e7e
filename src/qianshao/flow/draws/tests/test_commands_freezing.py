"""The list is made in the background: who is on it, who is not and why, and what refuses it."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from qianshao.base.access.rules import EVERYTHING, Scope
from qianshao.base.access.tests.factories import LISHUI, make_officer
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.base.records.models import Event, JobRun
from qianshao.base.stations.models import Officer
from qianshao.flow.draws.commands import freezing
from qianshao.flow.draws.commands.drawing import commit_draw
from qianshao.flow.draws.commands.opening import cancel_draw
from qianshao.flow.draws.models import Draw
from qianshao.flow.draws.queries.draws import draw, folder_of, frozen_head
from qianshao.flow.draws.rules.freezing import Candidate, freeze_list
from qianshao.flow.draws.rules.listing import hash_of, list_text, read_list
from qianshao.flow.draws.tests.factories import DALIANG, a_list
from qianshao.flow.draws.tests.stages import (
    AT,
    CITY,
    CODES,
    FIRST,
    SEED,
    SHUNDE,
    TODAY,
    asked,
    carry_out_freeze,
    freeze,
    make_town,
)
from qianshao.flow.duties.models import Obligation
from qianshao.flow.duties.queries import duties_on
from qianshao.flow.duties.tests.factories import make_obligation
from qianshao.flow.registry.commands.conflicts import declare_conflict
from qianshao.flow.registry.models import Entity, PastInspection
from qianshao.flow.registry.tests.factories import make_entity
from qianshao.flow.undisturbed.models import UndisturbedBusiness

pytestmark = pytest.mark.django_db
GROCERY = {"section": "F", "industry": "5221", "risk_class": "C"}


@pytest.fixture(autouse=True)
def town(tmp_path: Path, settings: Any) -> None:
    make_town(tmp_path, settings)


def been_there(entity: Entity, level: str, on: date) -> None:
    PastInspection.objects.create(
        entity=entity,
        number=f"x{entity.pk}-{on}-{level}",
        inspected_on=on,
        level=level,
        field=duties_on(TODAY)["JG-01"].field,
        result="passed",
        delivery=entity.delivery,
    )


def shown(made: Draw) -> dict[str, Any]:
    card = draw(scope=EVERYTHING, draw_id=made.pk)
    assert card is not None
    return card.figures


def test_the_desk_has_its_answer_at_once_and_the_list_follows_from_the_background() -> None:
    made = asked()
    card = draw(scope=EVERYTHING, draw_id=made.pk)
    assert card is not None
    assert (card.state_label, card.objects_listed, card.list_hash, card.failure) == (
        "正在冻结名单",
        0,
        "",
        "",
    )
    with pytest.raises(Refusal, match="须在名单冻结之后"):
        commit_draw(draw_id=made.pk, scope=EVERYTHING, source="x", seed=SEED, by=SHUNDE, at=AT)
    assert carry_out_freeze(made)
    assert (made.state, made.objects_listed, len(made.list_hash)) == ("frozen", 60, 64)
    text = (folder_of(made.pk) / "list.txt").read_bytes()
    assert hash_of(text) == made.list_hash
    frozen = read_list(text)
    assert (len(frozen.objects), list_text(frozen)) == (60, text)
    assert (frozen.used_from, frozen.hash) == (FIRST, "sha256")


def test_killed_and_run_twice_the_background_has_one_effect(monkeypatch: pytest.MonkeyPatch) -> None:
    made = asked()

    def die(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(freezing, "record_draw", die)
        with pytest.raises(KeyboardInterrupt):
            carry_out_freeze(made)
    made.refresh_from_db()
    assert (made.state, JobRun.objects.get().state) == ("freezing", "running")
    JobRun.objects.update(heartbeat_at=datetime(2020, 1, 1, tzinfo=UTC))
    assert carry_out_freeze(made)
    first = made.list_hash
    make_entity(number=70, **GROCERY)
    assert not carry_out_freeze(made)
    assert (made.list_hash, Event.objects.filter(verb="list_frozen").count()) == (first, 1)
    assert hash_of((folder_of(made.pk) / "list.txt").read_bytes()) == first
    assert sorted(one.name for one in folder_of(made.pk).iterdir()) == ["list.txt"]


def test_a_holder_that_wakes_up_after_the_list_is_frozen_changes_nothing() -> None:
    made = freeze()
    before = (folder_of(made.pk) / "list.txt").read_bytes()
    make_entity(number=70, **GROCERY)
    JobRun.objects.update(state="running", heartbeat_at=datetime(2020, 1, 1, tzinfo=UTC))
    assert not carry_out_freeze(made)
    assert (folder_of(made.pk) / "list.txt").read_bytes() == before
    assert (made.objects_listed, Event.objects.filter(verb="list_frozen").count()) == (60, 1)


def test_what_breaks_off_is_told_in_words_and_the_draw_can_be_cancelled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = asked()

    def full(*_: Any) -> None:
        raise OSError(28, "磁盘已满")

    monkeypatch.setattr(freezing, "freeze_list", full)
    with pytest.raises(OSError, match="磁盘已满"):
        carry_out_freeze(made)
    card = draw(scope=EVERYTHING, draw_id=made.pk)
    assert card is not None
    assert (card.state, "磁盘已满" in card.failure) == ("freezing", True)
    cancel_draw(draw_id=made.pk, scope=EVERYTHING, reason="重新冻结", by=SHUNDE, at=AT)
    made.refresh_from_db()
    assert made.state == "cancelled"


def test_a_draw_cancelled_while_its_list_is_made_stays_cancelled() -> None:
    made = asked()
    cancel_draw(draw_id=made.pk, scope=EVERYTHING, reason="填错了", by=SHUNDE, at=AT)
    assert carry_out_freeze(made)
    assert (made.state, made.cancelled_reason, made.list_hash) == ("cancelled", "填错了", "")


def test_what_a_higher_level_checked_lately_or_is_owed_already_is_left_out_with_its_reason() -> None:
    for number, level in ((70, "city"), (71, "station")):
        been_there(make_entity(number=number, **GROCERY), level, date(2026, 11, 1))
    make_obligation(make_entity(number=72, **GROCERY), "JG-01")
    made = freeze(duty_codes=["JG-01"])
    assert made.objects_listed == 61
    assert shown(made)["excluded"] == {"上级近期已检查同一领域": 1, "已有未办结的同一检查": 1}
    assert {(one.object, one.reason) for one in frozen_head(draw_id=made.pk).excluded} == {
        ("91440606MA00000070", "上级近期已检查同一领域"),
        ("91440606MA00000072", "已有未办结的同一检查"),
    }


def test_a_business_left_alone_is_excluded_with_its_reason() -> None:
    quiet = make_entity(number=73, **GROCERY)
    UndisturbedBusiness.objects.create(
        entity=quiet, station_id=DALIANG, from_on=TODAY, until_on=date(2027, 6, 1), listed_at=AT
    )
    made = freeze(duty_codes=["JG-01"])
    assert shown(made)["excluded"] == {"无事不扰名单": 1}
    assert [one.object for one in frozen_head(draw_id=made.pk).excluded] == [quiet.credit_code]


def test_a_business_whose_yearly_number_is_used_up_is_excluded_with_the_reason() -> None:
    used, half = make_entity(number=70, **GROCERY), make_entity(number=71, **GROCERY)
    for month in range(1, 5):
        been_there(used, "station", date(2026, month, 5))
        if month < 4:
            been_there(half, "station", date(2026, month, 5))
    now = freeze(used_from=date(2026, 12, 10), used_until=date(2026, 12, 31))
    assert (now.objects_listed, shown(now)["excluded"]) == (61, {"本年度检查次数已满": 1})
    assert [one.object for one in frozen_head(draw_id=now.pk).excluded] == [used.credit_code]
    assert shown(now)["cap"] == {"entries": {"A": 1, "B": 2, "C": 4, "D": 6}, "official": False}
    next_year = freeze()
    assert (next_year.objects_listed, shown(next_year)["excluded"]) == (62, {})


def test_conflicts_declared_for_any_day_of_use_go_into_the_list_and_others_do_not() -> None:
    officer, door = (
        Officer.objects.get(certificate_no="粤E440601"),
        Entity.objects.get(credit_code="91440606MA00000003"),
    )
    other = Entity.objects.get(credit_code="91440606MA00000004")
    for entity, until in ((door, date(2027, 2, 1)), (other, date(2026, 12, 31))):
        declare_conflict(
            entity_id=entity.pk,
            officer_id=officer.pk,
            reason="亲属",
            from_on=TODAY,
            until_on=until,
            scope=Scope(prefix=DALIANG, role="station_head"),
            by=CITY,
            at=AT,
        )
    made = freeze()
    assert frozen_head(draw_id=made.pk).conflicts == (("粤E440601", "91440606MA00000003"),)
    assert shown(made)["conflicts"] == 1


def test_an_officer_whose_certificate_ends_before_the_last_day_is_named_and_not_drawn() -> None:
    make_officer(number="粤E440609", name="期满", certificate_expires_on=date(2027, 12, 30))
    made = freeze()
    assert shown(made)["expired"] == ["期满（粤E440609）"]
    assert "粤E440609" not in {one.id for one in frozen_head(draw_id=made.pk).inspectors}


def above_one(changes: dict[str, float]) -> Any:
    duty = duties_on(TODAY)["JG-01"]
    return duties_on(TODAY) | {"JG-01": replace(duty, share=duty.share | changes)}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"duty_codes": ["CY-01"]}, "不是随机抽查事项：CY-01"),
        ({"duty_codes": []}, "不是随机抽查事项：未选择"),
        ({"used_until": date(2026, 12, 31)}, "截止日早于启用日"),
        ({"used_from": date(2026, 1, 1), "used_until": date(2026, 6, 1)}, "截止日须在今天之后"),
        ({"used_until": date(2028, 1, 31)}, "一次抽取只用于一个年度"),
        ({"unit": LISHUI}, "没有可抽取的执法检查人员"),
        ({"hash": "md5"}, "散列算法“md5”应为 sha256 或 sm3"),
    ],
)
def test_what_is_plainly_wrong_is_refused_at_once_and_nothing_is_kept(
    changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(Refusal, match=words):
        asked(**changes)
    assert (Draw.objects.count(), Event.objects.count(), JobRun.objects.count()) == (0, 0, 0)


@pytest.mark.parametrize(
    ("shares", "words"),
    [({"C": 1.2}, "C 类：抽查比例“1.2”应在 0 到 1 之间"), ({"C": -0.1}, "“-0.1”应在 0 到 1 之间")],
)
def test_a_rate_above_one_or_below_nothing_is_refused_and_nothing_is_kept(
    shares: dict[str, float], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = above_one(shares)
    monkeypatch.setattr(freezing, "duties_on", lambda _: wrong)
    with pytest.raises(Refusal, match=words):
        asked()
    assert (Draw.objects.count(), Event.objects.count()) == (0, 0)


def test_where_every_certificate_ends_too_soon_the_officers_are_named_and_nothing_is_kept() -> None:
    Officer.objects.update(certificate_expires_on=date(2027, 6, 30))
    with pytest.raises(Refusal, match=r"4 人的执法证在 2027-12-31 前到期，如 .*粤E440600"):
        asked()
    assert Draw.objects.count() == 0


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"unit": "440605", "duty_codes": ["YX-06"]}, "抽取名单为空")],
)
def test_a_list_with_nobody_on_it_cancels_the_draw_with_the_reason(
    changes: dict[str, Any], words: str
) -> None:
    make_officer(number="粤E440699", station=LISHUI)
    made = freeze(**changes)
    assert (made.state, words in made.cancelled_reason) == ("cancelled", True)
    assert list(folder_of(made.pk).iterdir()) == []
    assert list(Event.objects.order_by("id").values_list("verb", flat=True)) == [
        "freeze_draw",
        "list_refused",
    ]


def test_where_everybody_is_excluded_the_reason_says_how_many_and_why() -> None:
    for entity in Entity.objects.filter(station_id=DALIANG):
        Obligation.objects.bulk_create([make_obligation(entity, "JG-01")], ignore_conflicts=True)
    made = freeze(duty_codes=["JG-01"])
    assert (
        made.cancelled_reason
        == "名单不能冻结：抽取名单为空，没有可抽取的对象（已有未办结的同一检查 60 户）。"
    )


def test_a_business_without_a_class_refuses_the_list_by_name() -> None:
    make_entity(number=70, section="F", industry="5221", risk_class="")
    made = freeze(duty_codes=["JG-01"])
    assert (
        made.cancelled_reason
        == "名单不能冻结：对象 91440606MA00000070 的类别“未研判”没有抽查比例，请先研判。"
    )


def candidates(*codes: str) -> list[Candidate]:
    return [Candidate(number, code, DALIANG, "A", 3, 0, 0, False) for number, code in enumerate(codes)]


@pytest.mark.parametrize(
    ("codes", "words"), [(("A1", "A1"), "名单中的对象重复：A1"), (("A2", "A1"), "名单未按对象编号排序：A1")]
)
def test_a_list_with_a_double_or_out_of_order_is_refused_and_no_list_is_kept(
    codes: tuple[str, ...], words: str, tmp_path: Path
) -> None:
    with pytest.raises(Refusal, match=words):
        freeze_list(a_list(0, classes=[]), candidates(*codes), {}, tmp_path / "list.txt")
    assert not (tmp_path / "list.txt").exists()


def test_the_same_list_comes_of_rows_one_by_one_and_of_all_at_once(tmp_path: Path) -> None:
    whole = a_list(2, classes=["AA", "A-"])
    rows = candidates(*whole.objects)
    rows[1] = replace(rows[1], checked=2)
    blank = replace(whole, objects=(), stations=(), classes=())
    frozen = freeze_list(blank, rows, {}, tmp_path / "list.txt")
    assert (tmp_path / "list.txt").read_bytes() == list_text(whole)
    assert (frozen.list_hash, dict(frozen.kinds)) == (hash_of(list_text(whole)), {"AA": 1, "A-": 1})


def test_a_long_list_is_written_without_being_held(tmp_path: Path) -> None:
    """Half a million rows through a process of its own: it grows by less than the rows would take."""
    script = (
        "import resource, sys, dataclasses, json\n"
        "from pathlib import Path\n"
        "from qianshao.flow.draws.tests.factories import a_list, DALIANG\n"
        "from qianshao.flow.draws.rules.freezing import Candidate, freeze_list\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "rows = (Candidate(n, f'91440606MA{n:08d}', DALIANG, 'A', 3, 0, 0, False) for n in range(500_000))\n"
        "found = freeze_list(a_list(0, classes=[]), rows, {}, Path(sys.argv[1]))\n"
        "print(json.dumps([found.objects, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "list.txt")], capture_output=True, text=True, check=True
    )
    objects, grown = json.loads(done.stdout)
    assert (objects, grown < 30_000) == (500_000, True), grown


def test_codes_of_the_duties_are_listed_once_and_in_order() -> None:
    made = asked(duty_codes=[*reversed(CODES), CODES[0]])
    assert made.duty_codes == CODES
