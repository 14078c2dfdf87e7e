"""What was answered without a visit, and whether a check can be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from qianshao.base.access.queries import within
from qianshao.base.access.rules import Scope
from qianshao.base.policy.rules.library import CERTAINTY
from qianshao.flow.duties.queries import ObligationCard, duties_on, duty_name, obligation
from qianshao.flow.offsite.models import OffsiteCheck
from qianshao.flow.offsite.rules import obstacle
from qianshao.flow.planning.queries.entries import CarryingEntry, carrying_entry


@dataclass(frozen=True, slots=True)
class OffsiteCard:
    """非现场核查记录 as shown."""

    id: int
    obligation_id: int
    entity_id: int
    entity_name: str
    station_name: str
    duty_code: str
    duty_name: str
    method: str
    method_label: str
    reference: str
    attachments: list[str]
    conclusion: str
    conclusion_label: str
    note: str
    checked_on: date
    recorded_at: datetime
    recorded_name: str
    released_visit: int | None


@dataclass(frozen=True, slots=True)
class OffsiteCase:
    """能否非现场: one check with what stands against meeting it without a visit, how sure it is that it may be, the visit that is to
    carry it, and what was recorded before."""

    check: ObligationCard
    against: str
    certainty: str
    certainty_text: str
    entry: CarryingEntry | None
    records: tuple[OffsiteCard, ...]


def offsite_checks(
    *,
    scope: Scope,
    today: date,
    entity_id: int | None = None,
    obligation_id: int | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[OffsiteCard]:
    """非现场核查记录 of the scope, latest first, a page of `limit` before the number `before`."""
    rows = OffsiteCheck.objects.filter(within(scope)).select_related("entity", "station").order_by("-id")
    filters = {"entity_id": entity_id, "obligation_id": obligation_id, "pk__lt": before}
    rows = rows.filter(**{name: value for name, value in filters.items() if value is not None})
    return [_card(row, today) for row in rows[:limit]]


def offsite_case(*, scope: Scope, obligation_id: int, today: date) -> OffsiteCase | None:
    """能否非现场 of one check of the scope, or None."""
    card = obligation(scope=scope, day=today, obligation_id=obligation_id)
    if card is None:
        return None
    duty = duties_on(today).get(card.duty_code)
    mark = duty.offsite if duty else ""
    return OffsiteCase(
        check=card,
        against=obstacle(offsite=mark, origin=card.origin, state=card.state),
        certainty=mark,
        certainty_text=CERTAINTY.get(mark, ""),
        entry=carrying_entry(scope=scope, obligation_id=obligation_id),
        records=tuple(offsite_checks(scope=scope, today=today, obligation_id=obligation_id)),
    )


def _card(row: OffsiteCheck, today: date) -> OffsiteCard:
    return OffsiteCard(
        id=row.pk,
        obligation_id=row.obligation_id,
        entity_id=row.entity_id,
        entity_name=row.entity.name,
        station_name=row.station.short_name,
        duty_code=row.duty_code,
        duty_name=duty_name(code=row.duty_code, day=today),
        method=row.method,
        method_label=row.get_method_display(),
        reference=row.reference,
        attachments=list(row.attachments),
        conclusion=row.conclusion,
        conclusion_label=row.get_conclusion_display(),
        note=row.note,
        checked_on=row.checked_on,
        recorded_at=row.recorded_at,
        recorded_name=row.recorded_name,
        released_visit=row.released_visit,
    )
