"""两份计划对比: two versions of a station's month, or two of its months, side by side, and what happened to each door."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest

from qianshao.base.access.rules import Scope
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.flow.planning.models import MonthPlan, Visit, VisitOfficer
from qianshao.flow.planning.queries.plans import PlanCard, plan
from qianshao.flow.registry.queries.filing import names_of

_ORDER = {"moved": 0, "team": 1, "dropped": 2, "added": 3}


@dataclass(frozen=True, slots=True)
class Load:
    """一人的负担 in both plans: minutes at doors and on the way, entries."""

    officer_id: int
    name: str
    left_minutes: int
    right_minutes: int
    left_visits: int
    right_visits: int


@dataclass(frozen=True, slots=True)
class DoorChange:
    """一次进门的变化. `kind`: moved (another day), team (other people), dropped, added."""

    kind: str
    entity_id: int
    entity_name: str
    left_on: date | None
    right_on: date | None
    left_team: int | None
    right_team: int | None
    left_officers: tuple[str, ...]
    right_officers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """两份计划对比. `same`: entries that are alike in both; `months_apart`: two months are compared, so that days cannot be."""

    left: PlanCard
    right: PlanCard
    months_apart: bool
    same: int
    counts: dict[str, int]
    changes: tuple[DoorChange, ...]
    loads: tuple[Load, ...]


@dataclass(frozen=True, slots=True)
class _Entry:
    door: int
    on: date
    team: int
    people: tuple[int, ...]
    minutes: int


def comparison(*, scope: Scope, left_id: int, right_id: int) -> Comparison:
    """两份计划对比. A withdrawn plan is compared as it stood when it was withdrawn.

    Raises `Refusal`: a plan not found, the same plan twice, two stations.
    """
    left, right = (_card(scope, number) for number in (left_id, right_id))
    if left.id == right.id:
        raise Refusal("same_plan", "请选择两份不同的计划。", field="right", status=422)
    if left.station_code != right.station_code:
        raise Refusal("two_stations", "只能比较同一个监管所的计划。", field="right", status=422)
    apart = left.month != right.month
    before, after = _entries(left), _entries(right)
    names = _officer_names([*before, *after])
    pairs = _paired(before, after)
    doors = names_of(scope=scope, entity_ids=[one.door for one in [*before, *after]])
    changes = [change for was, now in pairs if (change := _change(was, now, doors, names, apart)) is not None]
    return Comparison(
        left=left,
        right=right,
        months_apart=apart,
        same=len(pairs) - len(changes),
        counts=dict(Counter(one.kind for one in changes)),
        changes=tuple(
            sorted(changes, key=lambda one: (_ORDER[one.kind], one.right_on or one.left_on, one.entity_name))
        ),
        loads=tuple(_loads(before, after, names)),
    )


def _card(scope: Scope, plan_id: int) -> PlanCard:
    card = plan(scope=scope, plan_id=plan_id)
    if card is None:
        raise Refusal("not_found", "没有找到这个计划。", status=404)
    return card


def _entries(card: PlanCard) -> list[_Entry]:
    rows = Visit.objects.filter(plan_id=card.id)
    if card.state == MonthPlan.State.WITHDRAWN and "stood" in card.report:
        rows = rows.filter(pk__in=card.report["stood"])
    elif card.state != MonthPlan.State.WITHDRAWN:
        rows = rows.exclude(state=Visit.State.CANCELLED)
    people: dict[int, list[int]] = {}
    links = VisitOfficer.objects.filter(visit__in=rows).order_by("-lead", "id")
    for visit, officer in links.values_list("visit_id", "officer_id"):
        people.setdefault(visit, []).append(officer)
    return [
        _Entry(
            row.entity_id,
            row.visit_on,
            row.team,
            tuple(people.get(row.pk, ())),
            row.minutes + row.travel_minutes,
        )
        for row in rows.order_by("entity_id", "visit_on", "id")
    ]


def _officer_names(entries: Sequence[_Entry]) -> dict[int, str]:
    numbers = {officer for one in entries for officer in one.people}
    rows = VisitOfficer.objects.filter(officer_id__in=numbers).distinct()
    return dict(rows.values_list("officer_id", "officer__name"))


def _paired(before: Sequence[_Entry], after: Sequence[_Entry]) -> list[tuple[_Entry | None, _Entry | None]]:
    """The entries of each door, first with first, second with second: those alike are paired before the others."""
    doors: dict[int, tuple[list[_Entry], list[_Entry]]] = {}
    for side, entries in enumerate((before, after)):
        for one in entries:
            doors.setdefault(one.door, ([], []))[side].append(one)
    pairs: list[tuple[_Entry | None, _Entry | None]] = []
    for left, right in doors.values():
        for one in list(left):
            other = next((other for other in right if other.on == one.on), None)
            if other is not None:
                pairs.append((one, other))
                left.remove(one)
                right.remove(other)
        pairs += zip_longest(left, right)
    return pairs


def _change(
    was: _Entry | None, now: _Entry | None, doors: dict[int, str], names: dict[int, str], apart: bool
) -> DoorChange | None:
    one = now or was
    assert one is not None
    if was is None or now is None:
        kind = "added" if was is None else "dropped"
    elif apart:
        return None
    elif was.on != now.on:
        kind = "moved"
    elif set(was.people) != set(now.people):
        kind = "team"
    else:
        return None
    return DoorChange(
        kind,
        one.door,
        doors.get(one.door, ""),
        was.on if was else None,
        now.on if now else None,
        was.team if was else None,
        now.team if now else None,
        tuple(names[officer] for officer in was.people) if was else (),
        tuple(names[officer] for officer in now.people) if now else (),
    )


def _loads(before: Sequence[_Entry], after: Sequence[_Entry], names: dict[int, str]) -> list[Load]:
    minutes: dict[int, list[int]] = {officer: [0, 0, 0, 0] for officer in names}
    for side, entries in enumerate((before, after)):
        for one in entries:
            for officer in one.people:
                minutes[officer][side] += one.minutes
                minutes[officer][2 + side] += 1
    ordered = sorted(minutes.items(), key=lambda pair: (-max(pair[1][:2]), pair[0]))
    return [Load(officer, names[officer], *found) for officer, found in ordered]
