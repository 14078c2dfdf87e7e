"""杂 the faults that real deliveries carry, put in on purpose and written down in the truth file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from qianshao.base.gateways.rules.codes import ALPHABET

_FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
Change = Callable[[str], str]


@dataclass(slots=True)
class Truth:
    """What is wrong with which row of which file, and what would be right. The product never reads it."""

    files: list[str] = field(default_factory=list)
    parts: list[pa.Table] = field(default_factory=list)

    def note(self, *, file: str, rows: Any, column: str, kind: str, right: list[str | None]) -> None:
        """Write down one fault at several rows (data rows count from 1)."""
        size = len(rows)
        self.parts.append(
            pa.table(
                {
                    "file": pa.array([file] * size, type=pa.string()),
                    "row": pa.array(np.asarray(rows, dtype=np.int64) + 1),
                    "column": pa.array([column] * size, type=pa.string()),
                    "kind": pa.array([kind] * size, type=pa.string()),
                    "right": pa.array([text or "" for text in right], type=pa.string()),
                }
            )
        )

    def table(self) -> pa.Table:
        """All faults, file by file, row by row."""
        return pa.concat_tables(self.parts).sort_by([("file", "ascending"), ("row", "ascending")])


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of fault: in which share of a file's rows, in which column, and what it makes of the value."""

    kind: str
    column: str
    share: float
    change: Change


class Spoiler:
    """Puts faults into the columns of one file; a row carries one fault at most."""

    def __init__(self, file: str, columns: dict[str, Any], rng: np.random.Generator, truth: Truth) -> None:
        self.file, self.columns, self.rng, self.truth = file, columns, rng, truth
        self.count = len(next(iter(columns.values())))
        self.origin = np.arange(self.count)
        self._free = rng.permutation(self.count)

    def take(self, share: float) -> Any:
        """Rows not spoilt before, `share` of all, in order."""
        wanted = min(round(self.count * share), len(self._free))
        taken, self._free = self._free[:wanted], self._free[wanted:]
        return np.sort(taken)

    def spoil(self, fault: Fault) -> None:
        """Change the values of a column and note the right ones; an empty value stays empty and is no fault."""
        rows = self.take(fault.share)
        right = self.columns[fault.column].take(pa.array(rows)).to_pylist()
        filled = [place for place, text in enumerate(right) if text]
        rows, right = rows[filled], [right[place] for place in filled]
        if not len(rows):
            return
        self._put(fault.column, rows, [fault.change(text) for text in right])
        self.truth.note(file=self.file, rows=rows, column=fault.column, kind=fault.kind, right=right)

    def swap(self, first: str, second: str, share: float) -> None:
        """Exchange two columns' values in `share` of the rows."""
        rows = self.take(share)
        places = pa.array(rows)
        one = self.columns[first].take(places).to_pylist()
        two = self.columns[second].take(places).to_pylist()
        if len(rows):
            self._put(first, rows, two)
            self._put(second, rows, one)
            self.truth.note(file=self.file, rows=rows, column=first, kind="swapped", right=one)

    def repeat(self, share: float, kind: str, changes: dict[str, Change]) -> None:
        """Write `share` of the rows a second time at the end, with some values changed: the same thing twice."""
        rows = self.take(share)
        again = {name: values.take(pa.array(rows)) for name, values in self.columns.items()}
        for column, change in changes.items():
            again[column] = pa.array([change(text or "") for text in again[column].to_pylist()], pa.string())
        first = len(self.origin)
        self.truth.note(
            file=self.file,
            rows=np.arange(first, first + len(rows)),
            column="",
            kind=kind,
            right=[str(row + 1) for row in rows.tolist()],
        )
        self.origin = np.concatenate([self.origin, rows])
        self.columns = {
            name: pa.chunked_array([*_chunks(values), *_chunks(again[name])])
            for name, values in self.columns.items()
        }

    def _put(self, column: str, rows: Any, values: list[str]) -> None:
        mask = np.zeros(self.count, dtype=bool)
        mask[rows] = True
        self.columns[column] = pc.replace_with_mask(
            self.columns[column], pa.array(mask), pa.array(values, type=pa.string())
        )


def _chunks(values: Any) -> list[Any]:
    return values.chunks if isinstance(values, pa.ChunkedArray) else [values]


def registration_faults() -> tuple[Fault, ...]:
    """What goes wrong in a registration file; the shares are our own guess at ordinary offices, not published."""
    code = "统一社会信用代码"
    return (
        Fault("wrong_check_letter", code, 0.002, wrong_check_letter),
        Fault("missing", code, 0.001, nothing),
        Fault("look_alike", code, 0.0005, look_alike),
        Fault("full_width", code, 0.002, full_width),
        Fault("far_future", "成立日期", 0.0006, far_future),
        Fault("chinese_date", "成立日期", 0.003, chinese_date),
        Fault("excel_serial", "成立日期", 0.001, excel_serial),
        Fault("stray_spaces", "名称", 0.003, stray_spaces),
        Fault("out_of_city", "经度", 0.001, out_of_city),
        Fault("unknown_word", "登记状态", 0.0003, lambda _: "状态不详"),
    )


def fact_faults(code: str, day: str, strangers: list[str]) -> tuple[Fault, ...]:
    """What goes wrong in the other files: `code` and `day` their columns, `strangers` valid codes of no business."""
    others = iter(strangers)
    return (
        Fault("wrong_check_letter", code, 0.003, wrong_check_letter),
        Fault("look_alike", code, 0.001, look_alike),
        Fault("missing", code, 0.002, nothing),
        Fault("stranger", code, STRANGERS, lambda _: next(others)),
        Fault("chinese_date", day, 0.003, chinese_date),
        Fault("excel_serial", day, 0.001, excel_serial),
        Fault("far_future", day, 0.0005, far_future),
    )


STRANGERS = 0.002


def wrong_check_letter(code: str) -> str:
    """The code with another last letter."""
    return code[:-1] + ALPHABET[(ALPHABET.index(code[-1]) + 7) % 31]


def look_alike(code: str) -> str:
    """The code with a letter that the alphabet leaves out because it looks like a digit: I for 1, O for 0."""
    tail = code[8:]
    return code[:8] + tail.replace("1", "I", 1) if "1" in tail else code[:6].replace("0", "O") + code[6:]


def full_width(text: str) -> str:
    """Digits as a Chinese keyboard writes them."""
    return text.translate(_FULL_WIDTH)


def chinese_date(text: str) -> str:
    """2024-08-18 as 2024年8月18日."""
    return f"{int(text[:4])}年{int(text[5:7])}月{int(text[8:])}日"


def excel_serial(text: str) -> str:
    """2024-08-18 as 45522, the number Excel keeps."""
    return str((date.fromisoformat(text) - date(1899, 12, 30)).days)


def far_future(_: str) -> str:
    """A date that cannot be."""
    return "2099-01-01"


def stray_spaces(text: str) -> str:
    """A name with spaces that nobody typed on purpose."""
    return f" {text[:4]}\u3000{text[4:]} "


def nothing(_: str) -> str:
    """An empty cell."""
    return ""


def same(text: str) -> str:
    """The value as it was."""
    return text


def without_province(text: str) -> str:
    """An address or name written shorter, as another clerk writes it."""
    return text.removeprefix("广东省").removeprefix("佛山市")


def out_of_city(_: str) -> str:
    """A longitude far from Foshan."""
    return "121.473701"
