"""The merged checklist asks once; an answer that is not whole is refused with what is missing."""

from __future__ import annotations

from typing import Any

import pytest

from qianshao.base.policy.rules.refusal import Refusal
from qianshao.flow.fieldwork.rules.checklist import (
    Item,
    Task,
    check_answers,
    failed_items,
    merge_checklists,
)
from qianshao.flow.fieldwork.rules.envelope import read_envelope
from qianshao.flow.fieldwork.tests.factories import CATERING, SALE, answers, envelope


def check(tasks: tuple[Task, ...] = (CATERING,), **changes: Any) -> None:
    check_answers(read_envelope(envelope(**changes)), tasks)


def refusal(tasks: tuple[Task, ...] = (CATERING,), **changes: Any) -> Refusal:
    with pytest.raises(Refusal) as refused:
        check(tasks, **changes)
    return refused.value


def test_two_duties_that_ask_the_same_are_asked_once() -> None:
    merged = merge_checklists([CATERING, SALE])
    assert [(one.text, one.key, one.section, len(one.targets)) for one in merged] == [
        ("食品经营许可证有效，悬挂于显著位置", True, "餐饮服务监督检查", 2),
        ("未使用超过保质期、腐败变质的原料", True, "餐饮服务监督检查", 1),
        ("进货查验记录齐全", False, "餐饮服务监督检查", 2),
    ]
    assert merged[0].targets == [(11, "CY-01", "licence"), (12, "XS-01", "licence")]


def test_the_same_code_with_other_words_is_another_question() -> None:
    other = Task(13, "YP-01", "药品零售检查", "drugs", (Item("licence", "药品经营许可证有效", "", False, 7),))
    assert len(merge_checklists([CATERING, other])) == 4


def test_a_merged_question_is_as_strict_as_its_strictest_duty() -> None:
    lax = Task(1, "A", "甲", "x", (Item("i", "台账齐全", "", False, 30),))
    strict = Task(2, "B", "乙", "x", (Item("j", "台账齐全。", "", True, 7),))
    (merged,) = merge_checklists([lax, strict])
    assert (merged.key, merged.rectify_days) == (True, 7)


def test_a_whole_answer_passes() -> None:
    check((CATERING, SALE), results=answers((CATERING, SALE)))
    check(results=answers((CATERING,), ("expiry",)), conclusion="order_to_rectify")
    check(results=answers((CATERING,), ("records",)), conclusion="corrected_on_site")
    check(results=[], conclusion="not_found", note="该址为住宅", signatures={"officer": "a" * 64})


def test_a_missing_item_is_named() -> None:
    problem = refusal(results=answers((CATERING,))[:-1])
    assert (problem.code, problem.status) == ("item_missing", 422)
    assert "进货查验记录齐全" in problem.message


def test_an_item_answered_twice_or_never_asked_is_refused() -> None:
    given = answers((CATERING,))
    assert refusal(results=[*given, given[0]]).code == "item_twice"
    assert refusal(results=[*given, given[0] | {"item_code": "other"}]).code == "item_unknown"
    assert refusal(results=[*given, given[0] | {"obligation_id": 99}]).code == "item_unknown"


def test_a_failure_needs_words() -> None:
    failed = [one | {"note": " "} for one in answers((CATERING,), ("records",))]
    assert refusal(results=failed, conclusion="order_to_rectify").code == "note_missing"


def test_a_checklist_without_items_is_refused_clearly() -> None:
    empty = Task(14, "XX-09", "新事项", "price", ())
    problem = refusal((CATERING, empty), results=answers((CATERING,)))
    assert (problem.code, problem.status, "新事项" in problem.message) == ("checklist_empty", 409, True)
    assert refusal(()).code == "nothing_to_check"


@pytest.mark.parametrize(
    ("failed", "conclusion"),
    [
        ((), "order_to_rectify"),
        ((), "corrected_on_site"),
        (("records",), "no_problem"),
        (("expiry",), "corrected_on_site"),
        (("records",), "not_found"),
    ],
)
def test_a_conclusion_that_does_not_follow_is_refused(failed: tuple[str, ...], conclusion: str) -> None:
    assert (
        refusal(results=answers((CATERING,), failed), conclusion=conclusion).code == "conclusion_inconsistent"
    )


def test_who_does_not_sign_has_a_reason_noted() -> None:
    unsigned = {"officer": "a" * 64, "party": None, "party_refused_reason": ""}
    assert refusal(signatures=unsigned).code == "signature_missing"
    check(signatures=unsigned | {"party_refused_reason": "负责人拒绝签字"})


def test_failed_items_come_with_their_duty() -> None:
    read = read_envelope(envelope(results=answers((CATERING,), ("expiry",)), conclusion="order_to_rectify"))
    assert [
        (task.duty_code, item.code, answer.note) for task, item, answer in failed_items(read, [CATERING])
    ] == [("CY-01", "expiry", "现场发现问题")]
