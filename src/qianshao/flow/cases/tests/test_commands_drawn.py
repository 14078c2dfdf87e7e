"""A drawn check that is made reports back what it came to, in the visit's own transaction and event."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from qianshao.base.records.models import Event
from qianshao.base.records.queries import verify_record
from qianshao.flow.cases.models import RectificationOrder
from qianshao.flow.cases.tests.factories import (
    AT,
    TODAY,
    Team,
    envelope_for,
    hand_in,
    make_team,
    make_visit,
)
from qianshao.flow.draws.models import Draw, DrawResult
from qianshao.flow.duties.models import Obligation
from qianshao.flow.duties.tests.factories import make_obligation
from qianshao.flow.planning.models import Visit
from qianshao.flow.registry.tests.factories import make_entity

pytestmark = pytest.mark.django_db


@pytest.fixture
def team(tmp_path: Path, settings: Any) -> Team:
    settings.MEDIA_ROOT = tmp_path
    return make_team()


def drawn_door(team: Team) -> Visit:
    """One shop: a check that a draw decided, and another by law."""
    draw = Draw.objects.create(
        title="抽查", unit="440606", duty_codes=["CY-01"], used_from=TODAY, used_until=TODAY, made_at=AT
    )
    entity = make_entity(station=team.station)
    drawn = make_obligation(entity, "CY-01", origin="draw", origin_ref=f"draw:{draw.pk}")
    return make_visit(team, entity, [drawn, make_obligation(entity, "JG-01")])


def test_a_visit_without_problems_reports_the_drawn_check_and_no_other(team: Team) -> None:
    visit = drawn_door(team)
    hand_in(envelope_for(visit, team), team)
    kept = DrawResult.objects.get()
    assert (kept.obligation.duty_code, kept.result, kept.formed_on) == ("CY-01", "none", TODAY)
    assert sorted(kept.officers) == sorted(one.certificate_no for one in team.officers)
    assert kept.publish_by == date(2026, 12, 29)
    event = Event.objects.get(verb="receive_visit")
    assert {"table": "draws_result", "pk": str(kept.pk)} in event.rows


def test_what_fails_is_pending_until_the_recheck_closes_the_order(team: Team) -> None:
    visit = drawn_door(team)
    hand_in(envelope_for(visit, team, failed=("expiry",)), team)
    assert DrawResult.objects.get().result == "pending"
    order = RectificationOrder.objects.get()
    recheck = make_visit(team, visit.entity, list(Obligation.objects.filter(pk__in=order.recheck_ids)))
    hand_in(envelope_for(recheck, team, device_seq=2), team)
    kept = DrawResult.objects.get()
    assert (RectificationOrder.objects.get().state, kept.result, kept.published_at) == (
        "closed",
        "corrected",
        None,
    )


@pytest.mark.parametrize(
    ("conclusion", "result"), [("not_operating", "no_activity"), ("refused", None), ("not_found", None)]
)
def test_a_door_that_could_not_be_checked_reports_only_that_it_is_out_of_business(
    team: Team, conclusion: str, result: str | None
) -> None:
    hand_in(envelope_for(drawn_door(team), team, conclusion=conclusion, results=[], note="门锁着"), team)
    assert [one.result for one in DrawResult.objects.all()] == ([result] if result else [])


@pytest.mark.django_db(transaction=True)
def test_a_result_altered_afterwards_is_found_by_the_audit(team: Team) -> None:
    hand_in(envelope_for(drawn_door(team), team, failed=("expiry",)), team)
    DrawResult.objects.update(result="none")
    found = verify_record().findings
    assert any(one.kind == "row_changed" and "draws_result" in one.detail for one in found)
