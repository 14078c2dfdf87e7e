"""Anybody computes a published draw again, in Python or in a browser; whatever was changed is found and named."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from qianshao.base.gateways.rules.beacons import QUICKNET, SAMPLE
from qianshao.flow.draws.rules.changing import Change, words_of
from qianshao.flow.draws.rules.checking import Unreadable, Verdict, verify_announcement
from qianshao.flow.draws.rules.checking_chance import Sums
from qianshao.flow.draws.rules.hashing import _Sm3, hasher
from qianshao.flow.draws.rules.listing import canonical, list_text, read_list
from qianshao.flow.draws.rules.publishing import announcement
from qianshao.flow.draws.rules.teams import Door, draw_teams
from qianshao.flow.draws.rules.tickets import commitment, draw_objects, final_seed, tickets
from qianshao.flow.draws.tests.factories import a_chance, a_city, a_list, drawn, published

CORE = Path(__file__).resolve().parents[5] / "web" / "public" / "verify-draw-core.js"
GOOD = published(a_list()).decode()
NODE = """
require(process.argv[1])
const fs = require('fs')
for (const file of process.argv.slice(2)) {
  let told
  try { const report = verifyDraw(new Uint8Array(fs.readFileSync(file))); told = [report.holds, report.doors, report.separate, report.faults] }
  catch (problem) { told = ['unreadable', problem.message] }
  console.log(JSON.stringify(told))
}
"""


def in_javascript(texts: list[bytes], folder: Path) -> list[list[Any]]:
    node = shutil.which("node")
    assert node
    files = []
    for place, text in enumerate(texts):
        (folder / f"{place}.txt").write_bytes(text)
        files.append(str(folder / f"{place}.txt"))
    done = subprocess.run([node, "-e", NODE, str(CORE), *files], capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def in_python(text: bytes) -> list[Any]:
    try:
        verdict = verify_announcement(text)
    except Unreadable as problem:
        return ["unreadable", str(problem)]
    return [verdict.holds, verdict.doors, verdict.separate, verdict.faults]


def resealed(text: str) -> bytes:
    """The text with a fresh last line: whoever changes an announcement can compute that too."""
    above = text[: text.rindex("#end ")]
    return f"{above}#end {hashlib.sha256(above.encode()).hexdigest()}\n".encode()


def head(change: Callable[[dict[str, Any]], None]) -> str:
    first, rest = GOOD.split("\n", 1)
    told = json.loads(first)
    change(told)
    return f"{canonical(told)}\n{rest}"


def told(**changes: Any) -> str:
    before, rest = GOOD.split("#drawn ", 1)
    line, after = rest.split("\n", 1)
    return f"{before}#drawn {canonical(json.loads(line) | changes)}\n{after}"


def verdict(text: str) -> Verdict:
    return verify_announcement(resealed(text))


def line_of(department: str) -> str:
    return next(line for line in GOOD.split("#drawn")[1].splitlines() if f"\t{department}\t" in line)


def test_a_published_draw_holds_with_its_figures() -> None:
    found = verify_announcement(GOOD.encode())
    result = drawn(a_list())
    assert (found.holds, found.objects, found.doors, found.separate) == (
        True,
        40,
        len(result.picked),
        result.separate,
    )
    assert found.strata == json.loads(GOOD.split("#drawn ")[1].splitlines()[0])["strata"]


CHANGED = {
    "a rate": (head(lambda one: one["departments"][0]["rates"].update(A="0.2")), "名单散列不符"),
    "a class": (GOOD.replace("91440606MA00000001\t440606005\tAA", "91440606MA00000001\t440606005\tBA"), "名单散列不符"),
    "a station": (GOOD.replace("91440606MA00000001\t440606005\t", "91440606MA00000001\t440605126\t"), "名单散列不符"),
    "an officer's competence": (head(lambda one: one["inspectors"][5].update(competences=["食品检查员"])), "名单散列不符"),
    "the size of teams": (head(lambda one: one.update(team_size=1)), "名单散列不符"),
    "an object taken out": (head(lambda one: one.update(excluded=[{"object": "91440606MA00000001", "reason": "x"}])), "对象 91440606MA00000001 已排除，却在名单中"),
    "an object doubled": (GOOD.replace("91440606MA00000002\t", "91440606MA00000001\t", 1), "第 4 行的对象 91440606MA00000001 重复或未按编号排序"),
    "a row removed": (GOOD.replace("91440606MA00000001\t440606005\tAA\n", "", 1), "抬头写明 40 个对象，名单有 39 行"),
    "an expired certificate": (head(lambda one: one["inspectors"][0].update(certified_until="2027-01-01")), "执法人员 粤E0000 的执法证在 2027-12-31 前到期"),
    "the seed": (told(seed="1" * 64), "种子与承诺不符"),
    "the commitment": (told(commitment="1" * 64), "种子与承诺不符"),
    "the public number": (told(public="01 02 03"), "应被"),
    "the time": (told(drawn_at="2026-11-24T09:00:00+08:00"), "抽取时间不晚于承诺时间"),
    "who entered": (told(entered_by=["何所长", "何所长"]), "应由两名不同的人员录入"),
    "the number of doors": (told(doors=3), "公告写明抽中 3 户"),
    "a stratum": (told(strata=[]), "SP A 类应在 30 个中抽 3 个，公告所写不同"),
    "an object drawn dropped": (GOOD.replace(line_of("SP") + "\n", ""), f"对象 {line_of('SP').split(chr(9))[0]} 应被 SP 抽中，公告中没有"),
    "an object put in": (GOOD.replace("#changes", "91440606MA00000099\tSP\t粤E0000,粤E0001\n#changes"), "对象 91440606MA00000099 没有被任何事项抽中，公告却列出"),
    "a department": (GOOD.replace(line_of("SP"), line_of("SP").replace("\tSP\t", "\tJG\t")), "应被 SP 抽中，公告写的是 JG"),
    "a tab in the last rows": (GOOD.replace(line_of("SP"), line_of("SP").replace("\t", "0")), "抽中名单的一行重复或列数不对"),
    "an officer": (GOOD.replace(line_of("SP"), line_of("SP").rsplit("\t", 1)[0] + "\t粤E0004,粤E0005"), "公告写的是 粤E0004,粤E0005"),
}  # fmt: skip


@pytest.mark.parametrize("what", sorted(CHANGED))
def test_a_change_after_publication_is_found_and_named(what: str) -> None:
    text, words = CHANGED[what]
    assert text != GOOD
    found = verdict(text)
    assert not found.holds
    assert any(words in one for one in found.faults), found.faults


@given(some.integers(0, len(GOOD) - 80), some.sampled_from("0123456789ABab\t,"))
@settings(max_examples=150, deadline=None)
def test_no_single_letter_changes_unseen(place: int, letter: str) -> None:
    text = GOOD[:place] + letter + GOOD[place + 1 :]
    if text == GOOD:
        return
    answer = in_python(text.encode())
    assert answer[0] in (False, "unreadable")


def test_a_text_that_is_no_announcement_is_said_so() -> None:
    for text in (
        b"",
        b"x",
        GOOD.encode()[:-200],
        b"\xff" + GOOD.encode(),
        GOOD.replace("draw/1", "draw/9").encode(),
    ):
        with pytest.raises(Unreadable):
            verify_announcement(text)


def test_a_browser_comes_to_the_same_verdict_on_true_and_changed_draws(tmp_path: Path) -> None:
    texts = [published(a_list(), a_chance(number)) for number in range(150)]
    texts += [published(a_city(200, seed), a_chance(seed)) for seed in range(50)]
    texts += [resealed(text) for text, _ in CHANGED.values()] + [b"", b"x"]
    answers = in_javascript(texts, tmp_path)
    assert [answer[:3] for answer in answers] == [in_python(text)[:3] for text in texts]
    for text, answer in zip(texts[200:-2], answers[200:-2], strict=True):
        assert sorted(answer[3]) == sorted(in_python(text)[3])


REPLACED, PASSED = drawn(a_list()).picked[:2]
AT = "2026-12-01T09:00:00+08:00"


def a_change(
    object: str, kind: str = "pass_over", leaves: str = "", joins: str = "", **changes: str
) -> Change:
    values = {"reason": "本人申请回避", "by": "何所长", "at": AT}
    return Change(
        object, kind, words_of(kind, leaves, joins), leaves=leaves, joins=joins, **(values | changes)
    )


def a_replacement(joins: str = "", leaves: str = "", object: str = "") -> Change:
    """One of the first team leaves; by default somebody who holds as much as he or she joins."""
    team, people = REPLACED.team.officers, a_list().inspectors
    leaves = leaves or team[0]
    held = {one.id: set(one.competences) for one in people}
    free = [one.id for one in people if one.id not in team and held[one.id] >= held.get(leaves, set())]
    free += [one.id for one in people if one.id not in team]
    return a_change(object or REPLACED.object, "replace", leaves, joins or free[0])


def test_what_was_changed_by_hand_is_shown_with_its_reason_and_what_was_drawn_stays_provable() -> None:
    frozen = a_list()
    changes = [a_replacement(), a_change(PASSED.object)]
    plain, changed = (announcement(drawn(frozen), a_chance(), list_) for list_ in ([], changes))
    before, after = verify_announcement(plain), verify_announcement(changed)
    assert (after.holds, [one["reason"] for one in after.changes]) == (True, ["本人申请回避"] * 2)
    assert before.drawn_hash == after.drawn_hash
    assert plain.split(b"#changes")[0] == changed.split(b"#changes")[0]


UNLAWFUL = {
    "an object not drawn": ([a_change("91440606MA99999999")], "人工调整的对象 91440606MA99999999 没有被抽中"),
    "no reason": ([a_change(PASSED.object, reason=" ")], "没有写明理由、办理人或时间"),
    "an object twice passed over": ([a_change(PASSED.object)] * 2, "已不再检查，却又调整"),
    "somebody who was not to go": ([a_replacement(leaves="粤E9999")], "粤E9999 不在检查组中"),
    "a stranger": ([a_replacement(joins="粤E9999")], "粤E9999 不在冻结名单的本所人员中"),
    "somebody of the team": ([a_replacement(joins=REPLACED.team.officers[1])], "已在检查组中"),
}


@pytest.mark.parametrize("what", sorted(UNLAWFUL))
def test_a_change_that_may_not_be_is_named(what: str) -> None:
    changes, words = UNLAWFUL[what]
    found = verify_announcement(announcement(drawn(a_list()), a_chance(), changes))
    assert any(words in one for one in found.faults), found.faults


def test_a_change_that_loses_a_competence_or_breaks_a_conflict_is_named() -> None:
    frozen = a_list(
        8, classes=["B-"] * 8, conflicts=tuple(("粤E0003", f"91440606MA{n:08d}") for n in range(8))
    )
    one = drawn(frozen).picked[0]
    able = next(who for who in one.team.officers if who in {"粤E0000", "粤E0001"})
    joins = next(who for who in ("粤E0002", "粤E0004", "粤E0005") if who not in one.team.officers)
    words = [
        verify_announcement(
            announcement(drawn(frozen), a_chance(), [a_change(one.object, "replace", able, who)])
        ).faults
        for who in (joins, "粤E0003")
    ]
    both = len([who for who in one.team.officers if who in {"粤E0000", "粤E0001"}]) == 2
    assert both or any("更换后缺少“食品检查员”资质" in fault for fault in words[0])
    assert any("粤E0003 对该对象应当回避" in fault for fault in words[1])


def test_a_browser_says_the_same_of_every_change(tmp_path: Path) -> None:
    texts = [announcement(drawn(a_list()), a_chance(), changes) for changes, _ in UNLAWFUL.values()]
    texts.append(announcement(drawn(a_list()), a_chance(), [a_replacement(), a_change(PASSED.object)]))
    answers = in_javascript(texts, tmp_path)
    assert [answer[0] for answer in answers] == [False] * len(UNLAWFUL) + [True]
    for text, answer in zip(texts, answers, strict=True):
        assert sorted(answer[3]) == sorted(in_python(text)[3])


def test_an_announcement_from_before_hashes_were_named_still_verifies(tmp_path: Path) -> None:
    frozen = a_list(used_from=None)
    text = list_text(frozen).decode()
    first, rows = text.split("\n", 1)
    old_head = json.loads(first)
    del old_head["hash"]
    listed = f"{canonical(old_head)}\n{rows}".encode()
    seed, public = "5" * 64, a_chance().public
    list_hash = hashlib.sha256(listed).hexdigest()
    result = drawn_from(listed, seed, public)
    assert in_python(result)[:1] == [True]
    assert in_javascript([result], tmp_path)[0][0] is True
    assert list_hash in result.decode()


def drawn_from(listed: bytes, seed: str, public: str) -> bytes:
    """An old announcement: chance decides over the given bytes, written as it was written then."""
    frozen = read_list(listed)
    list_hash = hashlib.sha256(listed).hexdigest()
    final = final_seed(list_hash, seed, public)
    numbers = tickets(final, frozen.objects)
    chosen, strata = draw_objects(frozen, numbers)
    rows = sorted(np.flatnonzero(chosen.any(axis=1)).tolist(), key=lambda row: (numbers[row], row))
    codes, needs = zip(*[(one.code, one.competence) for one in frozen.departments], strict=True)
    places = [np.flatnonzero(chosen[row]).tolist() for row in rows]
    doors = [
        Door(frozen.objects[row], frozen.stations[row], frozenset(needs[place] for place in mine))
        for row, mine in zip(rows, places, strict=True)
    ]
    lines = [
        f"{team.object}\t{','.join(codes[place] for place in mine)}\t{','.join(team.officers)}"
        for team, mine in zip(draw_teams(final, doors, frozen), places, strict=True)
    ]
    told = {
        "seed": seed,
        "public": public,
        "source": "x",
        "committed_at": AT,
        "drawn_at": "2026-12-02T09:00:00+08:00",
        "entered_by": ["何所长", "李科长"],
        "list_hash": list_hash,
        "commitment": commitment(list_hash, seed),
        "strata": [asdict(one) for one in strata],
        "doors": len(rows),
    }
    change = [{"object": "x", "what": "更换检查人员", "reason": "回避", "by": "何所长", "at": AT}]
    body = "\n".join([f"#drawn {canonical(told)}", *lines, f"#changes {canonical(change)}", ""])
    return resealed(listed.decode() + body + "#end x\n")


def test_sm3_gives_the_values_of_the_standard_in_every_implementation(tmp_path: Path) -> None:
    """GB/T 32905-2016, appendix A; and long and odd messages against OpenSSL."""
    vectors = {
        b"abc": "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
        b"abcd" * 16: "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732",
    }
    messages = [
        *vectors,
        *(bytes(range(256)) * 3)[:700:1].split(b"\x40"),
        b"",
        b"x" * 55,
        b"x" * 56,
        b"x" * 64,
    ]
    script = (
        "require(process.argv[1]);"
        "for (const one of process.argv.slice(2)) console.log(verifyDraw.hash('sm3', new Uint8Array(Buffer.from(one, 'hex'))))"
    )
    node = shutil.which("node")
    assert node
    command = [node, "-e", script, str(CORE), *(one.hex() for one in messages)]
    browser = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    ours = [hasher("sm3", one).digest().hex() for one in messages]
    fallback = []
    for one in messages:
        begun = _Sm3()
        begun.update(one)
        fallback.append(begun.digest().hex())
    theirs = [Sums("sm3").of(one).hex() for one in messages]
    assert ours[:2] == list(vectors.values())
    assert ours == browser == theirs == fallback


def test_a_draw_under_sm3_verifies_everywhere_and_a_changed_one_does_not(tmp_path: Path) -> None:
    frozen = a_list(hash="sm3")
    good = published(frozen)
    bad = good.replace(b'"seed":"0', b'"seed":"1', 1)
    lied = good.replace(b'"hash":"sm3"', b'"hash":"sha256"', 1)
    unknown = good.replace(b'"hash":"sm3"', b'"hash":"md5"', 1)
    assert [in_python(text)[0] for text in (good, bad, lied, unknown)] == [True, False, False, "unreadable"]
    assert [one[0] for one in in_javascript([good, bad, lied, unknown], tmp_path)] == [
        True,
        False,
        False,
        "unreadable",
    ]
    assert verify_announcement(good).hash == "sm3"
    assert [one.object for one in drawn(frozen).picked] != [one.object for one in drawn(a_list()).picked]


BEACON = {
    "chain": QUICKNET.name,
    "round": 1000,
    "randomness": "fe290beca10872ef2fb164d2aa4442de4566183ec51c56ff3cd603d930e54fdd",
    "signature": "b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39",
}


def by_beacon(committed: str = "2023-08-23T23:00:00+08:00", **changes: Any) -> bytes:
    beacon = BEACON | changes
    chance = a_chance(
        public=beacon["randomness"],
        beacon=beacon,
        committed_at=committed,
        drawn_at="2023-08-24T10:00:00+08:00",
    )
    return published(a_list(), chance)


@pytest.mark.parametrize(
    ("changes", "words", "browser_too"),
    [
        ({"randomness": "0" * 64}, "公开随机数不是信标签名的 SHA-256", True),
        ({"chain": SAMPLE.name}, "信标不是公认的 drand quicknet 链", True),
        ({"committed": "2023-08-24T00:30:00+08:00"}, "不在承诺之后、抽取之前", True),
        ({"round": 1001}, "信标的签名不是该链公钥所签", False),
    ],
)
def test_a_beacon_that_is_not_what_it_says_is_named(
    changes: dict[str, Any], words: str, browser_too: bool, tmp_path: Path
) -> None:
    good, bad = by_beacon(), by_beacon(**changes)
    assert in_python(good)[0] is True
    assert any(words in one for one in in_python(bad)[3])
    answers = in_javascript([good, bad], tmp_path)
    assert answers[0][0] is True
    assert answers[1][0] is not browser_too
    if browser_too:
        assert sorted(answers[1][3]) == sorted(in_python(bad)[3])


def test_another_round_than_the_one_promised_is_found() -> None:
    text = by_beacon().decode().replace('"round":1000', '"round":1001')
    assert any("种子与承诺不符" in one for one in verify_announcement(resealed(text)).faults)
