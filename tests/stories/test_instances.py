"""Whoever runs the two commands: starts again, starts beside another, breaks off, brings a database of their own."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from qianshao.site.cluster import Cluster, free_port
from tests.stories.conftest import ROOT, Instance

STEPS = ("样例城市", "检查义务")


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Instance]:
    one = Instance(tmp_path / "small", free_port())
    one.environment["QIANSHAO_SCALE"] = "0.001"
    yield one
    Cluster(tmp_path / "small").stop()


def holdings(one: Instance) -> dict[str, object]:
    """What it holds. Events aside: the daily renewal may be recorded at any moment, and changes nothing of the same day."""
    return {name: found for name, found in one.doctor().items() if name != "events"}


def test_starting_again_makes_nothing_anew_and_loses_nothing(instance: Instance) -> None:
    before = holdings(instance)
    again = instance.run("up", "--no-serve")
    assert again.returncode == 0, again.stderr
    assert "样例城市" not in again.stderr
    assert holdings(instance) == before


def test_a_port_that_is_taken_is_said_and_the_running_instance_stays(instance: Instance) -> None:
    second = instance.run("serve")
    assert second.returncode == 1
    assert f"端口 {instance.environment['PORT']}" in second.stderr
    assert instance.doctor()["ok"] is True


def test_two_instances_stand_side_by_side(instance: Instance, small: Instance) -> None:
    before = holdings(instance)
    made = small.run("up", "--no-serve")
    assert made.returncode == 0, made.stderr
    beside = small.doctor()
    assert (beside["ok"], beside["problems"]) == (True, [])
    assert 0 < int(str(beside["entities"])) < int(str(before["entities"]))
    assert holdings(instance) == before


@pytest.mark.parametrize("at", STEPS)
def test_a_first_start_killed_on_the_way_is_finished_by_the_next_one(small: Instance, at: str) -> None:
    first = subprocess.Popen(
        [sys.executable, "-u", "-m", "qianshao.site.main", "up", "--no-serve"],
        env=small.environment,
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert first.stderr is not None
    for line in first.stderr:
        if at in line:
            break
    time.sleep(0.3)
    first.send_signal(signal.SIGKILL)
    first.wait()
    second = small.run("up", "--no-serve")
    assert second.returncode == 0, second.stderr
    found = small.doctor()
    assert (found["ok"], found["problems"]) == (True, [])
    assert int(str(found["visits"])) > 0
    assert small.run("audit", "verify").returncode == 0
    signing = small.run(
        "open-account", "--username", "city", "--name", "重", "--role", "city", "--unit", "4406"
    )
    assert signing.returncode != 0, "the sample's accounts stand, so that the name is taken"


def test_another_postgresql_serves_as_well_by_its_address(tmp_path: Path, small: Instance) -> None:
    foreign = Cluster(tmp_path / "foreign")
    foreign.start()
    secrets = foreign.secrets
    try:
        with psycopg.connect(
            f"postgresql://postgres:{secrets.postgres}@127.0.0.1:{secrets.port}/postgres", autocommit=True
        ) as door:
            door.execute("CREATE ROLE bureau LOGIN CREATEROLE PASSWORD 'bureau'")
            door.execute("CREATE DATABASE bureau OWNER bureau")
        small.environment["DATABASE_URL"] = f"postgresql://bureau:bureau@127.0.0.1:{secrets.port}/bureau"
        made = small.run("up", "--no-serve")
        assert made.returncode == 0, made.stderr
        found = small.doctor()
        assert (found["ok"], found["database"]["kind"]) == (True, "given")  # type: ignore[index]
        assert int(str(found["visits"])) > 0
    finally:
        foreign.stop()


def test_an_empty_instance_takes_in_own_files_without_a_sample_city(tmp_path: Path, small: Instance) -> None:
    files = tmp_path / "files"
    assert small.run("sample", "--scale", "0.001", "--out", str(files)).returncode == 0
    taken = small.run("ingest", str(files), "--json")
    assert taken.returncode == 0, taken.stderr
    made = small.run("up", "--no-serve")
    assert "不再生成样例城市" in made.stderr
    assert int(str(small.doctor()["obligations"])) > 0
