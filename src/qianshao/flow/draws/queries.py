"""What draws there are, and what of them may be shown: nothing of a sealed list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Q

from qianshao.base.access.queries import within
from qianshao.base.access.rules import Scope
from qianshao.flow.draws.models import Draw


@dataclass(frozen=True, slots=True)
class DrawCard:
    """抽取 as shown. The first number entered stays hidden until the second person has entered theirs."""

    id: int
    title: str
    unit: str
    duty_codes: list[str]
    used_from: date
    used_until: date
    state: str
    state_label: str
    objects_listed: int
    figures: dict[str, Any]
    list_hash: str
    made_at: datetime
    made_by: str
    source: str
    commitment: str
    committed_at: datetime | None
    first_name: str
    second_name: str
    drawn_at: datetime | None
    opened_at: datetime | None
    published_at: datetime | None
    announcement_hash: str
    cancelled_reason: str


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


def folder_of(draw_id: int) -> Path:
    """Where the files of a draw lie."""
    return Path(settings.DRAWS_ROOT) / str(draw_id)


def _seen(scope: Scope) -> Q:
    above = [scope.prefix[:digits] for digits in (4, 6) if digits < len(scope.prefix)]
    return within(scope, "unit") | Q(unit__in=above)


def _card(row: Draw) -> DrawCard:
    sealed = row.state in {Draw.State.FROZEN, Draw.State.COMMITTED, Draw.State.CANCELLED}
    values = {
        name: getattr(row, name) for name in DrawCard.__slots__ if name not in {"state_label", "figures"}
    }
    figures = {key: value for key, value in row.figures.items() if not sealed or key == "expected"}
    return DrawCard(**values, state_label=row.get_state_display(), figures=figures)
