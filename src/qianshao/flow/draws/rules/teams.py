"""抽取人员 officers drawn by the same seed: for every object its own order of officers, the first lawful team of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from struct import Struct

from qianshao.flow.draws.rules.hashing import hasher
from qianshao.flow.draws.rules.listing import DrawList, Inspector

_WORDS = Struct(">8I")
MOST = 4
"""A team of more people than this is not looked for; the object is reported instead."""


@dataclass(frozen=True, slots=True)
class Door:
    """抽中对象 and what its departments need there."""

    object: str
    station: str
    needs: frozenset[str]


@dataclass(frozen=True, slots=True)
class Team:
    """检查组 for one object; without people where no lawful team exists, and then `lacking` says why."""

    object: str
    officers: tuple[str, ...]
    lacking: str = ""


def draw_teams(seed: bytes, doors: Iterable[Door], frozen: DrawList) -> list[Team]:
    """抽取检查组: the first team, in the object's own order of its station's officers, that holds every competence needed.

    Officers in conflict with the object stand aside 回避. Teams of `team_size` are looked at first, then larger ones up to
    four; combinations in the order in which ranks read, so the best-placed officer goes wherever he or she can.
    """
    desks: dict[str, list[Inspector]] = {}
    for one in sorted(frozen.inspectors, key=lambda one: one.id):
        desks.setdefault(one.station, []).append(one)
    held = {station: _competences(people) for station, people in desks.items()}
    apart: dict[str, set[str]] = {}
    for who, where in frozen.conflicts:
        apart.setdefault(where, set()).add(who)
    found = []
    for door in doors:
        people, able = desks.get(door.station, []), held.get(door.station, frozenset())
        if away := apart.get(door.object):
            people = [one for one in people if one.id not in away]
            able = _competences(people)
        found.append(_team(seed, door, people, able, frozen))
    return found


def _competences(people: Iterable[Inspector]) -> frozenset[str]:
    return frozenset(name for one in people for name in one.competences)


def _team(seed: bytes, door: Door, people: list[Inspector], able: frozenset[str], frozen: DrawList) -> Team:
    size = frozen.team_size
    if missing := sorted(door.needs - able):
        return Team(door.object, (), f"本所无可抽取人员具备“{'、'.join(missing)}”资质")
    if len(people) < size:
        return Team(door.object, (), f"本所可抽取人员不足 {size} 人")
    first = _officer_order(seed, door.object, people, frozen.hash, places=size)[:size]
    if door.needs <= _competences(
        first
    ):  # the first combination of all: most objects need no more of the order
        return Team(door.object, tuple(one.id for one in first))
    order = _officer_order(seed, door.object, people, frozen.hash, places=len(people) - 1)
    for many in range(size, max(size, MOST) + 1):
        for team in combinations(order, many):
            if door.needs <= _competences(team):
                return Team(door.object, tuple(one.id for one in team))
    return Team(door.object, (), f"{MOST} 人以内无法组成具备“{'、'.join(sorted(door.needs))}”资质的检查组")


def _officer_order(
    seed: bytes, door: str, people: list[Inspector], algorithm: str, *, places: int
) -> list[Inspector]:
    """A shuffle (Fisher–Yates, after RFC 3797) of the officers, sorted by id, so that nobody can choose where to go; the
    first `places` stand as in the whole shuffle.

    Its random words are the 32-bit big-endian words of hash(seed ‖ "\\nofficer\\n" ‖ object ‖ "\\n" ‖ block number);
    the remainder of a word by fewer than 100 people favours nobody by more than 1 in 40 million.
    """
    order = list(people)
    start = seed + f"\nofficer\n{door}\n".encode()
    words: tuple[int, ...] = ()
    for place in range(min(places, len(order) - 1)):
        if place % 8 == 0:
            words = _WORDS.unpack(hasher(algorithm, start + str(place // 8).encode()).digest())
        other = place + words[place % 8] % (len(order) - place)
        order[place], order[other] = order[other], order[place]
    return order
