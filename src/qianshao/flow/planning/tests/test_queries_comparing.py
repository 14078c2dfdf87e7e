"""A head puts two versions of a month side by side: what moved, who goes instead, what is new, who carries how much."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from qianshao.base.access.rules import Scope
from qianshao.base.access.tests.factories import DALIANG, LISHUI, make_officer, make_units
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.base.records.models import Event
from qianshao.base.records.queries import verify_record
from qianshao.base.records.rules import Actor
from qianshao.flow.duties.models import Obligation
from qianshao.flow.duties.tests.factories import make_obligation
from qianshao.flow.planning.commands.exporting import export_comparison
from qianshao.flow.planning.commands.making import make_month_plan
from qianshao.flow.planning.commands.running import withdraw_plan
from qianshao.flow.planning.models import MonthPlan, Visit, VisitOfficer, VisitTask
from qianshao.flow.planning.queries.comparing import Comparison, comparison
from qianshao.flow.planning.queries.plans import plans
from qianshao.flow.registry.tests.factories import make_entity

pytestmark = pytest.mark.django_db
HEAD = Actor(1, "何所长", "station_head", DALIANG)
SCOPE = Scope(prefix=DALIANG, role="station_head")
AT = datetime(2026, 11, 24, 2, tzinfo=UTC)
TODAY = date(2026, 11, 24)
DECEMBER = date(2026, 12, 1)


@pytest.fixture(autouse=True)
def station(db: None) -> None:
    make_units()
    for place in (1, 2, 3):
        make_officer(number=f"粤E44060{place}", name=f"执法员{place}", competences=["食品检查员"])
    for number in range(1, 6):
        make_obligation(make_entity(station=DALIANG, number=number, name=f"店{number}"), "CY-01")


def make(**changes: Any) -> MonthPlan:
    values: dict[str, Any] = {
        "station": DALIANG,
        "month": DECEMBER,
        "by": HEAD,
        "at": AT,
        "today": TODAY,
        "seed": 7,
    }
    return make_month_plan(**(values | changes))


def withdrawn() -> MonthPlan:
    return withdraw_plan(plan_id=make().pk, scope=SCOPE, reason="重编", by=HEAD, at=AT)


def compared(left: MonthPlan, right: MonthPlan) -> Comparison:
    return comparison(scope=SCOPE, left_id=left.pk, right_id=right.pk)


def kinds(found: Comparison) -> list[tuple[str, str]]:
    return [(one.kind, one.entity_name) for one in found.changes]


@pytest.mark.django_db(transaction=True)
def test_a_plan_made_again_from_the_same_is_the_same_at_every_door() -> None:
    found = compared(withdrawn(), make())
    assert (found.same, found.changes, found.counts) == (5, (), {})
    assert [(one.left_minutes, one.left_visits) for one in found.loads] == [
        (one.right_minutes, one.right_visits) for one in found.loads
    ]
    assert found.left.state == "withdrawn"
    assert verify_record().findings == []


def test_what_moved_who_goes_instead_what_is_new_and_what_is_gone_is_said_door_by_door() -> None:
    old = withdrawn()
    Obligation.objects.filter(entity__name="店5").update(state="cancelled")
    make_obligation(make_entity(station=DALIANG, number=9, name="新店"), "CY-01")
    new = make()
    moved = Visit.objects.get(plan=new, entity__name="店1")
    Visit.objects.filter(pk=moved.pk).update(visit_on=date(2026, 12, 24))
    other = Visit.objects.get(plan=new, entity__name="店2")
    Visit.objects.filter(pk=other.pk).update(
        visit_on=Visit.objects.get(plan=old, entity__name="店2").visit_on
    )
    VisitOfficer.objects.filter(visit=other, lead=True).update(
        officer=make_officer(number="粤E440699", name="新人")
    )
    for name in ("店3", "店4"):
        same = Visit.objects.get(plan=old, entity__name=name)
        Visit.objects.filter(plan=new, entity__name=name).update(visit_on=same.visit_on)
        people = list(VisitOfficer.objects.filter(visit=same).values_list("officer_id", flat=True))
        VisitOfficer.objects.filter(visit__plan=new, visit__entity__name=name).delete()
        VisitOfficer.objects.bulk_create(
            VisitOfficer(visit=Visit.objects.get(plan=new, entity__name=name), officer_id=one)
            for one in people
        )
    found = compared(old, new)
    assert kinds(found) == [("moved", "店1"), ("team", "店2"), ("dropped", "店5"), ("added", "新店")]
    assert (found.same, found.counts) == (2, {"moved": 1, "team": 1, "dropped": 1, "added": 1})
    assert found.changes[0].right_on == date(2026, 12, 24)
    assert "新人" in found.changes[1].right_officers
    assert next(one for one in found.loads if one.name == "新人").left_visits == 0


def test_visits_that_an_earlier_change_had_cancelled_are_no_part_of_the_withdrawn_version() -> None:
    plan = make()
    gone = Visit.objects.filter(plan=plan).first()
    assert gone is not None
    Visit.objects.filter(pk=gone.pk).update(state=Visit.State.CANCELLED)
    VisitTask.objects.filter(visit=gone).update(active=False)
    withdraw_plan(plan_id=plan.pk, scope=SCOPE, reason="重编", by=HEAD, at=AT)
    found = compared(plan, make())
    assert [one.kind for one in found.changes if one.entity_id == gone.entity_id] == ["added"]
    assert found.left.report["stood"] == sorted(
        Visit.objects.filter(plan=plan).exclude(pk=gone.pk).values_list("pk", flat=True)
    )


def test_a_door_entered_twice_on_a_day_loses_one_entry_and_keeps_the_other() -> None:
    old = withdrawn()
    twin = Visit.objects.get(plan=old, entity__name="店1")
    again = Visit.objects.create(
        plan=old,
        station_id=DALIANG,
        entity=twin.entity,
        visit_on=twin.visit_on,
        team=twin.team,
        sequence=9,
        minutes=20,
        travel_minutes=0,
        state="cancelled",
    )
    MonthPlan.objects.filter(pk=old.pk).update(
        report=old.report | {"stood": [*old.report["stood"], again.pk]}
    )
    found = compared(old, make())
    assert (kinds(found), found.same) == ([("dropped", "店1")], 5)


def test_two_months_are_compared_by_door_and_load_not_by_day() -> None:
    december = make()
    make_obligation(
        make_entity(station=DALIANG, number=20, name="一月的店"),
        "CY-01",
        release_on=date(2027, 1, 4),
        due_on=date(2027, 1, 29),
        period="2027-01",
    )
    found = compared(december, make(month=date(2027, 1, 1)))
    assert found.months_apart
    assert {one.kind for one in found.changes} == {"added", "dropped"}


def test_what_cannot_be_compared_is_said() -> None:
    plan = make()
    with pytest.raises(Refusal, match="两份不同的计划"):
        compared(plan, plan)
    make_officer(number="粤E440691", station=LISHUI, competences=["食品检查员"])
    make_officer(number="粤E440692", station=LISHUI, competences=["食品检查员"])
    other = make(station=LISHUI)
    with pytest.raises(Refusal, match="只能比较同一个监管所的计划"):
        comparison(scope=Scope(prefix="4406", role="city"), left_id=plan.pk, right_id=other.pk)
    with pytest.raises(Refusal, match="没有找到这个计划"):
        compared(plan, other)


def test_the_versions_of_a_month_are_listed_with_those_that_were_withdrawn() -> None:
    first, second = withdrawn(), make()
    listed = plans(scope=SCOPE, month=DECEMBER, withdrawn=True)
    assert [(one.id, one.state) for one in listed] == [(first.pk, "withdrawn"), (second.pk, "draft")]
    assert [one.id for one in plans(scope=SCOPE, month=DECEMBER)] == [second.pk]


def test_the_comparison_leaves_as_a_table_and_the_export_is_on_record() -> None:
    first, second = withdrawn(), make()
    content = export_comparison(left_id=first.pk, right_id=second.pk, scope=SCOPE, by=HEAD, at=AT)
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    figures = {row[0]: row[1:] for row in book.get_sheet_by_name("数字").to_python()[3:]}
    assert figures["进门次数"] == ["5", "5"]
    assert [row[0] for row in book.get_sheet_by_name("负担").to_python()[3:]] == [
        "执法员1",
        "执法员2",
        "执法员3",
    ]
    assert Event.objects.get(verb="export_comparison").payload == {"with": second.pk, "changes": 0}
