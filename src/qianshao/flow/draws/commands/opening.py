"""启封、公布、作废."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from qianshao.base.access.rules import Scope
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.base.records.rules import Actor
from qianshao.flow.draws.commands.keeping import close_announcement, lock_draw, record_draw
from qianshao.flow.draws.models import Draw
from qianshao.flow.draws.queries.draws import changes_of, picks_of
from qianshao.flow.draws.rules.changing import team_after
from qianshao.flow.draws.rules.spreading import turns
from qianshao.flow.draws.rules.stages import check_sealed
from qianshao.flow.duties.commands.drawing import DrawnDoor, owe_drawn
from qianshao.flow.duties.queries import duties_on, planning_parameters


def open_draw(*, draw_id: int, scope: Scope, by: Actor, at: datetime, today: date) -> Draw:
    """启封 on the first day of use, not before: what was drawn becomes obligations, each in its month of the period, with the team
    drawn for it, so that a plan can carry it. What was passed over by hand is not owed."""
    with transaction.atomic():
        draw = lock_draw(draw_id=draw_id, scope=scope, act="open")
        check_sealed(draw.used_from, today, "启封")
        known = duties_on(today)
        owed = {
            code: owe_drawn(duty=known[code], doors=doors, draw=f"draw:{draw.pk}", unit=draw.unit)
            for code, doors in _doors(draw, today).items()
            if code in known
        }
        draw.state, draw.opened_at = Draw.State.OPENED, at
        draw.figures |= {"owed": sum(owed.values())}
        draw.save()
        record_draw(draw, "open_draw", by=by, at=at, owed=owed)
    return draw


def _doors(draw: Draw, today: date) -> dict[str, list[DrawnDoor]]:
    """Per duty the doors drawn, each with its window by the order of tickets, those passed over included in the order."""
    picks = picks_of(draw_id=draw.pk)
    ahead = int(planning_parameters(today)["draw_release_days"].value)
    windows = turns(len(picks), draw.used_from, draw.used_until, opened_on=today, release_days=ahead)
    changed = changes_of(draw_id=draw.pk)
    found: dict[str, list[DrawnDoor]] = {code: [] for code in draw.duty_codes}
    for pick, window in zip(picks, windows, strict=True):
        team = team_after(pick.team, (one for one in changed if one.object == pick.object))
        if team is not None:
            for code in pick.departments:
                found[code].append(DrawnDoor(pick.object, window.release_on, window.due_on, team))
    return found


def publish_draw(*, draw_id: int, scope: Scope, by: Actor, at: datetime) -> Draw:
    """公布: list, seed, number, results, teams and changes, for anybody to compute again."""
    with transaction.atomic():
        draw = lock_draw(draw_id=draw_id, scope=scope, act="publish")
        end = close_announcement(draw)
        draw.state, draw.published_at = Draw.State.PUBLISHED, at
        draw.save()
        record_draw(
            draw, "publish_draw", by=by, at=at, announcement_hash=draw.announcement_hash, file_hash=end
        )
    return draw


def cancel_draw(*, draw_id: int, scope: Scope, reason: str, by: Actor, at: datetime) -> Draw:
    """作废 before anything was opened; the draw stays to be seen with the reason."""
    if not reason.strip():
        raise Refusal("reason_needed", "作废须说明原因。", field="reason", status=422)
    with transaction.atomic():
        draw = lock_draw(draw_id=draw_id, scope=scope, act="cancel")
        draw.state, draw.cancelled_reason = Draw.State.CANCELLED, reason
        draw.save()
        record_draw(draw, "cancel_draw", by=by, at=at, reason=reason)
    return draw
