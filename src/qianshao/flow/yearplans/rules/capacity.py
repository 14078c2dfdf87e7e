"""年度工时 whether a station's people can carry its year: needed against available, month by month, and the cheapest cure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from math import ceil, sqrt
from typing import Any

from qianshao.base.calendar.rules import month_end, working_days
from qianshao.flow.scheduling.rules.model import Inspector

Bounds = Mapping[str, float]
"""计划参数 of `policy/national/planning.yaml` by code, and `rate_least` of `year-plan.yaml`."""
MONTHS = range(12)
_USUAL_WEEK = 5
_ORGANS = {"station": "本所", "district": "区局", "city": "市局", "province": "省局"}
_ROUNDS = 4


@dataclass(frozen=True, slots=True)
class Clash:
    """上限与覆盖相抵: doors of a class that full coverage enters up to `needed` times a year, while their organ may `cap` times."""

    organ: str
    letter: str
    cap: int
    needed: int
    doors: int
    duties: list[str]


@dataclass(slots=True)
class Demand:
    """一所全年要做的, by month (place 0 is January): checks alone, lines alone, doors merged within the month, minutes at the doors;
    `drawn` minutes of random duties; `competences` by name. `bound` fewest entries of the year; `mean_km` from the station to its
    doors, `area_km2` they are spread over; `clashes` of coverage with the yearly caps; `above_cap` doors and entries beyond a cap."""

    checks: list[int]
    lines: list[int]
    doors: list[int]
    minutes: list[int]
    drawn: list[int]
    competences: dict[str, tuple[list[int], list[int]]]
    distinct: int = 0
    bound: int = 0
    mean_km: float = 0.0
    area_km2: float = 0.0
    clashes: list[Clash] = field(default_factory=list)
    above_cap: tuple[int, int] = (0, 0)

    @classmethod
    def none(cls) -> Demand:
        """Nothing to do."""
        return cls([0] * 12, [0] * 12, [0] * 12, [0] * 12, [0] * 12, {})


def open_days(year: int, from_on: date) -> list[int]:
    """工作日 of each month of the year that are not before `from_on`."""
    return [
        len(working_days(max(first, from_on), month_end(first))) if month_end(first) >= from_on else 0
        for first in (date(year, place + 1, 1) for place in MONTHS)
    ]


def travel_minutes(doors: int, at_door: float, demand: Demand, bounds: Bounds) -> float:
    """路途 per door of a month with `doors` doors of `at_door` minutes each.

    Length of routes through n points at density n/A, at most k to a route, at mean distance r from home: 2r/k + 0.57·√(A/n)
    per point (C. F. Daganzo, The Distance Traveled to Visit N Points with a Maximum of C Stops per Vehicle, 1984).
    """
    if not doors:
        return 0.0
    per_km = bounds["detour"] / bounds["speed_kmh"] * 60
    between = 0.57 * sqrt(demand.area_km2 / doors) * per_km
    most, travel = bounds["doors_per_team_day"], 0.0
    for _ in range(_ROUNDS):
        travel = 2 * demand.mean_km * per_km / most + between
        fitting = bounds["minutes_per_day"] / (at_door + travel)
        most = max(1.0, min(bounds["doors_per_team_day"], fitting))
    return travel


def station_year(
    year: int,
    demand: Demand,
    people: Sequence[Inspector],
    days: Sequence[int],
    bounds: Bounds,
    names: Mapping[str, str],
) -> dict[str, Any]:
    """一所年度: needed and available minutes by month, by competence, and what does not fit, in words with the cheapest cure. `names` of
    duties."""
    needed, travel = [], []
    for place in MONTHS:
        at_door = demand.minutes[place] / max(1, demand.doors[place]) + bounds["door_minutes"]
        way = travel_minutes(demand.doors[place], at_door, demand, bounds)
        travel.append(way)
        needed.append(ceil(demand.doors[place] * (at_door + way)))
    field_days = [bounds["field_days_per_week"] * count / _USUAL_WEEK for count in days]
    present = [len(_certified(people, year, place)) for place in MONTHS]
    teams = [
        int(count * off / bounds["team_minimum"]) for count, off in zip(present, field_days, strict=True)
    ]
    found: dict[str, Any] = {
        "checks": demand.checks,
        "lines": demand.lines,
        "doors": demand.doors,
        "minutes": demand.minutes,
        "travel": [round(way * count) for way, count in zip(travel, demand.doors, strict=True)],
        "needed": needed,
        "available": [int(count * bounds["minutes_per_day"]) for count in teams],
        "doors_available": [int(count * bounds["doors_per_team_day"]) for count in teams],
        "distinct": demand.distinct,
        "bound": demand.bound,
        "officers": len(people),
        "above_cap": list(demand.above_cap),
        "competences": _competences(year, demand, people, field_days, travel, bounds),
    }
    short = _clashes(demand, names) + _short(found, demand, field_days, bounds)
    return found | {"short": short}


def _clashes(demand: Demand, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Where law and cap contradict each other, no planning helps: it is for whoever sets the cap or the interval."""
    return [
        {
            "kind": "cap",
            "months": [],
            "hours": 0,
            "words": f"{one.letter} 类 {one.doors} 户：{'、'.join(names.get(code, code) for code in one.duties)}"
            f"全年至少 {one.needed} 次，高于{_ORGANS[one.organ]}年度上限 {one.cap} 次",
            "cure": f"按程序将该类上限提高到 {one.needed} 次，或改为非现场检查、调整间隔",
        }
        for one in demand.clashes
    ]


def _certified(people: Sequence[Inspector], year: int, place: int) -> list[Inspector]:
    """Those whose certificate lasts to the end of the month."""
    return [one for one in people if one.certified_until >= month_end(date(year, place + 1, 1))]


def _competences(
    year: int,
    demand: Demand,
    people: Sequence[Inspector],
    field_days: Sequence[float],
    travel: Sequence[float],
    bounds: Bounds,
) -> dict[str, dict[str, Any]]:
    found = {}
    for name, (doors, minutes) in sorted(demand.competences.items()):
        holders = [
            sum(name in one.competences for one in _certified(people, year, place)) for place in MONTHS
        ]
        found[name] = {
            "holders": max(holders, default=0),
            "needed": [
                ceil(minutes[place] + doors[place] * (bounds["door_minutes"] + travel[place]))
                for place in MONTHS
            ],
            "available": [
                int(holders[place] * field_days[place] * bounds["minutes_per_day"]) for place in MONTHS
            ],
        }
    return found


def _short(
    found: Mapping[str, Any], demand: Demand, field_days: Sequence[float], bounds: Bounds
) -> list[dict[str, Any]]:
    """What does not fit. A competence nobody holds comes first: no hours help there."""
    return [
        *(
            _lacking(name, one, field_days, bounds)
            for name, one in found["competences"].items()
            if _total_short(one)
        ),
        *_hours(found, demand, field_days, bounds),
        *_full_days(found),
    ]


def _total_short(one: Mapping[str, Any]) -> int:
    return max(0, int(sum(one["needed"])) - int(sum(one["available"])))


def _lacking(
    name: str, one: Mapping[str, Any], field_days: Sequence[float], bounds: Bounds
) -> dict[str, Any]:
    short = _total_short(one)
    each = sum(field_days) * bounds["minutes_per_day"]
    who = f"只有 {one['holders']} 人具备" if one["holders"] else "无人具备"
    return {
        "kind": "competence",
        "months": [],
        "hours": round(short / 60),
        "words": f"{who}“{name}”资质，全年相关检查 {_hours_of(one['needed'])} 小时，缺 {round(short / 60)} 小时",
        "cure": f"再有 {_people(short, each)} 人取得该资质，或请上级派员同去",
    }


def _hours(
    found: Mapping[str, Any], demand: Demand, field_days: Sequence[float], bounds: Bounds
) -> list[dict[str, Any]]:
    over = {
        place: found["needed"][place] - found["available"][place]
        for place in MONTHS
        if found["needed"][place] > found["available"][place]
    }
    if not over:
        return []
    short = sum(found["needed"]) - sum(found["available"])
    months = [place + 1 for place in over]
    named = "、".join(f"{place + 1}月（{round(minutes / 60)} 小时）" for place, minutes in over.items())
    if short <= 0:
        free = [
            place + 1
            for place in MONTHS
            if place not in over and found["available"][place] > found["needed"][place]
        ]
        movable = sum(min(over[place], demand.drawn[place]) for place in over)
        way = "把随机抽查移到" if movable >= sum(over.values()) else "随机抽查移出、临期的全覆盖检查提前到"
        return [
            {
                "kind": "months",
                "months": months,
                "hours": round(sum(over.values()) / 60),
                "words": f"工时超出：{named}；全年够用",
                "cure": f"{way}{'、'.join(f'{month}月' for month in free)}（全年尚余 {round(-short / 60)} 小时）",
            }
        ]
    return [
        {
            "kind": "year",
            "months": months,
            "hours": round(short / 60),
            "words": f"全年缺 {round(short / 60)} 小时，超出的月份：{named}",
            "cure": _cure(short, sum(demand.drawn), field_days, bounds),
        }
    ]


def _cure(short: int, drawn: int, field_days: Sequence[float], bounds: Bounds) -> str:
    each = sum(field_days) * bounds["minutes_per_day"] / bounds["team_minimum"]
    sparable = drawn * (1 - bounds["rate_least"])
    if sparable >= short:
        return f"将随机抽查比例降到约 {int(100 * (1 - short / drawn))}%，或增加 {_people(short, each)} 名执法人员"
    saved = (
        f"随机抽查比例降到下限（{bounds['rate_least']:.0%}）可省 {round(sparable / 60)} 小时，仍"
        if drawn
        else ""
    )
    return f"{saved}须增加 {_people(short - sparable, each)} 名执法人员"


def _people(minutes: float, each: float) -> int:
    return max(1, ceil(minutes / each)) if each else 1


def _full_days(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    over = {
        place + 1: found["doors"][place] - found["doors_available"][place]
        for place in MONTHS
        if found["doors"][place] > found["doors_available"][place]
        and found["needed"][place] <= found["available"][place]
    }
    if not over:
        return []
    named = "、".join(f"{month}月多 {count} 户" for month, count in over.items())
    return [
        {
            "kind": "doors",
            "months": list(over),
            "hours": 0,
            "words": f"每组每日户数上限不够：{named}",
            "cure": "把随机抽查移到户数较少的月份",
        }
    ]


def _hours_of(minutes: Sequence[int]) -> int:
    return round(sum(minutes) / 60)
