"""What was drawn is changed by hand: with a reason, seen by everybody, and what was drawn stays provable."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from qianshao.base.access.rules import EVERYTHING
from qianshao.base.access.tests.factories import DALIANG, make_account, make_officer, sign_in
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.base.records.models import Event
from qianshao.base.records.queries import verify_record
from qianshao.base.stations.models import Officer
from qianshao.flow.draws.commands.changing import change_drawn
from qianshao.flow.draws.commands.opening import open_draw, publish_draw
from qianshao.flow.draws.models import Draw, DrawChange
from qianshao.flow.draws.queries.draws import changes, drawn_doors, folder_of, picks_of
from qianshao.flow.draws.rules.checking import verify_announcement
from qianshao.flow.draws.tests.stages import (
    CITY,
    FIRST,
    LATER,
    SHUNDE,
    TODAY,
    drawn,
    make_town,
    opened,
    published,
)
from qianshao.flow.duties.commands.keeping import satisfy_obligations
from qianshao.flow.duties.models import Obligation
from qianshao.flow.registry.commands.conflicts import declare_conflict
from qianshao.flow.registry.models import Entity

pytestmark = pytest.mark.django_db
PEOPLE = [f"粤E44060{number}" for number in range(4)]


@pytest.fixture(autouse=True)
def town(tmp_path: Path, settings: Any) -> None:
    make_town(tmp_path, settings)


def first(made: Draw) -> tuple[str, str, str]:
    """The first object drawn, who goes there, and a colleague who does not."""
    pick = picks_of(draw_id=made.pk)[0]
    return pick.object, pick.team[0], next(one for one in PEOPLE if one not in pick.team)


def change(made: Draw, kind: str = "pass_over", **more: Any) -> DrawChange:
    values: dict[str, Any] = {
        "draw_id": made.pk,
        "object": first(made)[0],
        "kind": kind,
        "reason": "经营者与检查人员为亲属",
        "scope": EVERYTHING,
        "by": CITY,
        "at": LATER,
        "today": FIRST,
    }
    if kind == "replace":
        values |= {"leaves": first(made)[1], "joins": first(made)[2]}
    return change_drawn(**(values | more))[0]


def owed_at(code: str) -> list[Obligation]:
    return list(Obligation.objects.filter(entity__credit_code=code, origin="draw"))


def test_an_officer_replaced_after_opening_is_the_one_whom_the_plan_sends() -> None:
    made = opened()
    code, leaves, joins = first(made)
    change(made, "replace")
    assert owed_at(code)
    for one in owed_at(code):
        assert (leaves in one.drawn_officers, joins in one.drawn_officers, len(one.drawn_officers)) == (
            False,
            True,
            2,
        )
    card = drawn_doors(scope=EVERYTHING, draw_id=made.pk, today=FIRST, object=code)[0]
    assert (leaves in card.drawn, card.team is not None and joins in card.team) == (True, True)
    assert changes(scope=EVERYTHING, draw_id=made.pk)[0].what == f"更换检查人员 {leaves}→{joins}"


def test_an_object_passed_over_after_opening_is_owed_no_more_and_says_why() -> None:
    made = opened()
    code, _, _ = first(made)
    change(made)
    assert {(one.state, one.cancelled_reason) for one in owed_at(code)} == {
        ("cancelled", "抽取人工调整：经营者与检查人员为亲属")
    }
    assert drawn_doors(scope=EVERYTHING, draw_id=made.pk, today=FIRST, object=code)[0].team is None


def test_what_is_changed_on_the_day_before_opening_is_owed_as_changed() -> None:
    made = drawn()
    code, _, _ = first(made)
    other = picks_of(draw_id=made.pk)[1]
    joins = next(one for one in PEOPLE if one not in other.team)
    change(made)
    change(made, "replace", object=other.object, leaves=other.team[0], joins=joins)
    open_draw(draw_id=made.pk, scope=EVERYTHING, by=SHUNDE, at=LATER, today=FIRST)
    assert owed_at(code) == []
    assert all(joins in one.drawn_officers for one in owed_at(other.object))


def test_the_announcement_shows_every_change_and_what_was_drawn_keeps_its_hash() -> None:
    made = opened()
    change(made, "replace")
    publish_draw(draw_id=made.pk, scope=EVERYTHING, by=SHUNDE, at=LATER)
    file = folder_of(made.pk) / "announcement.txt"
    before = verify_announcement(file.read_bytes())
    assert (before.faults, len(before.changes), before.drawn_hash) == ([], 1, made.announcement_hash)
    later = picks_of(draw_id=made.pk)[3].object
    change(made, object=later, reason="已搬离本市")
    after = verify_announcement(file.read_bytes())
    assert (after.faults, after.drawn_hash) == ([], made.announcement_hash)
    assert [(one["object"], one["reason"], one["by"]) for one in after.changes] == [
        (first(made)[0], "经营者与检查人员为亲属", "王科"),
        (later, "已搬离本市", "王科"),
    ]


@pytest.mark.django_db(transaction=True)
def test_every_change_is_sealed_in_the_record() -> None:
    made = opened()
    change(made, "replace")
    change(made, object=picks_of(draw_id=made.pk)[1].object)
    assert verify_record().findings == []
    DrawChange.objects.filter(kind="replace").update(reason="x")
    assert [one.kind for one in verify_record().findings] == ["row_changed"]


def test_a_sealed_list_is_not_changed_for_whoever_could_would_learn_what_is_drawn() -> None:
    made = drawn()
    for code in (first(made)[0], "91440606MA99999999"):
        with pytest.raises(Refusal, match="名单封存至 2027-01-01，启用日之前不得调整"):
            change(made, object=code, today=TODAY)
    assert (DrawChange.objects.count(), Event.objects.filter(verb="change_drawn").count()) == (0, 0)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"reason": "  "}, "人工调整须写明理由"),
        ({"kind": "double"}, "只能更换检查人员，或不再检查"),
        ({"object": "91440606MA99999999"}, "对象 91440606MA99999999 没有被抽中"),
        ({"kind": "replace", "leaves": "粤E999999"}, "粤E999999 不在该对象的检查组中"),
        ({"kind": "replace", "joins": "粤E999999"}, "粤E999999 不在冻结名单上本所的执法检查人员中"),
    ],
)
def test_a_change_that_may_not_be_is_refused_and_nothing_is_written(more: dict[str, Any], words: str) -> None:
    made = opened()
    before = list(Obligation.objects.order_by("id").values())
    with pytest.raises(Refusal, match=words):
        change(made, **more)
    assert (DrawChange.objects.count(), Event.objects.filter(verb="change_drawn").count()) == (0, 0)
    assert list(Obligation.objects.order_by("id").values()) == before


def test_nobody_joins_who_is_in_the_team_in_conflict_gone_or_without_the_competence() -> None:
    make_officer(number="粤E440608", competences=["食品检查员"])
    made = opened()
    code, _, joins = first(made)
    pick = picks_of(draw_id=made.pk)[0]
    with pytest.raises(Refusal, match="已在该对象的检查组中"):
        change(made, "replace", joins=pick.team[1])
    officer = Officer.objects.get(certificate_no=joins)
    declare_conflict(
        entity_id=Entity.objects.get(credit_code=code).pk,
        officer_id=officer.pk,
        reason="亲属",
        from_on=TODAY,
        until_on=None,
        scope=EVERYTHING,
        by=CITY,
        at=LATER,
    )
    with pytest.raises(Refusal, match=f"{joins} 对该对象已登记回避"):
        change(made, "replace")
    assert drawn_doors(scope=EVERYTHING, draw_id=made.pk, today=FIRST, object=code)[0].away == ()
    other = picks_of(draw_id=made.pk)[1]
    away = next(one for one in PEOPLE if one not in other.team)
    Officer.objects.filter(certificate_no=away).update(active=False)
    with pytest.raises(Refusal, match=f"{away} 已不在岗或执法证已到期"):
        change(made, "replace", object=other.object, leaves=other.team[0], joins=away)
    assert DrawChange.objects.count() == 0


def test_a_conflict_declared_after_the_draw_is_shown_where_somebody_of_the_team_must_stand_aside() -> None:
    made = opened()
    code, mine, _ = first(made)
    declare_conflict(
        entity_id=Entity.objects.get(credit_code=code).pk,
        officer_id=Officer.objects.get(certificate_no=mine).pk,
        reason="亲属",
        from_on=TODAY,
        until_on=None,
        scope=EVERYTHING,
        by=CITY,
        at=LATER,
    )
    cards = drawn_doors(scope=EVERYTHING, draw_id=made.pk, today=FIRST)
    assert [one.away for one in cards] == [(mine,)] + [()] * 11
    change(made, "replace")
    assert drawn_doors(scope=EVERYTHING, draw_id=made.pk, today=FIRST)[0].away == ()


def test_a_replacement_that_loses_a_competence_is_refused() -> None:
    Officer.objects.filter(certificate_no__in=PEOPLE[1:]).update(competences=["食品检查员"])
    made = opened()
    mine = next(one for one in picks_of(draw_id=made.pk) if PEOPLE[0] in one.team)
    joins = next(one for one in PEOPLE if one not in mine.team)
    with pytest.raises(Refusal, match="更换后检查组缺少"):
        change(made, "replace", object=mine.object, leaves=PEOPLE[0], joins=joins)
    assert DrawChange.objects.count() == 0


def test_what_is_checked_already_or_passed_over_already_is_changed_no_more() -> None:
    made = opened()
    code, _, _ = first(made)
    satisfy_obligations(ids=[one.pk for one in owed_at(code)], done_on=date(2027, 2, 1), done_ref="visit:1")
    with pytest.raises(Refusal, match="抽查事项已办结，不能再调整"):
        change(made)
    other = picks_of(draw_id=made.pk)[1].object
    change(made, object=other)
    with pytest.raises(Refusal, match="已调整为不再检查"):
        change(made, object=other)
    assert DrawChange.objects.count() == 1


def test_the_bureau_changes_at_its_desk_and_a_station_only_sees_it(settings: Any) -> None:
    made = published()
    settings.TODAY = FIRST
    make_account(username="shunde", role="district", unit="440606")
    make_account(username="head", role="station_head", unit=DALIANG)
    district, head = sign_in("shunde"), sign_in("head")
    code, leaves, joins = first(made)
    body = {"object": code, "kind": "replace", "leaves": leaves, "joins": joins, "reason": "外出培训"}
    path = f"/api/draws/{made.pk}"
    assert head.post(f"{path}/change", body, content_type="application/json").status_code == 403
    answer = district.post(f"{path}/change", body, content_type="application/json")
    assert answer.status_code == 204
    assert [one["what"] for one in head.get(f"{path}/changes").json()] == [f"更换检查人员 {leaves}→{joins}"]
    shown = head.get(f"{path}/drawn?object={code}").json()["items"][0]
    assert (joins in shown["team"], leaves in shown["drawn"]) == (True, True)
