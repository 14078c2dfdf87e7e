"""列入、移出: who is left alone; set-based, because a bureau lists thousands at once and the day looks at all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction

from qianshao.base.access.queries import within
from qianshao.base.access.rules import Scope
from qianshao.base.calendar.rules import add_months
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.base.records.commands import record_event
from qianshao.base.records.rules import Actor
from qianshao.flow.registry.queries.listing import Filters, matching_sql
from qianshao.flow.undisturbed.models import UndisturbedBusiness
from qianshao.flow.undisturbed.queries import undisturbed_parameters

_CLASSES = "ABCD"
_JUDGED = """
WITH asked AS (SELECT e.id, e.station_id, CASE
    WHEN EXISTS (SELECT FROM undisturbed_business u WHERE u.entity_id = e.id AND u.left_on IS NULL) THEN 'listed'
    WHEN e.state <> 'active' THEN 'state'
    WHEN e.risk_class = '' OR e.risk_class > %(worst)s THEN 'risk'
    WHEN EXISTS (SELECT FROM registry_penalty p WHERE p.entity_id = e.id AND p.decided_on > %(clean_since)s) THEN 'penalty'
    WHEN EXISTS (SELECT FROM registry_complaint c WHERE c.entity_id = e.id AND c.substantiated AND c.received_on > %(clean_since)s)
        THEN 'complaint' ELSE 'fit' END AS found
    FROM registry_entity e WHERE e.id IN (SELECT id FROM selected))
"""
_COUNT = _JUDGED + "SELECT found, count(*), NULL::bigint[] FROM asked GROUP BY 1"
_LIST = (
    _JUDGED
    + """, listed AS (
    INSERT INTO undisturbed_business (entity_id, station_id, from_on, until_on, reason, basis, approval_ref, approved_unit,
        approved_name, listed_at, left_why, left_note)
    SELECT id, station_id, %(today)s, %(until)s, %(reason)s, %(basis)s, %(ref)s, %(unit)s, %(name)s, %(at)s, '', ''
    FROM asked WHERE found = 'fit' RETURNING id)
SELECT found, count(*), NULL::bigint[] FROM asked GROUP BY 1 UNION ALL SELECT 'ids', 0, array_agg(id ORDER BY id) FROM listed"""
)
_LEAVE = """
WITH leaving AS (SELECT u.id, CASE
    WHEN e.state <> 'active' THEN 'state'
    WHEN u.until_on < %(as_of)s THEN 'over'
    WHEN e.risk_class = '' OR e.risk_class > %(worst)s THEN 'risk'
    WHEN EXISTS (SELECT FROM registry_penalty p WHERE p.entity_id = e.id AND p.decided_on >= u.from_on) THEN 'penalty'
    WHEN EXISTS (SELECT FROM registry_complaint c WHERE c.entity_id = e.id AND c.received_on >= u.from_on
        AND (c.substantiated OR NOT %(only_upheld)s)) THEN 'complaint' END AS why
    FROM undisturbed_business u JOIN registry_entity e ON e.id = u.entity_id WHERE u.left_on IS NULL),
gone AS (
    UPDATE undisturbed_business u SET left_on = %(as_of)s, left_why = l.why FROM leaving l
    WHERE l.id = u.id AND l.why IS NOT NULL RETURNING u.id, l.why)
SELECT why, count(*), array_agg(id ORDER BY id) FROM gone GROUP BY 1 ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class Selection:
    """选定的主体: those that the register's filter shows, or these numbers, within the scope."""

    filters: Filters | None = None
    entity_ids: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """列入结果: how many fit, and how many of the selected may not enter, by reason."""

    fit: int
    listed: int
    state: int
    risk: int
    penalty: int
    complaint: int


def judge_selection(*, selection: Selection, scope: Scope, today: date) -> Judged:
    """列入核查 of a selection without listing anybody. Raises `Refusal`: nothing selected, a search by words."""
    with transaction.atomic(), connection.cursor() as cursor:
        return _run(cursor, _COUNT, selection, scope, today)[0]


def list_undisturbed(
    *,
    selection: Selection,
    until_on: date,
    reason: str,
    basis: str,
    approval_ref: str,
    scope: Scope,
    by: Actor,
    at: datetime,
    today: date,
) -> Judged:
    """列入名单 under the bureau's document, from today on. Whoever may not enter stays off and is counted by reason.

    Raises `Refusal`: no words, a time that is over or longer than the setting, nothing selected, nobody that may enter.
    """
    _refuse(until_on, reason, basis, approval_ref, today)
    with transaction.atomic(), connection.cursor() as cursor:
        given = {
            "until": until_on,
            "reason": reason.strip(),
            "basis": basis.strip(),
            "ref": approval_ref.strip(),
            "unit": by.unit,
            "name": by.name,
            "at": at,
        }
        found, ids = _run(cursor, _LIST, selection, scope, today, **given)
        if not found.fit:
            raise Refusal(
                "nobody_fits",
                "选定的主体都不符合列入条件。",
                remedy="只有研判类别最好、近期没有处罚和属实投诉举报的在业主体可以列入（本地设置，非官方）。",
                status=422,
            )
        record_event(
            by=by,
            at=at,
            verb="list_undisturbed",
            subject=("undisturbed", approval_ref.strip()[:64]),
            unit=by.unit,
            payload=asdict(found) | {"until": until_on.isoformat(), "reason": reason.strip()},
            rows=[("undisturbed_business", one) for one in ids],
        )
    return found


def remove_undisturbed(
    *, entry_id: int, reason: str, scope: Scope, by: Actor, at: datetime, today: date
) -> UndisturbedBusiness:
    """移出 one business with the reason. Raises `Refusal`: not found, left already, no reason."""
    if not reason.strip():
        raise Refusal("reason_needed", "移出须说明原因。", field="reason", status=422)
    with transaction.atomic():
        row = UndisturbedBusiness.objects.select_for_update().filter(within(scope), pk=entry_id).first()
        if row is None:
            raise Refusal("not_found", "没有找到这一条。", status=404)
        if row.left_on is not None:
            raise Refusal("left_already", "该主体已不在名单上。")
        row.left_on, row.left_why = today, UndisturbedBusiness.Left.REMOVED
        row.left_note = reason.strip()
        row.save()
        record_event(
            by=by,
            at=at,
            verb="remove_undisturbed",
            subject=("entity", row.entity_id),
            unit=row.station_id,
            payload={"reason": reason.strip()},
            rows=[("undisturbed_business", row.pk)],
        )
    return row


def leave_undisturbed(*, by: Actor, at: datetime, as_of: date) -> dict[str, int]:
    """自动移出: whoever's time is over, who left business, whose class worsened, against whom a penalty or a complaint came.

    One statement over the list. Returns how many by reason; an event only where somebody left.
    """
    parameters = undisturbed_parameters(as_of)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            _LEAVE,
            {
                "as_of": as_of,
                "worst": _worst(as_of),
                "only_upheld": parameters["complaint_leaves"].value > 1,
            },
        )
        rows = cursor.fetchall()
        if rows:
            record_event(
                by=by,
                at=at,
                verb="leave_undisturbed",
                subject=("undisturbed", as_of.isoformat()),
                unit="4406",
                payload={why: count for why, count, _ in rows},
                rows=[("undisturbed_business", one) for _, _, ids in rows for one in ids],
            )
    return {why: count for why, count, _ in rows}


def _worst(on: date) -> str:
    return _CLASSES[int(undisturbed_parameters(on)["enter_class"].value) - 1]


def _refuse(until_on: date, reason: str, basis: str, approval_ref: str, today: date) -> None:
    for name, text, words in (
        ("reason", reason, "请写明列入理由。"),
        ("basis", basis, "请写明依据。"),
        ("approval_ref", approval_ref, "请填写批准文号。"),
    ):
        if not text.strip():
            raise Refusal(f"{name}_needed", words, field=name, status=422)
    most = int(undisturbed_parameters(today)["most_months"].value)
    if until_on <= today:
        raise Refusal("in_the_past", "截止日须在今天之后。", field="until_on", status=422)
    if until_on > add_months(today, most):
        raise Refusal(
            "too_long", f"一次列入最长 {most} 个月（本地设置，非官方）。", field="until_on", status=422
        )


def _run(
    cursor: Any, statement: str, selection: Selection, scope: Scope, today: date, **given: Any
) -> tuple[Judged, list[int]]:
    """The statement over the selection, every business of which lies in the scope: what was found, and the rows written."""
    if selection.filters is None and not selection.entity_ids:
        raise Refusal("nothing_selected", "请先选定主体。", status=422)
    filters = selection.filters or Filters()
    if filters.q:
        raise Refusal(
            "no_search", "按条件列入时不能用文字检索，请用筛选条件或逐户列入。", field="q", status=422
        )
    cursor.execute("CREATE TEMP TABLE selected (id bigint) ON COMMIT DROP")
    matching, parameters = matching_sql(scope=scope, filters=filters)
    ids = " AND id = ANY (%s)" if selection.filters is None else ""
    cursor.execute(
        f"INSERT INTO selected SELECT id FROM ({matching}) AS m WHERE true{ids}",
        [*parameters, *([list(selection.entity_ids)] if ids else [])],
    )
    months = int(undisturbed_parameters(today)["clean_months"].value)
    cursor.execute(
        statement,
        {"worst": _worst(today), "clean_since": add_months(today, -months), "today": today} | given,
    )
    rows = {name: (count, ids) for name, count, ids in cursor.fetchall()}
    cursor.execute("DROP TABLE selected")
    names = ("fit", "listed", "state", "risk", "penalty", "complaint")
    return Judged(*(int(rows.get(name, (0,))[0]) for name in names)), rows.get("ids", (0, None))[1] or []
