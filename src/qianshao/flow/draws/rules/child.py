"""The child process that carries out a draw: a city's list takes a gigabyte for some seconds, never inside a process that answers people.

`python -m qianshao.flow.draws.rules.child` reads a pickled errand and writes a pickled answer; parent and child are the same
program, and nothing else is ever read. What is drawn goes from file to file.
"""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from qianshao.base.policy.rules.refusal import Refusal
from qianshao.flow.draws.rules.filing import keep_private
from qianshao.flow.draws.rules.hashing import hasher
from qianshao.flow.draws.rules.listing import read_list
from qianshao.flow.draws.rules.publishing import Chance, Drawn, carry_out_draw, drawn_text

_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Errand:
    """抽取任务: the frozen list, what decides it, and the files for what is drawn and for the picks."""

    list_file: Path
    list_hash: str
    chance: Chance
    promised: str
    drawn_file: Path
    picks_file: Path


def draw_apart(errand: Errand) -> tuple[str, dict[str, Any]]:
    """抽取 in a child process: the hash of the drawn text, and the figures. Raises `Refusal` as `carry_out_draw` does, and when the
    list is not the frozen one; `RuntimeError` with the child's last words when it fails."""
    done = subprocess.run(
        [sys.executable, "-m", "qianshao.flow.draws.rules.child"],
        input=pickle.dumps(errand),
        capture_output=True,
        timeout=_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        words = done.stderr.decode(errors="replace").strip().splitlines()[-1:] or ["进程被终止"]
        raise RuntimeError(words[0])
    refused, answer = pickle.loads(done.stdout)
    if refused:
        raise Refusal(refused[0], refused[1], status=refused[2])
    found: tuple[str, dict[str, Any]] = answer
    return found


def _draw(errand: Errand) -> tuple[str, dict[str, Any]]:
    text = errand.list_file.read_bytes()
    frozen = read_list(text)
    if hasher(frozen.hash, text).digest().hex() != errand.list_hash:
        raise Refusal("list_changed", "名单文件与冻结时的散列不符，不能抽取；请作废后重新冻结。", status=500)
    result = carry_out_draw(frozen, errand.chance, errand.promised)
    drawn = drawn_text(result, errand.chance)
    picks = [
        [one.object, one.station, list(one.departments), list(one.team.officers)] for one in result.picked
    ]
    keep_private(errand.drawn_file, drawn)
    keep_private(errand.picks_file, json.dumps(picks).encode())
    return hasher(frozen.hash, drawn).digest().hex(), _figures(result)


def _figures(result: Drawn) -> dict[str, Any]:
    return {
        "doors": len(result.picked),
        "separate": result.separate,
        "lacking": sum(1 for one in result.picked if one.team.lacking),
        "strata": [asdict(one) for one in result.strata],
    }


if __name__ == "__main__":
    try:
        told: tuple[Any, Any] = (None, _draw(pickle.load(sys.stdin.buffer)))
    except Refusal as refusal:
        told = ((refusal.code, refusal.message, refusal.status), None)
    sys.stdout.buffer.write(pickle.dumps(told))
