"""Named situations of `policy/scenarios`: the law as a clerk tells it, held word for word."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from qianshao.base.policy.rules.library import load_duties
from qianshao.flow.duties.rules import Subject, concerns, coverage_window

POLICY = Path(__file__).parents[5] / "policy"
TOLD = yaml.safe_load((POLICY / "scenarios" / "whom-and-when.yaml").read_text(encoding="utf-8"))
DUTIES = load_duties(POLICY, TOLD["day"])
SCENARIOS = TOLD["scenarios"]


def subject_of(facts: dict[str, Any]) -> Subject:
    return Subject(
        kind=facts["kind"],
        section=facts["section"],
        industry=facts["industry"],
        state=facts.get("state", "active"),
        licences=frozenset(facts.get("licences", ())),
        equipment=frozenset(facts.get("equipment", ())),
        school=facts.get("school", False),
    )


@pytest.mark.parametrize("told", SCENARIOS, ids=[one["name"] for one in SCENARIOS])
def test_exactly_the_duties_told_concern_the_business(told: dict[str, Any]) -> None:
    subject = subject_of(told["business"])
    assert sorted(code for code, duty in DUTIES.items() if concerns(duty.whom, subject)) == told["duties"]


@pytest.mark.parametrize(
    "window",
    [window for one in SCENARIOS for window in one.get("windows", ())],
    ids=lambda one: f"{one['duty']}-{one['class']}",
)
def test_a_duty_opens_and_falls_due_on_the_days_told(window: dict[str, Any]) -> None:
    months = DUTIES[window["duty"]].every_months[window["class"]]
    found = coverage_window(window["last"], months, TOLD["day"], 0.0)
    assert found == (window["opens"], window["due"])


def test_a_business_never_checked_is_due_within_its_interval_at_the_place_its_ticket_gives() -> None:
    assert coverage_window(None, 12, date(2026, 11, 23), 0.0) == (date(2026, 11, 23), date(2026, 11, 23))
    assert coverage_window(None, 12, date(2026, 11, 23), 0.5)[1] == date(2027, 5, 24)
