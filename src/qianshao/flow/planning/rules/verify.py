"""计划核验 a plain checker of a planned month. It shares no code with the solver; a plan that fails is never saved."""

from __future__ import annotations

from collections import Counter

from qianshao.flow.planning.rules.model import Schedule, StationMonth


def broken_rules(month: StationMonth, schedule: Schedule) -> list[str]:
    """核验: every way in which the plan breaks the law or a bound, in words; empty when it holds."""
    wrong: list[str] = []
    tasks = {task.id: task for task in month.tasks}
    people = {one.id: one for one in month.inspectors}
    times: Counter[int] = Counter()
    minutes: Counter[tuple[object, int]] = Counter()
    doors: Counter[tuple[object, int]] = Counter()
    teams: dict[tuple[object, int], int] = {}
    for visit in schedule.visits:
        where = f"{visit.day} 第 {visit.team} 组 主体 {visit.door}"
        if visit.day not in month.days:
            wrong.append(f"{where}：不是工作日")
        if len(set(visit.officers)) < month.bounds.team_minimum:
            wrong.append(f"{where}：不足 {month.bounds.team_minimum} 人")
        held: set[str] = set()
        for officer in visit.officers:
            person = people.get(officer)
            if person is None:
                wrong.append(f"{where}：人员 {officer} 不得外出检查")
                continue
            if visit.day > person.certified_until or visit.day in person.away:
                wrong.append(f"{where}：人员 {officer} 当日证件失效或请假")
            if teams.setdefault((visit.day, officer), visit.team) != visit.team:
                wrong.append(f"{where}：人员 {officer} 同日在两个组")
            held |= person.competences
        for number in visit.tasks:
            task = tasks[number]
            times[number] += 1
            if task.door != visit.door:
                wrong.append(f"{where}：事项 {number} 不属于该主体")
            if task.competence not in held:
                wrong.append(f"{where}：无人具备“{task.competence}”")
            overdue = task.due_on < month.days[0]
            if not overdue and not task.release_on <= visit.day <= task.due_on:
                wrong.append(f"{where}：事项 {number} 不在窗口内")
        if visit.minutes < month.bounds.door_minutes + sum(tasks[number].minutes for number in visit.tasks):
            wrong.append(f"{where}：检查时间少算")
        minutes[visit.day, visit.team] += visit.minutes + visit.travel_minutes
        doors[visit.day, visit.team] += 1
    wrong += [f"事项 {number} 排了 {count} 次" for number, count in times.items() if count > 1]
    wrong += [
        f"{key} 超时：{spent} 分钟" for key, spent in minutes.items() if spent > month.bounds.minutes_per_day
    ]
    wrong += [
        f"{key} 超过每日户数" for key, count in doors.items() if count > month.bounds.doors_per_team_day
    ]
    left = {one.task for one in schedule.unplaced}
    wrong += [f"事项 {number} 既排入又列为未排" for number in left & set(times)]
    return wrong
