"""What is known of the doors of a campaign before it begins: who is entered anyway."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import connection

from qianshao.base.access.rules import Scope
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.flow.campaigns.queries import campaign, origin
from qianshao.flow.duties.queries import duties_on, planning_parameters, targeted
from qianshao.flow.planning.queries.entries import near_doors_sql

_NOTICE = """
WITH doors AS (SELECT DISTINCT a.entity_id FROM ({targeted}) a WHERE NOT a.left_alone AND NOT EXISTS (SELECT FROM duties_obligation o
    WHERE o.entity_id = a.entity_id AND o.duty_code = a.duty_code AND o.state = 'open' AND o.release_on <= %s))
SELECT count(*), count(n.planned_on), count(*) FILTER (WHERE n.planned_on BETWEEN %s AND %s),
    count(*) FILTER (WHERE n.planned_on IS NULL AND n.entered_on IS NOT NULL)
FROM doors d LEFT JOIN ({near}) n USING (entity_id)
"""


@dataclass(frozen=True, slots=True)
class Notice:
    """进门提示 for a campaign: of its doors with checks that are new, how many are planned to be entered within `days`, how many of
    those within its window (they can be joined), and how many were entered within `days` before."""

    days: int
    doors: int
    planned: int
    joinable: int
    entered: int

    @property
    def near(self) -> int:
        """Doors entered lately or soon."""
        return self.planned + self.entered


def campaign_notice(*, scope: Scope, campaign_id: int, today: date) -> Notice:
    """进门提示 for a campaign of the scope. Raises `Refusal`: not found."""
    one = campaign(scope=scope, campaign_id=campaign_id)
    if one is None:
        raise Refusal("not_found", "没有找到这个专项行动。", status=404)
    days = int(planning_parameters(today)["entry_notice_days"].value)
    known = duties_on(today)
    duties = [known[code] for code in one.duty_codes if code in known]
    if not duties:
        return Notice(days, 0, 0, 0, 0)
    own = origin(unit=one.unit, from_above=one.from_above, today=today) == "campaign"
    rows, parameters = targeted(
        duties=duties, target=one.target, unit=one.unit, excused_on=today if own else None
    )
    near, its_own = near_doors_sql(scope=scope, today=today, days=days)
    with connection.cursor() as cursor:
        cursor.execute(
            _NOTICE.format(targeted=rows, near=near),
            [*parameters, one.last_on, one.first_on, one.last_on, *its_own],
        )
        return Notice(days, *cursor.fetchone())
