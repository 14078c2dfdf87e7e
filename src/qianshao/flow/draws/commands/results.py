"""抽查结果 reported back by the visit, and published in the legal term."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from django.db import transaction

from qianshao.base.access.rules import EVERYTHING, Scope
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.base.records.rules import Actor
from qianshao.flow.draws.commands.keeping import lock_draw, record_draw
from qianshao.flow.draws.models import Draw, DrawResult
from qianshao.flow.draws.queries.draws import folder_of
from qianshao.flow.draws.queries.results import publication_law, result_rows
from qianshao.flow.draws.rules.filing import keep_private
from qianshao.flow.draws.rules.results import RESULTS, publish_by
from qianshao.flow.duties.queries import drawn_rows

Rows = list[tuple[str, object]]
_HEADS = ("统一社会信用代码", "名称", "检查事项", "检查结果", "检查日期", "检查机关", "检查人员执法证号")


def report_results(
    *, results: Mapping[int, str], formed_on: date, done_ref: str, officers: Sequence[str]
) -> Rows:
    """回报抽查结果: of the obligations (by number, with what each came to) those that a draw decided. Runs inside the visit's
    transaction, whose event names the rows returned; `officers` are certificate numbers of those who went."""
    if not results:
        return []
    due = publish_by(formed_on, publication_law(day=formed_on).term)
    rows: Rows = []
    for one in drawn_rows(scope=EVERYTHING, draw="", ids=list(results)):
        made = DrawResult.objects.create(
            draw_id=int(one.origin_ref.removeprefix("draw:")),
            obligation=one,
            duty_code=one.duty_code,
            result=results[one.pk],
            formed_on=formed_on,
            done_ref=done_ref,
            officers=list(officers),
            publish_by=due,
        )
        rows.append(("draws_result", made.pk))
    return rows


def correct_results(*, done_ref: str, on: date) -> Rows:
    """改正后的抽查结果: what that visit left pending is corrected now, and published anew in the term. Runs inside the transaction
    of the act that found it corrected, whose event names the rows returned."""
    rows = DrawResult.objects.select_for_update().filter(done_ref=done_ref, result="pending")
    numbers = list(rows.values_list("pk", flat=True))
    DrawResult.objects.filter(pk__in=numbers).update(
        result="corrected",
        formed_on=on,
        publish_by=publish_by(on, publication_law(day=on).term),
        published_at=None,
    )
    return [("draws_result", one) for one in numbers]


def publish_results(*, draw_id: int, scope: Scope, by: Actor, at: datetime, today: date) -> int:
    """公布抽查结果: every result that waits goes into the draw's public file with those published before. Returns how many are new.

    The file holds the business, the duty, the result, the day, the station and the officers' certificate numbers; nothing else
    of any person. Raises `Refusal` while the draw itself is not published, or when nothing waits.
    """
    with transaction.atomic():
        draw = lock_draw(draw_id=draw_id, scope=scope, act="publish_results")
        waiting = list(
            DrawResult.objects.select_for_update()
            .filter(draw=draw, published_at__isnull=True)
            .values_list("pk", flat=True)
        )
        if not waiting:
            raise Refusal("nothing_to_publish", "没有待公布的检查结果。")
        DrawResult.objects.filter(pk__in=waiting).update(published_at=at)
        content = _sheet(draw, today)
        keep_private(folder_of(draw.pk) / "results.csv", content)
        record_draw(
            draw,
            "publish_results",
            by=by,
            at=at,
            results=len(waiting),
            sha256=hashlib.sha256(content).hexdigest(),
            rows=[("draws_result", one) for one in waiting],
        )
    return len(waiting)


def _sheet(draw: Draw, today: date) -> bytes:
    text = io.StringIO()
    sheet = csv.writer(text)
    sheet.writerow(_HEADS)
    for one in result_rows(draw_id=draw.pk, today=today):
        sheet.writerow(
            [
                one.credit_code,
                _inert(one.name),
                one.duty_name,
                RESULTS[one.result],
                one.formed_on.isoformat(),
                one.station_name,
                " ".join(one.officers),
            ]
        )
    return text.getvalue().encode("utf-8-sig")


def _inert(name: str) -> str:
    """A name that a spreadsheet would take for a formula stays a name."""
    return f"'{name}" if name[:1] in "=+-@\t\r＝＋－＠" else name
