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
    """SHA-256 of an event's content and of the hash before it (RFC 6234), as lower-case hex."""
    parts = (
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
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


class ChainReader:
    """链核验: reads a chain's events in order and remembers the newest hash of every business row.

    Feed events by position with `read`; then `findings` holds every break, and `latest` the hash that each
    (table, key) must still have. Memory is one short entry per business row, not per event.
    """

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.latest: dict[tuple[str, str], tuple[str, int, int]] = {}
        self.heads: dict[int, Anchor] = {}
        self._hashes_at: dict[tuple[int, int], str] = {}
        self._wanted: set[tuple[int, int]] = set()

    def expect(self, anchors: Iterable[Anchor]) -> list[Anchor]:
        """Name the outside anchors before reading, so that only their places are remembered."""
        kept = list(anchors)
        self._wanted = {(anchor.chain, anchor.position) for anchor in kept}
        return kept

    def read(self, event: SealedEvent) -> None:
        """Check one event against the one before it."""
        if event.position is None or event.hash is None:
            self._find("unsealed", event.chain, 0, f"事件 {event.id} 未封存")
            return
        head = self.heads.get(event.chain, Anchor(event.chain, 0, GENESIS))
        if event.position != head.position + 1:
            self._find(
                "gap", event.chain, event.position, f"序号 {head.position} 之后应为 {head.position + 1}"
            )
        if event.prev != head.hash:
            self._find("broken_link", event.chain, event.position, "前一散列不符")
        if event_digest(event) != event.hash:
            self._find("event_changed", event.chain, event.position, f"事件 {event.id} 内容与散列不符")
        self.heads[event.chain] = Anchor(event.chain, event.position, event.hash)
        if (event.chain, event.position) in self._wanted:
            self._hashes_at[event.chain, event.position] = event.hash
        for row in json.loads(event.rows):
            self.latest[row["table"], row["pk"]] = (row["sha256"], event.chain, event.position)

    def compare_anchors(self, anchors: Iterable[Anchor]) -> None:
        """Find a chain cut behind an anchor, or rewritten before it."""
        for anchor in anchors:
            kept = self._hashes_at.get((anchor.chain, anchor.position))
            if kept is None:
                self._find("tail_cut", anchor.chain, anchor.position, "锚点之后的链已缺失")
            elif kept != anchor.hash:
                self._find("rewritten", anchor.chain, anchor.position, "链与外部锚点不符")

    def compare_row(self, table: str, key: str, row_json: str | None) -> None:
        """Compare one business row, as the database's JSON text, with its newest sealed hash; None: the row is gone."""
        sealed, chain, position = self.latest[table, key]
        if row_json is None:
            self._find("row_missing", chain, position, f"{table} {key} 已不存在")
        elif hashlib.sha256(row_json.encode()).hexdigest() != sealed:
            self._find("row_changed", chain, position, f"{table} {key} 与封存内容不符")

    def _find(self, kind: str, chain: int, position: int, detail: str) -> None:
        self.findings.append(Finding(kind, chain, position, detail))
