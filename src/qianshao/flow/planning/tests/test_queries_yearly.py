"""The month beside the year: what was expected, what is planned; and a month without an approved year plan."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings as django_settings

from qianshao.base.access.rules import Scope
from qianshao.base.access.tests.factories import DALIANG, LISHUI, make_officer, make_units
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.base.policy.rules.year_plan import load_year_plan_law
from qianshao.base.records.models import Event
from qianshao.base.records.rules import Actor
from qianshao.flow.duties.tests.factories import make_obligation
from qianshao.flow.planning.commands import running
from qianshao.flow.planning.commands.making import make_month_plan
from qianshao.flow.planning.commands.running import approve_plan
from qianshao.flow.planning.models import MonthPlan
from qianshao.flow.planning.queries.yearly import against_year
from qianshao.flow.registry.tests.factories import make_entity
from qianshao.flow.yearplans.models import YearPlan, YearPlanItem, YearPlanPart
from qianshao.flow.yearplans.tests.factories import make_plan_row

pytestmark = pytest.mark.django_db
HEAD = Actor(1, "何所长", "station_head", DALIANG)
SCOPE = Scope(prefix=DALIANG, role="station_head")
AT = datetime(2026, 11, 24, 2, tzinfo=UTC)
TODAY = date(2026, 11, 24)


@pytest.fixture
def month() -> MonthPlan:
    """Three restaurants planned for December."""
    make_units()
    for place in (1, 2):
        make_officer(number=f"粤E44060{place}", competences=["食品检查员"])
    for number in (1, 2, 3):
        make_obligation(make_entity(station=DALIANG, number=number), "CY-01")
    return make_month_plan(station=DALIANG, month=date(2026, 12, 1), by=HEAD, at=AT, today=TODAY, seed=7)


def year_plan(unit: str, december: int, **changes: Any) -> YearPlan:
    plan = make_plan_row(unit=unit, year=2026, number=f"{unit}2026001", **changes)
    for place, (code, count) in enumerate((("CY-01", december), ("CY-02", 2)), start=1):
        item = YearPlanItem.objects.create(
            plan=plan, number=f"{plan.number}{place:03d}", kind="duty", code=code, name=code, level="station"
        )
        YearPlanPart.objects.create(item=item, station_id=DALIANG, months=[0] * 11 + [count], minutes=0)
    return plan


def lines(month: MonthPlan) -> list[tuple[str, int, int]]:
    found = against_year(scope=SCOPE, plan_id=month.pk, today=TODAY)
    assert found is not None
    return [(one.duty_code, one.expected, one.planned) for one in found.duties]


def test_planned_stands_beside_expected_duty_by_duty(month: MonthPlan) -> None:
    year_plan("440606", 5, state="approved")
    assert lines(month) == [("CY-01", 5, 3), ("CY-02", 2, 0)]


def test_the_districts_own_plan_comes_before_the_citys_and_a_draft_counts_for_nothing(
    month: MonthPlan,
) -> None:
    assert lines(month) == [("CY-01", 0, 3)]
    year_plan("4406", 9, state="published")
    assert lines(month)[0] == ("CY-01", 9, 3)
    year_plan("440606", 5, state="draft")
    assert lines(month)[0] == ("CY-01", 9, 3)
    YearPlan.objects.filter(unit="440606").update(state="approved")
    assert lines(month)[0] == ("CY-01", 5, 3)


def test_another_station_sees_nothing_of_it(month: MonthPlan) -> None:
    other = Scope(prefix=LISHUI, role="station_head")
    assert against_year(scope=other, plan_id=month.pk, today=TODAY) is None


def test_by_default_a_month_without_a_year_plan_is_approved_and_the_record_says_so(month: MonthPlan) -> None:
    found = against_year(scope=SCOPE, plan_id=month.pk, today=TODAY)
    assert found is not None
    assert (found.year_plan_id, found.refused) == (None, False)
    approve_plan(plan_id=month.pk, scope=SCOPE, by=HEAD, at=AT)
    assert Event.objects.get(verb="approve_plan").payload["year_plan"] == "none"


def test_a_month_under_a_year_plan_names_it_on_the_record(month: MonthPlan) -> None:
    year_plan("440606", 5, state="approved")
    approve_plan(plan_id=month.pk, scope=SCOPE, by=HEAD, at=AT)
    assert Event.objects.get(verb="approve_plan").payload["year_plan"] == "4406062026001.1"


def test_where_the_city_asks_for_a_year_plan_a_month_without_one_is_refused(
    month: MonthPlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = yaml.safe_load(
        (Path(django_settings.POLICY_DIR) / "national" / "year-plan.yaml").read_text(encoding="utf-8")
    )
    for one in data["parameters"]:
        one["value"] = 1 if one["code"] == "month_plan_refused" else one["value"]
    (tmp_path / "national").mkdir()
    (tmp_path / "national" / "year-plan.yaml").write_text(yaml.safe_dump(data), encoding="utf-8")
    monkeypatch.setattr(running, "year_plan_law", lambda day: load_year_plan_law(tmp_path, day))
    with pytest.raises(Refusal, match="2026 年度检查计划尚未批准，月计划不能批准"):
        approve_plan(plan_id=month.pk, scope=SCOPE, by=HEAD, at=AT)
    month.refresh_from_db()
    assert (month.state, Event.objects.filter(verb="approve_plan").count()) == ("draft", 0)
    year_plan("440606", 5, state="approved")
    assert approve_plan(plan_id=month.pk, scope=SCOPE, by=HEAD, at=AT).state == "approved"
