"""收件 the child process that reads a delivered file: bounded memory and time, no database, nothing but its folder.

`python -m qianshao.flow.sources.rules.receiving JOB` reads a JSON job and prints one JSON answer. The parent calls
`receive` and gets the answer or the refusal.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from qianshao.flow.sources.rules.mapping import load_feeds
from qianshao.flow.sources.rules.parsing import FileRefused, parse_file
from qianshao.flow.sources.rules.shaping import shape_rows

_SECONDS = 900
_ADDRESS_SPACE = {"csv": 12 << 30, "xlsx": 4 << 30}


@dataclass(frozen=True, slots=True)
class Job:
    """What the child is to do. Paths as text; `entities` empty where nothing is joined."""

    path: str
    feeds: str
    feed: str
    kind: str
    out: str
    today: str
    stations: list[str]
    entities: str


@dataclass(frozen=True, slots=True)
class Received:
    """What the child made of the file."""

    encoding: str
    rows: int
    typed: Path
    quarantine: Path
    loaded: int
    quarantined: int


def receive(job: Job) -> Received:
    """收件: read the file in a child of its own. Raises `FileRefused`, also when the child ran out of memory or time."""
    ask = Path(job.out) / "job.json"
    ask.write_text(json.dumps({name: getattr(job, name) for name in Job.__slots__}), encoding="utf-8")
    name = Path(job.path).name
    try:
        done = subprocess.run(
            [sys.executable, "-m", "qianshao.flow.sources.rules.receiving", str(ask)],
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
        answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    except subprocess.TimeoutExpired as failure:
        raise FileRefused("too_slow", f"文件 {name} 读取超过 {_SECONDS} 秒，已停止。") from failure
    except (IndexError, json.JSONDecodeError) as failure:
        words = done.stderr.strip().splitlines()[-1:] or ["进程被终止"]
        if "No space left" in words[0]:
            raise FileRefused("disk_full", "磁盘空间不足，文件未处理。") from failure
        raise FileRefused(
            "child_died", f"文件 {name} 读取时超出内存上限或程序异常（{words[0][:120]}）。"
        ) from failure
    if "refused" in answer:
        raise FileRefused(**answer["refused"])
    return Received(
        encoding=answer["encoding"],
        rows=answer["rows"],
        typed=Path(answer["typed"]),
        quarantine=Path(answer["quarantine"]),
        loaded=answer["loaded"],
        quarantined=answer["quarantined"],
    )


def _work(job: Job) -> dict[str, Any]:
    feed = load_feeds(Path(job.feeds))[job.feed]
    if job.kind != feed.kind:  # a corrected row comes back as text, whatever its file was
        feed = replace(feed, kind=job.kind, title_rows=0, header_rows=1)
    out = Path(job.out)
    try:
        parsed = parse_file(path=Path(job.path), feed=feed, out=out)
    except FileRefused as refusal:
        return {
            "refused": {
                "code": refusal.code,
                "message": str(refusal),
                "row": refusal.row,
                "column": refusal.column,
                "value": refusal.value,
            }
        }
    shaped = shape_rows(
        raw=parsed.table,
        feed=feed,
        out=out,
        today=job.today,
        stations=job.stations,
        entities=Path(job.entities) if job.entities else None,
        aside=parsed.aside,
    )
    return {
        "encoding": parsed.encoding,
        "rows": parsed.rows,
        "typed": str(shaped.typed),
        "quarantine": str(shaped.quarantine),
        "loaded": shaped.loaded,
        "quarantined": shaped.quarantined,
    }


def main(arguments: list[str]) -> None:
    """Entry of the child."""
    job = Job(**json.loads(Path(arguments[0]).read_text(encoding="utf-8")))
    limit = _ADDRESS_SPACE[job.kind]
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    sys.stdout.write(json.dumps(_work(job), ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
