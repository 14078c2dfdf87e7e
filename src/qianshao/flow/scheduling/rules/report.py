"""计划报告 what the plan does, against one visit per obligation and against the fewest entries possible."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from itertools import islice
from math import ceil
from typing import Any

from qianshao.flow.scheduling.rules.model import Schedule, StationMonth
from qianshao.flow.scheduling.rules.reasons import LABELS
from qianshao.flow.scheduling.rules.stops import is_mandatory

_SPLITS_SHOWN = 20
_LACKING_PEOPLE = frozenset({"no_competence", "certificate_expired", "on_leave"})
_LACKING_HOURS = frozenset({"no_hours", "no_officers"})


def report_of(
    month: StationMonth, schedule: Schedule, names: Mapping[int, str] | None = None
) -> dict[str, Any]:
    """计划报告: figures of the plan; `gap` is entries above the lower bound as a share of it. `names` of split doors."""
    by_id = {task.id: task for task in month.tasks}
    placed = [task for visit in schedule.visits for task in visit.tasks]
    ahead = sum(not is_mandatory(by_id[task], month.days) for task in placed)
    visits, bound = len(schedule.visits), schedule.lower_bound
    left = Counter(one.reason for one in schedule.unplaced)
    contradicted = _contradicted(month, schedule)
    return {
        "due": schedule.mandatory,
        "obligations": len(placed),
        "done_ahead": ahead,
        "visits": visits,
        "doors": len({visit.door for visit in schedule.visits}),
        "one_visit_each": len(placed),
        "saved": len(placed) - visits,
        "window_bound": schedule.window_bound,
        "lower_bound": bound,
        "gap": round((visits - bound) / bound, 4) if bound else 0.0,
        "left_out": len(schedule.unplaced),
        "left_out_by_reason": [
            {"reason": reason, "label": LABELS[reason], "count": count}
            for reason, count in left.most_common()
        ],
        "missing": _missing(month, schedule),
        "splits": [
            f"{(names or {}).get(one.door, f'主体 {one.door}')}：{one.why}，分 {one.parts} 次进门"
            for one in schedule.splits[:_SPLITS_SHOWN]
        ],
        "splits_count": len(schedule.splits),
        "contradictions": [
            f"{(names or {}).get(door, f'主体 {door}')}：{'、'.join(duties)}应全覆盖，今年只还能进门"
            f" {month.doors[door].entries_left} 次"
            for door, duties in islice(contradicted.items(), _SPLITS_SHOWN)
        ],
        "contradictions_count": len(contradicted),
        "without_place": len({task.door for task in month.tasks if not task.located}),
        "minutes_available": schedule.capacity_minutes,
        "doors_available": schedule.capacity_doors,
        "travel_km": round(schedule.travel_km, 1),
        "officers": len(month.inspectors),
        "working_days": len(month.days),
    } | _team_figures(schedule)


def named_doors(month: StationMonth, schedule: Schedule) -> list[int]:
    """Doors whose names the report needs."""
    split = [one.door for one in schedule.splits[:_SPLITS_SHOWN]]
    return [*split, *islice(_contradicted(month, schedule), _SPLITS_SHOWN)]


def _contradicted(month: StationMonth, schedule: Schedule) -> dict[int, list[str]]:
    """Doors, in order, at which full coverage asks for checks that the yearly cap forbids, with the names of these duties."""
    capped = {one.task for one in schedule.unplaced if one.reason == "cap_reached"}
    found: dict[int, set[str]] = defaultdict(set)
    for task in month.tasks:
        if task.id in capped and task.coverage:
            found[task.door].add(task.duty or task.competence)
    return {door: sorted(found[door]) for door in sorted(found)}


def _team_figures(schedule: Schedule) -> dict[str, Any]:
    """Minutes of the teams, and how evenly they fall on people: the least, middle and most that one of them works."""
    per_person: Counter[int] = Counter()
    team_days = set()
    used = 0
    for visit in schedule.visits:
        minutes = visit.minutes + visit.travel_minutes
        used += minutes
        team_days.add((visit.day, visit.team))
        for officer in visit.officers:
            per_person[officer] += minutes
    loads = sorted(per_person.values()) or [0]
    return {
        "minutes_used": used,
        "teams": len({team for _, team in team_days}),
        "team_days": len(team_days),
        "officer_minutes": {"least": loads[0], "middle": loads[len(loads) // 2], "most": loads[-1]},
    }


def _missing(month: StationMonth, schedule: Schedule) -> list[str]:
    """What an infeasible month lacks, in person-days per competence: hours or doors, whichever asks for more."""
    by_id = {task.id: task for task in month.tasks}
    bounds = month.bounds
    doors: dict[tuple[bool, str], set[int]] = defaultdict(set)
    minutes: Counter[tuple[bool, str]] = Counter()
    for one in schedule.unplaced:
        if one.reason not in _LACKING_PEOPLE | _LACKING_HOURS:
            continue
        task = by_id[one.task]
        key = one.reason in _LACKING_PEOPLE, task.competence
        minutes[key] += task.minutes
        doors[key].add(task.door)
    words = []
    for key, total in sorted(minutes.items(), key=lambda pair: (not pair[0][0], -pair[1], pair[0][1])):
        hours = (total + bounds.door_minutes * len(doors[key])) / bounds.minutes_per_day
        days = ceil(max(hours, len(doors[key]) / bounds.doors_per_team_day))
        if key[0]:
            words.append(f"缺少“{key[1]}”资质人员 {days} 人·天（每次另须 {bounds.team_minimum - 1} 人同行）")
        else:
            words.append(f"“{key[1]}”事项工时不足，约缺 {days * bounds.team_minimum} 人·天")
    return words
