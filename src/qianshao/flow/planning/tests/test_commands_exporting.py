"""The plan leaves as the table that is filed and as a calendar; both hold exactly the plan, and the export is on record."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime

import pytest
from icalendar import Calendar
from python_calamine import CalamineWorkbook

from qianshao.base.access.rules import Scope
from qianshao.base.access.tests.factories import DALIANG, LISHUI, make_officer, make_units
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.base.records.models import Event
from qianshao.base.records.rules import Actor
from qianshao.base.stations.models import Officer
from qianshao.flow.duties.tests.factories import make_obligation
from qianshao.flow.planning.commands.exporting import export_calendar, export_plan
from qianshao.flow.planning.commands.making import make_month_plan
from qianshao.flow.planning.models import MonthPlan, Visit
from qianshao.flow.registry.tests.factories import make_entity

pytestmark = pytest.mark.django_db
HEAD = Actor(1, "何所长", "station_head", DALIANG)
AT = datetime(2026, 11, 24, 2, tzinfo=UTC)
TODAY = date(2026, 11, 24)
SCOPE = Scope(prefix=DALIANG, role="station_head")


@pytest.fixture
def plan() -> MonthPlan:
    """Two shops planned, one of them with a name like a formula, and a lift check that nobody may do."""
    make_units()
    for place in (1, 2):
        make_officer(number=f"粤E44060{place}", competences=["食品检查员"])
    for number, name in ((1, "=1+1 小吃店"), (2, "好味来食品店")):
        make_obligation(make_entity(station=DALIANG, number=number, name=name), "CY-01")
    lift = make_obligation(make_entity(station=DALIANG, number=3, name="有电梯的商场"), "CY-01")
    type(lift).objects.filter(pk=lift.pk).update(competence="特种设备安全监察员")
    return make_month_plan(station=DALIANG, month=date(2026, 12, 1), by=HEAD, at=AT, today=TODAY, seed=7)


def test_the_table_holds_every_visit_with_its_checks_and_what_was_left_out(plan: MonthPlan) -> None:
    content = export_plan(plan_id=plan.pk, scope=SCOPE, by=HEAD, at=AT, today=TODAY)
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    rows = book.get_sheet_by_name("检查计划").to_python()
    assert rows[0][0] == "大良街道市场监督管理所2026年12月检查计划"
    assert sorted(row[5] for row in rows[3:]) == ["=1+1 小吃店", "好味来食品店"]
    assert {row[8] for row in rows[3:]} == {"餐饮服务日常监督检查"}
    assert all("第" in row[9] and "条" in row[9] for row in rows[3:])
    assert {row[10] for row in rows[3:]} == {"本所"}
    left = book.get_sheet_by_name("未排入").to_python()
    assert [row[0] for row in left[3:]] == ["有电梯的商场"]
    assert "无人具备“特种设备安全监察员”资质" in left[3][3]
    assert Event.objects.get(verb="export_plan").payload == {"form": "xlsx", "visits": 2}


def test_the_calendar_holds_each_visit_once_one_after_another(plan: MonthPlan) -> None:
    officer = Officer.objects.order_by("pk")[0]
    content = export_calendar(
        plan_id=plan.pk, officer_id=officer.pk, scope=SCOPE, by=HEAD, at=AT, today=TODAY
    )
    entries = Calendar.from_ical(content).walk("VEVENT")
    assert len(entries) == Visit.objects.count() == 2
    assert len({str(one["uid"]) for one in entries}) == 2
    for one in entries:
        assert one["dtstart"].dt < one["dtend"].dt
        assert one["dtstart"].dt.date() in set(Visit.objects.values_list("visit_on", flat=True))


def test_somebody_who_is_in_no_team_has_an_empty_calendar(plan: MonthPlan) -> None:
    content = export_calendar(plan_id=plan.pk, officer_id=999_999, scope=SCOPE, by=HEAD, at=AT, today=TODAY)
    assert Calendar.from_ical(content).walk("VEVENT") == []


def test_another_station_gets_no_byte_of_the_plan(plan: MonthPlan) -> None:
    other = Scope(prefix=LISHUI, role="station_head")
    with pytest.raises(Refusal, match="没有找到这个计划"):
        export_plan(plan_id=plan.pk, scope=other, by=HEAD, at=AT, today=TODAY)
    with pytest.raises(Refusal, match="没有找到这个计划"):
        export_calendar(plan_id=plan.pk, officer_id=None, scope=other, by=HEAD, at=AT, today=TODAY)
    assert not Event.objects.filter(verb="export_plan").exists()
