"""What a year will ask for, for a whole register at once, against the same reckoned business by business in plain Python."""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from qianshao.base.access.tests.factories import DALIANG, LISHUI, make_units
from qianshao.base.calendar.rules import add_months
from qianshao.base.records.rules import SYSTEM
from qianshao.flow.duties.commands.deriving import derive_obligations
from qianshao.flow.duties.commands.expecting import expect_checks
from qianshao.flow.duties.commands.settings import keep_year_rates
from qianshao.flow.duties.models import Obligation
from qianshao.flow.duties.queries import duties_on, year_rates
from qianshao.flow.duties.rules import Subject, YearRate, concerns, first_due, ticket, visit_minutes
from qianshao.flow.duties.tests.factories import make_obligation
from qianshao.flow.registry.models import Entity, Equipment, Licence, PastInspection
from qianshao.flow.registry.tests.factories import make_entity
from qianshao.flow.sources.tests.factories import make_delivery
from qianshao.flow.undisturbed.models import UndisturbedBusiness

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 23, 1, tzinfo=UTC)
AS_OF = date(2026, 11, 23)
YEAR = 2027
SEED = "7"
INDUSTRIES = ("6210", "5211", "5251", "8411", "2641", "7020", "5223")


@pytest.fixture
def register(db: None) -> list[Entity]:
    """Eighty businesses of two stations, of every class, some licensed, some with lifts, some checked lately."""
    make_units()
    lot = random.Random(7)
    delivery = make_delivery()
    made = []
    for number in range(1, 81):
        one = make_entity(
            station=lot.choice((DALIANG, LISHUI)),
            number=number,
            industry=lot.choice(INDUSTRIES),
            section=lot.choice("FH"),
            kind=lot.choice(("company", "trader")),
            risk_class=lot.choice("AABCD"),
            state="active" if number % 11 else "deregistered",
            tags=["未年报"] if number % 7 == 0 else [],
        )
        made.append(one)
        kept: dict[str, Any] = {"entity": one, "delivery": delivery}
        if lot.random() < 0.6:
            Licence.objects.create(
                licence_no=f"L{number}", kind=lot.choice(("catering", "food_sale")), **kept
            )
        for place in range(lot.randrange(3)):
            Equipment.objects.create(
                equipment_no=f"E{number}-{place}",
                category="elevator",
                next_inspection_on=AS_OF + timedelta(days=lot.randrange(-90, 300)),
                **kept,
            )
        if lot.random() < 0.5:
            PastInspection.objects.create(
                number=f"P{number}",
                inspected_on=AS_OF - timedelta(days=lot.randrange(10, 900)),
                level="station",
                field=lot.choice(("catering", "food_sale")),
                result=lot.choice(("passed", "not_found")),
                **kept,
            )
    owed = next(one for one in made if one.state == "active" and "catering" in licences(one))
    make_obligation(owed, "CY-01", due_on=date(2027, 2, 9), period="2027-02")
    return made


def licences(one: Entity) -> list[str]:
    return list(Licence.objects.filter(entity=one).values_list("kind", flat=True))


def expect(rates: tuple[YearRate, ...] = (), **changes: Any) -> dict[str, Counter[Any]]:
    """What the room reckons: checks by (business, duty, month), minutes by duty, businesses concerned by duty and class."""
    values: dict[str, Any] = {
        "unit": "4406",
        "year": YEAR,
        "first_month": 1,
        "as_of": AS_OF,
        "duties": duties_on(AS_OF),
        "rates": rates,
        "seed": SEED,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        expect_checks(**(values | changes))
        cursor.execute("SELECT entity_id, duty_code, month, minutes FROM expected")
        rows = cursor.fetchall()
        cursor.execute("SELECT duty_code, risk_class, sum(doors) FROM concerned_counts GROUP BY 1, 2")
        counted = {(code, letter): int(doors) for code, letter, doors in cursor.fetchall()}
        cursor.execute("DROP TABLE expected, concerned_counts")
    minutes: Counter[Any] = Counter()
    for _, code, _, taken in rows:
        minutes[code] += taken
    return {
        "checks": Counter(row[:3] for row in rows),
        "minutes": minutes,
        "concerned": Counter(counted),
    }


def spread(seed: str, code: str) -> float:
    """The second number of a ticket's hash: the place in the year."""
    return int(hashlib.sha256(f"{seed}|{code}".encode()).hexdigest()[8:16], 16) / 2**32


def plainly(register: list[Entity]) -> dict[str, Counter[Any]]:
    """The same, one business after another."""
    checks: Counter[Any] = Counter()
    minutes: Counter[Any] = Counter()
    counted: Counter[Any] = Counter()
    for one in register:
        sets = Equipment.objects.filter(entity=one, state="in_use")
        subject = Subject(
            one.kind,
            one.section,
            one.industry,
            one.state,
            frozenset(licences(one)),
            frozenset(sets.values_list("category", flat=True)),
            False,
        )
        place = spread(f"{SEED},{YEAR}", one.credit_code)
        for duty in duties_on(AS_OF).values():
            if not concerns(duty.whom, subject):
                continue
            counted[duty.code, one.risk_class] += 1
            for month in months_of(one, duty, place, sets):
                checks[one.pk, duty.code, month] += 1
                minutes[duty.code] += visit_minutes(duty, len(sets) if "equipment" in duty.whom else 0)
    return {"checks": checks, "minutes": minutes, "concerned": counted}


def months_of(one: Entity, duty: Any, place: float, sets: Any) -> list[int]:
    drawn = ticket(f"{SEED},{YEAR}", one.credit_code)
    if duty.rule == "random":
        return [1 + int(place * 12)] if drawn < duty.share[one.risk_class] else []
    if duty.rule == "missing_report":
        return [1 + int(place * 12)] if "未年报" in one.tags and drawn < duty.share[one.risk_class] else []
    if duty.rule == "overdue_equipment":
        return [1 + int(place * 12)] if sets.filter(next_inspection_on__lt=AS_OF).exists() else []
    interval = duty.every_months[one.risk_class]
    checked = PastInspection.objects.filter(entity=one, field=duty.field).exclude(result="not_found").first()
    owed = Obligation.objects.filter(entity=one, duty_code=duty.code, state="open").first()
    if owed:
        first = owed.due_on
    elif checked:
        first = add_months(checked.inspected_on, interval)
    else:
        first = first_due(interval, AS_OF, ticket(SEED, one.credit_code))
    first = max(first, AS_OF)
    dates = [add_months(first, interval * turn) for turn in range(9)]
    return [day.month for day in dates if day.year == YEAR]


def test_a_whole_register_at_once_comes_to_the_same_as_each_business_by_itself(
    register: list[Entity],
) -> None:
    found, plain = expect(), plainly(register)
    assert sum(found["checks"].values()) > 100
    assert found["checks"] == plain["checks"]
    assert found["minutes"] == plain["minutes"]
    assert found["concerned"] == plain["concerned"]


def test_a_district_reckons_its_own_stations_alone(register: list[Entity]) -> None:
    own = {one.pk for one in register if one.station_id == DALIANG}
    whole = expect()["checks"]
    assert expect(unit="440606")["checks"] == Counter({key: n for key, n in whole.items() if key[0] in own})


def test_a_year_that_has_begun_leaves_out_the_months_before(register: list[Entity]) -> None:
    whole = expect()["checks"]
    drawn = {code for code, duty in duties_on(AS_OF).items() if duty.rule == "random"}
    later = expect(first_month=9)["checks"]
    assert {key for key in later if key[1] in drawn} == {
        key for key in whole if key[1] in drawn and key[2] >= 9
    }
    assert min(key[2] for key in later) == 9


def test_a_share_doubled_in_one_station_draws_its_next_tickets_there_and_nothing_elsewhere(
    register: list[Entity],
) -> None:
    doubled = {letter: 2 * part for letter, part in duties_on(AS_OF)["DJ-02"].share.items()}
    rates = (YearRate(DALIANG, "DJ-02", share=doubled),)
    found = {key[0] for key in expect(rates)["checks"] if key[1] == "DJ-02"}
    wanted = {
        one.pk
        for one in register
        if one.state == "active"
        and ticket(f"{SEED},{YEAR}", one.credit_code)
        < (doubled if one.station_id == DALIANG else duties_on(AS_OF)["DJ-02"].share)[one.risk_class]
    }
    assert found == wanted


def test_months_that_a_plan_chose_take_all_that_is_drawn_and_no_other_duty_moves(
    register: list[Entity],
) -> None:
    before = expect()["checks"]
    after = expect((YearRate("440606", "DJ-01", months=(3, 9)), YearRate("4406", "DJ-01", months=(5,))))[
        "checks"
    ]
    of = {one.pk: one.station_id for one in register}
    for entity, code, month in after:
        if code == "DJ-01":
            assert month in ((3, 9) if of[entity] == DALIANG else (5,))
        else:
            assert before[entity, code, month] == after[entity, code, month]
    assert sum(before.values()) == sum(after.values())


def derive(as_of: date) -> None:
    derive_obligations(
        by=SYSTEM,
        at=AT,
        as_of=as_of,
        month=add_months(as_of.replace(day=1), 1),
        duties=duties_on(AS_OF),
        pull_forward_days=60,
        no_repeat_months=3,
        seed=SEED,
    )


def test_every_restaurant_never_checked_is_owed_once_within_its_interval_however_often_it_is_derived(
    register: list[Entity],
) -> None:
    """Derived every month, no check made: after two years every one of them has been owed."""
    PastInspection.objects.all().delete()
    Obligation.objects.all().delete()
    day = AS_OF
    while day < date(2028, 12, 1):
        derive(day)
        day = add_months(day, 1)
    own = {one.pk for one in register if one.state == "active" and "catering" in licences(one)}
    assert set(Obligation.objects.filter(duty_code="CY-01").values_list("entity_id", flat=True)) == own


def drawn_for(first: date, last: date) -> set[tuple[int, str]]:
    rows = Obligation.objects.filter(due_on__range=(first, last), origin="law")
    drawn = [code for code, duty in duties_on(AS_OF).items() if duty.rule == "random"]
    return set(rows.filter(duty_code__in=drawn).values_list("entity_id", "duty_code"))


def test_what_november_drew_for_january_january_does_not_draw_again(register: list[Entity]) -> None:
    """The year of the month decides the ticket, not the year in which it is derived."""
    derive(AS_OF)
    ahead = drawn_for(date(2027, 1, 1), date(2027, 1, 31))
    derive(date(2027, 1, 4))
    assert drawn_for(date(2027, 1, 1), date(2027, 1, 31)) == ahead
    expected = {key[:2] for key in expect()["checks"] if key[2] == 1}
    assert ahead
    assert ahead <= expected


def test_an_approved_years_settings_decide_what_is_derived(register: list[Entity]) -> None:
    rates = [
        YearRate("440606", "DJ-01", months=(1,)),
        YearRate("440606", "DJ-02", share=dict.fromkeys("ABCD", 1.0)),
    ]
    keep_year_rates(unit="440606", year=2027, rates=rates, source="plan")
    assert year_rates(year=2027) == rates
    derive(AS_OF)
    found = drawn_for(date(2027, 1, 1), date(2027, 1, 31))
    expected = {
        key[:2]
        for key in expect(tuple(rates))["checks"]
        if key[2] == 1 and duties_on(AS_OF)[key[1]].rule == "random"
    }
    assert found == expected
    assert {one for one in expected if one[1] == "DJ-01"} > {
        key[:2] for key in expect()["checks"] if key[1:] == ("DJ-01", 1)
    }
    keep_year_rates(unit="440606", year=2027, rates=[], source="")
    assert year_rates(year=2027) == []


def test_where_a_public_draw_decided_what_it_drew_alone_counts(register: list[Entity]) -> None:
    drawn = next(one for one in register if one.state == "active" and one.station_id == DALIANG)
    make_obligation(
        drawn,
        "DJ-02",
        origin="draw",
        origin_ref="draw:1",
        period="2027",
        release_on=date(2027, 4, 1),
        due_on=date(2027, 6, 30),
    )
    before = [one for one in plainly(register)["checks"] if one[1] == "DJ-02"]
    found = [one for one in expect()["checks"] if one[1] == "DJ-02"]
    own = {one.pk for one in register if one.station_id == DALIANG}
    assert [one[0] for one in found if one[0] in own] == [drawn.pk]
    assert {one[2] for one in found if one[0] == drawn.pk} <= {4, 5, 6}
    assert sorted(one for one in found if one[0] not in own) == sorted(
        one for one in before if one[0] not in own
    )


def test_who_is_left_alone_is_left_out_of_what_is_not_mandatory_for_as_long_as_the_list_says(
    register: list[Entity],
) -> None:
    before = expect()["checks"]
    quiet = next(
        one
        for one in register
        if any(key[0] == one.pk and not duties_on(AS_OF)[key[1]].mandatory for key in before)
        and any(key[0] == one.pk and duties_on(AS_OF)[key[1]].mandatory for key in before)
    )
    UndisturbedBusiness.objects.create(
        entity=quiet,
        station_id=quiet.station_id,
        from_on=AS_OF,
        until_on=date(2027, 6, 30),
        reason="一年无投诉",
        basis="x",
        listed_at=AT,
    )
    after = expect()["checks"]
    gone = {key for key in before if after[key] != before[key]}
    assert gone == {
        key
        for key in before
        if key[0] == quiet.pk
        and key[2] <= 6
        and duties_on(AS_OF)[key[1]].rule in {"random", "coverage"}
        and not duties_on(AS_OF)[key[1]].mandatory
    }


def test_a_check_after_licensing_in_the_year_makes_the_years_routine_checks_needless(
    register: list[Entity],
) -> None:
    before = expect(as_of=date(2027, 3, 1), first_month=3)["checks"]
    entity, code, _ = next(key for key in before if duties_on(AS_OF)[key[1]].routine)
    PastInspection.objects.create(
        entity_id=entity,
        number="after-licensing",
        inspected_on=date(2027, 2, 1),
        level="city",
        kind="post_licence",
        field=duties_on(AS_OF)[code].field,
        result="passed",
        delivery=make_delivery(),
    )
    after = expect(as_of=date(2027, 3, 1), first_month=3)["checks"]
    assert {key[:2] for key in before if after[key] != before[key]} >= {(entity, code)}
    assert not any(
        key[0] == entity and duties_on(AS_OF)[key[1]].routine and key[1][:2] == code[:2] for key in after
    )
