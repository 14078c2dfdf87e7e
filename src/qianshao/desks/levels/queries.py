"""三级联动 what each level asked for and what became of it, put together from the rooms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from qianshao.base.access.rules import Scope
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.base.stations.queries import stations
from qianshao.flow.campaigns.queries import campaign
from qianshao.flow.duties.queries import asker_names, duty_name
from qianshao.flow.duties.rules import UNIT_DIGITS
from qianshao.flow.fieldwork.queries import problems_found
from qianshao.flow.planning.queries.levels import (
    FIGURES,
    KINDS,
    AskedRow,
    Progress,
    StationProgress,
    asked_rows,
    campaign_progress,
    progress_by_asker,
)

_LEVELS = {digits: level for level, digits in UNIT_DIGITS.items()}


@dataclass(frozen=True, slots=True)
class Asker:
    """一个提出单位 with the progress of what it asked for, as a whole and by kind."""

    unit: str
    name: str
    level: str
    whole: Progress
    kinds: tuple[Progress, ...]


@dataclass(frozen=True, slots=True)
class AskedCard:
    """一项 as shown, with its names."""

    row: AskedRow
    duty_name: str
    asked_by_name: str


@dataclass(frozen=True, slots=True)
class CampaignStation:
    """一所 in a campaign, with the doors at which it found problems and how many items failed."""

    progress: StationProgress
    doors_with_problems: int
    problems: int


def within_scope(scope: Scope, unit: str) -> Scope:
    """The scope, or one unit of it. Raises `Refusal` 404 for a unit outside."""
    if unit and not scope.covers(unit):
        raise Refusal("not_found", "没有找到这个单位。", status=404)
    return Scope(prefix=unit or scope.prefix, role=scope.role, account_id=scope.account_id)


def levels(*, scope: Scope, unit: str = "", first: date, last: date, today: date) -> list[Asker]:
    """三级联动 for a unit of the scope: the city, then the districts, then the stations, each with what it asked for."""
    own = within_scope(scope, unit)
    found: dict[str, list[Progress]] = {}
    for one in progress_by_asker(scope=own, first=first, last=last, today=today):
        found.setdefault(one.asked_by, []).append(one)
    names = unit_names(own, set(found))
    return [
        Asker(
            code,
            names[code],
            _LEVELS[len(code)],
            _sum(code, kinds),
            tuple(sorted(kinds, key=lambda one: KINDS.index(one.kind))),
        )
        for code, kinds in sorted(found.items(), key=lambda pair: (len(pair[0]), pair[0]))
    ]


def unit_names(scope: Scope, units: set[str]) -> dict[str, str]:
    """单位名称: 本所 for a station that looks at itself, its name for whoever is above it."""
    known = {one.code: one.name for one in stations()}
    mine = asker_names(units)
    return {unit: mine[unit] if unit == scope.prefix else known.get(unit, mine[unit]) for unit in units}


def _sum(unit: str, kinds: list[Progress]) -> Progress:
    return Progress(unit, "", *(sum(getattr(one, figure) for one in kinds) for figure in FIGURES))


def asked_cards(
    *,
    scope: Scope,
    unit: str,
    first: date,
    last: date,
    today: date,
    asked_by: str,
    kind: str,
    figure: str,
    after: tuple[date, int] | None,
    limit: int,
) -> list[AskedCard]:
    """The rows behind one figure, a page of `limit`."""
    own = within_scope(scope, unit)
    rows = asked_rows(
        scope=own,
        first=first,
        last=last,
        today=today,
        asked_by=asked_by,
        kind=kind,
        figure=figure,
        after=after,
        limit=limit,
    )
    names = unit_names(own, {row.asked_by for row in rows})
    return [
        AskedCard(
            row,
            duty_name(code=row.duty_code, day=today),
            names[row.asked_by],
        )
        for row in rows
    ]


def campaign_stations(*, scope: Scope, campaign_id: int, today: date) -> list[CampaignStation]:
    """专项进度 of a campaign that the scope may see, by station of the scope. Raises `Refusal` 404."""
    if campaign(scope=scope, campaign_id=campaign_id) is None:
        raise Refusal("not_found", "没有找到这个专项行动。", status=404)
    ref = f"campaign:{campaign_id}"
    problems = problems_found(scope=scope, origin_ref=ref)
    return [
        CampaignStation(one, *problems.get(one.code, (0, 0)))
        for one in campaign_progress(scope=scope, ref=ref, today=today)
    ]
