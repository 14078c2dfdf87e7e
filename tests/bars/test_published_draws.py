"""T5: whoever holds a published draw computes it again by one command; `draws/tests` hold the arithmetic to every change."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from qianshao.flow.draws.tests.factories import a_list, published
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
