"""A drawn object that is passed over sends nobody out, planned or not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from qianshao.base.access.rules import EVERYTHING
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.flow.asking.commands.passing import change_draw
from qianshao.flow.draws.queries.draws import picks_of
from qianshao.flow.draws.tests.stages import AT, CITY, FIRST, LATER, make_town, opened
from qianshao.flow.duties.models import Obligation
from qianshao.flow.duties.tests.factories import make_obligation
from qianshao.flow.planning.models import MonthPlan, Visit, VisitTask

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def town(tmp_path: Path, settings: Any) -> None:
    make_town(tmp_path, settings)


def planned(obligations: list[Obligation]) -> Visit:
    plan, _ = MonthPlan.objects.get_or_create(
        month=FIRST,
        station_id=obligations[0].station_id,
        defaults={"seed": 1, "policy_version": "1", "made_at": AT},
    )
    visit = Visit.objects.create(
        plan=plan,
        station_id=obligations[0].station_id,
        entity=obligations[0].entity,
        visit_on=FIRST,
        team=1,
        sequence=Visit.objects.count() + 1,
        minutes=sum(one.minutes for one in obligations),
        travel_minutes=5,
    )
    VisitTask.objects.bulk_create(VisitTask(visit=visit, obligation=one) for one in obligations)
    return visit


def test_a_visit_for_drawn_checks_alone_is_cancelled_and_one_with_more_goes_without_them() -> None:
    made = opened()
    alone, shared = (picks_of(draw_id=made.pk)[place].object for place in (0, 1))
    owed = {code: list(Obligation.objects.filter(entity__credit_code=code)) for code in (alone, shared)}
    only = planned(owed[alone])
    both = planned([*owed[shared], make_obligation(owed[shared][0].entity, "CY-01")])
    for code in (alone, shared):
        change_draw(
            draw_id=made.pk,
            object=code,
            kind="pass_over",
            reason="已搬离",
            scope=EVERYTHING,
            by=CITY,
            at=LATER,
            today=FIRST,
        )
    only.refresh_from_db()
    both.refresh_from_db()
    assert (only.state, both.state, both.version) == ("cancelled", "planned", 2)
    carried = VisitTask.objects.filter(visit=both, active=True)
    assert [one.obligation.duty_code for one in carried] == ["CY-01"]


def test_what_is_refused_leaves_the_plan_as_it_was() -> None:
    made = opened()
    code = picks_of(draw_id=made.pk)[0].object
    visit = planned(list(Obligation.objects.filter(entity__credit_code=code)))
    with pytest.raises(Refusal, match="人工调整须写明理由"):
        change_draw(
            draw_id=made.pk,
            object=code,
            kind="pass_over",
            reason="",
            scope=EVERYTHING,
            by=CITY,
            at=LATER,
            today=FIRST,
        )
    visit.refresh_from_db()
    assert (visit.state, VisitTask.objects.filter(active=True).count() > 0) == ("planned", True)
