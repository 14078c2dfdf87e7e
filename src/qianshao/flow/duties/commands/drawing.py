"""抽中义务 what a public draw decided becomes owed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import connection

from qianshao.base.policy.rules.library import Duty

_INSERT = """
INSERT INTO duties_obligation (entity_id, station_id, duty_code, duty_version, field, level, asked_by, competence, minutes,
    release_on, due_on, origin, origin_ref, period, state, done_ref, cancelled_reason)
SELECT e.id, e.station_id, %(code)s, %(version)s, %(field)s, %(level)s, %(unit)s, %(competence)s, least(%(minutes)s, 280),
    %(release_on)s, %(due_on)s, 'draw', %(draw)s, %(period)s, 'open', '', ''
FROM registry_entity e
WHERE e.credit_code = ANY (%(codes)s) AND e.state = 'active' AND NOT EXISTS (SELECT FROM duties_obligation o
    WHERE o.entity_id = e.id AND o.duty_code = %(code)s AND o.state = 'open')
ON CONFLICT (entity_id, duty_code, period, origin_ref) DO NOTHING
"""


def owe_drawn(
    *, duty: Duty, codes: Sequence[str], release_on: date, due_on: date, draw: str, unit: str
) -> int:
    """抽中义务: the duty at every business drawn (credit codes), once, asked for by the `unit` whose draw it is; what is open
    there already is not owed twice.

    Runs inside the transaction that opens the draw. From then on the year's own sample of the duty is not derived at the
    stations that the draw reached. Returns how many were added.
    """
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
                "release_on": release_on,
                "due_on": due_on,
                "draw": draw,
                "period": str(due_on.year),
                "codes": list(codes),
            },
        )
        return int(cursor.rowcount)
