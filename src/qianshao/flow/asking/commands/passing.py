"""人工调整抽取 what was drawn is changed by hand: a check that is taken back leaves the visit that was to carry it."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from qianshao.base.access.rules import Scope
from qianshao.base.records.rules import Actor
from qianshao.flow.draws.commands.changing import change_drawn
from qianshao.flow.draws.rules.changing import PASS_OVER
from qianshao.flow.planning.commands.joining import let_go


def change_draw(
    *,
    draw_id: int,
    object: str,
    kind: str,
    reason: str,
    scope: Scope,
    by: Actor,
    at: datetime,
    today: date,
    leaves: str = "",
    joins: str = "",
) -> None:
    """人工调整抽取 as `change_drawn`; an object passed over leaves the plans too. Raises `Refusal` as it does; then nothing changes."""
    with transaction.atomic():
        _, waiting = change_drawn(
            draw_id=draw_id,
            object=object,
            kind=kind,
            reason=reason,
            scope=scope,
            by=by,
            at=at,
            today=today,
            leaves=leaves,
            joins=joins,
        )
        if kind == PASS_OVER and waiting:
            let_go(obligations=waiting)
