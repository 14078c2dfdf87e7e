"""名单 the frozen list of a draw: who may be drawn by which department at which rate, and who may go there.

A list is frozen before its seed is chosen. Its hash covers everything that decides the outcome but chance: objects with
their classes, departments with their rates, officers with their competences, conflicts, what was taken out and why.
"""

from __future__ import annotations

import itertools
import json
import operator
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

from qianshao.base.policy.rules.refusal import Refusal
from qianshao.flow.draws.rules.hashing import HASHES, SHA256, hasher

FORMAT = "qianshao-draw/1"
NOT_ELIGIBLE = "-"
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Department:
    """抽查条线: one duty that draws its own sample. `rates` is class → share of the class as decimal text ("0.03")."""

    code: str
    name: str
    competence: str
    rates: dict[str, str]


@dataclass(frozen=True, slots=True)
class Inspector:
    """执法检查人员: certified until the day named, with the competences he or she holds."""

    id: str
    station: str
    competences: tuple[str, ...]
    certified_until: date


@dataclass(frozen=True, slots=True)
class Excluded:
    """不纳入抽取的对象 with the reason, decided before the seed: cap used up, checked by a higher level, suspended."""

    object: str
    reason: str


@dataclass(frozen=True, slots=True)
class DrawList:
    """抽取名单. `objects`, `stations` and `classes` run in parallel, sorted by object.

    `classes` holds one letter per department in the order of `departments`, "-" where the department does not concern
    the object: "AA-B". `conflicts` are (officer, object) pairs 回避. `used_from` and `used_until` are the first and the last
    day of use. `hash` is the algorithm of the whole draw.
    """

    id: str
    title: str
    departments: tuple[Department, ...]
    objects: Sequence[str]
    stations: Sequence[str]
    classes: Sequence[str]
    inspectors: tuple[Inspector, ...]
    team_size: int
    used_until: date
    conflicts: tuple[tuple[str, str], ...] = ()
    excluded: tuple[Excluded, ...] = field(default_factory=tuple)
    used_from: date | None = None
    hash: str = SHA256


def rate_of(text: str) -> Fraction:
    """抽查比例 as an exact number. Raises `Refusal` when the text is no number from 0 to 1."""
    try:
        rate = Fraction(Decimal(text))
    except (InvalidOperation, ValueError, OverflowError) as problem:
        raise Refusal("bad_rate", f"抽查比例“{text}”不是数字。", field="rates", status=422) from problem
    if not 0 <= rate <= 1:
        raise Refusal("bad_rate", f"抽查比例“{text}”应在 0 到 1 之间。", field="rates", status=422)
    return rate


def check_list(frozen: DrawList) -> None:
    """名单核查: whether the list may be frozen. Raises `Refusal` that names the rows concerned."""
    if not frozen.objects:
        _refuse("empty_list", "抽取名单为空，没有可抽取的对象。", "objects")
    if not len(frozen.objects) == len(frozen.stations) == len(frozen.classes):
        _refuse("ragged_list", "抽取名单的对象、监管所、类别行数不一致。", "objects")
    check_departments(frozen)
    _check_objects(frozen)
    check_inspectors(frozen)
    _check_conflicts(frozen)


def check_departments(frozen: DrawList) -> None:
    """条线核查: each once, with rates from 0 to 1 for classes of one letter, under a known hash. Raises `Refusal`."""
    if frozen.hash not in HASHES:
        _refuse("unknown_hash", f"散列算法“{frozen.hash}”应为 sha256 或 sm3。", "hash")
    if not frozen.departments:
        _refuse("no_departments", "没有参加抽取的检查事项。", "departments")
    twice = _twice(one.code for one in frozen.departments)
    if twice:
        _refuse("department_twice", f"检查事项重复：{_some(twice)}。", "departments")
    for one in frozen.departments:
        for name, rate in one.rates.items():
            if len(name) != 1 or name == NOT_ELIGIBLE:
                _refuse("bad_class", f"{one.name}的类别“{name}”应为一个字母。", "rates")
            try:
                rate_of(rate)
            except Refusal as problem:
                _refuse("bad_rate", f"{one.name} {name} 类：{problem.message}", "rates")


def _check_objects(frozen: DrawList) -> None:
    objects = list(frozen.objects)
    if not all(map(operator.lt, objects, objects[1:])):  # sorted without doubles
        if twice := _twice(objects):
            _refuse("object_twice", f"名单中有 {len(twice)} 个对象重复：{_some(twice)}。", "objects")
        wrong = [one for before, one in itertools.pairwise(objects) if one < before]
        _refuse("unsorted_list", f"名单未按对象编号排序：{_some(wrong)}。", "objects")
    known = [frozenset(one.rates) | {NOT_ELIGIBLE} for one in frozen.departments]
    for letters in set(frozen.classes):
        if len(letters) != len(known) or any(
            one not in names for one, names in zip(letters, known, strict=True)
        ):
            rows = [one for one, found in zip(objects, frozen.classes, strict=True) if found == letters]
            _refuse(
                "bad_class",
                f"{len(rows)} 个对象的类别“{letters}”与各事项的类别不符：{_some(rows)}。",
                "classes",
            )
    out = {one.object for one in frozen.excluded}
    still = [one for one in objects if one in out] if out else []
    if still:
        why = {one.object: one.reason for one in frozen.excluded}
        _refuse(
            "excluded_listed",
            f"{len(still)} 个对象已排除（如 {still[0]}：{why[still[0]]}），却仍在名单中：{_some(still)}。",
            "excluded",
        )


def check_inspectors(frozen: DrawList) -> None:
    """人员核查: somebody, each once and at one station, certified to the last day of use. Raises `Refusal` that names them."""
    if frozen.team_size < 1:
        _refuse("bad_team", "检查组人数应至少为 1。", "team_size")
    if not frozen.inspectors:
        _refuse("no_inspectors", "没有可抽取的执法检查人员。", "inspectors")
    seats: dict[str, set[str]] = {}
    for one in frozen.inspectors:
        seats.setdefault(one.id, set()).add(one.station)
    split = sorted(who for who, stations in seats.items() if len(stations) > 1)
    if split:
        _refuse("officer_in_two_stations", f"执法人员同时列在两个所：{_some(split)}。", "inspectors")
    twice = _twice(one.id for one in frozen.inspectors)
    if twice:
        _refuse("officer_twice", f"执法人员重复：{_some(twice)}。", "inspectors")
    expired = sorted(one.id for one in frozen.inspectors if one.certified_until < frozen.used_until)
    if expired:
        _refuse(
            "certificate_expired",
            f"{len(expired)} 名执法人员的执法证在 {frozen.used_until} 前到期，不纳入抽取：{_some(expired)}。",
            "inspectors",
        )


def _check_conflicts(frozen: DrawList) -> None:
    people = {one.id for one in frozen.inspectors}
    doors = set(frozen.objects) if frozen.conflicts else set()
    strange = sorted(
        f"{who}—{door}" for who, door in frozen.conflicts if who not in people or door not in doors
    )
    if strange:
        _refuse("conflict_unknown", f"回避名单中有不在名单上的人员或对象：{_some(strange)}。", "conflicts")


def head_of(frozen: DrawList, objects: int) -> dict[str, Any]:
    """名单抬头: everything under the hash but the rows, of which there are `objects`; ready for canonical JSON."""
    return {
        "format": FORMAT,
        "hash": frozen.hash,
        "id": frozen.id,
        "title": frozen.title,
        "departments": [asdict(one) for one in frozen.departments],
        "objects": objects,
        "inspectors": [
            asdict(one) | {"certified_until": one.certified_until.isoformat()} for one in frozen.inspectors
        ],
        "team_size": frozen.team_size,
        "used_until": frozen.used_until.isoformat(),
        "conflicts": [list(pair) for pair in frozen.conflicts],
        "excluded": [asdict(one) for one in frozen.excluded],
    } | ({"used_from": frozen.used_from.isoformat()} if frozen.used_from else {})


def canonical(value: Any) -> str:
    """规范文本: JSON with sorted keys, no spaces, letters as they are; the same in every language."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def read_list(text: bytes) -> DrawList:
    """名单 from its text, as `list_text` wrote it."""
    first, *rows = text.decode().splitlines()
    head = json.loads(first)
    cells = "\t".join(rows).split("\t")
    return list_of(head, cells[::3], cells[1::3], cells[2::3])


def list_of(
    head: dict[str, Any], objects: Sequence[str], stations: Sequence[str], classes: Sequence[str]
) -> DrawList:
    """名单 from its head and its rows; with the head alone, who may go where can be looked up."""
    day = head.get("used_from")
    return DrawList(
        id=head["id"],
        title=head["title"],
        departments=tuple(Department(**one) for one in head["departments"]),
        objects=objects,
        stations=stations,
        classes=classes,
        inspectors=tuple(
            Inspector(
                one["id"],
                one["station"],
                tuple(one["competences"]),
                date.fromisoformat(one["certified_until"]),
            )
            for one in head["inspectors"]
        ),
        team_size=head["team_size"],
        used_until=date.fromisoformat(head["used_until"]),
        conflicts=tuple((who, where) for who, where in head["conflicts"]),
        excluded=tuple(Excluded(**one) for one in head["excluded"]),
        used_from=date.fromisoformat(day) if day else None,
        hash=head.get("hash", SHA256),
    )


def list_text(frozen: DrawList) -> bytes:
    """名单正文: the head and one line per object, as hashed and as published."""
    rows = [
        f"{one}\t{station}\t{letters}"
        for one, station, letters in zip(frozen.objects, frozen.stations, frozen.classes, strict=True)
    ]
    return "\n".join([canonical(head_of(frozen, len(frozen.objects))), *rows, ""]).encode()


def hash_of(text: bytes, algorithm: str = SHA256) -> str:
    """散列值 in hexadecimal."""
    return hasher(algorithm, text).digest().hex()


def _twice(names: Iterable[str]) -> list[str]:
    return sorted(name for name, count in Counter(names).items() if count > 1)


def _some(names: Sequence[str]) -> str:
    more = f" 等 {len(names)} 个" if len(names) > _SHOWN else ""
    return "、".join(names[:_SHOWN]) + more


def _refuse(code: str, message: str, where: str) -> None:
    raise Refusal(code, message, field=where, status=422)
