"""R1 short form: phones hand in visits while web server and database are killed; nothing acknowledged is lost or doubled."""

from __future__ import annotations

import pytest

from tests.chaos.storm import storm

pytestmark = pytest.mark.chaos


def test_nothing_acknowledged_is_lost_and_every_effect_stands_once() -> None:
    verdict = storm(visits=600, kills=10, seed=20261201)
    found = {
        name: verdict[name]
        for name in (
            "unanswered",
            "lost",
            "duplicated",
            "receipts_differ",
            "pictures_missing",
            "effects_wrong",
            "chain_findings",
        )
    }
    assert found == {
        "unanswered": 0,
        "lost": 0,
        "duplicated": 0,
        "receipts_differ": 0,
        "pictures_missing": 0,
        "effects_wrong": [],
        "chain_findings": 0,
    }, verdict
    assert verdict["slowest_recovery_s"] <= 15, verdict


def test_control_without_the_unique_keys_the_judge_finds_doubles() -> None:
    verdict = storm(visits=240, kills=0, seed=7, sabotage=True)
    assert verdict["duplicated"] > 0, verdict
