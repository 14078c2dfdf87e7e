"""When an order is due, when it is checked again, what a re-check makes of it, how it is numbered."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from qianshao.base.policy.rules.library import PolicyError, load_parameters
from qianshao.flow.cases.rules import (
    Window,
    read_numbering,
    recheck_window,
    rectification_due,
    settled_state,
)

POLICY = Path(__file__).resolve().parents[5] / "policy"


@pytest.mark.parametrize(
    ("ordered_on", "days", "due_on"),
    [
        (date(2026, 12, 1), [15, 7, 30], date(2026, 12, 8)),
        (date(2026, 12, 1), [4], date(2026, 12, 7)),  # the fifth is a Saturday
        (date(2026, 9, 28), [3], date(2026, 10, 8)),  # the National Day holiday
    ],
)
def test_the_shortest_period_counts_and_ends_on_a_working_day(
    ordered_on: date, days: list[int], due_on: date
) -> None:
    assert rectification_due(ordered_on, days) == due_on


def test_special_equipment_is_looked_at_again_within_ten_working_days() -> None:
    parameters = load_parameters(POLICY, "rectification", date(2026, 12, 1))
    window = recheck_window("special_equipment", date(2026, 12, 8), parameters)
    assert window == Window(date(2026, 12, 8), date(2026, 12, 22))
    assert parameters["recheck_working_days.special_equipment"].certainty == "V"
    assert parameters["recheck_working_days.default"].certainty == "P"


@pytest.mark.parametrize(
    ("rechecks", "state"),
    [
        ([(True, False)], "closed"),
        ([(True, False), (False, False)], "open"),
        ([(True, True), (False, False)], "escalated"),
        ([(True, False), (True, False)], "closed"),
    ],
)
def test_one_failed_recheck_escalates_and_all_passed_close(
    rechecks: list[tuple[bool, bool]], state: str
) -> None:
    assert settled_state(rechecks) == state


def test_numbers_are_written_as_the_bureau_writes_them() -> None:
    numbering = read_numbering(POLICY, "rectification_order")
    assert numbering.number("440606", 2026, 1) == "佛顺市监责改〔2026〕0001号"
    assert numbering.number("440604", 2026, 12345) == "佛禅市监责改〔2026〕12345号"
    with pytest.raises(PolicyError):
        numbering.number("440100", 2026, 1)
