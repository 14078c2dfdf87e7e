"""Who comes to what: every operation, as every role, in the own unit and in another (BARS Z1), against `authz.yaml`.

The expectations are written from the duties of each role, not from the code. An operation without a declaration, or a
declaration without an operation, fails.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings as django_settings
from django.test import Client

from qianshao.base.access.models import Account
from qianshao.base.access.rules import ROLES
from qianshao.base.access.tests.factories import AT, DALIANG, LISHUI, make_account, make_units
from qianshao.flow.campaigns.models import Campaign
from qianshao.flow.cases.models import RectificationOrder
from qianshao.flow.cases.tests.factories import envelope_for, hand_in, keep, make_door, make_team
from qianshao.flow.draws.models import Draw
from qianshao.flow.duties.models import Obligation
from qianshao.flow.planning.models import Visit
from qianshao.flow.registry.models import Conflict, SavedFilter
from qianshao.flow.scenarios.models import Scenario
from qianshao.flow.sources.models import Delivery, QuarantinedRow
from qianshao.flow.undisturbed.models import UndisturbedBusiness
from qianshao.flow.yearplans.tests.factories import make_plan_row
from qianshao.site.api import api

pytestmark = pytest.mark.django_db
DECLARED = yaml.safe_load(
    (Path(django_settings.ROOT) / "src/qianshao/base/access/authz.yaml").read_text(encoding="utf-8")
)
OPERATIONS: dict[str, dict[str, Any]] = DECLARED["operations"]
UNITS = {"city": "4406", "district": "440606", "steward": "4406", "auditor": "4406", "admin": "4406"}
UNBOUND = {"city", "steward", "auditor", "admin"}
"""Roles whose own unit is the whole city: nothing of it is another unit's."""
REFUSED = {401, 403, 404}


def operations() -> set[str]:
    paths = api.get_openapi_schema(path_prefix="/api/")["paths"]
    return {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}


def allowed(operation: str) -> set[str]:
    named = OPERATIONS[operation]["allow"]
    return set(DECLARED["groups"][named] if isinstance(named, str) else named)


class World:
    """The same things in two stations of two districts, and one account per role."""

    def __init__(self) -> None:
        make_units()
        self.things = {DALIANG: self._things(DALIANG, 1), LISHUI: self._things(LISHUI, 2)}
        self.accounts = {role: self._account(role) for role in ROLES}

    def _things(self, station: str, number: int) -> dict[str, Any]:
        team = make_team(station=station, name=f"officer-{number}")
        visit = make_door(team, number=number)
        signatures = {
            "officer": keep(team, (number, 90, 10)),
            "second_officer": None,
            "party": keep(team, (number, 10, 90)),
            "party_refused_reason": "",
        }
        hand_in(
            envelope_for(
                visit, team, failed=("expiry",), device_id=f"device-{number}", signatures=signatures
            ),
            team,
        )
        delivery = Delivery.objects.create(
            feed="registration",
            file_name="r.csv",
            sha256=str(number) * 64,
            bytes=1,
            received_at=AT,
            state="loaded",
        )
        row = QuarantinedRow.objects.create(
            delivery=delivery,
            feed="registration",
            row_number=9,
            column="名称",
            reason="missing",
            raw={},
            unit=station,
        )
        filters = SavedFilter.objects.create(account_id=team.account.pk, name="x", query={}, created_at=AT)
        waiting = envelope_for(
            make_door(team, number=number + 10), team, device_id=f"device-{number}", device_seq=2
        )
        Visit.objects.filter(pk=waiting["visit_id"]).update(version=9)
        hand_in(waiting, team)
        draw = Draw.objects.create(
            title="x",
            unit=station,
            duty_codes=["JG-01"],
            used_from=AT,
            used_until=AT,
            objects_listed=1,
            made_at=AT,
        )
        campaign = Campaign.objects.create(
            title="x",
            unit=station,
            year=2026,
            sequence=number,
            first_on=AT,
            last_on=AT,
            duty_codes=[],
            made_at=AT,
        )
        entry = UndisturbedBusiness.objects.create(
            entity=visit.entity, station_id=station, from_on=AT, until_on=AT, listed_at=AT
        )
        scenario = Scenario.objects.create(title="x", unit=station, month=AT, made_at=AT)
        conflict = Conflict.objects.create(
            entity_id=visit.entity_id,
            officer_id=team.account.officer_id,
            reason="x",
            from_on=AT,
            declared_at=AT,
        )
        return {
            "conflict_id": conflict.pk,
            "year_plan_id": make_plan_row(unit=station[:6]).pk,
            "public_plan_id": make_plan_row(unit=station[:6], state="published", number=f"{station}P").pk,
            "scenario_id": scenario.pk,
            "draw_id": draw.pk,
            "campaign_id": campaign.pk,
            "entry_id": entry.pk,
            "obligation_id": Obligation.objects.filter(entity=visit.entity).order_by("pk")[0].pk,
            "public_draw_id": draw.pk,
            "submission_id": waiting["id"],
            "kind": "held",
            "number": waiting["id"],
            "entity_id": visit.entity_id,
            "plan_id": visit.plan_id,
            "visit_id": visit.pk,
            "order_id": RectificationOrder.objects.get(station_id=station).pk,
            "delivery_id": delivery.pk,
            "row_id": row.pk,
            "filter_id": filters.pk,
            "account_id": team.account.pk,
            "sha256": visit_signature(visit.pk),
            "code": "CY-01",
            "name": visit.entity.name,
        }

    @staticmethod
    def _account(role: str) -> Account:
        return make_account(username=f"role-{role}", role=role, unit=UNITS.get(role, DALIANG))

    def client(self, role: str) -> Client:
        client = Client()
        if role != "anonymous":
            store = import_module(django_settings.SESSION_ENGINE).SessionStore()
            store["account_id"], store["epoch"] = self.accounts[role].pk, 0
            store.save()
            client.cookies[django_settings.SESSION_COOKIE_NAME] = store.session_key
        return client

    def ask(self, role: str, operation: str, station: str) -> Any:
        """Call the operation as the role, on the things of a station."""
        method, path = operation.split(" ")
        things = self.things[station]
        for name, value in things.items():
            path = path.replace(f"{{{name}}}", str(value))
        query = {
            "GET /api/calendar": "?month=2026-12",
            **{
                f"GET /api/plan-comparisons{tail}": f"?left={things['plan_id']}&right={things['plan_id']}"
                for tail in ("", "/export")
            },
            "GET /api/schedule": f"?first=2026-12-01&last=2026-12-31&station={station}",
            "GET /api/plans/{plan_id}/visits": "?on=2026-12-01",
        }
        body = BODIES.get(operation, lambda _: {})(station)
        return self.client(role).generic(
            method, path + query.get(operation, ""), json.dumps(body), content_type="application/json"
        )


def visit_signature(visit_id: int) -> str:
    from qianshao.flow.fieldwork.models import Inspection

    signatures: dict[str, str] = Inspection.objects.get(pk=visit_id).signatures
    return next(one for one in signatures.values() if one)


CAMPAIGN = {
    "title": "x",
    "purpose": "x",
    "basis": "x",
    "duty_codes": ["CY-01"],
    "target": {},
    "first_on": "2020-01-01",
    "last_on": "2020-01-01",
}
BODIES: dict[str, Any] = {
    "POST /api/session": lambda _: {"username": "nobody", "password": "nothing"},
    "POST /api/accounts": lambda station: {
        "username": f"new-{station}",
        "display_name": "新",
        "role": "clerk",
        "unit": station,
        "password": "Long-Enough-2026",
    },
    "POST /api/entities/{entity_id}/conflicts": lambda _: {
        "officer_id": 1,
        "reason": "",
        "from_on": "2026-12-01",
    },
    "POST /api/conflicts/{conflict_id}/lift": lambda _: {"reason": ""},
    "PUT /api/entities/{entity_id}/opening-hours": lambda _: {"opens": 600, "closes": 600},
    "POST /api/saved-filters": lambda _: {"name": "常用", "query": {}},
    "POST /api/undisturbed": lambda station: {
        "filters": {"station": station},
        "until_on": "2020-01-01",
        "reason": "x",
        "basis": "x",
        "approval_ref": "x",
    },
    "POST /api/undisturbed/judge": lambda station: {"filters": {"station": station}},
    "POST /api/undisturbed/{entry_id}/remove": lambda _: {"reason": ""},
    "POST /api/obligations/{obligation_id}/offsite": lambda _: {
        "method": "data",
        "reference": "x",
        "conclusion": "met",
        "checked_on": "2020-01-01",
    },
    "POST /api/campaigns": lambda station: CAMPAIGN | {"unit": station},
    "POST /api/campaigns/reach": lambda station: {
        "unit": station,
        "duty_codes": ["CY-01"],
        "target": {},
        "last_on": "2020-01-01",
    },
    "PUT /api/campaigns/{campaign_id}": lambda _: CAMPAIGN,
    "POST /api/campaigns/{campaign_id}/return": lambda _: {"reason": ""},
    "POST /api/campaigns/{campaign_id}/approve": lambda _: {"approval_ref": "", "approved_on": "2020-01-01"},
    "POST /api/campaigns/{campaign_id}/file": lambda _: {"receipt": "", "filed_on": "2020-01-01"},
    "POST /api/campaigns/{campaign_id}/start": lambda _: {},
    "POST /api/campaigns/{campaign_id}/close": lambda _: {"reason": ""},
    "POST /api/campaigns/{campaign_id}/withdraw": lambda _: {"reason": ""},
    "POST /api/draws": lambda station: {
        "title": "x",
        "unit": station,
        "duty_codes": ["JG-01"],
        "used_from": "2020-01-01",
        "used_until": "2020-01-01",
    },
    "POST /api/draws/{draw_id}/commit": lambda _: {"source": ""},
    "POST /api/draws/{draw_id}/number": lambda _: {"value": ""},
    "POST /api/draws/{draw_id}/cancel": lambda _: {"reason": ""},
    "POST /api/draws/{draw_id}/change": lambda _: {"object": "x", "kind": "pass_over", "reason": ""},
    "POST /api/scenarios": lambda station: {
        "title": "x",
        "unit": station,
        "month": "2020-01",
        "supposition": {},
    },
    "POST /api/year-plans": lambda station: {"unit": station[:6], "year": 2020},
    "POST /api/year-plans/{year_plan_id}/changes": lambda station: {
        "duty_code": "none",
        "unit": station,
        "reason": "x",
    },
    "POST /api/year-plans/{year_plan_id}/return": lambda _: {"reason": ""},
    "POST /api/year-plans/{year_plan_id}/approve": lambda _: {"reference": ""},
    "POST /api/year-plans/{year_plan_id}/file": lambda _: {"filed_on": "2020-01-01", "receipt": ""},
    "POST /api/year-plans/{year_plan_id}/amend": lambda _: {"reason": ""},
    "POST /api/year-plans/{year_plan_id}/withdraw": lambda _: {"reason": ""},
    "POST /api/plans": lambda station: {"month": "2020-01", "station": station},
    "POST /api/plans/{plan_id}/withdraw": lambda _: {"reason": ""},
    "POST /api/plans/{plan_id}/adjust": lambda _: {"reason": ""},
    "POST /api/visits/{visit_id}/move": lambda _: {"reason": ""},
    "POST /api/visits/{visit_id}/lock": lambda _: {},
    "POST /api/entities/{entity_id}/checks": lambda _: {
        "duty_code": "none",
        "due_on": "2026-12-31",
        "reference": "x",
        "reason": "x",
    },
    "POST /api/quarantine/{row_id}/correct": lambda _: {"values": {"没有这一列": "x"}},
    "POST /api/quarantine/{row_id}/dismiss": lambda _: {"reason": ""},
    "POST /api/submissions/{submission_id}/take-in": lambda _: {"opinion": ""},
    "POST /api/disputes/{kind}/{number}/dismiss": lambda _: {"opinion": ""},
}


@pytest.fixture
def world(tmp_path: Path, settings: Any) -> Iterator[World]:
    settings.MEDIA_ROOT = tmp_path
    settings.LAKE_ROOT = tmp_path / "lake"
    (tmp_path / "lake").mkdir()
    yield World()


def test_every_operation_is_declared_and_every_declaration_has_its_operation() -> None:
    assert operations() == set(OPERATIONS)


def test_every_role_comes_to_exactly_what_is_declared_in_its_own_unit(world: World) -> None:
    wrong = []
    for operation in sorted(OPERATIONS):
        if operation in {"DELETE /api/session", "POST /api/session"}:
            continue
        for role in ("anonymous", *ROLES):
            status = world.ask(role, operation, DALIANG).status_code
            if role in allowed(operation):
                fine = status not in {401, 403} and status < 500
            else:
                fine = status == (401 if role == "anonymous" else 403)
            if not fine:
                wrong.append(f"{operation} as {role}: {status}")
    assert wrong == []


def test_nobody_gets_a_byte_of_another_units_things(world: World) -> None:
    name = world.things[LISHUI]["name"]
    wrong = []
    for operation, declared in sorted(OPERATIONS.items()):
        for role in sorted(allowed(operation) - UNBOUND - {"anonymous"}):
            if declared["other"] == "none":
                continue
            answer = world.ask(role, operation, LISHUI)
            if name.encode() in answer.content or name.encode("unicode_escape") in answer.content:
                wrong.append(f"{operation} as {role} shows {name}")
            if declared["other"] in {"object", "unit"} and answer.status_code not in REFUSED | {422}:
                wrong.append(f"{operation} as {role}: {answer.status_code}")
            if declared["other"] == "list" and (
                answer.status_code != 200 or LISHUI.encode() in answer.content
            ):
                wrong.append(f"{operation} as {role}: {answer.status_code} holds {LISHUI}")
    assert wrong == []


def test_the_matrix_sees_a_missing_scope(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sabotage: without the scope's condition a head sees the other station's orders, and the matrix notices."""
    from django.db.models import Q

    from qianshao.flow.cases import queries

    monkeypatch.setattr(queries, "within", lambda *_: Q())
    answer = world.ask("station_head", "GET /api/rectifications", LISHUI)
    assert world.things[LISHUI]["name"].encode() in answer.content


def test_every_unsafe_operation_wants_the_token(world: World) -> None:
    wrong = []
    for operation in sorted(OPERATIONS):
        if operation.startswith("GET ") or operation == "POST /api/session":
            continue
        for role in sorted(allowed(operation)):
            method, path = operation.split(" ")
            for name, value in world.things[DALIANG].items():
                path = path.replace(f"{{{name}}}", str(value))
            client = Client(enforce_csrf_checks=True)
            client.cookies = world.client(role).cookies
            if client.generic(method, path, "{}", content_type="application/json").status_code != 403:
                wrong.append(f"{operation} as {role}")
    assert wrong == []
