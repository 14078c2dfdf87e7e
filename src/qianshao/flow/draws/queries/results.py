"""抽查结果: what is to be published until when; and what anybody may see without signing in."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.db.models import Count, Max, Q, QuerySet

from qianshao.base.access.queries import within
from qianshao.base.access.rules import Scope
from qianshao.base.calendar.rules import add_working_days
from qianshao.base.places.queries import division_names
from qianshao.base.policy.rules.library import Parameter, load_parameters
from qianshao.flow.draws.models import Draw, DrawChange, DrawResult
from qianshao.flow.draws.queries.draws import folder_of
from qianshao.flow.draws.rules.results import RESULTS, urgency
from qianshao.flow.duties.queries import duty_name


@dataclass(frozen=True, slots=True)
class PublicationLaw:
    """公布期限 in working days, and how early it is brought to mind."""

    term: int
    reminder: int
    basis: str


@dataclass(frozen=True, slots=True)
class ResultCard:
    """抽查结果 of one check. `urgency`: published, waiting, soon or overdue."""

    id: int
    credit_code: str
    entity_id: int
    name: str
    station_name: str
    duty_code: str
    duty_name: str
    result: str
    result_label: str
    formed_on: date
    officers: tuple[str, ...]
    publish_by: date
    published_at: datetime | None
    urgency: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """待公布 of one draw: how many results wait, how many of them are due soon, how many are overdue."""

    draw_id: int
    waiting: int
    soon: int
    overdue: int


@dataclass(frozen=True, slots=True)
class PublicDraw:
    """公开的抽取 as anybody sees it."""

    id: int
    title: str
    unit_name: str
    duties: tuple[str, ...]
    used_from: date
    used_until: date
    objects: int
    checks: int
    doors: int
    source: str
    drawn_at: datetime | None
    published_at: datetime | None
    list_hash: str
    drawn_hash: str
    hash: str
    changes: int
    results: int
    results_at: datetime | None


@lru_cache(maxsize=8)
def _parameters(day: date) -> dict[str, Parameter]:
    return load_parameters(Path(settings.POLICY_DIR), "publication", day)


def publication_law(*, day: date) -> PublicationLaw:
    """公布期限 in force on a day."""
    found = _parameters(day)
    term = found["result_publication_working_days"]
    return PublicationLaw(
        int(term.value),
        int(found["result_reminder_working_days"].value),
        "、".join(str(one) for one in term.basis),
    )


def results(
    *, scope: Scope, draw_id: int, today: date, urgent: str = "", after: int = 0, limit: int = 50
) -> list[ResultCard]:
    """抽查结果 of a draw at the businesses of the scope: a page of `limit` after the number `after`, by number; with `urgent`
    (waiting, soon, overdue, published) only those."""
    rows = DrawResult.objects.filter(within(scope, "obligation__station_id"), draw_id=draw_id, pk__gt=after)
    if urgent:
        rows = rows.filter(_urgent(urgent, today))
    return _cards(rows.order_by("pk")[:limit], today)


def result_rows(*, draw_id: int, today: date) -> list[ResultCard]:
    """抽查结果 that are published, for the public file, by business."""
    rows = DrawResult.objects.filter(draw_id=draw_id, published_at__isnull=False)
    return _cards(rows.order_by("obligation__entity__credit_code", "duty_code"), today)


def waiting_results(*, scope: Scope, today: date) -> list[Waiting]:
    """待公布 per draw of the scope's unit and below, for reminders: only draws where something waits."""
    rows = (
        DrawResult.objects.filter(within(scope, "draw__unit"), published_at__isnull=True)
        .values("draw_id")
        .annotate(
            waiting=Count("id"),
            soon=Count("id", filter=_urgent("soon", today)),
            overdue=Count("id", filter=_urgent("overdue", today)),
        )
        .order_by("draw_id")
    )
    return [Waiting(row["draw_id"], row["waiting"], row["soon"], row["overdue"]) for row in rows]


def results_file(*, draw_id: int) -> Path | None:
    """公开的结果文件 of a published draw, or None while there is none."""
    file = folder_of(draw_id) / "results.csv"
    published = Draw.objects.filter(pk=draw_id, state=Draw.State.PUBLISHED).exists()
    return file if published and file.is_file() else None


def public_announcement(*, draw_id: int) -> tuple[Path, str] | None:
    """公告 of a published draw for anybody, and a mark that changes with it; or None."""
    row = Draw.objects.filter(pk=draw_id, state=Draw.State.PUBLISHED).first()
    file = folder_of(draw_id) / "announcement.txt"
    return (file, f"{row.announcement_hash}-{_changes([row.pk])[row.pk]}") if row and file.is_file() else None


def public_draws(*, today: date, limit: int = 200) -> list[PublicDraw]:
    """已公布的抽取 of the city, newest first: nothing of any other."""
    rows = list(Draw.objects.filter(state=Draw.State.PUBLISHED).order_by("-published_at", "-id")[:limit])
    names = division_names(codes={row.unit for row in rows})
    told = {
        one["draw_id"]: (one["n"], one["latest"])
        for one in DrawResult.objects.filter(draw__in=rows, published_at__isnull=False)
        .values("draw_id")
        .annotate(n=Count("id"), latest=Max("published_at"))
    }
    changed = _changes([row.pk for row in rows])
    return [
        PublicDraw(
            id=row.pk,
            title=row.title,
            unit_name=names.get(row.unit, row.unit),
            duties=tuple(duty_name(code=code, day=today) for code in row.duty_codes),
            used_from=row.used_from,
            used_until=row.used_until,
            objects=row.objects_listed,
            checks=row.figures.get("separate", 0),
            doors=row.figures.get("doors", 0),
            source=row.source,
            drawn_at=row.drawn_at,
            published_at=row.published_at,
            list_hash=row.list_hash,
            drawn_hash=row.announcement_hash,
            hash=row.hash,
            changes=changed[row.pk],
            results=told.get(row.pk, (0, None))[0],
            results_at=told.get(row.pk, (0, None))[1],
        )
        for row in rows
    ]


def _changes(ids: list[int]) -> Counter[int]:
    return Counter(DrawChange.objects.filter(draw_id__in=ids).values_list("draw_id", flat=True))


def _urgent(name: str, today: date) -> Q:
    last = add_working_days(today, publication_law(day=today).reminder)
    return {
        "published": Q(published_at__isnull=False),
        "overdue": Q(published_at__isnull=True, publish_by__lt=today),
        "soon": Q(published_at__isnull=True, publish_by__gte=today, publish_by__lte=last),
        "waiting": Q(published_at__isnull=True),
    }[name]


def _cards(rows: QuerySet[DrawResult], today: date) -> list[ResultCard]:
    reminder = publication_law(day=today).reminder
    return [
        ResultCard(
            id=row.pk,
            credit_code=row.obligation.entity.credit_code,
            entity_id=row.obligation.entity_id,
            name=row.obligation.entity.name,
            station_name=row.obligation.station.name,
            duty_code=row.duty_code,
            duty_name=duty_name(code=row.duty_code, day=today),
            result=row.result,
            result_label=RESULTS[row.result],
            formed_on=row.formed_on,
            officers=tuple(row.officers),
            publish_by=row.publish_by,
            published_at=row.published_at,
            urgency="published" if row.published_at else urgency(row.publish_by, today, reminder),
        )
        for row in rows.select_related("obligation__entity", "obligation__station")
    ]
