"""Nouns of the record: who acted; and the verifier of the chain, written apart from the SQL that seals it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """行为人: the account an act is done under; `account_id` is None for the system's own work."""

    account_id: int | None
    name: str
    role: str
    unit: str


SYSTEM = Actor(account_id=None, name="系统", role="system", unit="4406")


def attachment_path(sha256: str) -> str:
    """附件位置 below the media folder, spread over 256 folders."""
    return f"{sha256[:2]}/{sha256}"


GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class SealedEvent:
    """留痕 as it stands in the table; `payload` and `rows` in the database's own JSON text."""

    id: int
    chain: int
    position: int | None
    prev: str | None
    hash: str | None
    at: str
    actor_id: int | None
    actor_name: str
    actor_role: str
    unit: str
    verb: str
    subject_type: str
    subject_id: str
    payload: str
    rows: str


@dataclass(frozen=True, slots=True)
class Anchor:
    """外部锚点: the head of a chain as it was once carried out of the machine."""

    chain: int
    position: int
    hash: str


@dataclass(frozen=True, slots=True)
class Finding:
    """核验发现: what does not hold, and at which place of the chain or which business row."""

    kind: str
    chain: int
    position: int
    detail: str


def event_digest(event: SealedEvent) -> str:
    """SHA-256 of an event's number, place and content and of the hash before it (RFC 6234), as lower-case hex.

    Each part stands behind its length in bytes, so that no part can lend letters to its neighbour.
    """
    parts = [part.encode() for part in (str(event.id), *_parts(event))]
    return hashlib.sha256(b"".join(b"%d:%s" % (len(part), part) for part in parts)).hexdigest()


def first_digest(event: SealedEvent) -> str:
    """The first form of the seal: without the event's number, parts joined by U+001F."""
    return hashlib.sha256("\x1f".join(_parts(event)).encode()).hexdigest()


def _parts(event: SealedEvent) -> tuple[str, ...]:
    return (
        str(event.chain),
        str(event.position),
        event.prev or "",
        event.at,
        "-" if event.actor_id is None else str(event.actor_id),
        event.actor_name,
        event.actor_role,
        event.unit,
        event.verb,
        event.subject_type,
        event.subject_id,
        event.payload,
        event.rows,
    )


_IN_ROWS = frozenset({"row_missing", "row_changed"})


class ChainReader:
    """链核验: reads a chain's events in order and remembers the newest hash of every business row.

    Feed events by position with `read`; then `findings` holds every break, and `latest` the hash that each
    (table, key) must still have. Memory is one short entry per business row, not per event. A finding stands at the
    first place of the chain that does not hold.
    """

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.latest: dict[tuple[str, str], tuple[str, int, int]] = {}
        self.heads: dict[int, Anchor] = {}
        self.greatest_id = 0
        self._hashes_at: dict[tuple[int, int], str] = {}
        self._wanted: set[tuple[int, int]] = set()
        self._renewed: set[int] = set()

    def expect(self, anchors: Iterable[Anchor]) -> list[Anchor]:
        """Name the outside anchors before reading, so that only their places are remembered."""
        kept = sorted(anchors, key=lambda anchor: (anchor.chain, anchor.position))
        self._wanted = {(anchor.chain, anchor.position) for anchor in kept}
        return kept

    def read(self, event: SealedEvent) -> None:
        """Check one event against the one before it."""
        self.greatest_id = max(self.greatest_id, event.id)
        head = self.heads.get(event.chain, Anchor(event.chain, 0, GENESIS))
        if event.position is None or event.hash is None:
            self._find(
                "unsealed", event.chain, event.position or head.position + 1, f"事件 {event.id} 未封存"
            )
            return
        if event.position != head.position + 1:
            first = min(event.position, head.position + 1)
            self._find("gap", event.chain, first, f"序号 {head.position} 之后是 {event.position}")
        if event.prev != head.hash:
            self._find("broken_link", event.chain, event.position, "前一散列不符")
        if not self._holds(event):
            self._find("event_changed", event.chain, event.position, f"事件 {event.id} 内容与散列不符")
        self.heads[event.chain] = Anchor(event.chain, event.position, event.hash)
        if (event.chain, event.position) in self._wanted:
            self._hashes_at[event.chain, event.position] = event.hash
        for table, key, sha256 in _named_rows(event.rows):
            self.latest[table, key] = (sha256, event.chain, event.position)

    def _holds(self, event: SealedEvent) -> bool:
        """Whether the content has the event's hash; the first form of the seal counts only before the second began."""
        if event_digest(event) == event.hash:
            self._renewed.add(event.chain)
            return True
        return event.chain not in self._renewed and first_digest(event) == event.hash

    def compare_anchors(self, anchors: Iterable[Anchor]) -> None:
        """Find a chain cut behind an anchor, or rewritten before it: somewhere after the last anchor that still holds."""
        held: dict[int, int] = {}
        for anchor in anchors:
            kept = self._hashes_at.get((anchor.chain, anchor.position))
            since = held.get(anchor.chain, 0) + 1
            if kept == anchor.hash:
                held[anchor.chain] = anchor.position
            elif kept is None:
                head = self.heads.get(anchor.chain, Anchor(anchor.chain, 0, GENESIS))
                place = min(anchor.position, head.position + 1)
                self._find(
                    "tail_cut", anchor.chain, place, f"链止于 {head.position}，锚点在 {anchor.position}"
                )
            else:
                detail = f"序号 {since} 至 {anchor.position} 之间与外部锚点不符"
                self._find("rewritten", anchor.chain, anchor.position, detail)

    def compare_row(self, table: str, key: str, row_json: str | None) -> None:
        """Compare one business row, as the database's JSON text, with its newest sealed hash; None: the row is gone."""
        sealed, chain, position = self.latest[table, key]
        if row_json is None:
            self._find("row_missing", chain, position, f"{table} {key} 已不存在")
        elif hashlib.sha256(row_json.encode()).hexdigest() != sealed:
            self._find("row_changed", chain, position, f"{table} {key} 与封存内容不符")

    def compare_whole(self, table: str, keys: Iterable[str]) -> None:
        """Find rows that no event names, in a table whose every row an event must name."""
        for key in keys:
            if (table, key) not in self.latest:
                self._find("row_without_event", 0, 0, f"{table} {key} 没有任何事件记载")

    def compare_numbering(self, last_number: int) -> None:
        """Find a number series set back behind the events: the next event would take an old one's number."""
        if last_number < self.greatest_id:
            self._find("numbering_set_back", 0, 0, f"事件编号已至 {self.greatest_id}，序列却在 {last_number}")

    def miss_guard(self, name: str) -> None:
        """Find a guard of the event table that is gone, changed or switched off."""
        self._find("guard_down", 0, 0, f"事件表的保护 {name} 已被改动或停用")

    def in_order(self) -> list[Finding]:
        """Findings in the chain by place, then in business rows by place, then those without a place.

        A broken chain comes first because a row's newest seal may be what was cut off.
        """
        return sorted(
            self.findings, key=lambda one: (one.position == 0, one.kind in _IN_ROWS, one.chain, one.position)
        )

    def _find(self, kind: str, chain: int, position: int, detail: str) -> None:
        self.findings.append(Finding(kind, chain, position, detail))


def _named_rows(text: str) -> list[tuple[str, str, str]]:
    """(table, key, hash) of the rows an event names; nothing where a forger left another shape, which its hash tells."""
    named = json.loads(text)
    if not isinstance(named, list):
        return []
    return [
        (str(row["table"]), str(row["pk"]), str(row["sha256"]))
        for row in named
        if isinstance(row, dict) and {"table", "pk", "sha256"} <= row.keys()
    ]
