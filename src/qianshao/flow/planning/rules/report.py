"""计划报告 what the plan does, against one visit per obligation and against the fewest entries possible."""

from __future__ import annotations

from collections import Counter
from math import ceil
from typing import Any

from qianshao.flow.planning.rules.model import Schedule, StationMonth
from qianshao.flow.planning.rules.stops import is_mandatory

REASONS = {
    "no_officers": "持证执法人员不足",
    "no_competence": "缺少资质人员",
    "certificate_expired": "资质人员证件失效或请假",
    "no_hours": "工时不足",
    "window_closed": "窗口内无工作日",
}


def report_of(month: StationMonth, schedule: Schedule) -> dict[str, Any]:
    """计划报告: figures of the plan; `gap` is entries above the lower bound as a share of it."""
    by_id = {task.id: task for task in month.tasks}
    placed = [task for visit in schedule.visits for task in visit.tasks]
    ahead = sum(not is_mandatory(by_id[task], month.days) for task in placed)
    visits = len(schedule.visits)
    used = sum(visit.minutes + visit.travel_minutes for visit in schedule.visits)
    left = Counter(one.reason for one in schedule.unplaced)
    return {
        "due": schedule.mandatory,
        "obligations": len(placed),
        "done_ahead": ahead,
        "visits": visits,
        "doors": len({visit.door for visit in schedule.visits}),
        "one_visit_each": len(placed),
        "saved": len(placed) - visits,
        "lower_bound": schedule.lower_bound,
        "gap": round((visits - schedule.lower_bound) / schedule.lower_bound, 4)
        if schedule.lower_bound
        else 0.0,
        "left_out": len(schedule.unplaced),
        "left_out_by_reason": [
            {"reason": reason, "label": REASONS[reason], "count": count}
            for reason, count in left.most_common()
        ],
        "missing": _missing(month, schedule),
        "splits": schedule.splits[:20],
        "splits_count": len(schedule.splits),
        "minutes_used": used,
        "minutes_available": schedule.capacity_minutes,
        "travel_km": round(schedule.travel_km, 1),
        "teams": len({visit.team for visit in schedule.visits}),
        "officers": len(month.inspectors),
        "working_days": len(month.days),
    }


def _missing(month: StationMonth, schedule: Schedule) -> list[str]:
    """What an infeasible month lacks, in person-days per competence or in all."""
    by_id = {task.id: task for task in month.tasks}
    minutes: Counter[tuple[str, str]] = Counter()
    for one in schedule.unplaced:
        minutes[one.reason, by_id[one.task].competence] += by_id[one.task].minutes
    words = []
    for (reason, competence), total in minutes.most_common():
        days = ceil(total / month.bounds.minutes_per_day) * month.bounds.team_minimum
        if reason in {"no_competence", "certificate_expired"}:
            words.append(f"缺少“{competence}”资质人员，约 {days} 人·天")
        elif reason in {"no_hours", "no_officers"}:
            words.append(f"“{competence}”事项工时不足，约缺 {days} 人·天")
    return words
