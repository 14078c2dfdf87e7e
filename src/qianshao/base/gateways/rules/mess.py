"""杂 the faults that real deliveries carry, put in on purpose and written down in the truth file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from qianshao.base.gateways.rules.codes import ALPHABET

_FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


@dataclass(slots=True)
class Truth:
    """What is wrong with which row of which file, and what would be right. The product never reads it."""

    rows: list[dict[str, object]] = field(default_factory=list)

    def note(self, *, file: str, rows: Any, column: str, kind: str, right: list[str]) -> None:
        """Write down one fault at several rows (data rows count from 1)."""
        for row, text in zip(rows.tolist(), right, strict=True):
            self.rows.append({"file": file, "row": row + 1, "column": column, "kind": kind, "right": text})


class Spoiler:
    """Puts faults into the columns of one file."""

    def __init__(self, file: str, columns: dict[str, Any], rng: np.random.Generator, truth: Truth) -> None:
        self.file, self.columns, self.rng, self.truth = file, columns, rng, truth
        self.count = len(next(iter(columns.values())))
        self._free = rng.permutation(self.count)

    def take(self, share: float) -> Any:
        """Rows not spoilt before, `share` of all, in order."""
        wanted = min(int(round(self.count * share)), len(self._free))
        taken, self._free = self._free[:wanted], self._free[wanted:]
        return np.sort(taken)

    def spoil(self, column: str, share: float, kind: str, change: Any) -> None:
        """Change `share` of a column's values by `change(text) -> text` and note the right value."""
        rows = self.take(share)
        if not len(rows):
            return
        right = self.columns[column].take(pa.array(rows)).to_pylist()
        wrong = [change(text or "") for text in right]
        mask = np.zeros(self.count, dtype=bool)
        mask[rows] = True
        self.columns[column] = pc.replace_with_mask(
            self.columns[column], pa.array(mask), pa.array(wrong, type=pa.string())
        )
        self.truth.note(
            file=self.file, rows=rows, column=column, kind=kind, right=[text or "" for text in right]
        )

    def swap(self, first: str, second: str, share: float) -> None:
        """Exchange two columns' values in `share` of the rows."""
        rows = self.take(share)
        mask = pa.array(np.isin(np.arange(self.count), rows))
        one, two = self.columns[first], self.columns[second]
        self.truth.note(
            file=self.file,
            rows=rows,
            column=first,
            kind="swapped",
            right=one.take(pa.array(rows)).to_pylist(),
        )
        self.columns[first] = pc.if_else(mask, two, one)
        self.columns[second] = pc.if_else(mask, one, two)

    def repeat(self, share: float, column: str, change: Any) -> None:
        """Write `share` of the rows a second time at the end, with one value changed: the same thing twice."""
        rows = self.take(share)
        again = {name: values.take(pa.array(rows)) for name, values in self.columns.items()}
        again[column] = pa.array([change(text or "") for text in again[column].to_pylist()], type=pa.string())
        first = np.arange(self.count, self.count + len(rows))
        self.truth.note(
            file=self.file,
            rows=first,
            column="",
            kind="same_as_row",
            right=[str(row + 1) for row in rows.tolist()],
        )
        self.columns = {
            name: pa.chunked_array([*_chunks(values), *_chunks(again[name])])
            for name, values in self.columns.items()
        }


def _chunks(values: Any) -> list[Any]:
    return values.chunks if isinstance(values, pa.ChunkedArray) else [values]


def wrong_check_letter(code: str) -> str:
    """The code with another last letter."""
    return code[:-1] + ALPHABET[(ALPHABET.index(code[-1]) + 7) % 31] if code else code


def look_alike(code: str) -> str:
    """The code with a letter that the alphabet leaves out because it looks like a digit."""
    return code[:8] + "I" + code[9:] if code else code


def full_width(text: str) -> str:
    """Digits as a Chinese keyboard writes them."""
    return text.translate(_FULL_WIDTH)


def chinese_date(text: str) -> str:
    """2024-08-18 as 2024年8月18日."""
    if len(text) != 10:
        return text
    return f"{int(text[:4])}年{int(text[5:7])}月{int(text[8:])}日"


def far_future(_: str) -> str:
    """A date that cannot be."""
    return "2099-01-01"


def stray_spaces(text: str) -> str:
    """A name with spaces that nobody typed on purpose."""
    return f" {text[:4]}\u3000{text[4:]} "


def nothing(_: str) -> str:
    """An empty cell."""
    return ""


def out_of_city(_: str) -> str:
    """A longitude far from Foshan."""
    return "121.473701"
