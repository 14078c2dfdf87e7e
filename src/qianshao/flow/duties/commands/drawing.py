"""抽中义务 what a public draw decided becomes owed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import connection

from qianshao.base.policy.rules.library import Duty
from qianshao.flow.duties.models import Obligation


@dataclass(frozen=True, slots=True)
class DrawnDoor:
    """抽中的一户 by credit code: its window, and the certificate numbers of the team drawn for it."""

    code: str
    release_on: date
    due_on: date
    officers: Sequence[str]


_INSERT = """
INSERT INTO duties_obligation (entity_id, station_id, duty_code, duty_version, field, level, asked_by, competence, minutes,
    release_on, due_on, origin, origin_ref, period, state, done_ref, cancelled_reason, drawn_officers)
SELECT e.id, e.station_id, %(code)s, %(version)s, %(field)s, %(level)s, %(unit)s, %(competence)s, least(%(minutes)s, 280),
    d.release_on, d.due_on, 'draw', %(draw)s, to_char(d.due_on, 'YYYY'), 'open', '', '',
    ARRAY(SELECT jsonb_array_elements_text(d.officers))
FROM jsonb_to_recordset(%(doors)s::jsonb) AS d (code text, release_on date, due_on date, officers jsonb)
JOIN registry_entity e ON e.credit_code = d.code
WHERE e.state = 'active' AND NOT EXISTS (SELECT FROM duties_obligation o
    WHERE o.entity_id = e.id AND o.duty_code = %(code)s AND o.state = 'open')
ON CONFLICT (entity_id, duty_code, period, origin_ref) DO NOTHING
"""


def owe_drawn(*, duty: Duty, doors: Sequence[DrawnDoor], draw: str, unit: str) -> int:
    """抽中义务: the duty at every business drawn, once, asked for by the `unit` whose draw it is; what is open there already is not
    owed twice.

    Runs inside the transaction that opens the draw. From then on the year's own sample of the duty is not derived at the
    stations that the draw reached. Returns how many were added.
    """
    told = [
        {
            "code": one.code,
            "release_on": one.release_on.isoformat(),
            "due_on": one.due_on.isoformat(),
            "officers": list(one.officers),
        }
        for one in doors
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT,
            {
                "code": duty.code,
                "version": duty.version,
                "field": duty.field,
                "level": duty.level,
                "unit": unit,
                "competence": duty.competence,
                "minutes": duty.minutes,
                "draw": draw,
                "doors": json.dumps(told),
            },
        )
        return int(cursor.rowcount)


def send_others(*, ids: Sequence[int], officers: Sequence[str]) -> int:
    """更换抽中人员 of obligations that are open. Runs inside the transaction of the act, whose event names the rows."""
    return Obligation.objects.filter(pk__in=ids, state=Obligation.State.OPEN).update(
        drawn_officers=list(officers)
    )
