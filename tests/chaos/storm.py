"""R1: phones hand in visits while the web server and the database are killed, again and again (BARS R1)."""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import psycopg

from qianshao.site.cluster import Cluster, free_port, load_secrets
from qianshao.site.database import make_roles
from tests.chaos.phones import Phone, Receipts, schedule

ROOT = Path(__file__).resolve().parents[2]
KEYS = ("fieldwork_submission_pkey", "device_number_once")


@dataclass
class Instance:
    """A database and a web server of their own, in a folder of their own."""

    home: Path
    port: int
    web: subprocess.Popen[bytes] | None = None
    recoveries: list[float] = field(default_factory=list)

    @property
    def cluster(self) -> Cluster:
        return Cluster(self.home)

    def environment(self, role: str) -> dict[str, str]:
        wanted = {
            "QIANSHAO_HOME": str(self.home),
            "QIANSHAO_DB_ROLE": role,
            "QIANSHAO_TODAY": "2026-12-01",
            "PORT": str(self.port),
            "DJANGO_SETTINGS_MODULE": "qianshao.site.settings",
            "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}",
        }
        return {key: text for key, text in os.environ.items() if key != "DATABASE_URL"} | wanted

    def python(self, role: str, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments], env=self.environment(role), cwd=ROOT, capture_output=True, text=True
        )
        if done.returncode != 0:
            raise RuntimeError(done.stderr[-3000:])
        return done.stdout

    def start_web(self) -> None:
        self.web = subprocess.Popen(
            [sys.executable, "-m", "qianshao.site.main", "serve"],
            env=self.environment("qianshao_app"),
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=(self.home / "web.log").open("ab"),
            start_new_session=True,
        )

    def wait_for_web(self, seconds: float = 60) -> None:
        """Until an answer comes that needed the database."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            with suppress(OSError, http.client.HTTPException):
                line.request("GET", "/api/session", headers={"Cookie": "qianshao_session=nobody"})
                if line.getresponse().status == 401:
                    return
            time.sleep(0.05)
        raise RuntimeError((self.home / "web.log").read_text()[-3000:])

    def kill_web(self, chance: random.Random) -> None:
        """One worker, or the server with all of them."""
        if self.web is None:
            return
        server = psutil.Process(self.web.pid)
        workers = server.children(recursive=True)
        if workers and chance.random() < 0.5:
            with suppress(psutil.NoSuchProcess):
                chance.choice(workers).kill()
            return
        for process in (server, *workers):
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self.web.wait()
        self.start_web()

    def kill_database(self) -> None:
        """The postmaster and all its children at one instant, then a new one on the same folder."""
        pid = int((self.cluster.data / "postmaster.pid").read_text().splitlines()[0])
        postmaster = psutil.Process(pid)
        for process in (postmaster, *postmaster.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs([postmaster], timeout=5)
        self.cluster.start()

    def kill(self, what: str, chance: random.Random) -> None:
        begun = time.monotonic()
        if what == "web":
            self.kill_web(chance)
        else:
            self.kill_database()
        self.wait_for_web()
        self.recoveries.append(time.monotonic() - begun)

    def take_out_unique_keys(self) -> None:
        """The control: without the keys (and the seal, which needs them) the same record can stand twice."""
        secrets = load_secrets(self.home)
        with psycopg.connect(
            host="127.0.0.1", port=secrets.port, dbname="qianshao", user="postgres", password=secrets.postgres
        ) as connection:
            connection.execute("ALTER TABLE records_event DISABLE TRIGGER seal_at_commit")
            for key in KEYS:
                connection.execute(f"ALTER TABLE fieldwork_submission DROP CONSTRAINT {key} CASCADE")

    def stop(self) -> None:
        if self.web is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.web.pid, signal.SIGKILL)
            self.web.wait()
        self.cluster.stop()
        shutil.rmtree(self.cluster.folder, ignore_errors=True)
        shutil.rmtree(self.home, ignore_errors=True)


@contextmanager
def instance() -> Iterator[Instance]:
    """An empty instance that leaves nothing behind."""
    home = Path(tempfile.mkdtemp(prefix="qianshao-storm-"))
    home.chmod(0o711)
    made = Instance(home, free_port())
    try:
        made.cluster.start()
        make_roles(home)
        yield made
    finally:
        made.stop()


def storm(*, visits: int, kills: int, seed: int, sabotage: bool = False) -> dict[str, Any]:
    """Draw the schedule, run it, let everything drain, and have it judged."""
    begun = time.monotonic()
    with instance() as made:
        world = json.loads(made.python("qianshao_owner", "-m", "tests.chaos.world", str(visits)))
        jobs, expected = schedule(world, seed)
        (made.home / "expected.json").write_text(json.dumps(expected))
        receipts = Receipts(made.home / "receipts.jsonl")
        if sabotage:
            made.take_out_unique_keys()
        made.start_web()
        made.wait_for_web()
        phones = [
            Phone(place, made.port, world["password"], queue, receipts) for place, queue in jobs.items()
        ]
        for phone in phones:
            phone.sign_in()
        threads = [threading.Thread(target=phone.run, daemon=True) for phone in phones]
        for thread in threads:
            thread.start()
        _kill_at_marks(made, receipts, threads, visits=visits, kills=kills, seed=seed)
        for thread in threads:
            thread.join()
        verdict: dict[str, Any] = json.loads(
            made.python(
                "qianshao_audit",
                "-m",
                "tests.chaos.judge",
                str(made.home / "receipts.jsonl"),
                str(made.home / "expected.json"),
            )
        )
        refusals = sorted({text for phone in phones for text in phone.refusals})
        slowest = max(made.recoveries, default=0.0)
    return verdict | {
        "bar": "R1",
        "n": visits,
        "kills": kills,
        "seed": seed,
        "slowest_recovery_s": round(slowest, 2),
        "refusals": refusals[:5],
        "secs": round(time.monotonic() - begun, 1),
    }


def _kill_at_marks(
    made: Instance, receipts: Any, threads: list[threading.Thread], *, visits: int, kills: int, seed: int
) -> None:
    """A kill after each of the receipts drawn beforehand."""
    chance = random.Random(seed + 1)
    marks = sorted(chance.sample(range(visits // 20, visits * 9 // 10), kills))
    for number, mark in enumerate(marks):
        while receipts.count < mark and any(thread.is_alive() for thread in threads):
            time.sleep(0.01)
        made.kill("database" if number % 2 == 0 else "web", chance)


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--visits", type=int, default=2000)
    options.add_argument("--kills", type=int, default=15)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--sabotage", action="store_true")
    print(json.dumps(storm(**vars(options.parse_args())), ensure_ascii=False))
