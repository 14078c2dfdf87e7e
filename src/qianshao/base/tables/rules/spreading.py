"""分区 one act over many independent parts: in child processes on one machine, on Spark where a province outgrows it.

Same act, same parts, same results, in the order of the parts. An act is a function of a module that the other side can import;
what it takes and gives can be pickled.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

PROCESSES, SPARK = "processes", "spark"
_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Engine:
    """计算引擎: where parts are reckoned. `workers` at once; `master` is Spark's address, such as `local[2]` or `spark://…`."""

    name: str = PROCESSES
    workers: int = 2
    master: str = ""


def spread(act: Callable[[Any], Any], parts: Iterable[Any], engine: Engine) -> Iterator[Any]:
    """分区计算: the act of every part, in their order, as they become ready.

    Raises `RuntimeError` with the last words of a part that fails, `ValueError` for an unknown engine.
    """
    if engine.name == SPARK:
        yield from _on_spark(act, list(parts), engine)
    elif engine.name == PROCESSES:
        with ThreadPoolExecutor(engine.workers) as pool:
            yield from pool.map(partial(apart, act), parts)
    else:
        raise ValueError(f"计算引擎“{engine.name}”无效，应为 {PROCESSES} 或 {SPARK}")


def apart(act: Callable[..., Any], *arguments: Any) -> Any:
    """The act in a child process: heavy reckoning never runs inside a process that answers people. Parent and child are the same
    program, and nothing else is ever read. Raises `RuntimeError` with the child's last words."""
    done = subprocess.run(
        [sys.executable, "-m", "qianshao.base.tables.rules.spreading"],
        input=pickle.dumps(((act.__module__, act.__qualname__), arguments)),
        capture_output=True,
        timeout=_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        words = done.stderr.decode(errors="replace").strip().splitlines()[-1:] or ["进程被终止"]
        raise RuntimeError(words[0])
    return pickle.loads(done.stdout)


def _on_spark(act: Callable[[Any], Any], parts: list[Any], engine: Engine) -> list[Any]:
    """Every part a partition of its own. The program travels with the act, so that executors need its libraries only."""
    from pyspark.sql import SparkSession  # noqa: PLC0415 (heavy)

    if not parts:
        return []
    if not engine.master:  # on this machine, with this very Python
        os.environ["PYSPARK_PYTHON"] = sys.executable
    session = (
        SparkSession.builder.master(engine.master or f"local[{engine.workers}]")
        .appName("qianshao")
        .config("spark.ui.enabled", "false")
        .getOrCreate()
    )
    try:
        with tempfile.TemporaryDirectory() as folder:
            session.sparkContext.addPyFile(str(_packed(Path(folder))))
            rows = session.sparkContext.parallelize(list(map(pickle.dumps, parts)), len(parts))
            found = rows.map(partial(_carried, act.__module__, act.__qualname__)).collect()
    finally:
        session.stop()
    return [pickle.loads(one) for one in found]


def _carried(module: str, name: str, part: bytes) -> bytes:
    return pickle.dumps(getattr(import_module(module), name)(pickle.loads(part)))


def _packed(folder: Path) -> Path:
    """The program's own text as one file that Spark hands to its executors."""
    root = Path(__file__).resolve().parents[3]
    archive = folder / "qianshao.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for text in sorted(root.rglob("*.py")):
            file.write(text, Path("qianshao") / text.relative_to(root))
    return archive


if __name__ == "__main__":
    (named, called), given = pickle.load(sys.stdin.buffer)
    sys.stdout.buffer.write(pickle.dumps(getattr(import_module(named), called)(*given)))
