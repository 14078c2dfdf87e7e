"""冻结 a list written row by row, so that a city's list is never held in memory; each row checked as it passes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from qianshao.base.policy.rules.refusal import Refusal
from qianshao.flow.draws.rules.filing import open_private, pieces_of, sync
from qianshao.flow.draws.rules.hashing import hasher
from qianshao.flow.draws.rules.listing import (
    NOT_ELIGIBLE,
    DrawList,
    Excluded,
    canonical,
    check_departments,
    check_inspectors,
    head_of,
)

CAP_REACHED = "本年度检查次数已满"
CHECKED_ABOVE = "上级近期已检查同一领域"
OWED_ALREADY = "已有未办结的同一检查"
LEFT_ALONE = "无事不扰名单"


@dataclass(frozen=True, slots=True)
class Candidate:
    """候选对象: a business that at least one of the duties concerns. `concerned`, `checked`, `owed`, `quiet` are sets of duties by bit,
    the first duty the lowest; `full`: its number of entries of the year is used up."""

    entity: int
    code: str
    station: str
    letter: str
    concerned: int
    checked: int
    owed: int
    full: bool
    quiet: int = 0


@dataclass(frozen=True, slots=True)
class Frozen:
    """冻结结果: what lies in the file, in numbers. `kinds`: how many objects have which letters; `excluded`: by reason."""

    list_hash: str
    objects: int
    kinds: Mapping[str, int]
    excluded: Mapping[str, int]
    conflicts: int


def freeze_list(
    blank: DrawList,
    candidates: Iterable[Candidate],
    apart: Mapping[int, Iterable[str]],
    file: Path,
) -> Frozen:
    """冻结名单: write the list to `file`, readable by its owner alone. `blank` is the list without rows; `apart` tells by entity
    which officers are in conflict with it.

    A candidate whose number of entries is used up is excluded, and so is one that no duty may draw; each with its reason.
    Raises `Refusal` that names the rows: a double, rows out of order, a class that no rate knows, nobody left, no officers.
    """
    check_departments(blank)
    check_inspectors(blank)
    rows_file = file.with_suffix(".rows")
    with open_private(rows_file) as rows:
        kept = _write_rows(blank, candidates, apart, rows)
    if not kept.count:
        why = "；".join(f"{reason} {count} 户" for reason, count in kept.reasons.items())
        words = f"抽取名单为空，没有可抽取的对象{f'（{why}）' if why else ''}。"
        raise Refusal("empty_list", words, field="objects", status=422)
    whole = replace(blank, conflicts=tuple(kept.conflicts), excluded=tuple(kept.excluded))
    list_hash = _put_together(canonical(head_of(whole, kept.count)), rows_file, file, blank.hash)
    rows_file.unlink()
    return Frozen(list_hash, kept.count, kept.kinds, kept.reasons, len(kept.conflicts))


class _Kept:
    """What is remembered of the rows while they pass."""

    def __init__(self) -> None:
        self.count = 0
        self.kinds: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        self.excluded: list[Excluded] = []
        self.conflicts: list[tuple[str, str]] = []


def _write_rows(
    blank: DrawList, candidates: Iterable[Candidate], apart: Mapping[int, Iterable[str]], rows: BinaryIO
) -> _Kept:
    kept, before = _Kept(), ""
    people = {one.id for one in blank.inspectors}
    known = [frozenset(one.rates) for one in blank.departments]
    letters_of: dict[tuple[str, int], str] = {}
    for one in candidates:
        if one.code <= before:
            same = one.code == before
            words = f"名单中的对象重复：{one.code}。" if same else f"名单未按对象编号排序：{one.code}。"
            raise Refusal("object_twice" if same else "unsorted_list", words, field="objects", status=422)
        before = one.code
        eligible = one.concerned & ~one.checked & ~one.owed & ~one.quiet
        if one.full or not eligible:
            reason = _reason(one)
            kept.reasons[reason] += 1
            kept.excluded.append(Excluded(one.code, reason))
            continue
        letters = letters_of.get((one.letter, eligible))
        if letters is None:
            letters = letters_of[one.letter, eligible] = _letters(one, eligible, known)
        kept.count += 1
        kept.kinds[letters] += 1
        kept.conflicts += [(who, one.code) for who in apart.get(one.entity, ()) if who in people]
        rows.write(f"{one.code}\t{one.station}\t{letters}\n".encode())
    return kept


def _reason(one: Candidate) -> str:
    if one.full:
        return CAP_REACHED
    why = [
        (one.checked, CHECKED_ABOVE),
        (one.owed & ~one.checked, OWED_ALREADY),
        (one.quiet & ~one.checked & ~one.owed, LEFT_ALONE),
    ]
    return "；".join(words for places, words in why if places & one.concerned)


def _letters(one: Candidate, eligible: int, known: list[frozenset[str]]) -> str:
    found = []
    for place, names in enumerate(known):
        letter = one.letter if eligible >> place & 1 else NOT_ELIGIBLE
        if letter != NOT_ELIGIBLE and letter not in names:
            words = f"对象 {one.code} 的类别“{letter or '未研判'}”没有抽查比例，请先研判。"
            raise Refusal("bad_class", words, field="classes", status=422)
        found.append(letter)
    return "".join(found)


def _put_together(head: str, rows_file: Path, file: Path, algorithm: str) -> str:
    above = hasher(algorithm)
    with open_private(file) as whole:
        for piece in chain([f"{head}\n".encode()], pieces_of(rows_file)):
            above.update(piece)
            whole.write(piece)
        sync(whole)
    return above.digest().hex()
