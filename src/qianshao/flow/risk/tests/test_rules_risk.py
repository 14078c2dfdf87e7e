"""The station's own score: monotone, explained, the same for one business and for all."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from qianshao.base.policy.rules.library import load_risk_model
from qianshao.flow.risk.rules import FACTS, judge

MODEL = load_risk_model(Path(__file__).parents[5] / "policy")
FACT_COUNTS = st.dictionaries(st.sampled_from(FACTS), st.integers(min_value=0, max_value=5))


def test_a_business_without_a_bad_fact_is_class_a_without_reasons() -> None:
    found = judge({}, MODEL)
    assert (found.score, found.risk_class, found.reasons) == (0, "A", ())


def test_a_restaurant_with_two_penalties_and_a_problem_inspection_is_class_d_and_says_why() -> None:
    found = judge({"has_licence": 1, "penalties": 2, "problem_inspections": 1}, MODEL)
    assert (found.score, found.risk_class) == (78, "D")
    assert [reason.code for reason in found.reasons] == [
        "penalty_one",
        "penalty_more",
        "inspection_problems",
        "sector_food",
    ]


@given(FACT_COUNTS, st.sampled_from(FACTS))
def test_one_more_fact_never_lowers_score_or_class(facts: dict[str, int], more: str) -> None:
    model = MODEL
    before, after = judge(facts, model), judge(facts | {more: facts.get(more, 0) + 1}, model)
    assert after.score >= before.score
    assert after.risk_class >= before.risk_class


@given(FACT_COUNTS)
def test_the_score_is_the_sum_of_its_reasons(facts: dict[str, int]) -> None:
    found = judge(facts, MODEL)
    assert found.score == sum(reason.points for reason in found.reasons)
