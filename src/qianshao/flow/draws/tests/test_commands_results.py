"""What a drawn check came to is told by the visit, and published in the legal term."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from qianshao.base.access.rules import EVERYTHING, Scope
from qianshao.base.access.tests.factories import DALIANG, LISHUI
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.base.records.models import Event
from qianshao.flow.draws.commands.results import correct_results, publish_results, report_results
from qianshao.flow.draws.models import Draw, DrawResult
from qianshao.flow.draws.queries.draws import folder_of
from qianshao.flow.draws.queries.results import publication_law, results, results_file, waiting_results
from qianshao.flow.draws.rules.results import result_of
from qianshao.flow.draws.tests.stages import LATER, SHUNDE, make_town, opened, published
from qianshao.flow.duties.models import Obligation
from qianshao.flow.duties.tests.factories import make_obligation
from qianshao.flow.registry.models import Entity
from qianshao.flow.registry.tests.factories import make_entity

pytestmark = pytest.mark.django_db
MET = date(2027, 3, 1)
LAST_DAY = date(2027, 3, 29)
"""The twentieth working day after Monday 1 March 2027."""


@pytest.fixture(autouse=True)
def town(tmp_path: Path, settings: Any) -> None:
    make_town(tmp_path, settings)


def met(count: int = 2, result: str = "none", **more: Any) -> list[int]:
    ids = list(Obligation.objects.filter(origin="draw").order_by("id").values_list("id", flat=True)[:count])
    values: dict[str, Any] = {
        "results": dict.fromkeys(ids, result),
        "formed_on": MET,
        "done_ref": "visit:1",
        "officers": ["粤E440600", "粤E440601"],
    }
    report_results(**(values | more))
    return ids


def publish(made: Draw, today: date = date(2027, 3, 10)) -> int:
    return publish_results(draw_id=made.pk, scope=EVERYTHING, by=SHUNDE, at=LATER, today=today)


def test_the_term_is_twenty_working_days_with_its_basis() -> None:
    law = publication_law(day=MET)
    assert (law.term, law.reminder) == (20, 5)
    assert law.basis == "《政府信息公开条例》第二十六条、《食品生产经营监督检查管理办法》第三十九条"


def test_a_result_is_due_twenty_working_days_after_it_was_formed_and_reminded_of_five_before() -> None:
    made = published()
    met()
    found = results(scope=EVERYTHING, draw_id=made.pk, today=MET)
    assert {(one.publish_by, one.urgency, one.result_label) for one in found} == {
        (LAST_DAY, "waiting", "未发现问题")
    }
    days = {
        date(2027, 3, 19): (2, 0, 0),
        date(2027, 3, 22): (2, 2, 0),
        LAST_DAY: (2, 2, 0),
        date(2027, 3, 30): (2, 0, 2),
    }
    for today, counts in days.items():
        one = waiting_results(scope=EVERYTHING, today=today)[0]
        assert (one.waiting, one.soon, one.overdue) == counts, today
    assert len(results(scope=EVERYTHING, draw_id=made.pk, today=date(2027, 3, 22), urgent="soon")) == 2
    assert results(scope=EVERYTHING, draw_id=made.pk, today=MET, urgent="overdue") == []


def test_only_what_a_draw_decided_is_reported_to_it() -> None:
    made = opened()
    owed = make_obligation(make_entity(number=80), "CY-01")
    drawn = Obligation.objects.filter(origin="draw").first()
    assert drawn
    rows = report_results(
        results={owed.pk: "none", drawn.pk: "pending"}, formed_on=MET, done_ref="visit:1", officers=[]
    )
    kept = DrawResult.objects.get()
    assert (rows, kept.draw_id, kept.result) == ([("draws_result", kept.pk)], made.pk, "pending")


def test_published_results_lie_in_a_file_that_names_no_person_but_the_officers_certificates() -> None:
    made = published()
    ids = met()
    Entity.objects.filter(pk=Obligation.objects.get(pk=ids[0]).entity_id).update(
        name="=佛山小店", legal_person="张三", phone="13800000000"
    )
    assert publish(made) == 2
    file = results_file(draw_id=made.pk)
    assert file is not None
    text = file.read_bytes().decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0] == [
        "统一社会信用代码",
        "名称",
        "检查事项",
        "检查结果",
        "检查日期",
        "检查机关",
        "检查人员执法证号",
    ]
    assert {tuple(row[3:]) for row in rows[1:]} == {
        ("未发现问题", "2027-03-01", "大良街道市场监督管理所", "粤E440600 粤E440601")
    }
    assert "'=佛山小店" in {row[1] for row in rows}
    assert not {"张三", "13800000000"} & set(text.replace(",", "\n").split())
    event = Event.objects.get(verb="publish_results")
    assert (event.payload["results"], len(event.payload["sha256"]), len(event.rows)) == (2, 64, 3)
    assert {one.urgency for one in results(scope=EVERYTHING, draw_id=made.pk, today=MET)} == {"published"}
    assert waiting_results(scope=EVERYTHING, today=MET) == []


def test_later_results_join_the_earlier_ones_in_the_file() -> None:
    made = published()
    met(1)
    publish(made)
    more = Obligation.objects.filter(origin="draw").order_by("id").values_list("id", flat=True)[1]
    met(results={more: "no_activity"})
    assert publish(made) == 1
    assert (folder_of(made.pk) / "results.csv").read_text("utf-8-sig").count("\n") == 3


def test_what_an_order_put_right_is_published_anew_in_the_term() -> None:
    made = published()
    met(result="pending")
    publish(made)
    rows = correct_results(done_ref="visit:1", on=date(2027, 4, 1))
    assert len(rows) == 2
    found = results(scope=EVERYTHING, draw_id=made.pk, today=date(2027, 4, 1))
    assert {(one.result_label, one.urgency, one.formed_on) for one in found} == {
        ("发现问题经责令已改正", "waiting", date(2027, 4, 1))
    }
    assert publish(made, date(2027, 4, 2)) == 2


def test_nothing_is_published_before_the_draw_is_or_where_nothing_waits() -> None:
    made = opened()
    met()
    with pytest.raises(Refusal, match="公布抽取公告之后，才能公布检查结果"):
        publish(made)
    Draw.objects.update(state="published")
    DrawResult.objects.update(published_at=LATER)
    with pytest.raises(Refusal, match="没有待公布的检查结果"):
        publish(made)
    assert results_file(draw_id=made.pk) is None
    assert Event.objects.filter(verb="publish_results").count() == 0


def test_a_station_sees_the_results_at_its_own_businesses_alone() -> None:
    made = published()
    met()
    assert len(results(scope=Scope(prefix=DALIANG, role="station_head"), draw_id=made.pk, today=MET)) == 2
    assert results(scope=Scope(prefix=LISHUI, role="station_head"), draw_id=made.pk, today=MET) == []
    assert waiting_results(scope=Scope(prefix="440605", role="district"), today=MET) == []


@pytest.mark.parametrize(
    ("conclusion", "failed", "result"),
    [
        ("no_problem", False, "none"),
        ("corrected_on_site", True, "corrected"),
        ("corrected_on_site", False, "none"),
        ("order_to_rectify", True, "pending"),
        ("order_to_rectify", False, "none"),
        ("not_operating", False, "no_activity"),
        ("not_found", False, None),
        ("refused", False, None),
    ],
)
def test_each_check_has_its_own_result_and_a_door_that_could_not_be_checked_has_none(
    conclusion: str, failed: bool, result: str | None
) -> None:
    assert result_of(conclusion, failed) == result
