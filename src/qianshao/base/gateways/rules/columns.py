"""列 columns of text for a million rows at once: drawing, joining, numbering, without a loop over rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

Array = Any
Columns = dict[str, Any]


def pick(texts: list[str] | tuple[str, ...], places: Array) -> pa.StringArray:
    """`texts[place]` for every place."""
    return pa.array(texts, type=pa.string()).take(pa.array(places))


def draw(texts: list[str] | tuple[str, ...], count: int, rng: np.random.Generator) -> pa.StringArray:
    """`count` of the texts, drawn evenly."""
    return pick(texts, rng.integers(len(texts), size=count))


def join(*parts: Any) -> pa.StringArray:
    """Texts and arrays of texts put end to end, row by row."""
    return pc.binary_join_element_wise(*parts, "")


def days(numbers: Array) -> pa.StringArray:
    """Day numbers since 1970 as YYYY-MM-DD."""
    return pa.array(numbers.astype("int32")).cast(pa.date32()).cast(pa.string())


def years(numbers: Array) -> Array:
    """The calendar years that day numbers since 1970 lie in."""
    return numbers.astype("datetime64[D]").astype("datetime64[Y]").astype(int) + 1970


def digits(numbers: Array, width: int) -> pa.StringArray:
    """Whole numbers with leading zeros."""
    return pc.utf8_lpad(pa.array(numbers).cast(pa.string()), width, "0")


def numerals(numbers: Array) -> pa.StringArray:
    """Numbers as text."""
    return pa.array(numbers).cast(pa.string())


def rank_within(groups: Array) -> Array:
    """For each row its place (from 0) among the rows of the same group, in the rows' order."""
    order = np.argsort(groups, kind="stable")
    ordered = groups[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    widths = np.diff(np.concatenate([starts, [len(groups)]]))
    ranks = np.empty(len(groups), dtype=np.int64)
    ranks[order] = np.arange(len(groups)) - np.repeat(starts, widths)
    return ranks


def ragged(sizes: list[int], rows: Array, rng: np.random.Generator, *, skew: float = 1.0) -> Array:
    """For each row a place in the flat list of its group; a `skew` above 1 prefers the first of the group."""
    width = np.array(sizes)
    starts = np.concatenate([[0], np.cumsum(width)[:-1]])
    return starts[rows] + (rng.random(len(rows)) ** skew * width[rows]).astype(int)


def draw_from(
    lists: list[tuple[str, ...]], rows: Array, rng: np.random.Generator, *, skew: float = 1.0
) -> Any:
    """For each row one text of the list its number names."""
    flat = [text for texts in lists for text in texts]
    return pick(flat, ragged([len(texts) for texts in lists], rows, rng, skew=skew))
