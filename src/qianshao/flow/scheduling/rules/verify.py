"""计划核验 a plain checker of a planned month. It shares no code with the solver; a plan that fails is never saved."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from math import asin, cos, radians, sin, sqrt

from qianshao.flow.scheduling.rules.model import PlannedVisit, Schedule, StationMonth, Task, Unplaced

_KNOWN = {
    "no_officers",
    "no_competence",
    "certificate_expired",
    "on_leave",
    "no_hours",
    "window_closed",
    "door_shut",
    "conflict",
    "drawn_absent",
    "cap_reached",
}
_TIE = 1.0001  # road nodes this much farther than the nearest count as equally near
_ROUNDED = 1.01  # minutes that two roundings may differ
_MAP_ERROR = 0.99  # routes are reckoned on a flat map, here on the sphere


def broken_rules(month: StationMonth, schedule: Schedule) -> list[str]:
    """核验: every way in which the plan breaks the law or a bound, in words; empty when it holds."""
    tasks = {task.id: task for task in month.tasks}
    wrong: list[str] = []
    for visit in schedule.visits:
        where = f"{visit.day} 第 {visit.team} 组 主体 {visit.door}"
        wrong += [f"{where}：{what}" for what in _visit(month, visit, tasks)]
    wrong += _people(month, schedule)
    wrong += _team_days(month, schedule, tasks)
    wrong += _caps(month, schedule, tasks)
    wrong += _nothing_lost(month, schedule, tasks)
    if not 0 <= schedule.window_bound <= schedule.lower_bound <= len(schedule.visits):
        wrong.append("下界大于进门次数")
    return wrong


def newly_broken(month: StationMonth, before: Schedule, after: Schedule) -> list[str]:
    """What the change breaks that was not broken before it, in words. What has come new is no excuse: it counts as said."""
    told = {one.task for one in before.unplaced} | {task for one in before.visits for task in one.tasks}
    fresh = [Unplaced(task.id, "no_hours", "待排") for task in month.tasks if task.id not in told]
    owed = {task.id for task in month.tasks}
    still = [replace(one, tasks=tuple(task for task in one.tasks if task in owed)) for one in before.visits]
    as_it_was = replace(
        before, visits=[one for one in still if one.tasks], unplaced=[*before.unplaced, *fresh]
    )
    known = set(broken_rules(month, as_it_was))
    return [line for line in broken_rules(month, after) if line not in known]


def _visit(month: StationMonth, visit: PlannedVisit, tasks: dict[int, Task]) -> list[str]:
    wrong = []
    people = {one.id: one for one in month.inspectors}
    if visit.day not in month.days:
        wrong.append("不是可安排的工作日")
    if len(set(visit.officers)) < month.bounds.team_minimum or len(set(visit.officers)) < len(visit.officers):
        wrong.append(f"不足 {month.bounds.team_minimum} 人")
    held: set[str] = set()
    for officer in visit.officers:
        person = people.get(officer)
        if person is None:
            wrong.append(f"人员 {officer} 不得外出检查")
            continue
        if visit.day > person.certified_until or visit.day in person.away:
            wrong.append(f"人员 {officer} 当日证件失效或请假")
        held |= person.competences
    if not visit.tasks:
        wrong.append("没有事项")
    if any(number not in tasks for number in visit.tasks):
        return [*wrong, "有不属于本月的事项"]
    for task in (tasks[number] for number in visit.tasks):
        if task.door != visit.door:
            wrong.append(f"事项 {task.id} 不属于该主体")
        if task.competence not in held:
            wrong.append(f"无人具备“{task.competence}”")
        there = len(task.drawn & set(visit.officers))
        if there < min(month.bounds.drawn_present, len(task.drawn)):
            wrong.append(f"事项 {task.id} 抽中的人员没有到场")
        overdue = task.due_on < month.days[0]
        if not overdue and not task.release_on <= visit.day <= task.due_on:
            wrong.append(f"事项 {task.id} 不在窗口内")
    rule = month.doors.get(visit.door)
    if rule is not None:
        wrong += [f"人员 {one} 须回避" for one in sorted(rule.conflicted & set(visit.officers))]
        if visit.day.weekday() in rule.closed_on:
            wrong.append("当天不营业")
    if visit.minutes < month.bounds.door_minutes + sum(tasks[number].minutes for number in visit.tasks):
        wrong.append("检查时间少算")
    if visit.travel_minutes < 0:
        wrong.append("路途时间为负")
    return wrong


def _people(month: StationMonth, schedule: Schedule) -> list[str]:
    """Nobody in two teams on one day, nobody out on more days of a week than set."""
    team_of: dict[tuple[date, int], int] = {}
    wrong = []
    for visit in schedule.visits:
        for officer in visit.officers:
            if team_of.setdefault((visit.day, officer), visit.team) != visit.team:
                wrong.append(f"{visit.day} 人员 {officer} 同日在两个组")
    # A week over the end of a month counts as two.
    monday = {
        day: max(day - timedelta(days=day.weekday()), day.replace(day=1))
        for day in {*month.days, *(one[0] for one in team_of)}
    }
    in_week = Counter(monday[day] for day in month.days)
    out = Counter((monday[day], officer) for day, officer in team_of)
    wanted = month.bounds.field_days_per_week
    for (week, officer), count in sorted(out.items()):
        share = int(wanted * min(in_week[week], 5) / 5 + 0.5)
        if count > max(1, min(wanted, share)):
            wrong.append(f"{week} 起一周人员 {officer} 外出 {count} 天，超过上限")
    return wrong


def _caps(month: StationMonth, schedule: Schedule, tasks: dict[int, Task]) -> list[str]:
    """No door is entered more often than its yearly cap leaves."""
    capped = Counter(
        visit.door
        for visit in schedule.visits
        if any(tasks[number].capped for number in visit.tasks if number in tasks)
    )
    found = []
    for door, count in sorted(capped.items()):
        rule = month.doors.get(door)
        if rule is not None and rule.entries_left is not None and count > rule.entries_left:
            found.append(f"主体 {door} 进门 {count} 次，本年度上限只余 {rule.entries_left} 次")
    return found


def _team_days(month: StationMonth, schedule: Schedule, tasks: dict[int, Task]) -> list[str]:
    """Hours, doors, order and travel of every team-day."""
    routes: dict[tuple[date, int], list[PlannedVisit]] = defaultdict(list)
    for visit in schedule.visits:
        routes[visit.day, visit.team].append(visit)
    wrong = []
    for (day, team), visits in routes.items():
        visits.sort(key=lambda one: one.sequence)
        spent = sum(one.minutes + one.travel_minutes for one in visits)
        legs = _legs(month, [tasks[one.tasks[0]] for one in visits if one.tasks and one.tasks[0] in tasks])
        problems = {
            f"超时：{spent} 分钟": spent > month.bounds.minutes_per_day,
            f"超过每日 {month.bounds.doors_per_team_day} 户": len(visits) > month.bounds.doors_per_team_day,
            "顺序有缺": [one.sequence for one in visits] != list(range(1, len(visits) + 1)),
            "同组人员不一": len({one.officers for one in visits}) > 1,
            "路途时间少算": sum(one.travel_minutes for one in visits) < sum(legs) * _MAP_ERROR - 1,
            "同日两次进同一户": len({one.door for one in visits}) < len(visits),
        }
        wrong += [f"{day} 第 {team} 组{what}" for what, found in problems.items() if found]
        wrong += [f"{day} 第 {team} 组 {what}" for what in _hours(month, visits, legs)]
    return wrong


def _hours(month: StationMonth, visits: list[PlannedVisit], legs: list[float]) -> list[str]:
    """Opening hours, and a day that can be walked from door to door as its times say."""
    hours = {one.door: month.doors[one.door] for one in visits if one.door in month.doors}
    hours = {door: rule for door, rule in hours.items() if rule.opens > 0 or rule.closes < 24 * 60}
    starts = [one.starts_at for one in visits if one.starts_at is not None]
    if len(starts) < len(visits) or len(legs) <= len(visits):
        return [f"主体 {door}：没有合适的到达时间" for door in hours]
    wrong = [
        f"主体 {one.door}：不在营业时间内"
        for one, start in zip(visits, starts, strict=True)
        if one.door in hours
        and not hours[one.door].opens <= start <= hours[one.door].closes - one.minutes + _ROUNDED
    ]
    for place in range(1, len(visits)):
        ready = starts[place - 1] + visits[place - 1].minutes + legs[place] * _MAP_ERROR
        if ready > starts[place] + _ROUNDED:
            wrong.append(f"主体 {visits[place].door}：来不及到达")
    left, back = starts[0] - legs[0], starts[-1] + visits[-1].minutes + legs[-1]
    bounds = month.bounds
    if (back - left) * _MAP_ERROR > bounds.minutes_per_day + _ROUNDED:
        wrong.append("含等候超时")
    if (
        left * (2 - _MAP_ERROR) < bounds.day_starts - _ROUNDED
        or back * _MAP_ERROR > bounds.day_ends + _ROUNDED
    ):
        wrong.append("不在外出时间内")
    return wrong


def _legs(month: StationMonth, stops: list[Task]) -> list[float]:
    """Minutes on the road: to the first door, between doors, back."""
    home = month.lon, month.lat
    places = [home, *((one.lon, one.lat) for one in stops), home]
    return [_km(month, one, other) / month.bounds.speed_kmh * 60 for one, other in pairwise(places)]


def _km(month: StationMonth, one: tuple[float, float], other: tuple[float, float]) -> float:
    straight = _great_circle(*one, *other) * month.bounds.detour
    if month.roads is None:
        return straight
    ways = []
    for node, off in _nearest_nodes(month, *one):
        for end, end_off in _nearest_nodes(month, *other):
            road = off + float(month.roads.km[node, end]) + end_off
            ways.append(min(road, straight) if node == end else road)
    return min(ways)


def _nearest_nodes(month: StationMonth, lon: float, lat: float) -> list[tuple[int, float]]:
    """Road nodes nearest to a place, several where they lie equally near, with the kilometres to each."""
    roads, east = month.roads, cos(radians(month.lat))
    assert roads is not None
    squared = ((roads.lon - lon) * east) ** 2 + (roads.lat - lat) ** 2
    nodes = (squared <= squared.min() * _TIE + 1e-12).nonzero()[0]
    return [
        (
            int(node),
            _great_circle(lon, lat, float(roads.lon[node]), float(roads.lat[node])) * month.bounds.detour,
        )
        for node in nodes
    ]


def _great_circle(lon: float, lat: float, to_lon: float, to_lat: float) -> float:
    half = sin(radians(to_lat - lat) / 2) ** 2
    half += cos(radians(lat)) * cos(radians(to_lat)) * sin(radians(to_lon - lon) / 2) ** 2
    return 2 * 6371.0 * asin(sqrt(half))


def _nothing_lost(month: StationMonth, schedule: Schedule, tasks: dict[int, Task]) -> list[str]:
    """Every due task is in exactly one visit or in exactly one line of those left out, with a reason that is true."""
    times = Counter(number for visit in schedule.visits for number in visit.tasks)
    left = Counter(one.task for one in schedule.unplaced)
    wrong = [f"事项 {number} 排了 {count} 次" for number, count in times.items() if count > 1]
    wrong += [f"事项 {number} 列为未排 {count} 次" for number, count in left.items() if count > 1]
    wrong += [f"事项 {number} 既排入又列为未排" for number in left.keys() & times.keys()]
    last = month.days[-1]
    next_month = (last.replace(day=1) + timedelta(days=32)).replace(day=1)
    due = [task.id for task in month.tasks if task.due_on < next_month]
    wrong += [
        f"事项 {number} 应排而未排，也未说明" for number in due if not times[number] and not left[number]
    ]
    if schedule.mandatory != len(due):
        wrong.append("应排事项数不符")
    for one in schedule.unplaced:
        task = tasks.get(one.task)
        if task is None or one.reason not in _KNOWN or not one.detail:
            wrong.append(f"事项 {one.task} 未排原因不明")
        elif one.reason == "no_competence" and any(
            task.competence in who.competences for who in month.inspectors
        ):
            wrong.append(f"事项 {one.task} 称无人具备资质，实有人具备")
    return wrong
