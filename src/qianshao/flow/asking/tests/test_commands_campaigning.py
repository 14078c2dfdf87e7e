"""Who starts a campaign is told which of its doors are entered anyway; joined checks ride along, what is taken back sends nobody out."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from qianshao.base.access.rules import EVERYTHING
from qianshao.base.access.tests.factories import DALIANG, make_account, make_officer, make_units, sign_in
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.base.records.models import Event
from qianshao.base.records.queries import verify_record
from qianshao.flow.asking.commands.campaigning import close_campaign, start_campaign, withdraw_campaign
from qianshao.flow.asking.queries import campaign_notice
from qianshao.flow.campaigns.models import Campaign
from qianshao.flow.campaigns.tests.factories import AT, SHUNDE, TODAY, approved, submitted
from qianshao.flow.duties.commands.campaigning import Owed
from qianshao.flow.duties.models import Obligation
from qianshao.flow.duties.tests.factories import make_obligation
from qianshao.flow.planning.commands.living import adjust_plan
from qianshao.flow.planning.commands.making import make_month_plan
from qianshao.flow.planning.models import MonthPlan, Visit, VisitTask
from qianshao.flow.registry.models import Entity, Licence
from qianshao.flow.registry.tests.factories import make_entity

pytestmark = pytest.mark.django_db
PLANNED, ENTERED, QUIET = 1, 2, 3


@pytest.fixture(autouse=True)
def doors() -> None:
    """Three restaurants in 大良: one planned this month, one entered ten days ago, one left alone."""
    make_units()
    for place in (1, 2):
        make_officer(number=f"粤E44060{place}", competences=["食品检查员"])
    for number in (PLANNED, ENTERED, QUIET):
        entity = make_entity(number=number)
        Licence.objects.create(
            entity=entity, licence_no=f"L{number}", kind="catering", delivery=entity.delivery
        )
    make_obligation(door(PLANNED), "CY-01")
    plan = make_month_plan(station=DALIANG, month=TODAY, by=SHUNDE, at=AT, today=TODAY, seed=7)
    earlier = MonthPlan.objects.create(
        month=date(2026, 11, 1),
        station_id=DALIANG,
        seed=1,
        policy_version="1",
        made_at=datetime(2026, 10, 24, tzinfo=UTC),
    )
    Visit.objects.create(
        plan=earlier,
        station_id=DALIANG,
        entity=door(ENTERED),
        visit_on=date(2026, 11, 21),
        done_on=date(2026, 11, 21),
        state="done",
        team=1,
        sequence=1,
        minutes=50,
        travel_minutes=5,
    )
    assert Visit.objects.filter(plan=plan, state="planned").count() == 1


def door(number: int) -> Entity:
    return Entity.objects.get(credit_code=f"91440606MA{number:08d}")


def start(one: Campaign, how: str = "", reason: str = "") -> Owed:
    return start_campaign(
        campaign_id=one.pk, how=how, reason=reason, scope=EVERYTHING, by=SHUNDE, at=AT, today=TODAY
    )


def window(number: int) -> tuple[date, date]:
    row = Obligation.objects.get(entity=door(number), origin="campaign")
    return row.release_on, row.due_on


def test_the_doors_entered_anyway_are_told_and_nothing_begins() -> None:
    one = approved()
    notice = campaign_notice(scope=EVERYTHING, campaign_id=one.pk, today=TODAY)
    assert (notice.days, notice.doors, notice.planned, notice.joinable, notice.entered) == (30, 3, 1, 1, 1)
    with pytest.raises(
        Refusal, match="涉及的 3 户中，1 户 30 天内已排检查，1 户 30 天内检查过，不宜再次进门"
    ):
        start(one)
    one.refresh_from_db()
    assert (one.state, Obligation.objects.filter(origin="campaign").count()) == ("approved", 0)


def test_joined_checks_ride_along_with_the_planned_entry_and_wait_where_somebody_has_just_been() -> None:
    assert start(approved(), "join") == Owed(3, 3, 0, 0)
    assert window(PLANNED) == (date(2026, 12, 1), date(2026, 12, 31))
    assert window(ENTERED) == (date(2026, 12, 21), date(2026, 12, 31))
    assert window(QUIET) == (date(2026, 12, 1), date(2026, 12, 31))
    plan = MonthPlan.objects.get(month=TODAY)
    adjust_plan(plan_id=plan.pk, reason="专项", by=SHUNDE, at=AT, today=TODAY, scope=EVERYTHING)
    entries = Visit.objects.filter(plan=plan, state="planned")
    carried = {one.entity_id: VisitTask.objects.filter(visit=one, active=True).count() for one in entries}
    assert carried == {door(PLANNED).pk: 2, door(ENTERED).pk: 1, door(QUIET).pk: 1}
    assert entries.get(entity=door(ENTERED)).visit_on >= date(2026, 12, 21)


def test_waiting_lets_the_days_pass_after_the_entry_that_was_or_will_be() -> None:
    start(approved(), "later")
    planned_on = Visit.objects.get(state="planned").visit_on
    expected = min(date(2026, 12, 31), date.fromordinal(planned_on.toordinal() + 30))
    assert window(PLANNED) == (expected, date(2026, 12, 31))
    assert window(ENTERED) == (date(2026, 12, 21), date(2026, 12, 31))


def test_going_apart_wants_a_reason_and_keeps_it_on_record() -> None:
    one = approved()
    with pytest.raises(Refusal, match="另行进门须说明理由"):
        start(one, "apart")
    assert Obligation.objects.filter(origin="campaign").count() == 0
    start(one, "apart", "节前必须逐户到场")
    assert window(ENTERED) == (date(2026, 12, 1), date(2026, 12, 31))
    told = Event.objects.get(verb="begin_campaign").payload
    assert (told["how"], told["reason"], told["planned"], told["entered"]) == (
        "apart",
        "节前必须逐户到场",
        1,
        1,
    )


def test_a_campaign_at_doors_nobody_goes_to_begins_without_a_word() -> None:
    Visit.objects.all().update(state="cancelled")
    assert start(approved()) == Owed(3, 3, 0, 0)


def test_closing_takes_its_checks_out_of_the_visits_and_cancels_a_visit_left_empty() -> None:
    one = approved()
    start(one, "join")
    plan = MonthPlan.objects.get(month=TODAY)
    adjust_plan(plan_id=plan.pk, reason="专项", by=SHUNDE, at=AT, today=TODAY, scope=EVERYTHING)
    before = Visit.objects.get(plan=plan, entity=door(PLANNED))
    assert close_campaign(campaign_id=one.pk, reason="任务完成", scope=EVERYTHING, by=SHUNDE, at=AT) == 3
    after = Visit.objects.get(pk=before.pk)
    assert (after.state, after.version) == ("planned", before.version + 1)
    assert (
        after.minutes
        == before.minutes - Obligation.objects.get(entity=door(PLANNED), origin="campaign").minutes
    )
    empty = Visit.objects.filter(plan=plan).exclude(pk=before.pk)
    assert set(empty.values_list("state", flat=True)) == {"cancelled"}
    assert VisitTask.objects.filter(active=True, obligation__origin="campaign").count() == 0


def test_a_running_campaign_withdrawn_leaves_what_was_done() -> None:
    one = approved()
    start(one, "join")
    Obligation.objects.filter(entity=door(QUIET)).update(state="done", done_on=TODAY)
    assert withdraw_campaign(campaign_id=one.pk, reason="上级叫停", scope=EVERYTHING, by=SHUNDE, at=AT) == 2
    one.refresh_from_db()
    assert (one.state, one.ended_reason) == ("withdrawn", "上级叫停")
    assert Obligation.objects.get(entity=door(QUIET)).state == "done"


def test_a_campaign_is_not_ended_without_a_reason() -> None:
    one = submitted()
    with pytest.raises(Refusal, match="请说明原因"):
        withdraw_campaign(campaign_id=one.pk, reason=" ", scope=EVERYTHING, by=SHUNDE, at=AT)
    one.refresh_from_db()
    assert one.state == "submitted"


def test_a_district_starts_and_closes_it_at_its_desk(settings: Any) -> None:
    settings.TODAY = TODAY
    make_account(username="shunde", role="district", unit="440606")
    district, address = sign_in("shunde"), f"/api/campaigns/{approved().pk}"

    def post(path: str, **told: Any) -> Any:
        return district.post(f"{address}{path}", told, content_type="application/json")

    assert district.get(f"{address}/notice").json() == {
        "days": 30,
        "doors": 3,
        "planned": 1,
        "joinable": 1,
        "entered": 1,
    }
    assert post("/start").json()["code"] == "doors_are_entered"
    assert post("/start", how="join").json() == {"checks": 3, "doors": 3, "carried": 0, "excused": 0}
    assert post("/close", reason="任务完成").json() == {"cancelled": 3}


@pytest.mark.django_db(transaction=True)
def test_the_record_holds_after_a_campaign_has_come_and_gone() -> None:
    MonthPlan.objects.filter(month=date(2026, 11, 1)).delete()
    one = approved()
    start(one, "join")
    close_campaign(campaign_id=one.pk, reason="任务完成", scope=EVERYTHING, by=SHUNDE, at=AT)
    assert verify_record().findings == []
