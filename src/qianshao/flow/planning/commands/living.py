"""变更 a plan that lives: a visit moved or locked by hand, the whole plan mended after something has happened."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from qianshao.base.access.queries import within
from qianshao.base.access.rules import EVERYTHING, Scope
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.base.records.commands import record_event
from qianshao.base.records.rules import Actor
from qianshao.base.stations.commands import record_leave
from qianshao.base.stations.models import Officer
from qianshao.base.tables.rules.spreading import apart
from qianshao.flow.duties.queries import duties_on, rows_by_id
from qianshao.flow.planning.commands.making import save_left_out, save_visits
from qianshao.flow.planning.models import LeftOut, MonthPlan, Visit, VisitOfficer, VisitTask
from qianshao.flow.planning.queries.problem import living_plan
from qianshao.flow.registry.queries.filing import names_of
from qianshao.flow.scheduling.rules.bounds import set_bounds
from qianshao.flow.scheduling.rules.model import PlannedVisit, Schedule, StationMonth
from qianshao.flow.scheduling.rules.moving import moved
from qianshao.flow.scheduling.rules.replanning import Replanned, replan
from qianshao.flow.scheduling.rules.report import named_doors, report_of
from qianshao.flow.scheduling.rules.solving import set_capacity
from qianshao.flow.scheduling.rules.stops import open_windows
from qianshao.flow.scheduling.rules.verify import broken_rules, newly_broken

_APART = 10_000
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Leave:
    """请假 that makes the change necessary."""

    officer_id: int
    from_on: date
    to_on: date
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """一处变更 of a plan: what happened to one visit. `kind`: moved, team, added, dropped."""

    kind: str
    entity_id: int
    entity_name: str
    was_on: date | None
    now_on: date | None
    was_team: int | None
    now_team: int | None


@dataclass(frozen=True, slots=True)
class Adjustment:
    """变更结果: visits that stayed as they were, what changed, how many obligations found no place now, and what still stands
    against a rule because a person locked it or it is done."""

    kept: int
    changes: tuple[Change, ...]
    left_out: int
    warnings: tuple[str, ...]


def move_visit(
    *,
    visit_id: int,
    day: date,
    team: int,
    version: int,
    reason: str,
    by: Actor,
    at: datetime,
    today: date,
    scope: Scope,
) -> Visit:
    """改期 of one visit to another day or team, with a reason. The checker judges the plan as it would be: a move that breaks a
    rule is refused, the rule named, and nothing changes. Raises `Refusal`: not found, not waiting any more, changed by
    somebody else meanwhile, into the past, no reason, a broken rule."""
    if not reason.strip():
        raise Refusal("reason_needed", "改期须说明原因。", field="reason", status=422)
    with transaction.atomic():
        plan, visit = _locked_visit(visit_id, scope)
        if visit.version != version:
            raise Refusal("changed_meanwhile", "这次检查刚被别人改过，请刷新后再改。", status=409)
        if day < today:
            raise Refusal("in_the_past", "不能改到今天以前。", field="day", status=422)
        if (visit.visit_on, visit.team) == (day, team):
            return visit
        month, schedule, numbers = _living(plan, scope, today)
        place = next(place for place, number in numbers.items() if number == visit_id)
        after = moved(month, schedule, place, day=day, team=team)
        if broken := newly_broken(month, schedule, after):
            own = f"{day} 第 {team} 组 主体 {visit.entity_id}："
            lines = [in_words(line.removeprefix(own), month, today) for line in broken[:_SHOWN]]
            raise Refusal(
                "move_breaks_rules",
                f"不能改到 {day} 第 {team} 组：" + "；".join(lines) + "。",
                remedy="请换一天或换一组；确需安排的，先调整人员或事项。",
                field="day",
            )
        rewrite_visits(
            [
                (numbers[at_], new)
                for at_, (old, new) in enumerate(zip(schedule.visits, after.visits, strict=True))
                if old != new
            ]
        )
        Visit.objects.filter(pk=visit_id).update(version=F("version") + 1)
        refresh_report(plan, month, after)
        record_event(
            by=by,
            at=at,
            verb="move_visit",
            subject=("visit", visit_id),
            unit=plan.station_id,
            payload={
                "from": [visit.visit_on.isoformat(), visit.team],
                "to": [day.isoformat(), team],
                "reason": reason.strip(),
            },
            rows=[("planning_month_plan", plan.pk)],
        )
    visit.refresh_from_db()
    return visit


def lock_visit(*, visit_id: int, locked: bool, by: Actor, at: datetime, scope: Scope) -> Visit:
    """锁定 or 解除锁定: a locked visit keeps its day and team when the plan is mended. Raises `Refusal`: not found, settled."""
    with transaction.atomic():
        plan, visit = _locked_visit(visit_id, scope)
        if visit.locked != locked:
            visit.locked = locked
            visit.save(update_fields=["locked"])
            record_event(
                by=by,
                at=at,
                verb="lock_visit",
                subject=("visit", visit_id),
                unit=plan.station_id,
                payload={"locked": locked},
            )
    return visit


def adjust_plan(
    *,
    plan_id: int,
    reason: str,
    by: Actor,
    at: datetime,
    today: date,
    scope: Scope,
    leave: Leave | None = None,
) -> Adjustment:
    """变更重排: mend the plan after an illness, a closed door, a new obligation or missed visits, changing as little as possible.

    Done and locked visits stay; new obligations due in the month are taken in. Visits that move get a new version, so that a
    phone that still holds the old one is asked. `leave` is recorded in the same act. Raises `Refusal`: not found, withdrawn, month over, no reason, or a result
    that the checker refuses (nothing is changed then).
    """
    if not reason.strip():
        raise Refusal("reason_needed", "变更计划须说明原因。", field="reason", status=422)
    with transaction.atomic():
        plan = MonthPlan.objects.select_for_update().filter(within(scope), pk=plan_id).first()
        if plan is None or plan.state == MonthPlan.State.WITHDRAWN:
            raise Refusal("not_found", "没有找到这个计划，或已撤回。", status=404)
        if leave is not None:
            record_leave(**asdict(leave), prefix=plan.station_id, by=by, at=at)
        month, schedule, numbers = _living(plan, scope, today, open_ones=True)
        if month.days[-1] < today:
            raise Refusal("month_over", f"{plan.month:%Y年%-m月}已没有可安排的工作日。", status=422)
        standing = dict(Visit.objects.in_bulk(numbers.values()))
        fixed = frozenset(
            place
            for place, number in numbers.items()
            if standing[number].state == Visit.State.DONE or standing[number].locked
        )
        replanned: Replanned = apart(replan, month, schedule.visits, fixed, today)
        if wrong := newly_broken(month, schedule, replanned.schedule):
            raise Refusal("plan_breaks_rules", f"变更结果未通过核验，未保存：{wrong[0]}", status=500)
        result = replace(
            _save(plan, month, schedule, replanned.schedule, replanned.before, numbers),
            warnings=tuple(in_words(one, month, today) for one in broken_rules(month, replanned.schedule)),
        )
        record_event(
            by=by,
            at=at,
            verb="adjust_plan",
            subject=("plan", plan.pk),
            unit=plan.station_id,
            payload={
                "reason": reason.strip(),
                "kept": result.kept,
                "changes": [
                    {name: str(value) for name, value in asdict(one).items() if value is not None}
                    for one in result.changes
                ][:200],
                "left_out": result.left_out,
            },
            rows=[("planning_month_plan", plan.pk)],
        )
    return result


def _locked_visit(visit_id: int, scope: Scope) -> tuple[MonthPlan, Visit]:
    """The visit and its plan, both held until the end of the transaction: the plan first, so that two movers wait in line."""
    plan_id = Visit.objects.filter(within(scope), pk=visit_id).values_list("plan_id", flat=True).first()
    if plan_id is None:
        raise Refusal("not_found", "没有找到这次检查。", status=404)
    plan = MonthPlan.objects.select_for_update().get(pk=plan_id)
    visit = Visit.objects.select_for_update().get(pk=visit_id)
    if visit.state != Visit.State.PLANNED:
        raise Refusal("visit_not_open", "该次检查已完成或已取消。")
    return plan, visit


def _living(
    plan: MonthPlan, scope: Scope, today: date, *, open_ones: bool = False
) -> tuple[StationMonth, Schedule, dict[int, int]]:
    return living_plan(
        scope=scope,
        plan_id=plan.pk,
        station=plan.station_id,
        month=plan.month,
        today=today,
        seed=plan.seed,
        open_ones=open_ones,
    )


def in_words(line: str, month: StationMonth, today: date) -> str:
    """A line of the checker with names in place of numbers, and the window of each check it speaks of."""
    tasks = {str(task.id): task for task in month.tasks}
    codes = {str(row.pk): row.duty_code for row in rows_by_id(scope=EVERYTHING, ids=list(map(int, tasks)))}
    doors = {one: int(one) for one in re.findall(r"主体 (\d+)", line)}
    names = names_of(scope=EVERYTHING, entity_ids=list(doors.values()))
    people = dict(Officer.objects.filter(pk__in=re.findall(r"人员 (\d+)", line)).values_list("pk", "name"))

    def check(found: re.Match[str]) -> str:
        task = tasks.get(found[1])
        duty = duties_on(today).get(codes.get(found[1], ""))
        if task is None or duty is None:
            return found[0]
        return f"“{duty.name}”（窗口 {task.release_on} 至 {task.due_on}）"

    line = re.sub(r"主体 (\d+)", lambda found: names.get(int(found[1]), found[0]), line)
    line = re.sub(r"人员 (\d+)", lambda found: people.get(int(found[1]), found[0]), line)
    return re.sub(r"事项 (\d+) ?", check, line)


def rewrite_visits(pairs: Sequence[tuple[int, PlannedVisit]]) -> None:
    """改写排定的检查: give visits their new day, team, order, way and people; what is done stays as it was. The order numbers step aside
    first: each is unique in its team-day at any moment."""
    waiting = Visit.objects.filter(pk__in=[number for number, _ in pairs], state=Visit.State.PLANNED)
    numbers = set(waiting.values_list("pk", flat=True))
    pairs = [pair for pair in pairs if pair[0] in numbers]
    Visit.objects.filter(pk__in=numbers).update(sequence=F("sequence") + _APART)
    Visit.objects.bulk_update(
        [
            Visit(
                pk=number,
                visit_on=one.day,
                team=one.team,
                sequence=one.sequence,
                minutes=one.minutes,
                travel_minutes=one.travel_minutes,
                starts_at=one.starts_at,
            )
            for number, one in pairs
        ],
        ["visit_on", "team", "sequence", "minutes", "travel_minutes", "starts_at"],
    )
    VisitOfficer.objects.filter(visit_id__in=numbers).delete()
    VisitOfficer.objects.bulk_create(
        VisitOfficer(visit_id=number, officer_id=officer, lead=place == 0)
        for number, one in pairs
        for place, officer in enumerate(one.officers)
    )


def _save(
    plan: MonthPlan,
    month: StationMonth,
    old: Schedule,
    new: Schedule,
    before: Sequence[int | None],
    numbers: dict[int, int],
) -> Adjustment:
    """Write what changed. A visit keeps its number where it can be known again; what has none is new."""
    seen: set[int] = set()
    kept: list[tuple[int, PlannedVisit]] = []
    added: list[PlannedVisit] = []
    for was, one in zip(before, new.visits, strict=True):
        if was is None or was in seen:
            added.append(one)
        else:
            seen.add(was)
            kept.append((was, one))
    gone = [place for place in numbers if place not in seen]
    changed = [(was, one) for was, one in kept if old.visits[was] != one]
    _drop([numbers[place] for place in gone])
    asked_anew = [numbers[was] for was, one in changed if _promise(old.visits[was]) != _promise(one)]
    VisitTask.objects.filter(visit_id__in=asked_anew).update(active=False)
    rewrite_visits([(numbers[was], one) for was, one in changed])
    Visit.objects.filter(pk__in=asked_anew).update(version=F("version") + 1)
    _carry([(numbers[was], one) for was, one in changed if numbers[was] in set(asked_anew)])
    save_visits(plan, added)
    LeftOut.objects.filter(plan=plan).delete()
    save_left_out(plan, new)
    refresh_report(plan, month, new)
    names = names_of(
        scope=Scope(prefix=plan.station_id, role="station_head"),
        entity_ids=[one.door for one in [*old.visits, *new.visits]],
    )
    changes = [_change(names, None, one) for one in added] + [
        _change(names, old.visits[place], None) for place in gone
    ]
    changes += [
        _change(names, old.visits[was], one)
        for was, one in changed
        if (old.visits[was].day, old.visits[was].team, old.visits[was].officers)
        != (one.day, one.team, one.officers)
    ]
    touched = sum(one.kind in {"moved", "team"} for one in changes)
    return Adjustment(len(numbers) - len(gone) - touched, tuple(changes), len(new.unplaced), ())


def _promise(visit: PlannedVisit) -> tuple[Any, ...]:
    """What a phone was told: when, by whom, what."""
    return visit.day, visit.team, visit.officers, visit.tasks


def _change(names: dict[int, str], was: PlannedVisit | None, now: PlannedVisit | None) -> Change:
    one = now or was
    assert one is not None
    kind = "added" if was is None else "dropped" if now is None else "moved" if was.day != now.day else "team"
    return Change(
        kind,
        one.door,
        names.get(one.door, ""),
        was.day if was else None,
        now.day if now else None,
        was.team if was else None,
        now.team if now else None,
    )


def _drop(numbers: Sequence[int]) -> None:
    VisitTask.objects.filter(visit_id__in=numbers).update(active=False)
    Visit.objects.filter(pk__in=numbers).update(state=Visit.State.CANCELLED, version=F("version") + 1)


def _carry(pairs: Sequence[tuple[int, PlannedVisit]]) -> None:
    VisitTask.objects.bulk_create(
        VisitTask(visit_id=number, obligation_id=task) for number, one in pairs for task in one.tasks
    )


def refresh_report(plan: MonthPlan, month: StationMonth, schedule: Schedule) -> None:
    """The plan's figures as they are now; the bounds and the calendar it was made under stay."""
    schedule.window_bound = schedule.lower_bound = schedule.capacity_minutes = schedule.capacity_doors = 0
    set_bounds(month, open_windows(month), schedule)
    set_capacity(month, schedule)
    names = names_of(
        scope=Scope(prefix=plan.station_id, role="station_head"), entity_ids=named_doors(month, schedule)
    )
    plan.report = plan.report | report_of(month, schedule, names)
    plan.save(update_fields=["report"])
