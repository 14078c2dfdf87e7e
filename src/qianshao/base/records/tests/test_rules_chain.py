"""The verifier of the chain, on events made by hand."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from qianshao.base.records.rules import GENESIS, Anchor, ChainReader, SealedEvent, event_digest


def chain_of(length: int) -> list[SealedEvent]:
    events: list[SealedEvent] = []
    prev = GENESIS
    for position in range(1, length + 1):
        bare = SealedEvent(
            id=position,
            chain=0,
            position=position,
            prev=prev,
            hash=None,
            at="2026-11-23T08:00:00.000000Z",
            actor_id=1,
            actor_name="梁所长",
            actor_role="station_head",
            unit="440606005",
            verb="approve_plan",
            subject_type="plan",
            subject_id=str(position),
            payload="{}",
            rows=f'[{{"pk": "{position}", "table": "t", "sha256": "aa"}}]',
        )
        sealed = replace(bare, hash=event_digest(bare))
        events.append(sealed)
        prev = sealed.hash or ""
    return events


def read(events: list[SealedEvent], anchors: list[Anchor] | None = None) -> list[tuple[str, int]]:
    reader = ChainReader()
    expected = reader.expect(anchors or [])
    for event in events:
        reader.read(event)
    reader.compare_anchors(expected)
    return [(finding.kind, finding.position) for finding in reader.findings]


def test_an_untouched_chain_has_no_findings() -> None:
    assert read(chain_of(50)) == []


@given(
    at=st.integers(min_value=0, max_value=19),
    field=st.sampled_from(
        ["at", "actor_name", "actor_role", "unit", "verb", "subject_type", "subject_id", "payload", "rows"]
    ),
)
def test_a_changed_event_is_named_by_its_place(at: int, field: str) -> None:
    events = chain_of(20)
    changed = (
        '[{"pk": "x", "table": "t", "sha256": "bb"}]' if field == "rows" else getattr(events[at], field) + "x"
    )
    events[at] = replace(events[at], **{field: changed})
    assert read(events) == [("event_changed", at + 1)]


def test_a_deleted_event_leaves_a_gap() -> None:
    events = chain_of(5)
    del events[2]
    assert read(events) == [("gap", 3), ("broken_link", 4)]


def test_a_tail_cut_goes_unfound_without_an_anchor_and_is_found_with_one() -> None:
    events = chain_of(10)
    head = Anchor(0, 10, events[-1].hash or "")
    assert read(events[:6]) == []
    assert read(events[:6], [head]) == [("tail_cut", 7)]


def test_a_chain_rewritten_from_the_start_is_found_by_the_anchor_alone() -> None:
    events = chain_of(10)
    head = Anchor(0, 10, events[-1].hash or "")
    forged: list[SealedEvent] = []
    prev = GENESIS
    for event in events:
        bare = replace(event, payload='{"forged": true}', prev=prev)
        forged.append(replace(bare, hash=event_digest(bare)))
        prev = forged[-1].hash or ""
    assert read(forged) == []
    assert read(forged, [head]) == [("rewritten", 10)]


def test_a_changed_or_missing_business_row_is_found() -> None:
    reader = ChainReader()
    for event in chain_of(2):
        reader.read(event)
    reader.compare_row("t", "1", '{"a": 1}')
    reader.compare_row("t", "2", None)
    assert [(finding.kind, finding.position) for finding in reader.findings] == [
        ("row_changed", 1),
        ("row_missing", 2),
    ]
