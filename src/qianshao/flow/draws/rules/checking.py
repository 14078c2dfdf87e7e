"""核验 a published draw computed again from its text alone, by code that shares nothing with the code that drew.

Nothing of the rest of this room is imported here on purpose: a mistake or a back door in drawing must not be able to hide in checking.
`web/public/verify-draw-core.js` does the same a third time, in a browser without a server.
"""

from __future__ import annotations

import itertools
import json
import operator
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from qianshao.flow.draws.rules.checking_chance import Sums, check_chance
from qianshao.flow.draws.rules.checking_changes import check_changes

_MOST_FAULTS = 50
Numbers = npt.NDArray[np.int64]


class Unreadable(Exception):
    """公告无法读取: the text is not a published draw at all."""


@dataclass(slots=True)
class Verdict:
    """核验结论: `faults` in words, empty when every value could be computed again. `drawn_hash` covers everything above the changes:
    it must be the one that was told on the day of the draw."""

    title: str = ""
    hash: str = "sha256"
    drawn_hash: str = ""
    objects: int = 0
    doors: int = 0
    separate: int = 0
    strata: list[dict[str, Any]] = field(default_factory=list)
    changes: list[dict[str, Any]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    more_faults: int = 0

    @property
    def holds(self) -> bool:
        """Whether nothing was found."""
        return not self.faults

    def fault(self, words: str) -> None:
        """Note a fault; past fifty only their number."""
        if len(self.faults) < _MOST_FAULTS:
            self.faults.append(words)
        else:
            self.more_faults += 1


def verify_announcement(text: bytes) -> Verdict:
    """核验公告: hash, order, commitment, final seed, every ticket, every count, every object, every team.

    Raises `Unreadable` when the text is not an announcement; everything else is a fault that names what is wrong.
    """
    parts = _split(text)
    try:
        return _verify(parts)
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise Unreadable(f"公告内容缺失或格式不对：{problem}。") from problem


def _verify(parts: _Parts) -> Verdict:
    head, told = parts.head, parts.told
    verdict = Verdict(title=head["title"], objects=len(parts.rows), changes=parts.changes)
    verdict.hash = head.get("hash", "sha256")
    sums = Sums(verdict.hash)
    verdict.drawn_hash = sums.of(parts.above_changes).hex()
    if sums.of(parts.above).hex() != parts.end:
        verdict.fault("公告全文的散列与末行不符：公布后有改动。")
    list_hash = sums.of(parts.listed).hex()
    if list_hash != told["list_hash"]:
        verdict.fault(
            f"名单散列不符：公布的是 {told['list_hash'][:16]}…，按名单算得 {list_hash[:16]}…，名单被改动。"
        )
    _check_head(parts, verdict)
    seed = check_chance(told, list_hash, sums, verdict.fault)
    objects, stations, classes = _columns(parts, verdict)
    if verdict.faults and not objects:
        return verdict
    digests = b"".join(sums.each(seed, [one.encode() for one in objects]))
    numbers = (np.frombuffer(digests, dtype=">u8")[::4] >> 12).astype(np.int64)
    chosen = _check_strata(parts, classes, numbers, verdict)
    _check_doors(parts, _Officers(head, seed, sums), objects, stations, numbers, chosen, verdict)
    check_changes(parts.changes, head, parts.drawn, verdict.fault)
    return verdict


@dataclass(frozen=True, slots=True)
class _Parts:
    above: bytes
    above_changes: bytes
    listed: bytes
    end: str
    head: dict[str, Any]
    told: dict[str, Any]
    rows: list[str]
    drawn: list[str]
    changes: list[dict[str, Any]]


def _split(text: bytes) -> _Parts:
    try:
        end = text.rindex(b"#end ")
        middle = text.index(b"\n#drawn ") + 1
        changes = text.rindex(b"\n#changes ") + 1
        head, *rows = text[:middle].decode().splitlines()
        first, *drawn = text[middle:changes].decode().splitlines()
        parts = _Parts(
            above=text[:end],
            above_changes=text[:changes],
            listed=text[:middle],
            end=text[end:].decode().split()[1],
            head=json.loads(head),
            told=json.loads(first.removeprefix("#drawn ")),
            rows=rows,
            drawn=drawn,
            changes=json.loads(text[changes:end].decode().removeprefix("#changes ")),
        )
        if parts.head["format"] != "qianshao-draw/1":
            raise Unreadable(f"不认识的公告格式：{parts.head['format']}")
        return parts
    except (ValueError, KeyError, IndexError, UnicodeDecodeError, AttributeError, TypeError) as problem:
        raise Unreadable(
            "这不是完整的抽取公告：缺少抬头、#drawn、#changes 或 #end 行，或其中内容损坏。"
        ) from problem


def _check_head(parts: _Parts, verdict: Verdict) -> None:
    head = parts.head
    if head["objects"] != len(parts.rows):
        verdict.fault(f"抬头写明 {head['objects']} 个对象，名单有 {len(parts.rows)} 行。")
    if len({one["id"] for one in head["inspectors"]}) != len(head["inspectors"]):
        verdict.fault("执法人员名单有重复。")
    for one in head["inspectors"]:
        if one["certified_until"] < head["used_until"]:
            verdict.fault(f"执法人员 {one['id']} 的执法证在 {head['used_until']} 前到期，不应纳入抽取。")
    for one in head["departments"]:
        for letter, rate in one["rates"].items():
            if not 0 <= Fraction(rate) <= 1:
                verdict.fault(f"{one['code']} {letter} 类的抽查比例 {rate} 不在 0 到 1 之间。")


def _columns(parts: _Parts, verdict: Verdict) -> tuple[list[str], list[str], list[str]]:
    width = len(parts.head["departments"])
    wrong = (number for number, row in enumerate(parts.rows, start=2) if row.count("\t") != 2)
    if (number := next(wrong, 0)) != 0:
        verdict.fault(f"第 {number} 行的列数不对：{parts.rows[number - 2][:40]}")
        return [], [], []
    cells = "\t".join(parts.rows).split("\t")
    objects, stations, classes = cells[::3], cells[1::3], cells[2::3]
    if set(map(len, classes)) != {width}:
        number = next(place for place, letters in enumerate(classes, start=2) if len(letters) != width)
        verdict.fault(f"第 {number} 行的类别“{classes[number - 2]}”应有 {width} 个字母。")
        return [], [], []
    if not all(map(operator.lt, objects, objects[1:])):
        for number, (before, one) in enumerate(itertools.pairwise(objects), start=3):
            if one <= before:
                verdict.fault(f"第 {number} 行的对象 {one} 重复或未按编号排序。")
    out = {one["object"] for one in parts.head["excluded"]}
    for one in itertools.islice((one for one in objects if one in out), _MOST_FAULTS):
        verdict.fault(f"对象 {one} 已排除，却在名单中。")
    return objects, stations, classes


def _check_strata(parts: _Parts, classes: list[str], numbers: Numbers, verdict: Verdict) -> list[set[int]]:
    """Per department the rows that its rates draw; the published strata must say the same."""
    chosen: list[set[int]] = []
    told = {(one["department"], one["letter"]): one for one in parts.told["strata"]}
    table = np.array(classes).view("U1").reshape(len(classes), -1).view(np.uint32)
    for place, department in enumerate(parts.head["departments"]):
        column = table[:, place]
        picked: set[int] = set()
        for number in sorted(set(column.tolist()) - {ord(one) for one in ("-", *department["rates"])}):
            many = int((column == number).sum())
            verdict.fault(f"{department['code']} 没有 {chr(number)} 类的抽查比例，名单中有 {many} 个。")
        for letter, rate in department["rates"].items():
            rows = (column == ord(letter)).nonzero()[0]
            share = Fraction(rate) * len(rows)
            count = -(-share.numerator // share.denominator)
            picked.update(rows[np.lexsort((rows, numbers[rows]))[:count]].tolist())
            stratum = {
                "department": department["code"],
                "letter": letter,
                "rate": rate,
                "eligible": len(rows),
                "drawn": count,
            }
            verdict.strata.append(stratum)
            if told.pop((department["code"], letter), None) != stratum:
                verdict.fault(
                    f"{department['code']} {letter} 类应在 {len(rows)} 个中抽 {count} 个，公告所写不同。"
                )
        chosen.append(picked)
    for code, letter in told:
        verdict.fault(f"公告多写了 {code} {letter} 类。")
    return chosen


def _check_doors(
    parts: _Parts,
    desk: _Officers,
    objects: list[str],
    stations: list[str],
    numbers: Numbers,
    chosen: list[set[int]],
    verdict: Verdict,
) -> None:
    departments = parts.head["departments"]
    rows = sorted(set().union(*chosen), key=lambda row: (numbers[row], row))
    published: dict[str, list[str]] = {}
    for line in parts.drawn:
        cells = line.split("\t")
        if len(cells) != 3 or cells[0] in published:
            verdict.fault(f"抽中名单的一行重复或列数不对：{line[:40]}")
        published[cells[0]] = [*cells, "", ""]
    for row in rows:
        door = objects[row]
        places = [place for place, picked in enumerate(chosen) if row in picked]
        codes = ",".join(departments[place]["code"] for place in places)
        needs = {departments[place]["competence"] for place in places}
        told = published.pop(door, None)
        if told is None:
            verdict.fault(f"对象 {door} 应被 {codes} 抽中，公告中没有。")
            continue
        if told[1] != codes:
            verdict.fault(f"对象 {door} 应被 {codes} 抽中，公告写的是 {told[1]}。")
        team = desk.team(door, stations[row], needs)
        if team != (told[2] if not told[2].startswith("!") else ""):
            verdict.fault(f"对象 {door} 的检查组应为 {team or '无法组成'}，公告写的是 {told[2]}。")
    for door in published:
        verdict.fault(f"对象 {door} 没有被任何事项抽中，公告却列出。")
    order = [line.split("\t")[0] for line in parts.drawn]
    wanted = [objects[row] for row in rows]
    if order != wanted and sorted(order) == sorted(wanted):
        verdict.fault("抽中名单没有按抽取号排列。")
    if parts.told["doors"] != len(rows):
        verdict.fault(f"公告写明抽中 {parts.told['doors']} 户，算得 {len(rows)} 户。")
    verdict.doors, verdict.separate = len(rows), sum(len(picked) for picked in chosen)


class _Officers:
    """The officers of each station, and the first team of an object's own order."""

    def __init__(self, head: dict[str, Any], seed: bytes, sums: Sums) -> None:
        self.seed, self.sums, self.size = seed, sums, head["team_size"]
        self.apart: dict[str, set[str]] = {}
        for who, door in head["conflicts"]:
            self.apart.setdefault(door, set()).add(who)
        self.stations: dict[str, list[tuple[str, frozenset[str]]]] = {}
        for one in sorted(head["inspectors"], key=lambda one: str(one["id"])):
            self.stations.setdefault(one["station"], []).append((one["id"], frozenset(one["competences"])))

    def team(self, door: str, station: str, needs: set[str]) -> str:
        away = self.apart.get(door, set())
        rest = [one for one in self.stations.get(station, []) if one[0] not in away]
        if len(rest) < self.size:
            return ""
        stream = self._words(door)
        order: list[tuple[str, frozenset[str]]] = []
        while rest:
            if len(order) == self.size and _covered(order, needs):
                break
            place = next(stream) % len(rest) if len(rest) > 1 else 0
            rest[0], rest[place] = rest[place], rest[0]
            order.append(rest.pop(0))
        for size in range(self.size, max(self.size, 4) + 1):
            for group in itertools.combinations(order, size):
                if _covered(group, needs):
                    return ",".join(who for who, _ in group)
        return ""

    def _words(self, door: str) -> Iterator[int]:
        for block in itertools.count():
            digest = self.sums.of(self.seed + f"\nofficer\n{door}\n{block}".encode())
            for start in range(0, 32, 4):
                yield int.from_bytes(digest[start : start + 4], "big")


def _covered(group: Iterable[tuple[str, frozenset[str]]], needs: set[str]) -> bool:
    return needs <= set().union(*(names for _, names in group))
