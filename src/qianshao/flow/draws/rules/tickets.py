"""抽取号 one ticket per object, shared by all departments, so that their samples share doors as far as they can.

Every department takes the smallest tickets of its own eligible list, class by class, at its own rate. Each sample is
uniform within its class; within equal eligibility the smaller sample lies inside the larger, so the doors entered are
Σ max of the rates, the fewest possible for those rates (consistent sampling: Rivest, "Consistent Sampling with
Replacement", arXiv 1808.10016; protocol after RFC 3797).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, prod
from typing import Any

import numpy as np
import numpy.typing as npt

from qianshao.flow.draws.rules.hashing import SHA256, digests, hasher
from qianshao.flow.draws.rules.listing import FORMAT, NOT_ELIGIBLE, Department, DrawList, rate_of

TICKET_BITS = 52
"""A ticket is the first 13 hexadecimal digits: the largest number that every language holds exactly."""

Tickets = npt.NDArray[np.uint64]
Chosen = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Stratum:
    """抽样层: one class of one department: how many there are and how many are drawn."""

    department: str
    letter: str
    rate: str
    eligible: int
    drawn: int


def commitment(list_hash: str, seed: str, *named: str, algorithm: str = SHA256) -> str:
    """种子承诺: published before the public number exists; nobody can find another seed for it. `named` is the beacon promised."""
    return _digest(algorithm, "commit", list_hash, seed, *named).hex()


def final_seed(list_hash: str, seed: str, public: str, algorithm: str = SHA256) -> bytes:
    """最终种子 from the list, the committed seed and the public number: none of the three alone decides."""
    return _digest(algorithm, "seed", list_hash, seed, public)


def tickets(seed: bytes, objects: Sequence[str], algorithm: str = SHA256) -> Tickets:
    """抽取号 of every object: the first 52 bits of the hash of seed ‖ object id in UTF-8. About a second per million."""
    heads = b"".join([one[:8] for one in digests(algorithm, seed, (one.encode() for one in objects))])
    return np.frombuffer(heads, dtype=">u8").astype(np.uint64) >> np.uint64(64 - TICKET_BITS)


def drawn_count(rate: str, eligible: int) -> int:
    """应抽数: the rate's share of the class, rounded up, so that the published rate is never undercut."""
    return ceil(rate_of(rate) * eligible)


def draw_objects(frozen: DrawList, tickets: Tickets) -> tuple[Chosen, list[Stratum]]:
    """抽取对象: for every object and department whether it is drawn (objects × departments), and the strata.

    Ties go to the object that stands first in the list, which is sorted by object.
    """
    letters = class_table(frozen)
    chosen = np.zeros(letters.shape, dtype=np.bool_)
    strata: list[Stratum] = []
    for place, department in enumerate(frozen.departments):
        column = letters[:, place]
        for letter, rate in sorted(department.rates.items()):
            rows = np.flatnonzero(column == ord(letter))
            count = drawn_count(rate, len(rows))
            chosen[rows[np.argsort(tickets[rows], kind="stable")[:count]], place] = True
            strata.append(Stratum(department.code, letter, rate, len(rows), count))
    return chosen, strata


def class_table(frozen: DrawList) -> npt.NDArray[np.int32]:
    """Class letters as numbers, objects × departments."""
    joined = "".join(frozen.classes).encode("utf-32-le")
    table: npt.NDArray[np.int32] = np.frombuffer(joined, dtype=np.int32)
    return table.reshape(len(frozen.objects), len(frozen.departments))


def expected_doors(departments: Sequence[Department], kinds: Mapping[str, int]) -> dict[str, float]:
    """预期进门次数 of three ways to draw, from how many objects have which letters: each department by itself, independent
    draws merged afterwards, shared tickets.

    separate = Σ rates; merged = Σ (1 - Π (1 - rate)); shared = Σ max rate, over objects and their departments.
    """
    found = {"separate": 0.0, "merged": 0.0, "shared": 0.0}
    for letters, count in kinds.items():
        pairs = zip(departments, letters, strict=True)
        rates = [rate_of(one.rates[letter]) for one, letter in pairs if letter != NOT_ELIGIBLE]
        found["separate"] += count * float(sum(rates))
        found["merged"] += count * float(1 - prod(1 - rate for rate in rates))
        found["shared"] += count * float(max(rates, default=Fraction(0)))
    return found


def _digest(algorithm: str, purpose: str, *parts: Any) -> bytes:
    return hasher(algorithm, "\n".join([FORMAT, purpose, *parts]).encode()).digest()
