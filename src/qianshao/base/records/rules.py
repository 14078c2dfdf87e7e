"""Nouns of the record: who acted."""

from __future__ import annotations

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
