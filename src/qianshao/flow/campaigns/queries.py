"""What campaigns there are, and whom one would reach before it is decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Q

from qianshao.base.access.queries import within
from qianshao.base.access.rules import Scope
from qianshao.base.policy.rules.library import Duty, Parameter, load_parameters
from qianshao.flow.campaigns.models import Campaign
from qianshao.flow.campaigns.rules import origin_of
from qianshao.flow.duties.queries import asker_names, inspection_caps, planning_parameters, targeted
from qianshao.flow.duties.rules import UNIT_DIGITS

_REACH = """
WITH asked AS ({targeted}),
told AS (SELECT a.*, NOT a.left_alone AND EXISTS (SELECT FROM duties_obligation o WHERE o.entity_id = a.entity_id AND o.duty_code = a.duty_code
    AND o.state = 'open' AND o.release_on <= %s) AS carried FROM asked a)
SELECT station_id, duty_code, count(*), count(DISTINCT entity_id), count(*) FILTER (WHERE carried),
    count(DISTINCT entity_id) FILTER (WHERE NOT carried AND NOT left_alone),
    coalesce(sum(minutes) FILTER (WHERE NOT carried AND NOT left_alone), 0), count(*) FILTER (WHERE left_alone)
FROM told GROUP BY GROUPING SETS ((), (station_id), (duty_code)) ORDER BY station_id, duty_code
"""


@dataclass(frozen=True, slots=True)
class Part:
    """一部分 of what a campaign reaches: at one station, or of one duty; `carried` are checks that are owed there already."""

    code: str
    doors: int
    checks: int
    carried: int
    minutes: int


@dataclass(frozen=True, slots=True)
class Reach:
    """涉及范围: doors, checks, how many of them are owed already, from how many a business left alone is excused, and the hours of the
    others (entering included, ways not)."""

    doors: int
    checks: int
    carried: int
    excused: int
    new_doors: int
    minutes: int
    hours: float
    by_duty: tuple[Part, ...]
    by_station: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class CampaignCard:
    """专项行动 as shown."""

    id: int
    unit: str
    unit_name: str
    number: str
    title: str
    purpose: str
    basis: str
    duty_codes: list[str]
    target: dict[str, Any]
    first_on: date
    last_on: date
    from_above: bool
    above_ref: str
    state: str
    state_label: str
    reach: dict[str, Any]
    made_at: datetime
    made_name: str
    submitted_at: datetime | None
    submitted_name: str
    returned_reason: str
    approval_ref: str
    approved_on: date | None
    approved_body: str
    approved_name: str
    filed_on: date | None
    filed_ref: str
    started_at: datetime | None
    ended_at: datetime | None
    ended_reason: str


@lru_cache(maxsize=4)
def campaign_parameters(day: date) -> dict[str, Parameter]:
    """专项行动的规则与设置 in force on a day."""
    return load_parameters(Path(settings.POLICY_DIR), "campaigns", day)


def campaigns(
    *, scope: Scope, state: str = "", before: int | None = None, limit: int = 50
) -> list[CampaignCard]:
    """专项行动 of the unit and of those below it, and what the units above have decided; newest first, a page of `limit` before
    the number `before`."""
    rows = Campaign.objects.filter(_seen(scope)).order_by("-id")
    if state:
        rows = rows.filter(state=state)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return _cards(list(rows[:limit]))


def campaign(*, scope: Scope, campaign_id: int) -> CampaignCard | None:
    """One campaign that the scope may see, or None."""
    return next(iter(_cards(list(Campaign.objects.filter(_seen(scope), pk=campaign_id)))), None)


def _seen(scope: Scope) -> Q:
    above = [scope.prefix[:digits] for digits in UNIT_DIGITS.values() if digits < len(scope.prefix)]
    decided = Q(state__in=[Campaign.State.APPROVED, Campaign.State.RUNNING, Campaign.State.CLOSED])
    begun = Q(state=Campaign.State.WITHDRAWN, started_at__isnull=False)
    return within(scope, "unit") | Q(unit__in=above) & (decided | begun)


def _cards(rows: list[Campaign]) -> list[CampaignCard]:
    names = asker_names({row.unit for row in rows})
    told = {"unit_name", "number", "state_label"}
    return [
        CampaignCard(
            **{
                name: getattr(row, "pk" if name == "id" else name)
                for name in CampaignCard.__slots__
                if name not in told
            },
            unit_name=names[row.unit],
            number=f"{row.year}-{row.sequence:02d}",
            state_label=row.get_state_display(),
        )
        for row in rows
    ]


def origin(*, unit: str, from_above: bool, today: date) -> str:
    """来源 of a campaign's checks, by the organ whose yearly number a station's entries add to."""
    return origin_of(unit, from_above=from_above, organ=inspection_caps(today).counts_for["station"])


def reach(
    *,
    scope: Scope,
    unit: str,
    duties: Sequence[Duty],
    target: Mapping[str, Any],
    last_on: date,
    today: date,
    from_above: bool = False,
) -> Reach:
    """涉及范围 of a campaign before it is decided, counted on the register as it is. A unit outside the scope reaches nobody."""
    if not duties or not scope.covers(unit):
        return Reach(0, 0, 0, 0, 0, 0, 0.0, (), ())
    excused_on = today if origin(unit=unit, from_above=from_above, today=today) == "campaign" else None
    rows, parameters = targeted(duties=duties, target=target, unit=unit, excused_on=excused_on)
    with connection.cursor() as cursor:
        cursor.execute(_REACH.format(targeted=rows), [*parameters, last_on])
        rows = cursor.fetchall()
    whole = next(row for row in rows if row[0] is None and row[1] is None)
    _, _, checks, doors, carried, fresh, minutes, excused = whole
    entering = int(planning_parameters(today)["door_minutes"].value)
    parts = [
        (row[0], row[1], Part(row[0] or row[1], row[3], row[2], row[4], row[6]))
        for row in rows
        if row is not whole
    ]
    return Reach(
        doors=doors,
        checks=checks,
        carried=carried,
        excused=excused,
        new_doors=fresh,
        minutes=minutes,
        hours=round((minutes + fresh * entering) / 60, 1),
        by_duty=tuple(part for station, _, part in parts if station is None),
        by_station=tuple(part for station, _, part in parts if station is not None),
    )
