"""The only writer of assessments."""

from __future__ import annotations

import json
from datetime import date, datetime

from django.db import connection, transaction

from qianshao.base.policy.rules.library import RiskModel, RiskReason
from qianshao.base.records.commands import record_event
from qianshao.base.records.rules import Actor
from qianshao.flow.registry.commands.labels import label_entities
from qianshao.flow.risk.rules import FACTS

_COUNTS = {
    "has_licence": "SELECT entity_id, count(*) AS n FROM registry_licence GROUP BY 1",
    "is_school": "SELECT entity_id, 1 AS n FROM registry_school",
    "has_equipment": "SELECT entity_id, count(*) AS n FROM registry_equipment WHERE state = 'in_use' GROUP BY 1",
    "overdue_equipment": (
        "SELECT entity_id, count(*) AS n FROM registry_equipment"
        " WHERE state = 'in_use' AND next_inspection_on < %(as_of)s GROUP BY 1"
    ),
    "expired_licence": (
        "SELECT entity_id, count(*) AS n FROM registry_licence GROUP BY 1 HAVING max(expires_on) < %(as_of)s"
    ),
    "missing_report": (
        "SELECT e.id AS entity_id, 1 AS n FROM registry_entity e WHERE e.state = 'active'"
        " AND e.established_on < make_date(%(report_year)s + 1, 1, 1) AND NOT EXISTS"
        " (SELECT FROM registry_annual_report r WHERE r.entity_id = e.id AND r.year = %(report_year)s)"
    ),
    "penalties": "SELECT entity_id, count(*) AS n FROM registry_penalty WHERE decided_on > {since} GROUP BY 1",
    "problem_inspections": (
        "SELECT entity_id, count(*) AS n FROM registry_past_inspection"
        " WHERE result = 'problems' AND inspected_on > {since} GROUP BY 1"
    ),
    "upheld_complaints": (
        "SELECT entity_id, count(*) AS n FROM registry_complaint WHERE substantiated AND received_on > {since} GROUP BY 1"
    ),
}
_TAGS = {"has_licence": "食品", "is_school": "学校", "has_equipment": "特种设备", "missing_report": "未年报"}


def classify(*, by: Actor, at: datetime, as_of: date, model: RiskModel) -> dict[str, int]:
    """研判全部主体 by the model on the facts known on `as_of`: one row per business with at least one reason, class and
    tags reported back to the register. Returns businesses per class. All or nothing; again changes nothing."""
    with transaction.atomic():
        _gather_facts(model, as_of)
        _judge(model)
        changed = label_entities(labels="judged")
        counts = _store(model, as_of)
        record_event(
            by=by,
            at=at,
            verb="classify",
            subject=("risk_model", model.version),
            unit="4406",
            payload={"as_of": as_of.isoformat(), "changed": changed, "classes": counts},
        )
    return counts


def _gather_facts(model: RiskModel, as_of: date) -> None:
    """One row per business that has any fact, a column per fact."""
    months = {reason.fact: reason.months for reason in model.reasons}
    # Reports of last year are owed until 30 June (企业信息公示暂行条例第八条).
    report_year = as_of.year - 1 if (as_of.month, as_of.day) > (6, 30) else as_of.year - 2
    given: dict[str, date | int] = {"as_of": as_of, "report_year": report_year}
    parts = []
    for fact in FACTS:
        since = f"%(as_of)s::date - interval '{months.get(fact, 0)} months'"
        columns = ", ".join(f"{'n' if name == fact else '0'} AS {name}" for name in FACTS)
        parts.append(
            f"SELECT entity_id, {columns} FROM ({_COUNTS[fact].format(since=since)}) AS {fact}_counts"
        )
    sums = ", ".join(f"sum({fact})::int AS {fact}" for fact in FACTS)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS facts, judged")
        cursor.execute(
            f"CREATE TEMP TABLE facts ON COMMIT DROP AS SELECT entity_id, {sums} FROM ({' UNION ALL '.join(parts)}) AS every"
            " GROUP BY 1",
            given,
        )


def _judge(model: RiskModel) -> None:
    """The model's points in SQL: the same sum that `rules.judge` reckons for one business."""
    points = " + ".join(
        f"CASE WHEN {_holds(reason)} THEN {reason.points} ELSE 0 END" for reason in model.reasons
    )
    classes = " ".join(f"WHEN score >= {start} THEN '{name}'" for name, start in reversed(model.bands))
    heaviest = sorted(model.reasons, key=lambda reason: -reason.points)
    entries = ", ".join(
        f"CASE WHEN {_holds(reason)} THEN '{json.dumps({'code': reason.code, 'points': reason.points})}'::jsonb END"
        for reason in heaviest
    )
    tags = ", ".join(f"CASE WHEN {fact} > 0 THEN '{tag}' END" for fact, tag in _TAGS.items())
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMP TABLE judged ON COMMIT DROP AS SELECT entity_id, score, CASE {classes} END AS risk_class,"
            " reasons, tags FROM (SELECT entity_id,"
            f" {points} AS score, to_jsonb(array_remove(ARRAY[{entries}], NULL)) AS reasons,"
            f" array_remove(ARRAY[{tags}]::varchar[], NULL) AS tags FROM facts) AS scored"
        )
        # Whoever lost the last fact goes back to A with no tags.
        cursor.execute(
            "INSERT INTO judged SELECT a.entity_id, 0, 'A', '[]'::jsonb, '{}' FROM risk_assessment a"
            " WHERE NOT EXISTS (SELECT FROM facts f WHERE f.entity_id = a.entity_id)"
        )


def _holds(reason: RiskReason) -> str:
    return f"{reason.fact} >= {reason.at_least}"


def _store(model: RiskModel, as_of: date) -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO risk_assessment (entity_id, as_of, score, risk_class, reasons, model_version)"
            " SELECT entity_id, %s, score, risk_class, reasons, %s FROM judged"
            " ON CONFLICT (entity_id) DO UPDATE SET as_of = EXCLUDED.as_of, score = EXCLUDED.score,"
            " risk_class = EXCLUDED.risk_class, reasons = EXCLUDED.reasons, model_version = EXCLUDED.model_version",
            [as_of, model.version],
        )
        cursor.execute("SELECT risk_class, count(*) FROM registry_entity GROUP BY 1 ORDER BY 1")
        return {str(name): int(count) for name, count in cursor.fetchall()}
