"""What draws there are, and what of them may be shown: nothing of a sealed list."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q

from qianshao.base.access.queries import within
from qianshao.base.access.rules import Scope
from qianshao.base.records.queries import job_run
from qianshao.base.stations.queries import officers
from qianshao.flow.draws.models import Draw, DrawChange
from qianshao.flow.draws.rules.changing import Change, team_after, words_of
from qianshao.flow.draws.rules.listing import DrawList, list_of
from qianshao.flow.draws.rules.spreading import turns
from qianshao.flow.registry.queries.conflicts import conflicts
from qianshao.flow.registry.queries.filing import by_code

_ZONE = ZoneInfo("Asia/Shanghai")
_SEALED = {Draw.State.FREEZING, Draw.State.FROZEN, Draw.State.COMMITTED, Draw.State.CANCELLED}
_TOLD_EARLY = {"expected", "excluded", "conflicts", "expired", "cap"}


@dataclass(frozen=True, slots=True)
class DrawCard:
    """抽取 as shown. The first number entered stays hidden until the second person has entered theirs. `failure`: why the list
    could not be made, where the background act broke off."""

    id: int
    title: str
    unit: str
    duty_codes: list[str]
    used_from: date
    used_until: date
    state: str
    state_label: str
    hash: str
    failure: str
    objects_listed: int
    figures: dict[str, Any]
    list_hash: str
    made_at: datetime
    made_by: str
    source: str
    beacon_chain: str
    beacon_round: int | None
    commitment: str
    committed_at: datetime | None
    first_name: str
    second_name: str
    drawn_at: datetime | None
    opened_at: datetime | None
    published_at: datetime | None
    announcement_hash: str
    cancelled_reason: str


@dataclass(frozen=True, slots=True)
class Pick:
    """抽中的一户 as drawn, in the order of the tickets."""

    object: str
    station: str
    departments: tuple[str, ...]
    team: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DrawnCard:
    """抽中的一户 as shown: in which month it is due, who goes now, None once it is passed over; `away` are those of the team who
    have declared a conflict since."""

    place: int
    object: str
    entity_id: int | None
    name: str
    station_code: str
    departments: tuple[str, ...]
    due_on: date
    drawn: tuple[str, ...]
    team: tuple[str, ...] | None
    away: tuple[str, ...]


def draws(*, scope: Scope, limit: int = 200) -> list[DrawCard]:
    """抽取 of the unit, of those below it and of those above it, newest first."""
    return [_card(row) for row in Draw.objects.filter(_seen(scope)).order_by("-id")[:limit]]


def draw(*, scope: Scope, draw_id: int) -> DrawCard | None:
    """One draw that the scope may see, or None."""
    row = Draw.objects.filter(_seen(scope), pk=draw_id).first()
    return _card(row) if row else None


def announcement_file(*, scope: Scope, draw_id: int) -> Path | None:
    """公告 of a published draw that the scope may see, or None."""
    row = Draw.objects.filter(_seen(scope), pk=draw_id, state=Draw.State.PUBLISHED).first()
    return folder_of(row.pk) / "announcement.txt" if row else None


def drawn_doors(
    *, scope: Scope, draw_id: int, today: date, after: int = 0, limit: int = 50, object: str = ""
) -> list[DrawnCard]:
    """抽中对象 of an opened draw within the scope, in the order of the tickets: a page of `limit` after the place `after`, or the
    one of a credit code. Nothing while the list is sealed."""
    opened = (Draw.State.OPENED, Draw.State.PUBLISHED)
    row = Draw.objects.filter(_seen(scope), pk=draw_id, state__in=opened).first()
    if row is None or row.opened_at is None:
        return []
    picks = picks_of(draw_id=draw_id)
    day = row.opened_at.astimezone(_ZONE).date()
    windows = turns(len(picks), row.used_from, row.used_until, opened_on=day, release_days=0)
    mine = [
        (place, pick)
        for place, pick in enumerate(picks, start=1)
        if place > after and scope.covers(pick.station) and object in {"", pick.object}
    ][:limit]
    known = by_code(scope=scope, codes=[pick.object for _, pick in mine])
    changed = changes_of(draw_id=draw_id)
    apart = _apart(scope, today, row.used_until)
    found = []
    for place, pick in mine:
        entity, name = known.get(pick.object, (None, ""))
        team = team_after(pick.team, [one for one in changed if one.object == pick.object])
        found.append(
            DrawnCard(
                place=place,
                object=pick.object,
                entity_id=entity,
                name=name,
                station_code=pick.station,
                departments=pick.departments,
                due_on=windows[place - 1].due_on,
                drawn=pick.team,
                team=team,
                away=tuple(who for who in team or () if (who, entity) in apart),
            )
        )
    return found


def _apart(scope: Scope, first: date, last: date) -> set[tuple[str, int | None]]:
    """Conflicts in force between two days: (certificate number, entity)."""
    pairs = conflicts(scope=scope, on=min(first, last), until=last)
    number = {one.id: one.certificate_no for one in officers(prefix=scope.prefix)} if pairs else {}
    return {(number[who], where) for who, where in pairs if who in number}


def changes(*, scope: Scope, draw_id: int) -> list[Change]:
    """人工调整 of a draw that the scope may see, in order."""
    if not Draw.objects.filter(_seen(scope), pk=draw_id).exists():
        return []
    return changes_of(draw_id=draw_id)


def changes_of(*, draw_id: int) -> list[Change]:
    """人工调整 as they are published."""
    return [
        Change(
            object=row.object,
            kind=row.kind,
            what=words_of(row.kind, row.leaves, row.joins),
            reason=row.reason,
            by=row.by,
            at=row.at.astimezone(_ZONE).isoformat(),
            leaves=row.leaves,
            joins=row.joins,
        )
        for row in DrawChange.objects.filter(draw_id=draw_id).order_by("id")
    ]


def picks_of(*, draw_id: int) -> list[Pick]:
    """抽中对象 from the draw's own file. For the acts on a draw; what may be shown is told by `drawn_doors`."""
    found: Sequence[Any] = json.loads((folder_of(draw_id) / "picked.json").read_bytes())
    return [Pick(one[0], one[1], tuple(one[2]), tuple(one[3])) for one in found]


def frozen_head(*, draw_id: int) -> DrawList:
    """名单抬头: the frozen list without its rows."""
    with (folder_of(draw_id) / "list.txt").open("rb") as file:
        return list_of(json.loads(file.readline()), (), (), ())


def folder_of(draw_id: int) -> Path:
    """Where the files of a draw lie."""
    return Path(settings.DRAWS_ROOT) / str(draw_id)


def _seen(scope: Scope) -> Q:
    above = [scope.prefix[:digits] for digits in (4, 6) if digits < len(scope.prefix)]
    return within(scope, "unit") | Q(unit__in=above)


def _card(row: Draw) -> DrawCard:
    computed = {"state_label", "figures", "failure"}
    values = {name: getattr(row, name) for name in DrawCard.__slots__ if name not in computed}
    figures = {
        key: value for key, value in row.figures.items() if row.state not in _SEALED or key in _TOLD_EARLY
    }
    run = job_run(run_id=row.freeze_run) if row.state == Draw.State.FREEZING and row.freeze_run else None
    failure = run.failure if run else ""
    return DrawCard(**values, state_label=row.get_state_display(), figures=figures, failure=failure)
