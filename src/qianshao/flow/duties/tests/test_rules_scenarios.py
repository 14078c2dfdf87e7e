"""Named situations of `policy/scenarios`: the law as a clerk tells it, held word for word."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from qianshao.base.policy.rules.library import load_duties
from qianshao.flow.duties.rules import Subject, concerns, coverage_window, first_due

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


def test_businesses_never_checked_are_spread_over_their_interval() -> None:
    day = date(2026, 11, 23)
    dues = [first_due(12, day, (place + 0.5) / 365) for place in range(365)]
    assert sorted(dues) == [day + timedelta(days=step) for step in range(365)]
    assert coverage_window(None, 12, day, 0.25) == (day, first_due(12, day, 0.25))


@pytest.mark.parametrize("months", [3, 6, 12, 24])
def test_asking_every_day_moves_no_first_check_until_its_day_has_come(months: int) -> None:
    """Else a business never checked would be due a little later every day, and never."""
    for phase in (0.0, 0.3, 0.71, 0.999):
        due = first_due(months, date(2026, 12, 20), phase)
        day = date(2026, 12, 20)
        while day <= due:
            assert first_due(months, day, phase) == due
            day += timedelta(days=1)
        assert (first_due(months, day, phase) - due).days == round(months * 30.4)
