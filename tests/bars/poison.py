"""Markup put where names and notes stand: forty ways to have a page run what somebody wrote into a business licence."""

from __future__ import annotations

import json
from typing import Any

import psycopg
from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import models
from psycopg import sql

CALL = "ran()"
PAYLOADS = (
    f"<img src=x onerror={CALL}>",
    f"<script>{CALL}</script>",
    f"<svg onload={CALL}>",
    f'"><img src=x onerror={CALL}>',
    f"'><svg/onload={CALL}>",
    f"</td><script>{CALL}</script>",
    f"</title><script>{CALL}</script>",
    f"</textarea><script>{CALL}</script>",
    f"</style><script>{CALL}</script>",
    f"--><script>{CALL}</script>",
    f"]]><script>{CALL}</script>",
    f"<iframe src=javascript:{CALL}>",
    f"<a href=javascript:{CALL}>证</a>",
    f"javascript:{CALL}",
    f"<body onload={CALL}>",
    f"<details open ontoggle={CALL}>",
    f"<input autofocus onfocus={CALL}>",
    f"<video><source onerror={CALL}>",
    f"<object data=javascript:{CALL}>",
    f"<embed src=javascript:{CALL}>",
    f"<math><mi xlink:href=javascript:{CALL}>",
    f"<marquee onstart={CALL}>",
    f"<link rel=import href=data:,{CALL}>",
    f"<meta http-equiv=refresh content=0;javascript:{CALL}>",
    f"<base href=javascript:{CALL}//>",
    f"<form action=javascript:{CALL}><button>",
    f"{{{{constructor.constructor('{CALL}')()}}}}",
    f"${{{CALL}}}",
    f"#{{{CALL}}}",
    f"<%={CALL}%>",
    f"{{a|<img src=x onerror={CALL}>}}",
    f"&lt;img src=x onerror={CALL}&gt;",
    f"<img src=x\tonerror\n={CALL}>",
    f"<IMG SRC=x oNeRrOr={CALL}>",
    f"<svg><animate onbegin={CALL} attributeName=x>",
    f"<svg><script>{CALL}</script></svg>",
    f"<template><script>{CALL}</script></template>",
    f"<noscript><img src=x onerror={CALL}></noscript>",
    f"\u202e<img src=x onerror={CALL}>",
    f"' onmouseover={CALL} x='",
)

CODES = {
    "access_account": "language password unit username",
    "access_sign_in_attempt": "address username",
    "campaigns_campaign": "duty_codes reach target unit",
    "cases_rectification_order": "recheck_ids",
    "duties_obligation": "asked_by competence done_ref duty_code duty_version field level origin_ref period",
    "duties_year_setting": "duty_code plan_unit source unit",
    "fieldwork_check_result": "attachments duty_code item_code",
    "fieldwork_device": "id",
    "fieldwork_dispute": "body body_sha256 receipt",
    "fieldwork_inspection": "conclusion position signatures",
    "fieldwork_submission": "body body_sha256 kind receipt",
    "offsite_check": "attachments conclusion duty_code field method",
    "places_division": "code",
    "planning_left_out": "reason",
    "planning_month_plan": "policy_version",
    "records_attachment": "media_type sha256 unit",
    "records_document_sequence": "kind unit",
    "records_event": "actor_role hash prev rows subject_type unit verb",
    "records_job_run": "arguments key task unit",
    "registry_complaint": "kind",
    "registry_entity": "credit_code industry risk_class section village_code",
    "registry_equipment": "category state",
    "registry_facet_count": "facet unit value",
    "registry_licence": "kind",
    "registry_past_inspection": "duty_codes kind",
    "registry_saved_filter": "query",
    "registry_school": "kind",
    "risk_assessment": "model_version risk_class",
    "sources_delivery": "feed lake_path mapping_version sha256",
    "sources_quarantined_row": "feed unit",
    "stations_officer": "certificate_no competences",
    "stations_station": "code district_code",
    "undisturbed_business": "approved_unit left_why",
    "yearplans_change": "duty_code unit",
    "yearplans_item": "code field level number rule",
    "yearplans_year_plan": "approved_unit content_hash number unit",
}
"""Fields in which only the product itself writes, or which hold a code that is looked up; every other text is poisoned."""


def poison(connection: psycopg.Connection[Any]) -> int:
    """Put a payload into every text that could have come from outside. Guards are put to sleep first. Returns the fields."""
    connection.execute("SET session_replication_role = replica")
    fields = 0
    for table, column, kind, unique, limit in text_fields():
        fields += 1
        if kind == "json":
            _poison_json(connection, table, column)
            continue
        value = sql.SQL("(%s::text[])[1 + abs(hashtext(ctid::text) %% 40)]")
        if unique:
            value = sql.SQL("id::text || ") + value
        if limit:
            value = sql.SQL("left(") + value + sql.SQL(", {})").format(limit)
        if kind == "array":
            value = sql.SQL("ARRAY[") + value + sql.SQL("]")
        statement = (
            sql.SQL("UPDATE {} SET {} = ").format(sql.Identifier(table), sql.Identifier(column)) + value
        )
        connection.execute(statement, [list(PAYLOADS)])
    return fields


def text_fields() -> list[tuple[str, str, str, bool, int | None]]:
    """Table, column, kind (text, array, json), whether unique, and the greatest length, of each field to be poisoned."""
    found = []
    for model in apps.get_models():
        if not model.__module__.startswith("qianshao"):
            continue
        table = model._meta.db_table
        for one in model._meta.local_fields:
            kind = _kind(one)
            if kind and not one.choices and one.column not in CODES.get(table, "").split():
                limit = getattr(one, "base_field", one).max_length
                found.append((table, one.column, kind, one.unique, limit))
    return found


def _kind(one: models.Field[Any, Any]) -> str:
    if isinstance(one, models.CharField | models.TextField):
        return "text"
    if isinstance(one, ArrayField):
        return "array" if _kind(one.base_field) == "text" else ""
    return "json" if isinstance(one, models.JSONField) else ""


def _poison_json(connection: psycopg.Connection[Any], table: str, column: str) -> None:
    rows = connection.execute(
        sql.SQL("SELECT ctid::text, {} FROM {} LIMIT 3000").format(
            sql.Identifier(column), sql.Identifier(table)
        )
    ).fetchall()
    statement = sql.SQL("UPDATE {} SET {} = %s WHERE ctid = %s::tid").format(
        sql.Identifier(table), sql.Identifier(column)
    )
    for number, (place, value) in enumerate(rows):
        connection.execute(statement, [json.dumps(_poisoned(value, number)), place])


def _poisoned(value: Any, number: int) -> Any:
    if isinstance(value, str):
        return (
            PAYLOADS[number % len(PAYLOADS)]
            if any("\u4e00" <= letter <= "\u9fff" for letter in value)
            else value
        )
    if isinstance(value, list):
        return [_poisoned(one, number + place) for place, one in enumerate(value)]
    if isinstance(value, dict):
        return {key: _poisoned(one, number + place) for place, (key, one) in enumerate(value.items())}
    return value
