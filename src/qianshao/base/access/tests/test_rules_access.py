"""Scopes, permissions and the slowing of guesses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qianshao.base.access.rules import PERMISSIONS, ROLES, Scope, SlowDown, may, sign_in_opens_at

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)


def test_a_unit_covers_itself_and_what_lies_below_and_nothing_beside() -> None:
    shunde = Scope(prefix="440606", role="district")
    assert shunde.covers("440606005")
    assert shunde.covers("440606")
    assert not shunde.covers("440605126")
    assert not shunde.covers("4406")


def test_every_permission_is_held_by_known_roles_only() -> None:
    assert {role for roles in PERMISSIONS.values() for role in roles} <= set(ROLES)


def test_an_unknown_permission_is_an_error_not_a_yes() -> None:
    with pytest.raises(KeyError):
        may("city", "entity.delete")


def test_an_auditor_changes_nothing() -> None:
    writing = {
        "plan.make",
        "plan.approve",
        "visit.submit",
        "delivery.upload",
        "quarantine.settle",
        "account.manage",
    }
    assert not any(may("auditor", permission) for permission in writing)


@pytest.mark.parametrize(("failures", "wait"), [(0, 0), (4, 0), (5, 2), (6, 4), (9, 32), (10, 60), (200, 60)])
def test_the_wait_doubles_from_the_fifth_failure_and_never_passes_a_minute(failures: int, wait: int) -> None:
    opens = sign_in_opens_at([NOW] * failures, SlowDown(), NOW)
    assert opens == NOW + timedelta(seconds=wait)


@given(st.lists(st.integers(min_value=0, max_value=7200), max_size=60))
def test_nobody_is_ever_locked_out(ages: list[int]) -> None:
    failures = [NOW - timedelta(seconds=age) for age in ages]
    assert sign_in_opens_at(failures, SlowDown(), NOW) <= NOW + SlowDown().longest_wait
