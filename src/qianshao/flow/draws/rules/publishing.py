"""公告 the published file of a draw: one text that anybody can read line by line and compute again.

line 1              the frozen head as canonical JSON
one line per object object TAB station TAB one class letter per department
#drawn              JSON: list hash, commitment, seed, public number, its source, who entered it and when, strata
one per drawn door  object TAB departments (codes, comma) TAB officers (comma) or ! and what is lacking
#changes            JSON list of manual changes, each with object, kind, what, reason, by, at
#end                hash of everything above this line

What stands above `#changes` is fixed when drawn and has a hash of its own, told on that day; changes made by hand afterwards are
added below it and never touch it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import numpy as np

from qianshao.base.policy.rules.refusal import Refusal
from qianshao.flow.draws.rules.changing import Change
from qianshao.flow.draws.rules.hashing import SHA256, Hasher, hasher
from qianshao.flow.draws.rules.listing import DrawList, canonical, check_list, hash_of, list_text
from qianshao.flow.draws.rules.teams import Door, Team, draw_teams
from qianshao.flow.draws.rules.tickets import Stratum, commitment, draw_objects, final_seed, tickets


@dataclass(frozen=True, slots=True)
class Chance:
    """随机来源: the committed seed, and the public number that did not exist when it was committed.

    Moments as ISO 8601 text with zone. `entered_by` are the two persons who entered the same number. `beacon` is the round of
    a public beacon that gave the number: chain, round, randomness, signature.
    """

    seed: str
    public: str
    source: str
    committed_at: str
    drawn_at: str
    entered_by: tuple[str, str]
    beacon: Mapping[str, Any] | None = None

    def named(self) -> tuple[str, ...]:
        """What the commitment names beside list and seed: the round of the beacon that was promised."""
        return (beacon_name(self.beacon["chain"], self.beacon["round"]),) if self.beacon else ()


def beacon_name(chain: str, number: int) -> str:
    """承诺中的轮次: chain and round of a beacon, as the commitment names them."""
    return f"drand {chain} {number}"


def check_chance(chance: Chance, promised: str, list_hash: str, algorithm: str = SHA256) -> None:
    """承诺核查: whether this seed and number may decide the draw that promised `promised`. Raises `Refusal`: another seed or
    list than committed, a number that is older than the commitment, no source, or one person alone."""
    if commitment(list_hash, chance.seed, *chance.named(), algorithm=algorithm) != promised:
        raise Refusal(
            "seed_not_committed",
            "种子与承诺不符：不是承诺时的种子或轮次，或名单已被改动。",
            field="seed",
        )
    if datetime.fromisoformat(chance.drawn_at) <= datetime.fromisoformat(chance.committed_at):
        raise Refusal(
            "number_too_old", "公开随机数须在承诺之后产生，抽取时间不得早于承诺时间。", field="drawn_at"
        )
    if not chance.source.strip() or not chance.public.strip():
        raise Refusal("no_public_number", "须写明公开随机数及其来源。", field="public", status=422)
    if chance.entered_by[0] == chance.entered_by[1]:
        raise Refusal("one_person", "公开随机数须由两名不同的人员分别录入。", field="entered_by")


@dataclass(frozen=True, slots=True)
class Picked:
    """抽中: one door, the departments that drew it, its team or what is lacking."""

    object: str
    station: str
    departments: tuple[str, ...]
    team: Team


@dataclass(frozen=True, slots=True)
class Drawn:
    """抽取结果 in the order of the tickets."""

    list_text: bytes
    list_hash: str
    commitment: str
    strata: tuple[Stratum, ...]
    picked: tuple[Picked, ...]
    hash: str = SHA256

    @property
    def separate(self) -> int:
        """Visits if every department went by itself."""
        return sum(len(one.departments) for one in self.picked)


def carry_out_draw(frozen: DrawList, chance: Chance, promised: str) -> Drawn:
    """抽取: objects by shared tickets, then a team for each. `promised` is the commitment published before the number.

    Raises `Refusal` when the list may not be drawn from (`check_list`) or chance may not decide it (`check_chance`).

    The same list and chance give the same result, in this program and in any other that follows `docs/draw.md`.
    """
    check_list(frozen)
    text = list_text(frozen)
    list_hash = hash_of(text, frozen.hash)
    check_chance(chance, promised, list_hash, frozen.hash)
    seed = final_seed(list_hash, chance.seed, chance.public, frozen.hash)
    numbers = tickets(seed, frozen.objects, frozen.hash)
    chosen, strata = draw_objects(frozen, numbers)
    rows = np.flatnonzero(chosen.any(axis=1))
    rows = rows[np.argsort(numbers[rows], kind="stable")]
    codes = [one.code for one in frozen.departments]
    needs = [one.competence for one in frozen.departments]
    doors, drawn_by = [], []
    for row in rows.tolist():
        places = np.flatnonzero(chosen[row]).tolist()
        drawn_by.append(tuple(codes[place] for place in places))
        doors.append(
            Door(frozen.objects[row], frozen.stations[row], frozenset(needs[place] for place in places))
        )
    teams = draw_teams(seed, doors, frozen)
    picked = tuple(
        Picked(door.object, door.station, names, team)
        for door, names, team in zip(doors, drawn_by, teams, strict=True)
    )
    return Drawn(text, list_hash, promised, tuple(strata), picked, frozen.hash)


def drawn_text(drawn: Drawn, chance: Chance) -> bytes:
    """抽取结果全文: everything of the announcement above the changes; it never changes again."""
    told: dict[str, Any] = asdict(chance) | {
        "list_hash": drawn.list_hash,
        "commitment": drawn.commitment,
        "strata": [asdict(one) for one in drawn.strata],
        "doors": len(drawn.picked),
    }
    if chance.beacon is None:
        del told["beacon"]
    rows = [f"{one.object}\t{','.join(one.departments)}\t{_people(one.team)}" for one in drawn.picked]
    return drawn.list_text + "\n".join(["#drawn " + canonical(told), *rows, ""]).encode()


def closing(above: Hasher, changes: Sequence[Change] = ()) -> bytes:
    """公告结尾: the changes and the hash of everything above; `above` has taken in the drawn text."""
    line = f"#changes {canonical([asdict(one) for one in changes])}\n".encode()
    whole = above.copy()
    whole.update(line)
    return line + f"#end {whole.digest().hex()}\n".encode()


def announcement(drawn: Drawn, chance: Chance, changes: Sequence[Change] = ()) -> bytes:
    """公告全文 of a draw, ready to be published."""
    text = drawn_text(drawn, chance)
    return text + closing(hasher(drawn.hash, text), changes)


def _people(team: Team) -> str:
    return ",".join(team.officers) or f"!{team.lacking}"
