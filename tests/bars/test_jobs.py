"""J1 short form: workers are killed, stopped and doubled; every background act takes effect once, and none waits for ever."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import psycopg
import pytest
from psycopg.rows import scalar_row

from qianshao.site.cluster import load_secrets
from tests.chaos.storm import ROOT, Instance, instance

pytestmark = pytest.mark.chaos
PATIENCE = 1.5


@dataclass
class Workshop:
    """An instance with its owner's connection and the workers that are at it."""

    made: Instance
    owner: psycopg.Connection[Any]
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        worker = subprocess.Popen(
            [sys.executable, "-m", "tests.bars.workshop", *arguments],
            env=self.made.environment("qianshao_app") | {"QIANSHAO_JOB_PATIENCE": str(PATIENCE)},
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=(self.made.home / "worker.log").open("ab"),
        )
        self.workers.append(worker)
        return worker

    def kill(self, worker: subprocess.Popen[bytes]) -> None:
        worker.kill()
        worker.wait()
        self.workers.remove(worker)

    def ask(self, task: str, key: str, **arguments: Any) -> int:
        """A run noted under its business key, and its message in the same transaction."""
        with self.owner.transaction():
            run = self.one(
                "INSERT INTO records_job_run (task, key, state, fence, attempts, unit, asked_at, arguments, result, failure)"
                " VALUES (%s, %s, 'waiting', 0, 0, '4406', now(), %s, '{}', '') RETURNING id",
                task,
                key,
                json.dumps(arguments),
            )
            self.defer(task, run)
        return int(run)

    def defer(self, task: str, run: int) -> None:
        self.owner.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, priority, args) VALUES ('default', %s, 0, %s)",
            [task, json.dumps({"run_id": run})],
        )

    def one(self, query: str, *values: Any) -> Any:
        return self.owner.cursor(row_factory=scalar_row).execute(query, values).fetchone()

    def all(self, query: str) -> list[Any]:
        return self.owner.cursor(row_factory=scalar_row).execute(query).fetchall()

    def wait(self, for_what: Callable[[], bool], seconds: float = 20) -> None:
        until = time.monotonic() + seconds
        while not for_what():
            if time.monotonic() > until:
                log = (self.made.home / "worker.log").read_text()[-9000:]
                runs = self.all(
                    "SELECT key || ' ' || state || ' ' || failure FROM records_job_run WHERE state <> 'done'"
                )
                raise AssertionError(f"still waiting after {seconds} s: {runs}\n{log}")
            time.sleep(0.02)

    def state(self, run: int) -> str:
        return str(self.one("SELECT state FROM records_job_run WHERE id = %s", run))

    def stamps(self) -> Counter[str]:
        return Counter(self.all("SELECT key FROM workshop_stamp"))

    def clear(self) -> None:
        for worker in list(self.workers):
            with suppress(ProcessLookupError):
                worker.send_signal(signal.SIGCONT)
            self.kill(worker)
        self.owner.execute("TRUNCATE workshop_stamp, records_job_run, procrastinate_jobs CASCADE")


@pytest.fixture(scope="module")
def built() -> Iterator[Workshop]:
    with instance() as made:
        made.python("qianshao_owner", "-m", "tests.chaos.world", "24")
        secrets = load_secrets(made.home)
        with psycopg.connect(
            host="127.0.0.1",
            port=secrets.port,
            dbname="qianshao",
            user="qianshao_owner",
            password=secrets.qianshao_owner,
            autocommit=True,
        ) as owner:
            owner.execute("CREATE TABLE workshop_stamp (key text NOT NULL)")
            yield Workshop(made, owner)


@pytest.fixture
def shop(built: Workshop) -> Iterator[Workshop]:
    yield built
    built.clear()


def test_workers_killed_at_seeded_moments_apply_every_effect_once(shop: Workshop) -> None:
    chance = random.Random(20261201)
    waits = [(1.0, 0.0), *((chance.uniform(0, 0.15), chance.uniform(0, 0.15)) for _ in range(59))]
    runs = [
        shop.ask("workshop.stamp", f"stamp-{number}", prepare=prepare, effect=effect)
        for number, (prepare, effect) in enumerate(waits)
    ]
    for _ in range(2):
        shop.start()
    # However slow the machine, one act at least is cut short: the first, of a second, with everybody who is at work.
    shop.wait(lambda: shop.state(runs[0]) == "running")
    for worker in list(shop.workers):
        shop.kill(worker)
        shop.start()
    for _ in range(8):
        before = len(shop.stamps())
        shop.wait(lambda before=before: len(shop.stamps()) > before)  # type: ignore[misc]
        time.sleep(chance.uniform(0, 0.3))
        shop.kill(chance.choice(shop.workers))
        shop.start()
    shop.wait(lambda: all(state == "done" for state in shop.all("SELECT state FROM records_job_run")), 40)
    assert shop.stamps() == Counter({f"stamp-{number}": 1 for number in range(60)})
    assert len(runs) == 60
    assert shop.one("SELECT max(attempts) FROM records_job_run") > 1
    shop.wait(lambda: shop.one("SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing'") == 0)


def test_the_same_act_deferred_twenty_times_to_two_workers_takes_effect_once(shop: Workshop) -> None:
    run = shop.ask("workshop.stamp", "twenty", prepare=0.3, effect=0.3)
    for _ in range(19):
        shop.defer("workshop.stamp", run)
    shop.start()
    shop.start()
    done = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'workshop.stamp'"
    shop.wait(lambda: shop.one(done) == 0)
    assert (shop.state(run), shop.stamps()) == ("done", Counter({"twenty": 1}))
    assert shop.one("SELECT attempts FROM records_job_run WHERE id = %s", run) == 1


def stop_in_the_middle(shop: Workshop, *arguments: str, prepare: float, effect: float, past: str) -> int:
    """A worker is stopped where `past` says; another takes over; then the first wakes up and goes on."""
    run = shop.ask("workshop.stamp", "stale", prepare=prepare, effect=effect)
    first = shop.start(*arguments)
    shop.wait(lambda: shop.state(run) == "running")
    if past == "effect":
        time.sleep(prepare + 0.3)
    first.send_signal(signal.SIGSTOP)
    shop.start(*arguments)
    shop.wait(lambda: shop.state(run) == "done")
    first.send_signal(signal.SIGCONT)
    time.sleep(max(prepare, effect) + 1)
    return run


def test_a_worker_that_slept_before_its_effect_writes_nothing_when_it_wakes(shop: Workshop) -> None:
    run = stop_in_the_middle(shop, prepare=0.6, effect=0.0, past="prepare")
    assert (shop.state(run), shop.stamps()) == ("done", Counter({"stale": 1}))
    assert shop.one("SELECT attempts FROM records_job_run WHERE id = %s", run) == 2


def test_control_without_the_fence_the_sleeper_writes_a_second_time(shop: Workshop) -> None:
    stop_in_the_middle(shop, "sabotage", prepare=0.6, effect=0.0, past="prepare")
    assert shop.stamps() == Counter({"stale": 2})


def test_a_worker_asleep_within_its_transaction_holds_nobody_up(shop: Workshop) -> None:
    run = stop_in_the_middle(shop, prepare=0.0, effect=1.0, past="effect")
    assert (shop.state(run), shop.stamps()) == ("done", Counter({"stale": 1}))


def renewals(shop: Workshop) -> dict[str, int]:
    names = ("classify", "derive_obligations")
    return {name: shop.one("SELECT count(*) FROM records_event WHERE verb = %s", name) for name in names}


def test_the_daily_renewal_killed_in_the_middle_and_deferred_twenty_times_is_done_once(
    shop: Workshop,
) -> None:
    before, owed = renewals(shop), shop.one("SELECT count(*) FROM duties_obligation")
    with shop.owner.transaction():
        shop.owner.execute("LOCK TABLE duties_obligation IN EXCLUSIVE MODE")
        run = shop.one(
            "INSERT INTO records_job_run (task, key, state, fence, attempts, unit, asked_at, arguments, result, failure)"
            " VALUES ('duties.renew', '2026-12-01', 'waiting', 0, 0, '4406', now(), '{}', '{}', '') RETURNING id"
        )
    for _ in range(20):
        shop.defer("duties.renew", run)
    with shop.owner.transaction():
        shop.owner.execute("LOCK TABLE duties_obligation IN EXCLUSIVE MODE")
        first = shop.start()
        waiting = (
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'duties_obligation'::regclass"
        )
        shop.wait(lambda: shop.one(waiting) > 0)
        shop.kill(first)
    shop.start()
    shop.start()
    left = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'duties.renew'"
    shop.wait(lambda: shop.state(run) == "done" and shop.one(left) == 0)
    assert renewals(shop) == {name: count + 1 for name, count in before.items()}
    added = shop.one("SELECT result ->> 'obligations_added' FROM records_job_run WHERE id = %s", run)
    assert shop.one("SELECT count(*) FROM duties_obligation") == owed + int(added)
    assert shop.one("SELECT attempts FROM records_job_run WHERE id = %s", run) == 2


def test_an_act_that_fails_says_why_and_is_not_tried_for_ever(shop: Workshop) -> None:
    run = shop.ask("workshop.stamp", "broken", effect=0.0)
    shop.start()
    shop.wait(lambda: shop.state(run) == "failed")
    time.sleep(PATIENCE)
    assert shop.one("SELECT failure FROM records_job_run WHERE id = %s", run) == "KeyError: 'prepare'"
    assert shop.one("SELECT attempts FROM records_job_run WHERE id = %s", run) == 1
    assert shop.stamps() == Counter()


def test_a_run_whose_message_was_lost_is_handed_to_the_queue_again(shop: Workshop) -> None:
    run = shop.ask("workshop.stamp", "lost", prepare=0.0, effect=0.0)
    shop.owner.execute("TRUNCATE procrastinate_jobs CASCADE")
    shop.start()
    shop.wait(lambda: shop.state(run) == "done")
    assert shop.stamps() == Counter({"lost": 1})
