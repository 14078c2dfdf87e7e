"""The child process that solves one station's month: heavy reckoning never runs inside a process that answers people.

`python -m qianshao.flow.scheduling.rules.child` reads a pickled `StationMonth` and writes a pickled `Schedule`; parent and
child are the same program, and nothing else is ever read.
"""

from __future__ import annotations

import pickle
import subprocess
import sys

from qianshao.flow.scheduling.rules.model import Schedule, StationMonth
from qianshao.flow.scheduling.rules.solving import solve

_SECONDS = 600


def solve_apart(month: StationMonth) -> Schedule:
    """Solve in a child process. Raises `RuntimeError` with the child's last words when it fails."""
    done = subprocess.run(
        [sys.executable, "-m", "qianshao.flow.scheduling.rules.child"],
        input=pickle.dumps(month),
        capture_output=True,
        timeout=_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        words = done.stderr.decode(errors="replace").strip().splitlines()[-1:] or ["进程被终止"]
        raise RuntimeError(words[0])
    schedule: Schedule = pickle.loads(done.stdout)
    return schedule


if __name__ == "__main__":
    sys.stdout.buffer.write(pickle.dumps(solve(pickle.load(sys.stdin.buffer))))
