"""Opening hours are noted, replaced and taken back; what makes no sense is refused and nothing is written."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from qianshao.base.access.rules import Scope
from qianshao.base.access.tests.factories import DALIANG, LISHUI, make_units
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.base.records.models import Event
from qianshao.base.records.rules import Actor
from qianshao.flow.registry.commands.opening import note_opening_hours
from qianshao.flow.registry.models import Entity, OpeningHours
from qianshao.flow.registry.queries.opening import opening_hours
from qianshao.flow.registry.tests.factories import make_entity

pytestmark = pytest.mark.django_db
OFFICER = Actor(3, "梁志强", "officer", DALIANG)
AT = datetime(2026, 12, 1, 2, tzinfo=UTC)
SCOPE = Scope(prefix=DALIANG, role="officer")


@pytest.fixture
def shop() -> Entity:
    make_units()
    return make_entity(station=DALIANG)


def note(entity: Entity, **changes: Any) -> OpeningHours | None:
    values: dict[str, Any] = {"opens": 660, "closes": 1320, "closed_on": [0], "scope": SCOPE}
    return note_opening_hours(entity_id=entity.pk, **(values | changes), by=OFFICER, at=AT)


def test_a_restaurant_that_opens_at_eleven_and_rests_on_mondays_is_noted_and_corrected(shop: Entity) -> None:
    note(shop)
    note(shop, opens=600, closed_on=[1, 0, 1])
    card = opening_hours(scope=SCOPE)[shop.pk]
    assert (card.opens, card.closes, card.closed_on, card.noted_by) == (600, 1320, [0, 1], "梁志强")
    assert Event.objects.filter(verb="note_opening_hours").count() == 2


def test_open_all_day_every_day_takes_the_note_back(shop: Entity) -> None:
    note(shop)
    assert note(shop, opens=0, closes=1440, closed_on=[]) is None
    assert opening_hours(scope=SCOPE) == {}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"closes": 660}, "关门时间须晚于开门时间"),
        ({"closes": 1500}, "关门时间须晚于开门时间"),
        ({"closed_on": [7]}, "星期应在周一到周日之间"),
        ({"closed_on": [0, 1, 2, 3, 4]}, "周一至周五都不营业"),
        ({"scope": Scope(prefix=LISHUI, role="officer")}, "没有找到这个主体"),
    ],
)
def test_what_makes_no_sense_is_refused(shop: Entity, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(Refusal, match=words):
        note(shop, **changes)
    assert (OpeningHours.objects.count(), Event.objects.count()) == (0, 0)


def test_another_station_does_not_see_them(shop: Entity) -> None:
    note(shop)
    assert opening_hours(scope=Scope(prefix=LISHUI, role="officer"), entity_ids=[shop.pk]) == {}
