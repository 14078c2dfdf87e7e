"""What may be met without a visit, and what a record must hold."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from qianshao.base.policy.rules.refusal import Refusal
from qianshao.flow.offsite.rules import check_competence, check_record, obstacle

TODAY = date(2026, 12, 1)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, ""),
        ({"origin": "complaint"}, ""),
        ({"offsite": ""}, "该检查事项不允许以非现场方式办结。"),
        ({"origin": "recheck"}, "责令改正后的复查不能以非现场方式办结。"),
        ({"state": "done"}, "该检查已办结，不能再核查。"),
        ({"state": "cancelled"}, "该检查已取消，不能再核查。"),
    ],
)
def test_what_stands_against_it_is_said(changes: dict[str, str], words: str) -> None:
    assert obstacle(**({"offsite": "P", "origin": "law", "state": "open"} | changes)) == words


def record(**changes: Any) -> None:
    values: dict[str, Any] = {
        "reference": "年报库 2025 第 8 行",
        "attachments": [],
        "conclusion": "met",
        "note": "",
        "checked_on": TODAY,
        "today": TODAY,
    }
    check_record(**(values | changes))


def test_a_record_wants_evidence_a_day_that_has_come_and_a_reason_for_a_visit() -> None:
    record()
    record(reference="", attachments=["a" * 64])
    for changes, words in (
        ({"reference": " "}, "请附照片，或写明所依据的材料"),
        ({"checked_on": date(2026, 12, 2)}, "核查日不能晚于今天"),
        ({"conclusion": "not_met"}, "请说明须现场检查的原因"),
    ):
        with pytest.raises(Refusal, match=words):
            record(**changes)


def test_an_officer_answers_only_for_what_the_certificate_says() -> None:
    told: dict[str, Any] = {"competence": "综合执法", "today": TODAY}
    check_competence(competences=("综合执法",), certificate_expires_on=TODAY, **told)
    with pytest.raises(Refusal, match="不具备“综合执法”资质"):
        check_competence(competences=("价格",), certificate_expires_on=TODAY, **told)
    with pytest.raises(Refusal, match="执法证已于 2026-11-30 到期"):
        check_competence(competences=("综合执法",), certificate_expires_on=date(2026, 11, 30), **told)
