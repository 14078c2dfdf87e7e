"""人工调整 of a drawn result, with the reason; what was drawn stays provable, and the change is shown to everybody."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from qianshao.base.access.rules import EVERYTHING, Scope
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.base.records.rules import Actor
from qianshao.base.stations.queries import officers
from qianshao.flow.draws.commands.keeping import close_announcement, lock_draw, record_draw
from qianshao.flow.draws.models import Draw, DrawChange
from qianshao.flow.draws.queries.draws import Pick, changes_of, frozen_head, picks_of
from qianshao.flow.draws.rules.changing import PASS_OVER, REPLACE, check_replacement, team_after
from qianshao.flow.draws.rules.stages import check_sealed
from qianshao.flow.duties.commands.drawing import send_others
from qianshao.flow.duties.commands.keeping import cancel_obligations
from qianshao.flow.duties.queries import drawn_rows
from qianshao.flow.registry.queries.conflicts import conflicts
from qianshao.flow.registry.queries.filing import by_code


def change_drawn(
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
) -> tuple[DrawChange, list[int]]:
    """人工调整: `replace` an officer of one object's team by a colleague of the frozen list, or `pass_over` the object, from the
    first day of use on. Checks that are owed follow: they name the new team, or are cancelled with the reason; their numbers are
    returned with the change.

    Raises `Refusal`: no reason, a list still sealed, an object not drawn or passed over already, a check made already, an
    officer not of the team, not of the list, in conflict, away for good, or without whom the competence is lost.
    """
    if not reason.strip():
        raise Refusal("reason_needed", "人工调整须写明理由。", field="reason", status=422)
    if kind not in {REPLACE, PASS_OVER}:
        raise Refusal("unknown_change", "只能更换检查人员，或不再检查。", field="kind", status=422)
    with transaction.atomic():
        draw = lock_draw(draw_id=draw_id, scope=scope, act="change")
        check_sealed(draw.used_from, today, "调整")
        pick = next((one for one in picks_of(draw_id=draw.pk) if one.object == object), None)
        if pick is None:
            raise Refusal("not_drawn", f"对象 {object} 没有被抽中。", field="object", status=422)
        team = team_after(pick.team, (one for one in changes_of(draw_id=draw.pk) if one.object == object))
        if team is None:
            raise Refusal("passed_over", f"对象 {object} 已调整为不再检查。", field="object")
        if kind == REPLACE:
            _check_replacement(draw, pick, team, leaves, joins, today)
            team = tuple(joins if who == leaves else who for who in team)
        change = DrawChange.objects.create(
            draw=draw,
            object=object,
            kind=kind,
            leaves=leaves if kind == REPLACE else "",
            joins=joins if kind == REPLACE else "",
            reason=reason.strip(),
            at=at,
            by=by.name,
        )
        rows = _follow(draw, change, team) if draw.state != Draw.State.DRAWN else []
        end = close_announcement(draw) if draw.state == Draw.State.PUBLISHED else ""
        record_draw(
            draw,
            "change_drawn",
            by=by,
            at=at,
            object=object,
            kind=kind,
            file_hash=end,
            rows=[("draws_change", change.pk), *(("duties_obligation", one) for one in rows)],
        )
    return change, rows


def _check_replacement(
    draw: Draw, pick: Pick, team: tuple[str, ...], leaves: str, joins: str, today: date
) -> None:
    head = frozen_head(draw_id=draw.pk)
    serving = {
        one.certificate_no: one.id
        for one in officers(prefix=pick.station)
        if one.active and not one.auxiliary and one.certificate_expires_on >= today
    }
    away = {who for who, where in head.conflicts if where == pick.object}
    entity, _ = by_code(scope=EVERYTHING, codes=[pick.object]).get(pick.object, (0, ""))
    declared = set(conflicts(scope=EVERYTHING, on=min(today, draw.used_until), until=draw.used_until))
    away |= {number for number, officer in serving.items() if (officer, entity) in declared}
    needs = {one.competence for one in head.departments if one.code in pick.departments}
    colleagues = {one.id: one for one in head.inspectors if one.station == pick.station}
    check_replacement(leaves=leaves, joins=joins, team=team, colleagues=colleagues, needs=needs, away=away)
    if joins not in serving:
        raise Refusal("not_serving", f"{joins} 已不在岗或执法证已到期，不能换入。", field="joins", status=422)


def _follow(draw: Draw, change: DrawChange, team: tuple[str, ...]) -> list[int]:
    """The checks owed at the object follow the change. Returns their numbers."""
    owed = drawn_rows(scope=EVERYTHING, draw=f"draw:{draw.pk}", credit_code=change.object)
    waiting = [one.pk for one in owed if one.state == "open"]
    if owed and not waiting:
        raise Refusal(
            "checked_already", f"对象 {change.object} 的抽查事项已办结，不能再调整。", field="object"
        )
    if change.kind == PASS_OVER:
        cancel_obligations(ids=waiting, reason=f"抽取人工调整：{change.reason}"[:200])
    else:
        send_others(ids=waiting, officers=team)
    return waiting
