"""What the phone hands in is read, hashed and refused in words a person understands."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qianshao.base.policy.rules.refusal import Refusal
from qianshao.flow.fieldwork.rules.envelope import (
    canonical_sha256,
    done_day,
    named_attachments,
    read_envelope,
    read_head,
)
from qianshao.flow.fieldwork.tests.factories import PARTY, SIGNED, envelope, sealed

VECTORS = json.loads((Path(__file__).parent / "hash_vectors.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("vector", VECTORS, ids=[one["name"] for one in VECTORS])
def test_phone_and_server_hash_the_same_body_alike(vector: dict) -> None:
    assert canonical_sha256(vector["envelope"]) == vector["sha256"]


def test_a_sealed_envelope_is_read() -> None:
    raw = envelope(note="门前有积水")
    head, whole = read_head(raw), read_envelope(raw)
    assert (head.visit_id, head.device_seq, whole.note) == (7, 1, "门前有积水")


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"id": "6f9619ff-8b86-4011-b42d-00c04fc964ff"}, "id_not_uuid7", "id"),
        ({"device_id": "../../etc"}, "envelope_malformed", "device_id"),
        ({"device_seq": 0}, "envelope_malformed", "device_seq"),
        ({"note": "a\x00b"}, "envelope_unreadable", None),
        ({"note": "\ud800"}, "envelope_unreadable", None),
        ({"visit_id": "7 OR 1=1"}, "envelope_malformed", "visit_id"),
    ],
)
def test_a_head_that_cannot_be_right_is_refused(changes: dict, code: str, field: str | None) -> None:
    raw = envelope()
    raw |= changes
    if changes.get("note") != "\ud800":
        raw = sealed({key: value for key, value in raw.items() if key != "body_sha256"})
    with pytest.raises(Refusal) as refused:
        read_head(raw)
    assert (refused.value.code, refused.value.field, refused.value.status) == (code, field, 422)


def test_a_body_changed_on_the_way_is_refused() -> None:
    raw = envelope()
    raw["note"] = "改动"
    with pytest.raises(Refusal) as refused:
        read_head(raw)
    assert refused.value.code == "body_damaged"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"begun_at": "2026-12-01T09:00:00"}, "envelope_malformed"),
        ({"begun_at": "2126-12-01T09:00:00Z", "finished_at": "2126-12-01T09:00:00Z"}, "moment_implausible"),
        ({"finished_at": "2026-12-01T08:00:00+08:00"}, "ends_before_begin"),
        ({"conclusion": "fine"}, "envelope_malformed"),
        ({"results": [{"outcome": "maybe"}]}, "envelope_malformed"),
        ({"position": {"lon": 500, "lat": 0, "accuracy": 1}}, "envelope_malformed"),
        ({"is_admin": True}, "envelope_malformed"),
    ],
)
def test_a_body_of_version_one_is_read_strictly(changes: dict, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_envelope(envelope(**changes))
    assert refused.value.code == code


def test_attachments_are_found_in_any_version_but_not_in_notes() -> None:
    raw = envelope(extra={"deep": ["c" * 64]}, note="d" * 64)
    assert named_attachments(raw) == [SIGNED, PARTY, "c" * 64]


@pytest.mark.parametrize(
    ("finished", "expected"),
    [
        (date(2026, 12, 1), date(2026, 12, 1)),
        (date(2026, 11, 29), date(2026, 11, 29)),
        (date(2026, 11, 20), date(2026, 12, 2)),
        (date(2027, 1, 1), date(2026, 12, 2)),
    ],
)
def test_the_phone_clock_is_believed_for_three_days_only(finished: date, expected: date) -> None:
    assert done_day(date(2026, 12, 2), finished) == expected


@given(
    st.dictionaries(
        st.text(max_size=5), st.one_of(st.integers(-(2**53) + 1, 2**53 - 1), st.text(), st.booleans())
    )
)
def test_the_order_of_keys_never_changes_the_hash(body: dict) -> None:
    backwards = dict(reversed(list(body.items())))
    assert canonical_sha256(body) == canonical_sha256(backwards)
