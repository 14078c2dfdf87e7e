"""T5: whoever holds a published draw computes it again by one command; `draws/tests` hold the arithmetic to every change."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

from click.testing import CliRunner

from qianshao.flow.draws.rules.changing import Change
from qianshao.flow.draws.rules.publishing import announcement
from qianshao.flow.draws.tests.factories import a_chance, a_list, drawn, published
from qianshao.site.cli import main

GOOD = published(a_list())


def test_the_command_says_whether_a_file_holds_and_ends_accordingly(tmp_path: Path) -> None:
    file = tmp_path / "公告.txt"
    endings = []
    for text in (GOOD, GOOD.replace(b'"seed":"0', b'"seed":"1'), b"x"):
        file.write_bytes(text)
        done = CliRunner().invoke(main, ["draw", "verify", str(file)])
        endings.append((done.exit_code, done.output.strip().splitlines()[-1][:7] if done.output else ""))
    assert [code for code, _ in endings] == [0, 1, 2]
    assert endings[0][1] == "✔ 核验通过："
    file.write_bytes(GOOD)
    answer = json.loads(CliRunner().invoke(main, ["draw", "verify", str(file), "--json"]).stdout)
    assert (answer["holds"], answer["objects"]) == (True, 40)


def test_the_command_names_what_was_changed_by_hand_and_the_hash_of_what_was_drawn(tmp_path: Path) -> None:
    change = Change(
        "91440606MA00000001", "pass_over", "不再检查", "已注销", "何所长", "2026-12-01T09:00:00+08:00"
    )
    door = drawn(a_list()).picked[0].object
    text = announcement(drawn(a_list()), a_chance(), [replace(change, object=door)])
    file = tmp_path / "公告.txt"
    file.write_bytes(text)
    done = CliRunner().invoke(main, ["draw", "verify", str(file)])
    assert done.exit_code == 0
    assert f"人工调整 {door} 不再检查（已注销）" in done.output
    assert hashlib.sha256(text.split(b"#changes ")[0]).hexdigest() in done.output
