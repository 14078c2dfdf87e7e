"""A person looks for a business: by two characters, by a part, by code, by person, by address, and with a slip."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from qianshao.base.access.rules import EVERYTHING, Scope
from qianshao.base.access.tests.factories import DALIANG, LISHUI, make_units
from qianshao.flow.registry.models import Entity
from qianshao.flow.registry.queries.listing import Filters, entity_page
from qianshao.flow.registry.queries.searching import search_entities
from qianshao.flow.sources.models import Delivery

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 23, tzinfo=UTC)
NAMES = {
    "佛山市顺德区大良绿顿牛杂店": DALIANG,
    "佛山市顺德区大良仙塘牛杂店": DALIANG,
    "佛山市顺德区大良鸿运五金店": DALIANG,
    "佛山市南海区里水鸿运五金店": LISHUI,
    "佛山市南海区里水智艺家具厂": LISHUI,
    "100%鲜果汁店": LISHUI,
}


def renew_counts() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT registry_renew_counts()")


@pytest.fixture(autouse=True)
def register() -> dict[str, int]:
    make_units()
    delivery = Delivery.objects.create(
        feed="registration", file_name="r.csv", sha256="0" * 64, bytes=1, received_at=AT, state="loaded"
    )
    for number, (name, station) in enumerate(NAMES.items()):
        Entity.objects.create(
            credit_code=f"9244060{number}MA12345678"[:18],
            name=name,
            kind="trader",
            legal_person="何" + "一二三四五六"[number],
            address=f"广东省佛山市{'凤翔路' if number == 2 else '金榜街'}{number}号",
            station_id=station,
            state="active",
            delivery=delivery,
        )
    renew_counts()
    return dict(Entity.objects.values_list("name", "id"))


def names_found(text: str, scope: Scope = EVERYTHING) -> list[str]:
    known = dict(Entity.objects.values_list("id", "name"))
    return [known[one] for one in search_entities(scope=scope, text=text)]


def test_two_characters_find_every_name_that_holds_them() -> None:
    assert set(names_found("牛杂")) == {"佛山市顺德区大良绿顿牛杂店", "佛山市顺德区大良仙塘牛杂店"}


def test_two_characters_as_common_as_the_city_itself_are_found_too() -> None:
    assert set(names_found("佛山")) == set(NAMES) - {"100%鲜果汁店"}


def test_a_percent_sign_is_a_character_and_no_wildcard() -> None:
    assert names_found("100%鲜果") == ["100%鲜果汁店"]


def test_the_first_characters_of_a_credit_code_find_it() -> None:
    assert names_found("92440602") == ["佛山市顺德区大良鸿运五金店"]


def test_the_legal_representative_is_found_by_name() -> None:
    assert names_found("何五") == ["佛山市南海区里水智艺家具厂"]


def test_a_street_is_found() -> None:
    assert names_found("凤翔路2号") == ["佛山市顺德区大良鸿运五金店"]


@pytest.mark.parametrize(
    "typed",
    [
        "佛山市顺德区大良绿盾牛杂店",
        "佛山市顺德区大良绿牛杂店",
        "佛山市顺德区大良绿绿顿牛杂店",
        "佛山市顺德区大良顿绿牛杂店",
        "大良绿顿牛什店",
    ],
)
def test_a_wrong_missing_doubled_or_swapped_character_still_finds_the_business_first(typed: str) -> None:
    assert names_found(typed)[0] == "佛山市顺德区大良绿顿牛杂店"


def test_a_station_finds_its_own_businesses_only_also_with_a_slip() -> None:
    lishui = Scope(prefix=LISHUI, role="officer")
    assert names_found("鸿运五金店", lishui) == ["佛山市南海区里水鸿运五金店"]
    assert names_found("佛山市顺德区大良绿盾牛杂店", lishui) == []
    assert names_found("9244060", lishui) == [name for name, unit in NAMES.items() if unit == LISHUI]


def test_a_search_costs_the_same_number_of_queries_however_many_businesses_there_are() -> None:
    with CaptureQueriesContext(
        connection,
    ) as few:
        entity_page(scope=EVERYTHING, filters=Filters(q="鸿运五金"))
    Entity.objects.bulk_create(
        Entity(
            credit_code=f"92440606MA{number:08d}",
            name=f"佛山市顺德区大良第{number}五金店",
            kind="trader",
            station_id=DALIANG,
            state="active",
            delivery_id=Delivery.objects.get().pk,
        )
        for number in range(300)
    )
    renew_counts()
    with CaptureQueriesContext(connection) as many:
        entity_page(scope=EVERYTHING, filters=Filters(q="鸿运五金"))
    assert len(many) == len(few)


def test_a_district_lists_its_own_newest_first_page_by_page() -> None:
    shunde = Scope(prefix="440606", role="district")
    first = entity_page(scope=shunde, filters=Filters(), limit=2)
    second = entity_page(scope=shunde, filters=Filters(), cursor=first.next_cursor, limit=2)
    wanted = [one.id for one in Entity.objects.filter(station_id=DALIANG).order_by("-id")]
    assert [row.id for row in [*first.items, *second.items]] == wanted
    assert (first.total, first.total_exact, second.next_cursor) == (3, True, None)


def test_a_district_that_is_not_ones_own_lists_nothing() -> None:
    shunde = Scope(prefix="440606", role="district")
    assert entity_page(scope=shunde, filters=Filters(district="440605")).items == []
