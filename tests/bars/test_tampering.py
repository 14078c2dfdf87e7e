"""T1 short form: two hundred tamperings by the database's superuser, each found at its first wrong place; no false alarm."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from django.db import connection, transaction

from qianshao.base.access.commands import open_account
from qianshao.base.access.rules import EVERYTHING
from qianshao.base.records.queries import verify_record
from qianshao.base.records.rules import SYSTEM, Anchor, ChainReader
from qianshao.flow.cases.tests.factories import (
    AT,
    envelope_for,
    hand_in,
    keep,
    make_door,
    make_team,
    tasks_at,
)
from qianshao.flow.planning.commands.running import approve_plan, withdraw_plan
from qianshao.flow.planning.models import MonthPlan
from qianshao.site.cluster import load_secrets
from qianshao.site.database import given_url
from qianshao.site.settings import HOME
from tests.bars.forgers import FORGERS, Place, Story, read_events

pytestmark = pytest.mark.django_db(transaction=True)
TAMPERINGS = 200
SEED = 20261201


def tell() -> Story:
    """A month at a station: a plan approved, eleven visits, orders and re-checks, a plan withdrawn, an account opened."""
    team = make_team()
    plan = MonthPlan.objects.create(
        month=date(2026, 12, 1), station_id=team.station, seed=1, policy_version="1", made_at=AT
    )
    approve_plan(plan_id=plan.pk, scope=EVERYTHING, by=team.actor, at=AT)
    for number in range(1, 12):
        visit = make_door(team, number=number)
        items = [item.code for task in tasks_at(visit, team) for item in task.items]
        failed = (items[0],) if number % 3 == 0 else ()
        assert (
            hand_in(envelope_for(visit, team, failed=failed, device_seq=number), team)["state"] == "accepted"
        )
        keep(team, (number, 40, 40))
    other = MonthPlan.objects.create(
        month=date(2027, 1, 1), station_id=team.station, seed=1, policy_version="1", made_at=AT
    )
    approve_plan(plan_id=other.pk, scope=EVERYTHING, by=team.actor, at=AT)
    withdraw_plan(plan_id=other.pk, scope=EVERYTHING, reason="人员调整", by=team.actor, at=AT)
    open_account(
        by=SYSTEM,
        at=AT,
        scope=EVERYTHING,
        username="late-clerk",
        display_name="窗口",
        role="clerk",
        unit=team.station,
        password="Long-enough-2026",
    )
    return known_to_the_forger()


def known_to_the_forger() -> Story:
    reader = ChainReader()
    with connection.cursor() as cursor:
        events = read_events(cursor)
    for event in events:
        reader.read(event)
    assert reader.findings == []
    marks = [*range(7, len(events), 7), len(events)]
    return Story(events, reader.latest, [Anchor(0, mark, events[mark - 1].hash or "") for mark in marks])


@pytest.fixture
def story() -> Iterator[Story]:
    """The story, told as the owner of the tables; from then on the connection is the superuser's."""
    told = tell()
    mine = {name: connection.settings_dict[name] for name in ("USER", "PASSWORD")}
    if not given_url():
        connection.close()
        connection.settings_dict.update(USER="postgres", PASSWORD=load_secrets(HOME).postgres)
    yield told
    connection.close()
    connection.settings_dict.update(mine)


def schedule(count: int, seed: int) -> list[tuple[str, int]]:
    """Who forges and with which luck, drawn before anything happens; every kind comes up."""
    chance = random.Random(seed)
    names = sorted(FORGERS)
    drawn = names + [chance.choice(names) for _ in range(count - len(names))]
    chance.shuffle(drawn)
    return [(name, chance.randrange(2**32)) for name in drawn]


def first_found(anchors: list[Anchor]) -> Place | None:
    findings = verify_record(anchors=anchors).findings
    return (findings[0].kind, findings[0].chain, findings[0].position) if findings else None


def missed(story: Story, plan: list[tuple[str, int]], anchors: list[Anchor]) -> list[str]:
    """Forgeries that are not found, or not at their first wrong place. Each is undone before the next."""
    wrong = []
    for name, luck in plan:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            expected = FORGERS[name](cursor, random.Random(luck), story)
            cursor.execute("SET LOCAL session_replication_role = origin")
            found = first_found(anchors)
            transaction.set_rollback(True)
        if found != expected:
            wrong.append(f"{name}({luck}): {found} instead of {expected}")
        if first_found(anchors) is not None:
            wrong.append(f"{name}({luck}): false alarm after undoing")
    return wrong


def test_two_hundred_tamperings_are_found_at_their_first_wrong_place_without_a_false_alarm(
    story: Story,
) -> None:
    plan = schedule(TAMPERINGS, SEED)
    kinds = Counter(name for name, _ in plan)
    assert (len(plan), set(kinds)) == (200, set(FORGERS))
    assert first_found(story.anchors) is None
    assert missed(story, plan, story.anchors) == []
    report = verify_record(anchors=story.anchors)
    assert (report.findings, report.events, report.rows) == ([], story.last, len(story.rows))


def _quiet(*_: Any) -> None:
    return None


CONTROLS: dict[str, tuple[str, Callable[..., Any], set[str]]] = {
    "content": (
        "_holds",
        lambda *_: True,
        {"changed_payload", "changed_time", "changed_actor", "changed_number"},
    ),
    "business rows": (
        "compare_row",
        _quiet,
        {"changed_business_row", "deleted_business_row", "truncated_tables"},
    ),
    "whole tables": ("compare_whole", _quiet, {"forged_business_row"}),
    "anchors": ("compare_anchors", _quiet, {"deleted_last_events", "rewritten_from_a_place_on"}),
    "numbering": ("compare_numbering", _quiet, {"numbers_set_back"}),
    "guards": ("miss_guard", _quiet, {"guard_taken_down"}),
}


@pytest.mark.parametrize("check", sorted(CONTROLS))
def test_control_a_verifier_without_one_check_misses_what_that_check_is_for(
    check: str, story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    method, blind, kinds = CONTROLS[check]
    plan = [one for one in schedule(TAMPERINGS, SEED) if one[0] in kinds]
    assert missed(story, plan, story.anchors) == []
    monkeypatch.setattr(ChainReader, method, blind)
    assert len(missed(story, plan, story.anchors)) == len(plan) > 0


def test_control_without_an_outside_anchor_a_cut_or_rewritten_chain_goes_unfound(story: Story) -> None:
    kinds = {
        "deleted_last_events",
        "emptied_the_record",
        "deleted_and_rewritten",
        "rewritten_from_a_place_on",
    }
    plan = [one for one in schedule(TAMPERINGS, SEED) if one[0] in kinds]
    assert len(missed(story, plan, [])) == len(plan) > 0
