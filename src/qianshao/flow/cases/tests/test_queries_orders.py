"""Orders are read within the scope, first due first, in a fixed number of queries."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from qianshao.base.access.rules import Scope
from qianshao.flow.cases.queries import rectification, rectification_counts, rectifications
from qianshao.flow.cases.tests.factories import Team, envelope_for, hand_in, make_door, make_team

pytestmark = pytest.mark.django_db
ELSEWHERE = Scope(prefix="440605", role="district")


@pytest.fixture
def team(tmp_path: Path, settings: Any) -> Team:
    settings.MEDIA_ROOT = tmp_path
    team = make_team()
    for number, failed in enumerate(("place", "expiry", "licence"), start=1):
        hand_in(envelope_for(make_door(team, number=number), team, failed=(failed,), device_seq=number), team)
    return team


def test_orders_come_first_due_first_and_page_by_page(team: Team) -> None:
    with CaptureQueriesContext(
        connection,
    ) as seen:
        first = rectifications(scope=team.scope, day=date(2026, 12, 7), limit=2)
    assert len(seen) == 1
    rest = rectifications(scope=team.scope, day=date(2026, 12, 7), after=(first[-1].due_on, first[-1].id))
    assert [card.due_on for card in (*first, *rest)] == [
        date(2026, 12, 4),
        date(2026, 12, 8),
        date(2026, 12, 16),
    ]
    assert [card.overdue for card in (*first, *rest)] == [True, False, False]


def test_the_states_are_counted_and_filtered(team: Team) -> None:
    day = date(2026, 12, 7)
    assert rectification_counts(scope=team.scope, day=day) == {
        "open": 3,
        "closed": 0,
        "escalated": 0,
        "overdue": 1,
    }
    assert len(rectifications(scope=team.scope, day=day, state="overdue")) == 1
    assert rectifications(scope=team.scope, day=day, state="closed") == []


def test_another_district_sees_nothing(team: Team) -> None:
    (card, *_) = rectifications(scope=team.scope, day=date(2026, 12, 7))
    assert rectifications(scope=ELSEWHERE, day=date(2026, 12, 7)) == []
    assert rectification(scope=ELSEWHERE, order_id=card.id, day=date(2026, 12, 7)) is None
    assert rectification_counts(scope=ELSEWHERE, day=date(2026, 12, 7))["open"] == 0
