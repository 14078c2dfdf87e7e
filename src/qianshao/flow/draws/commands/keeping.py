"""What every act on a draw needs: the row under lock, its announcement on disk, the act on the record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from qianshao.base.access.queries import within
from qianshao.base.access.rules import Scope
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.base.records.commands import record_event
from qianshao.base.records.rules import Actor
from qianshao.flow.draws.models import Draw
from qianshao.flow.draws.queries.draws import changes_of, folder_of
from qianshao.flow.draws.rules.filing import open_private, pieces_of, sync
from qianshao.flow.draws.rules.hashing import hasher
from qianshao.flow.draws.rules.publishing import closing
from qianshao.flow.draws.rules.stages import check_stage

_ZONE = ZoneInfo("Asia/Shanghai")


def lock_draw(*, draw_id: int, scope: Scope, act: str) -> Draw:
    """锁定抽取 for an act that its stage allows. Raises `Refusal` outside the scope or at another stage."""
    draw = Draw.objects.select_for_update().filter(within(scope, "unit"), pk=draw_id).first()
    if draw is None:
        raise Refusal("not_found", "没有找到这次抽取。", status=404)
    check_stage(act, draw.state)
    return draw


def record_draw(
    draw: Draw, verb: str, *, by: Actor, at: datetime, rows: Sequence[tuple[str, object]] = (), **payload: Any
) -> None:
    """留痕 of an act on a draw, naming its row and the `rows` written with it."""
    record_event(
        by=by,
        at=at,
        verb=verb,
        subject=("draw", draw.pk),
        unit=draw.unit,
        payload=payload,
        rows=[("draws_draw", draw.pk), *rows],
    )


def close_announcement(draw: Draw) -> str:
    """公告全文 written: what was drawn, word for word, then the changes made by hand so far. Returns the hash of its last line.

    Raises `Refusal` when the file of what was drawn is not the one of that day.
    """
    folder = folder_of(draw.pk)
    above = hasher(draw.hash)
    fresh = folder / "announcement.part"
    with open_private(fresh) as whole:
        for piece in pieces_of(folder / "drawn.txt"):
            above.update(piece)
            whole.write(piece)
        if above.digest().hex() != draw.announcement_hash:
            raise Refusal(
                "announcement_changed", "抽取结果文件与抽取时的散列不符，不能公布；请从备份恢复。", status=500
            )
        end = closing(above, changes_of(draw_id=draw.pk))
        whole.write(end)
        sync(whole)
    fresh.replace(folder / "announcement.txt")
    return end.decode().split()[-1]


def zoned(moment: datetime) -> str:
    """时间 as ISO 8601 with the zone of the city."""
    return moment.astimezone(_ZONE).isoformat()
