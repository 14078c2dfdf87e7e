"""What is owed at whose door: the same for one business by the rule and for all by SQL, and never twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings

from qianshao.base.calendar.rules import add_months
from qianshao.base.gateways.rules.sample import write_sample
from qianshao.base.places.commands import load_divisions
from qianshao.base.records.models import Event
from qianshao.base.records.rules import SYSTEM
from qianshao.base.stations.commands import make_stations
from qianshao.flow.duties.commands.deriving import derive_obligations
from qianshao.flow.duties.models import Obligation, SparedCheck
from qianshao.flow.duties.queries import duties_on, risk_model
from qianshao.flow.duties.rules import Subject, asking_unit, concerns, ticket
from qianshao.flow.registry.commands.loading import ingest_folder
from qianshao.flow.registry.models import Entity, Equipment, Licence, PastInspection, Penalty, School
from qianshao.flow.risk.commands import classify
from qianshao.flow.risk.models import RiskAssessment
from qianshao.flow.risk.rules import judge
from qianshao.flow.undisturbed.models import UndisturbedBusiness

pytestmark = pytest.mark.django_db(transaction=True)
AT = datetime(2026, 11, 23, 1, tzinfo=UTC)
TODAY = date(2026, 11, 23)
DECEMBER = date(2026, 12, 1)


@pytest.fixture(autouse=True)
def city(tmp_path: Path, settings: Any) -> Iterator[None]:
    settings.LAKE_ROOT = tmp_path / "lake"
    settings.LAKE_ROOT.mkdir()
    policy = Path(django_settings.POLICY_DIR)
    load_divisions(file=policy / "foshan" / "divisions.csv", by=SYSTEM, at=AT)
    make_stations(by=SYSTEM, at=AT)
    write_sample(out=tmp_path / "city", policy=policy, scale=0.002, seed=7, today=TODAY)
    ingest_folder(folder=tmp_path / "city", by=SYSTEM, at=AT, today=TODAY)
    classify(by=SYSTEM, at=AT, as_of=TODAY, model=risk_model())
    yield


def derive() -> dict[str, int]:
    return derive_obligations(
        by=SYSTEM,
        at=AT,
        as_of=TODAY,
        month=DECEMBER,
        duties=duties_on(TODAY),
        pull_forward_days=60,
        no_repeat_months=3,
        seed="7",
    )


def subjects() -> dict[int, Subject]:
    licences: dict[int, set[str]] = {}
    for entity, kind in Licence.objects.values_list("entity_id", "kind"):
        licences.setdefault(entity, set()).add(kind)
    equipment: dict[int, set[str]] = {}
    for entity, category in Equipment.objects.filter(state="in_use").values_list("entity_id", "category"):
        equipment.setdefault(entity, set()).add(category)
    schools = set(School.objects.values_list("entity_id", flat=True))
    return {
        one.pk: Subject(
            one.kind,
            one.section,
            one.industry,
            one.state,
            frozenset(licences.get(one.pk, ())),
            frozenset(equipment.get(one.pk, ())),
            one.pk in schools,
        )
        for one in Entity.objects.all()
    }


def test_every_obligation_stands_at_a_door_that_its_duty_concerns_and_is_owed_once() -> None:
    added = derive()
    known = subjects()
    duties = duties_on(TODAY)
    rows = list(Obligation.objects.all())
    assert sum(added.values()) == len(rows) > 0
    assert all(concerns(duties[row.duty_code].whom, known[row.entity_id]) for row in rows)
    assert len({(row.entity_id, row.duty_code) for row in rows}) == len(rows)
    assert derive() == dict.fromkeys(added, 0)
    assert Obligation.objects.count() == len(rows)


def test_every_restaurant_not_checked_for_its_interval_is_owed_by_the_end_of_the_horizon() -> None:
    derive()
    duty = duties_on(TODAY)["CY-01"]
    horizon = date(2027, 3, 1)
    last: dict[int, date] = {}
    for entity, on in (
        PastInspection.objects.filter(field="catering")
        .exclude(result="not_found")
        .values_list("entity_id", "inspected_on")
    ):
        last[entity] = max(on, last.get(entity, on))
    owed = {row.entity_id: row for row in Obligation.objects.filter(duty_code="CY-01")}
    for one in Entity.objects.filter(
        state="active", pk__in=Licence.objects.filter(kind="catering").values("entity_id")
    ):
        if one.pk in last:
            due = add_months(last[one.pk], duty.every_months[one.risk_class])
            assert (one.pk in owed) == (due <= horizon), (one.name, due)
            if one.pk in owed:
                assert owed[one.pk].due_on == due


def test_a_random_duty_takes_exactly_the_tickets_within_its_share() -> None:
    derive()
    duties = duties_on(TODAY)
    known = subjects()
    for code in ("DJ-01", "JG-01", "CY-02"):
        duty = duties[code]
        for row in Obligation.objects.filter(duty_code=code).select_related("entity"):
            assert ticket(f"7,{row.period}", row.entity.credit_code) < duty.share[row.entity.risk_class]
            assert concerns(duty.whom, known[row.entity_id])


def test_the_classes_of_all_equal_the_rule_for_each() -> None:
    facts: dict[int, dict[str, int]] = {}

    def count(name: str, entities: Any) -> None:
        for entity in entities:
            facts.setdefault(entity, {})[name] = facts.get(entity, {}).get(name, 0) + 1

    def ids(rows: Any) -> Any:
        return rows.values_list("entity_id", flat=True)

    count("has_licence", ids(Licence.objects))
    count("is_school", School.objects.values_list("pk", flat=True))
    count("has_equipment", ids(Equipment.objects.filter(state="in_use")))
    count("overdue_equipment", ids(Equipment.objects.filter(state="in_use", next_inspection_on__lt=TODAY)))
    count("penalties", ids(Penalty.objects.filter(decided_on__gt=add_months(TODAY, -36))))
    count(
        "problem_inspections",
        ids(PastInspection.objects.filter(result="problems", inspected_on__gt=add_months(TODAY, -24))),
    )
    model = risk_model()
    untold = {"missing_report", "expired_licence", "upheld_complaints"}
    for row in RiskAssessment.objects.all():
        told = [entry for entry in row.reasons if _fact(entry["code"]) not in untold]
        expected = judge(facts.get(row.entity_id, {}), model)
        assert [entry["code"] for entry in told] == [reason.code for reason in expected.reasons]
        assert row.score == sum(entry["points"] for entry in row.reasons)
        assert Entity.objects.get(pk=row.entity_id).risk_class == row.risk_class


def _fact(code: str) -> str:
    return next(reason.fact for reason in risk_model().reasons if reason.code == code)


def test_judging_again_changes_no_label_and_leaves_an_event() -> None:
    before = dict(Entity.objects.values_list("pk", "risk_class"))
    classify(by=SYSTEM, at=AT, as_of=TODAY, model=risk_model())
    assert dict(Entity.objects.values_list("pk", "risk_class")) == before
    assert Event.objects.filter(verb="classify").latest("id").payload["changed"] == 0


def test_a_business_that_chance_would_have_drawn_but_a_higher_level_had_checked_is_kept_as_spared() -> None:
    PastInspection.objects.update(level="district", inspected_on=date(2026, 10, 20), result="passed")
    derive()
    first = SparedCheck.objects.count()
    derive()
    assert (first > 0, SparedCheck.objects.count()) == (True, first)
    for one in SparedCheck.objects.all()[:50]:
        assert one.checked_on > add_months(TODAY, -3)
        assert not Obligation.objects.filter(
            entity_id=one.entity_id, duty_code=one.duty_code, period=one.period, origin="law"
        ).exists()
        drawn = ticket(f"7,{one.period}", Entity.objects.get(pk=one.entity_id).credit_code)
        assert drawn < max(duties_on(TODAY)[one.duty_code].share.values())


def test_every_obligation_names_the_unit_that_asked_for_it_by_the_level_of_its_duty() -> None:
    derive()
    found = set(Obligation.objects.values_list("level", "asked_by", "station_id"))
    assert {level for level, _, _ in found} == {"city", "district", "station"}
    assert all(asked == asking_unit(level, station) for level, asked, station in found)
    assert {len(asked) for _, asked, _ in found} == {4, 6, 9}


def leave_all_alone() -> None:
    UndisturbedBusiness.objects.bulk_create(
        UndisturbedBusiness(
            entity=one,
            station_id=one.station_id,
            from_on=date(2026, 11, 1),
            until_on=date(2027, 10, 31),
            listed_at=AT,
        )
        for one in Entity.objects.filter(state="active")
    )


def test_who_is_left_alone_owes_what_is_mandatory_and_what_events_ask_for_and_each_check_excused_is_kept() -> (
    None
):
    derive()
    expected = set(Obligation.objects.values_list("entity_id", "duty_code"))
    Obligation.objects.all().delete()
    SparedCheck.objects.all().delete()
    leave_all_alone()
    derive()
    duties = duties_on(TODAY)
    owed = set(Obligation.objects.values_list("entity_id", "duty_code"))
    excused = {
        one
        for one in expected
        if duties[one[1]].rule in {"random", "coverage"} and not duties[one[1]].mandatory
    }
    assert owed == expected - excused
    assert {duties[code].rule for _, code in owed} == {"coverage", "missing_report", "overdue_equipment"}
    spared = SparedCheck.objects.filter(kind="whitelist")
    assert set(spared.values_list("entity_id", "duty_code")) == excused
    assert set(spared.values_list("checked_on", flat=True)) == {date(2026, 11, 1)}
    count = SparedCheck.objects.count()
    derive()
    assert SparedCheck.objects.count() == count


def test_after_the_list_is_left_the_check_is_owed_again() -> None:
    leave_all_alone()
    derive()
    code = SparedCheck.objects.filter(kind="whitelist").values_list("duty_code", flat=True)[0]
    assert not Obligation.objects.filter(duty_code=code).exists()
    UndisturbedBusiness.objects.update(left_on=TODAY, left_why="complaint")
    derive()
    assert Obligation.objects.filter(duty_code=code).exists()


def test_a_check_after_licensing_spares_the_routine_check_of_the_same_year_alone() -> None:
    derive()
    routine = [one.code for one in duties_on(TODAY).values() if one.routine]
    owed = Obligation.objects.filter(duty_code__in=routine)
    checked = sorted(set(owed.values_list("entity_id", flat=True)))
    years = {(one.entity_id, one.duty_code): one.due_on.year for one in owed}
    assert {2026, 2027} & set(years.values())
    Obligation.objects.all().delete()
    SparedCheck.objects.all().delete()
    for number, entity in enumerate(Entity.objects.filter(pk__in=checked)):
        PastInspection.objects.create(
            entity=entity,
            number=f"ZH{number}",
            inspected_on=date(2026, 3, 1),
            level="city",
            field="special_equipment",
            kind="post_licence",
            result="passed",
            delivery=entity.delivery,
        )
    derive()
    found = {(one.entity_id, one.duty_code): one for one in SparedCheck.objects.filter(kind="post_licence")}
    random = {code for code in routine if duties_on(TODAY)[code].rule == "random"}
    assert {key for key in found if key[1] in random} == {
        key for key, year in years.items() if year == 2026 and key[1] in random
    }
    assert all(one.checked_on == date(2026, 3, 1) for one in found.values())
    still = set(Obligation.objects.filter(duty_code__in=random).values_list("entity_id", "duty_code"))
    assert still == {key for key, year in years.items() if year == 2027 and key[1] in random}


def test_a_coverage_check_moved_on_by_a_higher_levels_check_is_kept_once_with_its_day() -> None:
    PastInspection.objects.all().delete()
    duty = duties_on(TODAY)["CY-01"]
    shop = Entity.objects.filter(
        state="active", pk__in=Licence.objects.filter(kind="catering").values("entity_id")
    )[0]
    months = duty.every_months[shop.risk_class]
    own_on = add_months(date(2026, 12, 10), -months)
    for number, (on, level) in enumerate(((own_on, "station"), (date(2026, 10, 5), "city"))):
        PastInspection.objects.create(
            entity=shop,
            number=f"x{number}",
            inspected_on=on,
            level=level,
            field=duty.field,
            result="passed",
            delivery=shop.delivery,
        )
    derive()
    derive()
    (kept,) = SparedCheck.objects.filter(entity=shop, duty_code="CY-01")
    assert (kept.kind, kept.period, kept.spared_on, kept.checked_on) == (
        "deferred",
        "2026-12",
        date(2026, 12, 10),
        date(2026, 10, 5),
    )
    assert not Obligation.objects.filter(entity=shop, duty_code="CY-01").exists()


def test_a_check_of_the_duties_own_level_defers_nothing() -> None:
    PastInspection.objects.update(level="station")
    derive()
    assert not SparedCheck.objects.filter(kind="deferred").exists()
