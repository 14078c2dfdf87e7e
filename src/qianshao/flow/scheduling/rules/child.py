"""A process apart that solves or mends one station's month: heavy reckoning never runs inside a process that answers people.

`python -m qianshao.flow.scheduling.rules.child` reads a pickled act with its arguments and writes the pickled answer; parent
and child are the same program, and nothing else is ever read.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from qianshao.flow.scheduling.rules.model import PlannedVisit, Schedule, StationMonth
from qianshao.flow.scheduling.rules.replanning import Replanned, replan
from qianshao.flow.scheduling.rules.solving import solve

_SECONDS = 600
_ACTS: dict[str, Callable[..., Any]] = {"solve": solve, "replan": replan}


def solve_apart(month: StationMonth) -> Schedule:
    """Solve in a child process. Raises `RuntimeError` with the child's last words when it fails."""
    schedule: Schedule = _apart("solve", month)
    return schedule


def replan_apart(
    month: StationMonth, standing: Sequence[PlannedVisit], fixed: frozenset[int], first: date
) -> Replanned:
    """Mend a living plan in a child process. Raises `RuntimeError` as `solve_apart`."""
    replanned: Replanned = _apart("replan", month, list(standing), fixed, first)
    return replanned


def _apart(act: str, *arguments: Any) -> Any:
    done = subprocess.run(
        [sys.executable, "-m", "qianshao.flow.scheduling.rules.child"],
        input=pickle.dumps((act, arguments)),
        capture_output=True,
        timeout=_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        words = done.stderr.decode(errors="replace").strip().splitlines()[-1:] or ["进程被终止"]
        raise RuntimeError(words[0])
    return pickle.loads(done.stdout)


if __name__ == "__main__":
    name, given = pickle.load(sys.stdin.buffer)
    sys.stdout.buffer.write(pickle.dumps(_ACTS[name](*given)))
