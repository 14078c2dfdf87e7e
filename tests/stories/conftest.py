"""Browser stories: a whole instance of its own, made as `make run` makes it, and a real Chromium."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
TODAY = "2026-12-01"
PASSWORD = "Qianshao-2026"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Instance:
    """A running instance: its address and its command."""

    def __init__(self, home: Path, port: int) -> None:
        kept = {
            name: text for name, text in os.environ.items() if not name.startswith(("QIANSHAO", "DATABASE"))
        }
        self.environment = kept | {
            "QIANSHAO_HOME": str(home),
            "PORT": str(port),
            "QIANSHAO_TODAY": TODAY,
            "QIANSHAO_SCALE": "0.01",
            "QIANSHAO_BEACON": "sample",
        }
        self.address = f"http://127.0.0.1:{port}"

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """One `qianshao` command of this instance."""
        command = [sys.executable, "-m", "qianshao.site.main", *arguments]
        return subprocess.run(
            command, env=self.environment, cwd=ROOT, text=True, capture_output=True, check=False
        )

    def act(self, script: str) -> str:
        """What happens elsewhere meanwhile: a few lines of Python inside this instance."""
        start = "import django; django.setup(); from qianshao.site import setup; setup.start_database()\n"
        environment = self.environment | {"DJANGO_SETTINGS_MODULE": "qianshao.site.settings"}
        done = subprocess.run(
            [sys.executable, "-c", start + script],
            env=environment,
            cwd=ROOT,
            text=True,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def doctor(self) -> dict[str, object]:
        """What `qianshao doctor --json` says."""
        found: dict[str, object] = json.loads(self.run("doctor", "--json").stdout)
        return found


def _free_port() -> int:
    from qianshao.site.cluster import free_port

    return free_port()


@pytest.fixture(scope="session")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    from qianshao.site.cluster import Cluster

    home = tmp_path_factory.mktemp("instance")
    one = Instance(home, _free_port())
    log = (home / "server.log").open("w")
    server = subprocess.Popen(
        [sys.executable, "-m", "qianshao.site.main", "up"],
        env=one.environment,
        cwd=ROOT,
        stdout=log,
        stderr=log,
    )
    deadline = time.monotonic() + 240
    while True:
        try:
            urllib.request.urlopen(one.address, timeout=2).read()
            break
        except OSError:
            if server.poll() is not None or time.monotonic() > deadline:
                raise AssertionError((home / "server.log").read_text()) from None
            time.sleep(0.5)
    yield one
    server.terminate()
    server.wait(timeout=30)
    Cluster(home).stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium for one file of stories: as long as its loop runs, Django refuses the database to every other test."""
    chromium = shutil.which("chromium")
    assert chromium, "Chromium is missing: run `make test`, which installs it"
    with sync_playwright() as engine:
        found = engine.chromium.launch(executable_path=chromium, args=FLAGS)
        yield found
        found.close()


class Person:
    """Somebody at a screen. Whatever the browser complains about fails the story."""

    def __init__(self, browser: Browser, address: str, width: int, height: int) -> None:
        self.context = browser.new_context(viewport={"width": width, "height": height}, locale="zh-CN")
        self.page: Page = self.context.new_page()
        self.address = address
        self.complaints: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on(
            "console",
            lambda message: (
                self.complaints.append(message.text)
                if message.type == "error" and "401" not in message.text
                else None
            ),
        )

    def sign_in(self, name: str) -> Page:
        """Sign in by the form."""
        self.page.goto(f"{self.address}/sign-in")
        self.page.fill("input[name=username]", name)
        self.page.fill("input[name=password]", PASSWORD)
        self.page.click("button[type=submit]")
        self.page.wait_for_url(lambda url: "/sign-in" not in url)
        return self.page


def somebody(browser: Browser, instance: Instance, width: int, height: int) -> Iterator[Person]:
    """A person for one story."""
    person = Person(browser, instance.address, width, height)
    yield person
    person.context.close()
    assert person.complaints == []


@pytest.fixture
def desk(browser: Browser, instance: Instance) -> Iterator[Person]:
    """Somebody at a desk."""
    yield from somebody(browser, instance, 1440, 900)


@pytest.fixture
def city(browser: Browser, instance: Instance) -> Iterator[Person]:
    """A second person, at a desk of their own."""
    yield from somebody(browser, instance, 1440, 900)


@pytest.fixture
def phone(browser: Browser, instance: Instance) -> Iterator[Person]:
    """Somebody with a phone."""
    yield from somebody(browser, instance, 390, 844)
