"""A shop in 大良, its obligations, an approved plan and a visit of two officers; envelopes for it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from uuid_utils import uuid7

from qianshao.base.access.models import Account
from qianshao.base.access.rules import EVERYTHING, Scope
from qianshao.base.access.tests.factories import DALIANG, make_account, make_officer, make_units
from qianshao.base.records.rules import Actor
from qianshao.base.stations.models import Officer
from qianshao.flow.cases.commands import receive_visit_submission
from qianshao.flow.duties.models import Obligation
from qianshao.flow.duties.tests.factories import CATERING, make_obligation
from qianshao.flow.fieldwork.commands import keep_picture
from qianshao.flow.fieldwork.queries import tasks_of
from qianshao.flow.fieldwork.rules.checklist import Task
from qianshao.flow.fieldwork.tests.factories import picture, sealed
from qianshao.flow.planning.commands.running import approve_plan
from qianshao.flow.planning.models import MonthPlan, Visit, VisitOfficer, VisitTask
from qianshao.flow.registry.models import Entity
from qianshao.flow.registry.tests.factories import make_entity

TODAY = date(2026, 12, 1)
AT = datetime(2026, 12, 1, 2, tzinfo=UTC)


@dataclass
class Team:
    """Two officers with accounts; the first leads and hands in."""

    officers: list[Officer]
    account: Account
    station: str

    @property
    def actor(self) -> Actor:
        return Actor(self.account.pk, self.account.display_name, self.account.role, self.account.unit)

    @property
    def scope(self) -> Scope:
        return Scope(
            prefix=self.station,
            role="officer",
            account_id=self.account.pk,
            officer_id=self.account.officer_id,
        )


def make_team(*, station: str = DALIANG, name: str = "officer-daliang-1") -> Team:
    make_units()
    officers = [make_officer(number=f"粤E{station[3:]}{place}", station=station) for place in (1, 2)]
    account = make_account(username=name, unit=station, officer=officers[0])
    return Team(officers, account, station)


def make_visit(team: Team, entity: Entity, obligations: list[Obligation], **changes: Any) -> Visit:
    plan, fresh = MonthPlan.objects.get_or_create(
        month=date(2026, 12, 1),
        station_id=entity.station_id,
        defaults={"seed": 1, "policy_version": "1", "made_at": AT},
    )
    if fresh:
        approve_plan(plan_id=plan.pk, scope=EVERYTHING, by=team.actor, at=AT)
    sequence = Visit.objects.filter(plan=plan).count() + 1
    values: dict[str, Any] = {
        "plan": plan,
        "station_id": entity.station_id,
        "entity": entity,
        "visit_on": TODAY,
        "team": 1,
        "sequence": sequence,
        "minutes": 60,
        "travel_minutes": 10,
    }
    visit = Visit.objects.create(**(values | changes))
    VisitOfficer.objects.bulk_create(
        VisitOfficer(visit=visit, officer=one, lead=place == 0) for place, one in enumerate(team.officers)
    )
    VisitTask.objects.bulk_create(VisitTask(visit=visit, obligation=one) for one in obligations)
    return visit


def make_door(team: Team, *duty_codes: str, number: int = 1) -> Visit:
    """A shop that owes these duties, and the visit that carries them."""
    entity = make_entity(station=team.station, number=number)
    owed = [make_obligation(entity, code) for code in duty_codes or (CATERING,)]
    return make_visit(team, entity, owed)


def keep(team: Team, colour: tuple[int, int, int]) -> str:
    content = picture("PNG", colour)
    sha256 = hashlib.sha256(content).hexdigest()
    keep_picture(by=team.actor, at=AT, content=content, sha256=sha256, original_name="签名.png")
    return sha256


def tasks_at(visit: Visit, team: Team) -> list[Task]:
    ids = list(VisitTask.objects.filter(visit=visit).values_list("obligation_id", flat=True))
    return tasks_of(scope=team.scope, obligation_ids=ids, day=TODAY)


def envelope_for(visit: Visit, team: Team, *, failed: tuple[str, ...] = (), **changes: Any) -> dict[str, Any]:
    """A whole answer to the visit's checklists, in which the items named fail."""
    results = [
        {
            "obligation_id": task.obligation_id,
            "duty_code": task.duty_code,
            "item_code": item.code,
            "outcome": "fail" if item.code in failed else "pass",
            "note": "现场发现问题" if item.code in failed else "",
            "attachments": [],
        }
        for task in tasks_at(visit, team)
        for item in task.items
    ]
    body: dict[str, Any] = {
        "id": str(uuid7()),
        "schema_version": 1,
        "kind": "visit",
        "device_id": "device-0001",
        "device_seq": 1,
        "base_version": visit.version,
        "visit_id": visit.pk,
        "begun_at": "2026-12-01T09:00:00+08:00",
        "finished_at": "2026-12-01T09:40:00+08:00",
        "conclusion": "order_to_rectify" if failed else "no_problem",
        "note": "",
        "results": results,
        "signatures": {
            "officer": keep(team, (1, 1, 1)),
            "second_officer": None,
            "party": keep(team, (2, 2, 2)),
            "party_refused_reason": "",
        },
    }
    return sealed(body | changes)


def hand_in(raw: dict[str, Any], team: Team, *, on: date = TODAY) -> dict[str, Any]:
    """What the phone hands in, taken in."""
    return receive_visit_submission(by=team.actor, at=AT, on=on, scope=team.scope, raw=raw)
