"""Anybody computes a published draw again, in Python or in a browser; whatever was changed is found and named."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from qianshao.flow.draws.rules.checking import Unreadable, Verdict, verify_announcement
from qianshao.flow.draws.rules.listing import canonical
from qianshao.flow.draws.rules.publishing import Change, announcement
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


def test_what_was_changed_by_hand_is_shown_with_its_reason() -> None:
    change = Change(
        "91440606MA00000001",
        "更换检查人员 粤E0000→粤E0003",
        "本人申请回避",
        "何所长",
        "2026-12-01T09:00:00+08:00",
    )
    text = announcement(drawn(a_list()), a_chance(), [change])
    found = verify_announcement(text)
    assert (found.holds, found.changes[0]["reason"]) == (True, "本人申请回避")
