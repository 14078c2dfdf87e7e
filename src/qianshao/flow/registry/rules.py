"""检索 what a person typed, and which way of looking fits it."""

from __future__ import annotations

import re
from dataclasses import dataclass

_CODE = re.compile(r"^[0-9A-HJ-NPQRTUWXY]{4,18}$")
_HAN = re.compile(r"[\u3400-\u9fff]")
_SPACE = re.compile(r"\s+")
MOST_LETTERS = 60


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


def likeness(wanted: str, name: str) -> float:
    """How alike two names are, 0 to 1: the share of common pairs (Dice), with a bonus for a common start.

    A wrong, missing or doubled character costs at most two or three pairs, so the right name stays near the top.
    """
    mine, theirs = set(bigrams_of(wanted)), set(bigrams_of(name))
    if not mine or not theirs:
        return 0.0
    dice = 2 * len(mine & theirs) / (len(mine) + len(theirs))
    letters = 2 * len(set(wanted) & set(name)) / (len(set(wanted)) + len(set(name)))
    return 0.7 * dice + 0.3 * letters


def like_pattern(text: str) -> str:
    """The text as the middle of a LIKE pattern, with its own % and _ meant literally."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
