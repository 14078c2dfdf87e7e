"""A check answered by documents or data is done; the visit that was to carry it is let go, and nobody goes in vain."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from qianshao.base.access.rules import Scope
from qianshao.base.access.tests.factories import (
    DALIANG,
    LISHUI,
    make_account,
    make_officer,
    make_units,
    sign_in,
)
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.base.records.commands import store_attachment
from qianshao.base.records.models import Event
from qianshao.base.records.queries import verify_record
from qianshao.base.records.rules import Actor
from qianshao.base.stations.models import Officer
from qianshao.flow.duties.models import Obligation
from qianshao.flow.duties.queries import entries_made
from qianshao.flow.duties.tests.factories import make_obligation
from qianshao.flow.offsite.commands import Evidence, meet_offsite
from qianshao.flow.offsite.models import OffsiteCheck
from qianshao.flow.offsite.queries import offsite_case, offsite_checks
from qianshao.flow.planning.commands.living import adjust_plan
from qianshao.flow.planning.commands.making import make_month_plan
from qianshao.flow.planning.commands.running import approve_plan
from qianshao.flow.planning.models import MonthPlan, Visit, VisitTask
from qianshao.flow.planning.queries.plans import officer_day
from qianshao.flow.registry.models import Entity
from qianshao.flow.registry.tests.factories import make_entity

pytestmark = pytest.mark.django_db
HEAD = Actor(1, "何所长", "station_head", DALIANG)
AT = datetime(2026, 12, 1, 2, tzinfo=UTC)
TODAY = date(2026, 12, 1)
SCOPE = Scope(prefix=DALIANG, role="station_head")
REPORT, PRICE = "DJ-01", "JG-01"


@pytest.fixture(autouse=True)
def month(tmp_path: Path, settings: Any) -> None:
    """Four companies planned this month: one owes its annual report alone, one owes a price check too, two more on the way."""
    settings.MEDIA_ROOT = tmp_path
    make_units()
    for place in (1, 2):
        make_officer(number=f"粤E44060{place}", competences=["综合执法", "价格"])
    for number, codes in enumerate(((REPORT,), (REPORT, PRICE), (PRICE,), (PRICE,)), start=1):
        entity = make_entity(number=number, kind="company", lon=113.25 + number / 200)
        for code in codes:
            make_obligation(entity, code)
    plan = make_month_plan(station=DALIANG, month=TODAY, by=HEAD, at=AT, today=TODAY, seed=7)
    approve_plan(plan_id=plan.pk, scope=SCOPE, by=HEAD, at=AT)
    assert Visit.objects.filter(state="planned").count() == 4


def company(number: int) -> Entity:
    return Entity.objects.get(credit_code=f"91440606MA{number:08d}")


def owed(number: int, code: str = REPORT) -> Obligation:
    return Obligation.objects.get(entity=company(number), duty_code=code)


def meet(number: int = 1, code: str = REPORT, scope: Scope = SCOPE, **changes: Any) -> OffsiteCheck:
    values: dict[str, Any] = {
        "method": "data",
        "reference": "年报库 2025 第 8 行",
        "attachments": [],
        "conclusion": "met",
        "note": "",
        "checked_on": TODAY,
    }
    return meet_offsite(
        obligation_id=owed(number, code).pk,
        evidence=Evidence(**(values | changes)),
        scope=scope,
        by=HEAD,
        at=AT,
        today=TODAY,
    )


def test_a_visit_that_carried_nothing_else_is_cancelled_and_the_route_is_drawn_again() -> None:
    visit = Visit.objects.get(entity=company(1))
    row = meet()
    visit.refresh_from_db()
    assert (visit.state, row.released_visit) == ("cancelled", visit.pk)
    done = owed(1)
    assert (done.state, done.done_on, done.done_ref) == ("done", TODAY, f"offsite:{row.pk}")
    left = Visit.objects.filter(state="planned", visit_on=visit.visit_on, team=visit.team).order_by(
        "sequence"
    )
    assert [one.sequence for one in left] == list(range(1, len(left) + 1))
    assert MonthPlan.objects.get().report["visits"] == 3


def test_no_phone_is_sent_to_the_door_any_more() -> None:
    visit = Visit.objects.get(entity=company(1))
    officer = Officer.objects.order_by("pk")[0]

    def doors() -> set[int]:
        return {one.entity_id for one in officer_day(scope=SCOPE, officer_id=officer.pk, on=visit.visit_on)}

    assert company(1).pk in doors()
    meet()
    assert company(1).pk not in doors()


def test_a_visit_that_carries_more_goes_on_lighter_and_the_phone_is_told() -> None:
    before = Visit.objects.get(entity=company(2))
    row = meet(2)
    after = Visit.objects.get(pk=before.pk)
    assert (after.state, after.minutes, row.released_visit) == (
        "planned",
        before.minutes - owed(2).minutes,
        None,
    )
    assert after.version > before.version
    carried = VisitTask.objects.filter(visit=after, active=True).values_list(
        "obligation__duty_code", flat=True
    )
    assert list(carried) == [PRICE]


def test_the_plan_can_still_be_mended_and_moved_afterwards() -> None:
    meet()
    plan = MonthPlan.objects.get()
    done = adjust_plan(plan_id=plan.pk, reason="例行", by=HEAD, at=AT, today=TODAY, scope=SCOPE)
    assert (done.kept, done.left_out) == (3, 0)


def test_what_cannot_be_answered_stays_owed_at_the_door_with_the_record() -> None:
    row = meet(conclusion="not_met", note="材料不一致")
    assert (row.conclusion, row.released_visit) == ("not_met", None)
    assert owed(1).state == "open"
    assert Visit.objects.get(entity=company(1)).state == "planned"
    assert meet().conclusion == "met"
    assert [one.conclusion for one in offsite_checks(scope=SCOPE, today=TODAY)] == ["met", "not_met"]


def test_a_check_met_without_a_visit_is_no_entry_of_the_year() -> None:
    meet()
    assert entries_made(scope=SCOPE, organ_level="station", year=2026) == {}


def test_pictures_on_disk_are_evidence_and_others_are_not() -> None:
    content = b"\x89PNG\r\n\x1a\n"
    sha256 = hashlib.sha256(content).hexdigest()
    with pytest.raises(Refusal, match="有 1 个附件尚未上传到服务器"):
        meet(reference="", attachments=[sha256])
    assert (OffsiteCheck.objects.count(), owed(1).state) == (0, "open")
    store_attachment(
        by=HEAD,
        at=AT,
        content=content,
        sha256=sha256,
        media_type="image/png",
        original_name="x",
        unit=DALIANG,
    )
    assert meet(reference="", attachments=[sha256]).attachments == [sha256]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"code": PRICE, "number": 3}, "该检查事项不允许以非现场方式办结"),
        ({"reference": ""}, "请附照片，或写明所依据的材料"),
        ({"checked_on": date(2026, 12, 5)}, "核查日不能晚于今天"),
        ({"scope": Scope(prefix=LISHUI, role="station_head")}, "没有找到这项检查"),
    ],
)
def test_what_may_not_be_met_is_refused_and_nothing_is_written(changes: dict[str, Any], words: str) -> None:
    events = Event.objects.count()
    with pytest.raises(Refusal, match=words):
        meet(**changes)
    assert (OffsiteCheck.objects.count(), Event.objects.count()) == (0, events)
    assert Visit.objects.filter(state="planned").count() == 4


def test_an_officer_without_the_competence_or_a_valid_certificate_is_refused() -> None:
    officer = make_officer(number="粤E440699", competences=["食品检查员"])
    scope = Scope(prefix=DALIANG, role="officer", officer_id=officer.pk)
    with pytest.raises(Refusal, match="不具备“综合执法”资质"):
        meet(scope=scope)
    Officer.objects.filter(pk=officer.pk).update(
        competences=["综合执法"], certificate_expires_on=date(2026, 11, 1)
    )
    with pytest.raises(Refusal, match="执法证已于 2026-11-01 到期"):
        meet(scope=scope)
    assert owed(1).state == "open"


def test_a_settled_check_and_a_recheck_are_not_met_off_site() -> None:
    meet()
    with pytest.raises(Refusal, match="该检查已办结"):
        meet()
    Obligation.objects.filter(pk=owed(2).pk).update(origin="recheck")
    with pytest.raises(Refusal, match="复查不能以非现场方式办结"):
        meet(2)
    assert OffsiteCheck.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_record_holds_after_a_visit_was_let_go_and_a_changed_record_is_found() -> None:
    meet()
    meet(2)
    assert verify_record().findings == []
    OffsiteCheck.objects.filter(obligation=owed(1)).update(reference="别的材料")
    assert [one.kind for one in verify_record().findings] == ["row_changed"]


def test_a_case_says_whether_it_may_how_sure_that_is_and_which_visit_would_be_spared() -> None:
    case = offsite_case(scope=SCOPE, obligation_id=owed(2).pk, today=TODAY)
    assert case is not None and case.entry is not None
    assert (case.against, case.certainty, case.entry.checks) == ("", "P", 2)
    closed = offsite_case(scope=SCOPE, obligation_id=owed(3, PRICE).pk, today=TODAY)
    assert closed is not None
    assert closed.against == "该检查事项不允许以非现场方式办结。"
    assert offsite_case(scope=Scope(LISHUI, "station_head"), obligation_id=owed(2).pk, today=TODAY) is None


def test_an_officer_records_it_at_a_desk_and_a_neighbour_cannot(settings: Any) -> None:
    settings.TODAY = TODAY
    make_account(username="officer", officer=Officer.objects.order_by("pk")[0])
    make_account(username="lishui", role="station_head", unit=LISHUI)
    address = f"/api/obligations/{owed(1).pk}/offsite"
    body = {"method": "data", "reference": "年报库", "conclusion": "met", "checked_on": "2026-12-01"}
    neighbour, officer = sign_in("lishui"), sign_in("officer")
    assert neighbour.get(address).status_code == 404
    assert neighbour.post(address, body, content_type="application/json").status_code == 404
    answer = officer.post(address, body, content_type="application/json")
    assert answer.status_code == 201
    assert (answer.json()["check"]["state"], answer.json()["records"][0]["conclusion_label"]) == (
        "done",
        "符合要求",
    )
    listed = officer.get(f"/api/offsite?entity={company(1).pk}").json()["items"]
    assert [one["reference"] for one in listed] == ["年报库"]
    assert neighbour.get("/api/offsite").json()["items"] == []
