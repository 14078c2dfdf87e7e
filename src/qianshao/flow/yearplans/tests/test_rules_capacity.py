"""Whether a station's people can carry its year: by hand-made demands whose hours are easily reckoned."""

from __future__ import annotations

from datetime import date

import pytest

from qianshao.flow.scheduling.rules.model import Inspector
from qianshao.flow.yearplans.rules.capacity import Clash, Demand, open_days, station_year, travel_minutes

BOUNDS = {
    "team_minimum": 2.0,
    "minutes_per_day": 360.0,
    "door_minutes": 10.0,
    "speed_kmh": 30.0,
    "detour": 1.0,
    "field_days_per_week": 3.0,
    "doors_per_team_day": 8.0,
    "rate_least": 0.5,
}
DAYS = [20] * 12
"""Twenty working days a month: twelve field days each, six team-days per officer."""
NAMES = {"CY-05": "学校食堂食品安全专项检查"}
FOREVER = date(2030, 1, 1)


def people(count: int, *held: str, until: date = FOREVER) -> list[Inspector]:
    return [Inspector(number, frozenset(held), until) for number in range(1, count + 1)]


def demand(doors: list[int], minutes: int = 50, drawn: float = 0.0, name: str = "综合执法") -> Demand:
    """Each door of `minutes`, `drawn` of them of random duties, at the station itself: no way to go."""
    total = [minutes * count for count in doors]
    part = [round(drawn * one) for one in total]
    return Demand(
        doors, doors, doors, total, part, {name: (doors, total)}, distinct=sum(doors), bound=sum(doors)
    )


def test_what_is_needed_and_what_there_is_are_counted_in_team_minutes() -> None:
    found = station_year(2027, demand([30] * 12), people(4, "综合执法"), DAYS, BOUNDS, NAMES)
    assert found["needed"] == [30 * 60] * 12
    assert found["available"] == [24 * 360] * 12
    assert found["doors_available"] == [24 * 8] * 12
    assert found["short"] == []


def test_a_full_month_in_an_empty_year_is_cured_by_moving_random_duties() -> None:
    doors = [180, *[10] * 11]
    found = station_year(2027, demand(doors, drawn=0.9), people(4, "综合执法"), DAYS, BOUNDS, NAMES)
    short = found["short"][0]
    assert (short["kind"], short["months"]) == ("months", [1])
    assert short["words"] == "工时超出：1月（36 小时）；全年够用"
    assert short["cure"].startswith("把随机抽查移到2月、3月")


def test_where_too_little_is_random_the_cure_asks_for_checks_ahead_of_time() -> None:
    found = station_year(
        2027, demand([180, *[10] * 11], drawn=0.01), people(4, "综合执法"), DAYS, BOUNDS, NAMES
    )
    assert "临期的全覆盖检查提前到" in found["short"][0]["cure"]


def test_a_full_year_is_cured_by_a_smaller_share_where_that_is_within_the_bounds() -> None:
    found = station_year(2027, demand([160] * 12, drawn=1.0), people(4, "综合执法"), DAYS, BOUNDS, NAMES)
    short = found["short"][0]
    assert (short["kind"], short["hours"]) == ("year", round(12 * (9600 - 8640) / 60))
    assert short["cure"] == "将随机抽查比例降到约 88%，或增加 1 名执法人员"


def test_a_full_year_without_random_duties_asks_for_people() -> None:
    found = station_year(2027, demand([200] * 12), people(4, "综合执法"), DAYS, BOUNDS, NAMES)
    assert found["short"][0]["cure"] == "须增加 2 名执法人员"


def test_a_share_at_its_lowest_that_is_not_enough_says_how_many_people_are_still_missing() -> None:
    found = station_year(2027, demand([200] * 12, drawn=0.2), people(4, "综合执法"), DAYS, BOUNDS, NAMES)
    assert found["short"][0]["cure"] == "随机抽查比例降到下限（50%）可省 200 小时，仍须增加 2 名执法人员"


def test_a_competence_that_nobody_holds_is_said_first_whatever_the_hours() -> None:
    found = station_year(
        2027, demand([2] * 12, name="特种设备安全监察员"), people(4, "综合执法"), DAYS, BOUNDS, NAMES
    )
    assert [one["kind"] for one in found["short"]] == ["competence"]
    assert found["short"][0]["words"] == "无人具备“特种设备安全监察员”资质，全年相关检查 24 小时，缺 24 小时"
    assert found["short"][0]["cure"] == "再有 1 人取得该资质，或请上级派员同去"


def test_somebody_whose_certificate_ends_in_june_carries_nothing_after() -> None:
    found = station_year(
        2027, demand([1] * 12), people(2, "综合执法", until=date(2027, 6, 30)), DAYS, BOUNDS, NAMES
    )
    assert [one > 0 for one in found["available"]] == [True] * 6 + [False] * 6


def test_short_visits_run_into_the_doors_of_a_day_before_the_hours() -> None:
    found = station_year(
        2027, demand([200, *[1] * 11], minutes=5), people(4, "综合执法"), DAYS, BOUNDS, NAMES
    )
    assert found["short"] == [
        {
            "kind": "doors",
            "months": [1],
            "hours": 0,
            "words": "每组每日户数上限不够：1月多 8 户",
            "cure": "把随机抽查移到户数较少的月份",
        }
    ]


def test_nobody_at_all_is_said_without_dividing_by_nobody() -> None:
    found = station_year(2027, demand([1] * 12), [], DAYS, BOUNDS, NAMES)
    assert [one["kind"] for one in found["short"]] == ["competence", "year"]


def test_the_way_grows_with_distance_and_shrinks_with_density() -> None:
    near, far = demand([100] * 12), demand([100] * 12)
    near.mean_km, near.area_km2 = 2.0, 50.0
    far.mean_km, far.area_km2 = 8.0, 50.0
    assert travel_minutes(100, 60, far, BOUNDS) > travel_minutes(100, 60, near, BOUNDS)
    assert travel_minutes(400, 60, near, BOUNDS) < travel_minutes(100, 60, near, BOUNDS)
    assert travel_minutes(0, 60, near, BOUNDS) == 0.0
    # 2·2 km in the car for 5.x doors and 0.57·√0.5 km between them, at two minutes a kilometre.
    assert travel_minutes(100, 60, near, BOUNDS) == pytest.approx(
        2 * 2 * 2 / 5.82 + 0.57 * 0.5**0.5 * 2, rel=0.05
    )


def test_the_days_of_a_year_begin_today() -> None:
    days = open_days(2026, date(2026, 11, 30))
    assert days[:10] == [0] * 10
    assert (days[10], days[11]) == (1, 23)
    assert open_days(2025, date(2026, 1, 1)) == [0] * 12


def test_where_full_coverage_needs_more_entries_than_the_cap_both_figures_are_said() -> None:
    asked = demand([1] * 12)
    asked.clashes.append(Clash("district", "A", 1, 2, 3, ["CY-05"]))
    found = station_year(2027, asked, people(4, "综合执法"), DAYS, BOUNDS, NAMES)
    assert found["short"] == [
        {
            "kind": "cap",
            "months": [],
            "hours": 0,
            "words": "A 类 3 户：学校食堂食品安全专项检查全年至少 2 次，高于区局年度上限 1 次",
            "cure": "按程序将该类上限提高到 2 次，或改为非现场检查、调整间隔",
        }
    ]
