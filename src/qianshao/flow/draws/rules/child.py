"""The child process that carries out a draw: a city's list takes a gigabyte for some seconds, never inside a process that answers people.

`python -m qianshao.flow.draws.rules.child` reads a pickled (list, chance, commitment) and writes a pickled (announcement,
result); parent and child are the same program, and nothing else is ever read.
"""

from __future__ import annotations

import pickle
import subprocess
import sys

from qianshao.flow.draws.rules.listing import DrawList
from qianshao.flow.draws.rules.publishing import Chance, Drawn, announcement, carry_out_draw

_SECONDS = 300


def draw_apart(frozen: DrawList, chance: Chance, promised: str) -> tuple[bytes, Drawn]:
    """抽取 in a child process: the announcement and the result. Raises `RuntimeError` with the child's last words."""
    done = subprocess.run(
        [sys.executable, "-m", "qianshao.flow.draws.rules.child"],
        input=pickle.dumps((frozen, chance, promised)),
        capture_output=True,
        timeout=_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        words = done.stderr.decode(errors="replace").strip().splitlines()[-1:] or ["进程被终止"]
        raise RuntimeError(words[0])
    told: tuple[bytes, Drawn] = pickle.loads(done.stdout)
    return told


if __name__ == "__main__":
    asked = pickle.load(sys.stdin.buffer)
    result = carry_out_draw(*asked)
    sys.stdout.buffer.write(pickle.dumps((announcement(result, asked[1]), result)))
