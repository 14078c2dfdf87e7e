"""A head asks what would be if; the background reckons both months; nothing outside the room changes."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from qianshao.base.access.rules import Scope
from qianshao.base.access.tests.factories import DALIANG, LISHUI, make_officer, make_units
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.base.records.models import JobRun
from qianshao.base.records.rules import Actor
from qianshao.base.tables.rules.spreading import Engine
from qianshao.flow.duties.models import Obligation
from qianshao.flow.duties.tests.factories import make_obligation
from qianshao.flow.planning.commands.making import make_month_plan
from qianshao.flow.planning.models import Visit
from qianshao.flow.registry.tests.factories import make_entity
from qianshao.flow.scenarios.commands import reckon, suppose
from qianshao.flow.scenarios.models import Scenario
from qianshao.flow.scenarios.queries import scenario, scenarios

pytestmark = pytest.mark.django_db(transaction=True)
HEAD = Actor(1, "何所长", "station_head", DALIANG)
AT = datetime(2026, 11, 24, 2, tzinfo=UTC)
TODAY = date(2026, 11, 24)
DECEMBER = date(2026, 12, 1)
SCOPE = Scope(prefix=DALIANG, role="station_head")


@pytest.fixture(autouse=True)
def station(db: None) -> None:
    make_units()
    for place in (1, 2):
        make_officer(number=f"粤E44060{place}", competences=["食品检查员"])
    for number in range(1, 7):
        make_obligation(make_entity(station=DALIANG, number=number), "CY-01")


def ask(supposition: dict[str, Any] | None = None, **changes: Any) -> Scenario:
    values: dict[str, Any] = {
        "title": "减人",
        "unit": DALIANG,
        "month": DECEMBER,
        "supposition": {"officers": -1} if supposition is None else supposition,
        "scope": SCOPE,
        "by": HEAD,
        "at": AT,
        "today": TODAY,
    }
    return suppose(**(values | changes))


def reckoned(row: Scenario) -> dict[str, Any]:
    assert row.run_id is not None
    assert reckon(run_id=row.run_id, clock=lambda: datetime.now(UTC), seed=7, engine=Engine())
    card = scenario(scope=SCOPE, scenario_id=row.pk)
    assert card is not None
    assert card.state == "done"
    return card.result


def test_with_one_officer_less_nobody_can_go_and_today_stands_beside_it() -> None:
    result = reckoned(ask())
    assert (result["today"]["visits"], result["today"]["left_out"]) == (6, 0)
    assert (result["then"]["visits"], result["then"]["left_out"]) == (0, 6)
    assert result["stations"][DALIANG]["then"]["officers"] == 1


def test_what_is_planned_already_is_reckoned_too_and_the_plan_stays() -> None:
    make_month_plan(station=DALIANG, month=DECEMBER, by=HEAD, at=AT, today=TODAY, seed=7)
    before = list(Visit.objects.order_by("pk").values())
    result = reckoned(ask({"doors_per_team_day": 2}))
    assert result["today"]["visits"] == 6
    assert list(Visit.objects.order_by("pk").values()) == before
    assert Obligation.objects.count() == 6


def test_a_cap_of_no_entry_leaves_every_door_overdue() -> None:
    result = reckoned(ask({"entries_a_year": 0}))
    assert (result["today"]["left_out"], result["then"]["visits"], result["then"]["left_out"]) == (0, 0, 6)


def test_a_duty_checked_more_often_adds_real_doors_that_do_not_owe_it_yet() -> None:
    for number in (21, 22, 23):
        make_entity(station=DALIANG, number=number)
    codes = Obligation.objects.values_list("duty_code", flat=True).distinct()
    result = reckoned(ask({"factors": {codes[0]: 1.5}}))
    assert result["then"]["due"] >= result["today"]["due"]


def test_a_reckoning_that_is_done_is_not_done_again() -> None:
    row = ask()
    reckoned(row)
    assert row.run_id is not None
    assert not reckon(run_id=row.run_id, clock=lambda: datetime.now(UTC), seed=7, engine=Engine())


@pytest.mark.parametrize(
    ("supposition", "changes", "words"),
    [
        ({}, {}, "请至少改变一项"),
        ({"officers": 1}, {"title": " "}, "请给这次推演起个名称"),
        ({"officers": 1}, {"month": date(2026, 10, 1)}, "只能推演本月或下月"),
        ({"officers": 1}, {"month": date(2027, 2, 1)}, "尚未派生"),
        ({"officers": 1}, {"unit": LISHUI}, "没有找到这个单位"),
        ({"factors": {"XX-99": 2}}, {}, "没有检查事项 XX-99"),
        ({"factors": {"CY-01": 13}}, {}, "频次倍数应在 0 到 12 之间"),
        ({"pull_forward_days": 400}, {}, "提前并查的天数应在 0 到 60 之间"),
        ({"entries_a_year": -1}, {}, "年度次数上限不能小于 0"),
        ({"minutes_per_day": 0}, {}, "工时、天数、户数应为正数"),
    ],
)
def test_what_cannot_be_supposed_is_said_and_nothing_is_asked(
    supposition: dict[str, Any], changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(Refusal, match=words):
        ask(supposition, **changes)
    assert (Scenario.objects.count(), JobRun.objects.count()) == (0, 0)


def test_another_station_sees_no_scenario_of_this_one() -> None:
    row = ask()
    other = Scope(prefix=LISHUI, role="station_head")
    assert scenarios(scope=other) == []
    assert scenario(scope=other, scenario_id=row.pk) is None
    assert [one.id for one in scenarios(scope=SCOPE)] == [row.pk]
