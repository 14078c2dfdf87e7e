"""检索 what a person typed, and which way of looking fits it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rapidfuzz.distance import OSA
from rapidfuzz.fuzz import partial_ratio

_CODE = re.compile(r"^[0-9A-HJ-NPQRTUWXY]{4,18}$")
_HAN = re.compile(r"[\u3400-\u9fff]")
_SPACE = re.compile(r"\s+")
MOST_LETTERS = 60
_WINDOW, _STEP = 3, 2
_SLIPS = 2


@dataclass(frozen=True, slots=True)
class Wanted:
    """检索词: `way` is code (credit code from its start), one (a single character), two, or many (three and more)."""

    text: str
    way: str
    bigrams: tuple[str, ...] = ()


def read_text(typed: str) -> Wanted | None:
    """检索词 as it will be looked for: full-width digits and spaces put right, case folded for codes. None when empty."""
    text = _SPACE.sub("", typed.translate(str.maketrans("０１２３４５６７８９　", "0123456789 ")))[
        :MOST_LETTERS
    ]
    text = text.replace("\x00", "")
    if not text:
        return None
    if _CODE.match(text.upper()) and not _HAN.search(text):
        return Wanted(text.upper(), "code")
    if len(text) == 1:
        return Wanted(text, "one")
    return Wanted(text, "two" if len(text) == 2 else "many", bigrams_of(text))


def bigrams_of(text: str) -> tuple[str, ...]:
    """The distinct pairs of neighbouring characters, in order: what the index of names holds."""
    return tuple(dict.fromkeys(text[place : place + 2] for place in range(len(text) - 1)))


def whole_pairs(text: str) -> list[tuple[str, ...]]:
    """错字检索: sets of the text's pairs such that whatever single slip was made, one set has only pairs that are right.

    A wrong, missing, doubled or swapped character spoils the pairs that touch it. Windows of three characters, moved by
    two, cover every such place; each set is the pairs that touch nothing of one window.
    """
    sets = []
    for start in range(0, max(1, len(text) - 1), _STEP):
        window = range(start, start + _WINDOW)
        pairs = {
            text[at : at + 2] for at in range(len(text) - 1) if at not in window and at + 1 not in window
        }
        if pairs:
            sets.append(tuple(sorted(pairs)))
    return list(dict.fromkeys(sets))


def unlikeness(wanted: str, name: str) -> tuple[int, float]:
    """编辑距离 how far a name is from what was typed, for sorting: slips over the whole name (at most three told apart),
    then how badly the best place of the name fits what was typed (0 to 100)."""
    slips = OSA.distance(wanted, name, score_cutoff=_SLIPS)
    return slips, 100 - partial_ratio(wanted, name)


def like_pattern(text: str) -> str:
    """The text as the middle of a LIKE pattern, with its own % and _ meant literally."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
