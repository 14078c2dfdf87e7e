"""A station with twelve officers and their visits, made as the owner of the tables. Prints what the phones must know."""

from __future__ import annotations

import json
import sys
from datetime import UTC, date, datetime

import django

django.setup()

from django.core.management import call_command  # noqa: E402

from qianshao.base.access.rules import EVERYTHING  # noqa: E402
from qianshao.base.access.tests.factories import DALIANG, PASSWORD, make_account, make_officer, make_units  # noqa: E402
from qianshao.base.records.rules import SYSTEM  # noqa: E402
from qianshao.flow.duties.queries import duties_on  # noqa: E402
from qianshao.flow.duties.tests.factories import CATERING, make_obligation  # noqa: E402
from qianshao.flow.planning.commands.running import approve_plan  # noqa: E402
from qianshao.flow.planning.models import MonthPlan, Visit, VisitOfficer, VisitTask  # noqa: E402
from qianshao.flow.registry.tests.factories import make_entity  # noqa: E402

DEVICES = 12
TODAY = date(2026, 12, 1)
APPROVED_AT = datetime(2026, 11, 30, 1, tzinfo=UTC)


def main(visits: int) -> None:
    call_command("migrate", verbosity=0)
    make_units()
    officers = [make_officer(number=f"粤E9{place:05d}") for place in range(DEVICES)]
    for place, officer in enumerate(officers):
        make_account(username=f"storm-{place}", officer=officer)
    plan = MonthPlan.objects.create(
        month=TODAY,
        station_id=DALIANG,
        seed=1,
        policy_version="1",
        made_at="2026-11-30T00:00Z",
    )
    approve_plan(plan_id=plan.pk, scope=EVERYTHING, by=SYSTEM, at=APPROVED_AT)
    made = []
    for number in range(visits):
        place = number % DEVICES
        entity = make_entity(number=number)
        obligation = make_obligation(entity)
        visit = Visit.objects.create(
            plan=plan,
            station_id=DALIANG,
            entity=entity,
            visit_on=TODAY,
            team=place,
            sequence=number,
            minutes=50,
            travel_minutes=5,
        )
        VisitOfficer.objects.bulk_create(
            VisitOfficer(visit=visit, officer=one, lead=one is officers[place])
            for one in (officers[place], officers[(place + 1) % DEVICES])
        )
        VisitTask.objects.create(visit=visit, obligation=obligation)
        made.append({"device": place, "visit_id": visit.pk, "obligation_id": obligation.pk})
    items = [item.code for item in duties_on(TODAY)[CATERING].items]
    json.dump({"visits": made, "items": items, "duty_code": CATERING, "password": PASSWORD}, sys.stdout)


if __name__ == "__main__":
    main(int(sys.argv[1]))
