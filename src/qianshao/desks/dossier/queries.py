"""一户一档 the page that shows everything about one business, put together from the rooms."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from qianshao.base.access.rules import Scope
from qianshao.base.places.queries import division_names
from qianshao.base.policy.rules.library import CERTAINTY
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.flow.cases import queries as cases
from qianshao.flow.duties import queries as duties
from qianshao.flow.planning.queries import plans as planning
from qianshao.flow.registry.commands.exporting import LABELS
from qianshao.flow.registry.queries import filing
from qianshao.flow.risk.queries import assessment
from qianshao.flow.undisturbed.queries import undisturbed


@dataclass(frozen=True, slots=True)
class Moment:
    """时间轴的一条."""

    on: date
    kind: str
    title: str
    detail: str
    ref: str


def dossier(*, scope: Scope, entity_id: int, day: date) -> dict[str, Any]:
    """一户一档: identity, place, licences, equipment, risk with reasons, and what is owed. Raises `Refusal` 404 outside the scope."""
    one = filing.entity(scope=scope, entity_id=entity_id)
    if one is None:
        raise Refusal("not_found", "没有找到这个主体。", status=404)
    names = division_names(codes={one.station_id, one.station_id[:6], one.village_code})
    risk = assessment(scope=scope, entity_id=entity_id, model=duties.risk_model())
    owed = duties.obligations(scope=scope, day=day, entity_id=entity_id, state="open", limit=100)
    school = filing.school(scope=scope, entity_id=entity_id)
    return {
        "id": one.pk,
        "credit_code": one.credit_code,
        "name": one.name,
        "kind": one.kind,
        "kind_label": LABELS["kind"].get(one.kind, one.kind),
        "legal_person": one.legal_person,
        "established_on": one.established_on,
        "capital_wan": float(one.capital_wan) if one.capital_wan is not None else None,
        "industry": one.industry,
        "section": one.section,
        "scope_text": one.scope_text,
        "address": one.address,
        "station_code": one.station_id,
        "station_name": one.station.name,
        "district_name": names.get(one.station_id[:6], ""),
        "town_name": names.get(one.station_id, ""),
        "village_name": names.get(one.village_code, ""),
        "lon": one.lon,
        "lat": one.lat,
        "phone": one.phone,
        "state": one.state,
        "state_label": LABELS["state"].get(one.state, one.state),
        "approved_on": one.approved_on,
        "tags": list(one.tags),
        "source": {
            "file": one.delivery.file_name,
            "row": one.source_row,
            "received_at": one.delivery.received_at,
        },
        "risk": {
            "risk_class": risk.risk_class,
            "score": risk.score,
            "as_of": risk.as_of,
            "reasons": [asdict(reason) for reason in risk.reasons],
            "model_name": risk.model_name,
            "model_version": risk.model_version,
            "official": risk.certainty in {"V", "V~"},
            "certainty_text": CERTAINTY[risk.certainty],
            "note": risk.note,
        },
        "school": {"kind": school.kind, "pupils": school.pupils, "has_canteen": school.has_canteen}
        if school
        else None,
        "licences": [
            {
                "licence_no": row.licence_no,
                "kind": row.kind,
                "kind_label": LABELS["licence"].get(row.kind, row.kind),
                "business_form": row.business_form,
                "items": list(row.items),
                "area_m2": row.area_m2,
                "issued_on": row.issued_on,
                "expires_on": row.expires_on,
                "expired": bool(row.expires_on and row.expires_on < day),
                "address": row.address,
            }
            for row in filing.licences(scope=scope, entity_id=entity_id)
        ],
        "equipment": [
            {
                "equipment_no": row.equipment_no,
                "category": row.category,
                "category_label": LABELS["equipment"].get(row.category, row.category),
                "variety": row.variety,
                "location": row.location,
                "next_inspection_on": row.next_inspection_on,
                "state": row.state,
                "overdue": bool(
                    row.state == "in_use" and row.next_inspection_on and row.next_inspection_on < day
                ),
            }
            for row in filing.equipment(scope=scope, entity_id=entity_id)
        ],
        "obligations": [asdict(card) for card in owed],
        "left_alone_until": next(
            (one.until_on for one in undisturbed(scope=scope, standing=True, entity_id=entity_id)), None
        ),
    }


def timeline(*, scope: Scope, entity_id: int, day: date) -> list[Moment]:
    """时间轴: what was delivered, planned, done and ordered about one business, newest first. 404 outside the scope."""
    if filing.entity(scope=scope, entity_id=entity_id) is None:
        raise Refusal("not_found", "没有找到这个主体。", status=404)
    fields = {duty.field: duty.field_name for duty in duties.duties_on(day).values()}
    facts = filing.facts(scope=scope, entity_id=entity_id, field_names=fields)
    moments = [Moment(**asdict(fact)) for fact in facts]
    for visit in planning.visits(scope=scope, entity_id=entity_id, limit=100):
        done = visit.state == "done"
        moments.append(
            Moment(
                on=visit.done_on or visit.visit_on,
                kind="visit_done" if done else "visit_planned",
                title="完成现场检查" if done else "计划现场检查",
                detail=f"{'、'.join(visit.officers)}，{len(visit.obligations)} 项事项",
                ref=f"visit:{visit.id}",
            )
        )
    for met in duties.obligations(scope=scope, day=day, entity_id=entity_id, state="done", limit=100):
        if met.done_on:
            moments.append(
                Moment(met.done_on, "obligation_done", f"办结：{met.duty_name}", met.duty_code, met.done_ref)
            )
    for order in cases.rectifications(scope=scope, day=day, entity_id=entity_id, limit=100):
        moments.append(
            Moment(
                order.ordered_on,
                "order",
                f"责令改正 {order.number}",
                f"限 {order.due_on} 前改正",
                f"order:{order.id}",
            )
        )
        if order.closed_on:
            moments.append(
                Moment(order.closed_on, "order_closed", f"改正完成 {order.number}", "", f"order:{order.id}")
            )
    return sorted(moments, key=lambda moment: (moment.on, moment.kind, moment.ref), reverse=True)
