"""The percentage is what it says, and its interval holds as often as it promises."""

from __future__ import annotations

from random import Random

import pytest

from qianshao.flow.ledger.rules import Sums, reduction


def sums(pairs: list[tuple[int, int]]) -> Sums:
    return Sums(
        len(pairs),
        sum(e for e, _ in pairs),
        sum(b for _, b in pairs),
        sum(e * e for e, _ in pairs),
        sum(b * b for _, b in pairs),
        sum(e * b for e, b in pairs),
    )


def test_three_checks_through_one_door_are_two_entries_less() -> None:
    found = reduction(sums([(1, 3)]))
    assert (found.entries, found.baseline, found.avoided, found.share) == (
        1,
        3,
        2,
        pytest.approx(2 / 3, abs=1e-6),
    )


def test_with_few_doors_no_interval_is_claimed() -> None:
    assert reduction(sums([(1, 2)] * 29)).low is None
    assert reduction(sums([(1, 2), (1, 1)] * 15)).low is not None


def test_without_a_visit_there_is_no_percentage() -> None:
    found = reduction(sums([]))
    assert (found.entries, found.share, found.low) == (0, None, None)


def test_what_was_let_be_before_anybody_went_out_is_counted_and_no_percentage_is_claimed() -> None:
    found = reduction(sums([(0, 1)] * 40))
    assert (found.entries, found.baseline, found.avoided) == (0, 40, 40)
    assert (found.share, found.low, found.high) == (None, None, None)


def test_the_interval_covers_the_truth_about_nineteen_times_in_twenty() -> None:
    lot, truth, held = Random(7), 1 - 1 / 1.8, 0
    for _ in range(400):
        found = reduction(sums([(1, lot.choice((1, 1, 1, 2, 4))) for _ in range(200)]))
        assert found.low is not None and found.high is not None
        held += found.low <= truth <= found.high
    assert 366 <= held <= 394
