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
