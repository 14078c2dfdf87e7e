"""S3: markup stored in every text that comes from outside runs on no page, and every answer carries its protection."""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Page

from qianshao.flow.fieldwork.tests.factories import envelope, picture
from qianshao.site.cluster import Cluster, free_port, load_secrets
from tests.bars.poison import CALL, PAYLOADS, poison, text_fields
from tests.chaos.phones import canonical_hash
from tests.stories.conftest import PASSWORD, ROOT, TODAY, Instance, Person, browser  # noqa: F401

WATCH = """
window.__ran = 0; window.__violations = [];
window.ran = () => { window.__ran += 1 };
document.addEventListener('securitypolicyviolation', (event) => window.__violations.push(event.violatedDirective + ' ' + event.blockedURI));
"""


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """A small city with a visit handed in, and then markup in every text of it."""
    home = tmp_path_factory.mktemp("markup")
    one = Instance(home, free_port())
    one.environment["QIANSHAO_SCALE"] = "0.003"
    log = (home / "server.log").open("w")
    command = [sys.executable, "-m", "qianshao.site.main", "up"]
    server = subprocess.Popen(command, env=one.environment, cwd=ROOT, stdout=log, stderr=log)
    until = time.monotonic() + 240
    while True:
        try:
            urllib.request.urlopen(one.address, timeout=2).read()
            break
        except OSError:
            if server.poll() is not None or time.monotonic() > until:
                raise AssertionError((home / "server.log").read_text()) from None
            time.sleep(0.5)
    yield one
    server.terminate()
    server.wait(timeout=30)
    Cluster(home).stop()


@pytest.fixture(scope="module")
def poisoned(city: Instance, browser: Any) -> Instance:  # noqa: F811
    hand_in_a_visit(browser, city.address)
    home = Path(city.environment["QIANSHAO_HOME"])
    secrets = load_secrets(home)
    with psycopg.connect(
        host="127.0.0.1", port=secrets.port, dbname="qianshao", user="postgres", password=secrets.postgres
    ) as connection:
        assert poison(connection) == len(text_fields())
    return city


def signed_in(browser: Any, address: str, name: str) -> Any:  # noqa: F811
    context = browser.new_context()
    answer = context.request.post(f"{address}/api/session", data={"username": name, "password": PASSWORD})
    context.set_extra_http_headers({"X-CSRFToken": answer.json()["csrf_token"]})
    return context


def officer_of_today(browser: Any, address: str) -> tuple[str, list[dict[str, Any]]]:  # noqa: F811
    """The first officer's account with visits today, and these."""
    admin = signed_in(browser, address, "admin")
    accounts = admin.request.get(f"{address}/api/accounts").json()
    admin.close()
    for name in (one["username"] for one in accounts if one["role"] == "officer"):
        context = signed_in(browser, address, name)
        visits = context.request.get(f"{address}/api/field/today?on={TODAY}").json()["visits"]
        context.close()
        if visits:
            return name, visits
    raise AssertionError("nobody goes out today")


def hand_in_a_visit(browser: Any, address: str) -> None:  # noqa: F811
    """An officer with a visit today hands it in with a finding, so that an order, a result and a receipt stand."""
    name, visits = officer_of_today(browser, address)
    context = signed_in(browser, address, name)
    visit = visits[0]
    for_signing = [picture(), picture(colour=(1, 2, 3))]
    for content in for_signing:
        context.request.post(
            f"{address}/api/attachments",
            multipart={
                "sha256": canonical_hash(content),
                "file": {"name": "p.jpg", "mimeType": "image/jpeg", "buffer": content},
            },
        )
    results = [
        {
            "obligation_id": target["obligation_id"],
            "duty_code": target["duty_code"],
            "item_code": target["item_code"],
            "outcome": "fail" if number == 0 else "pass",
            "note": "现场发现问题" if number == 0 else "",
            "attachments": [],
        }
        for number, question in enumerate(visit["questions"])
        for target in question["targets"]
    ]
    body = envelope(
        visit_id=visit["id"],
        base_version=visit["version"],
        conclusion="order_to_rectify",
        results=results,
        signatures={
            "officer": canonical_hash(for_signing[0]),
            "second_officer": None,
            "party": canonical_hash(for_signing[1]),
            "party_refused_reason": "",
        },
    )
    answer = context.request.post(f"{address}/api/submissions", data=body)
    assert (answer.status, answer.json()["state"]) == (200, "accepted"), answer.text()
    context.close()


def watched(browser: Any, address: str, name: str, width: int = 1440) -> Person:  # noqa: F811
    person = Person(browser, address, width, 900)
    person.page.add_init_script(WATCH)
    person.sign_in(name)
    return person


def walk(person: Person, addresses: list[str]) -> dict[str, str]:
    """Open each page, move over charts and maps, open what opens, print it; what the page shows, by address."""
    seen = {}
    for address in addresses:
        page = person.page
        page.goto(f"{person.address}{address}")
        page.wait_for_load_state("networkidle")
        for canvas in page.locator("canvas, .map, svg").all()[:6]:
            _sweep(page, canvas)
        page.emulate_media(media="print")
        seen[address] = page.locator("body").inner_text()
        page.emulate_media(media="screen")
        assert page.evaluate("[window.__ran, window.__violations]") == [0, []], address
    return seen


def _sweep(page: Page, canvas: Any) -> None:
    box = canvas.bounding_box()
    if not box or box["width"] < 60 or box["y"] > 850:
        return
    for step in range(1, 6):
        page.mouse.move(box["x"] + box["width"] * step / 6, box["y"] + box["height"] * (0.35 + 0.08 * step))
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.keyboard.press("Escape")


def first(person: Person, path: str) -> int:
    found = person.page.context.request.get(f"{person.address}{path}").json()
    rows = found if isinstance(found, list) else found["items"]
    return int(rows[0]["id"])


def test_every_text_from_outside_is_poisoned(poisoned: Instance) -> None:
    """A new text field is poisoned, or named among the codes; forty payloads, each of which would call one function."""
    assert len(text_fields()) >= 40
    assert len(set(PAYLOADS)) == 40
    assert all(CALL in payload or "ran()" in payload for payload in PAYLOADS)


def test_no_page_of_the_desk_runs_what_somebody_wrote_into_it(poisoned: Instance, browser: Any) -> None:  # noqa: F811
    person = watched(browser, poisoned.address, "city")
    order, visit = first(person, "/api/rectifications"), first(person, "/api/visits?state=done")
    plan = first(person, f"/api/plans?month={TODAY[:7]}")
    year = first(person, "/api/year-plans")
    station = person.page.context.request.get(f"{poisoned.address}/api/plans/{plan}").json()["station_code"]
    numbers = [
        one["id"]
        for one in person.page.context.request.get(f"{poisoned.address}/api/entities?limit=12").json()[
            "items"
        ]
    ]
    pages = ["/", "/register", "/register?q=onerror", "/duties", "/obligations", "/plans", f"/plans/{plan}"]
    pages += [
        f"/plans/{plan}/{TODAY}",
        "/visits",
        f"/visits/{visit}",
        "/rectifications",
        f"/rectifications/{order}",
        "/data",
        "/disputes",
        "/year-plans",
        f"/year-plans/{year}",
        "/public",
        f"/public/year-plans/{year}",
        f"/calendar?station={station}&day={TODAY}",
        "/levels",
        "/ledger",
        "/campaigns",
        "/what-if",
        "/offsite",
        "/undisturbed",
    ]
    pages += [f"/register/{number}" for number in numbers]
    seen = walk(person, pages)
    shown = [page for page, text in seen.items() if any(payload[:12] in text for payload in PAYLOADS)]
    for page in (
        "/register",
        "/visits",
        f"/visits/{visit}",
        f"/rectifications/{order}",
        f"/year-plans/{year}",
        f"/public/year-plans/{year}",
        f"/calendar?station={station}&day={TODAY}",
        f"/register/{numbers[0]}",
    ):
        assert page in shown, f"{page} shows none of it: {seen[page][:400]}"
    person.context.close()
    assert person.complaints == []


def test_no_page_of_administrator_or_auditor_runs_it(poisoned: Instance, browser: Any) -> None:  # noqa: F811
    for name, pages in (("admin", ["/accounts"]), ("auditor", ["/audit", "/register"])):
        person = watched(browser, poisoned.address, name)
        walk(person, pages)
        person.context.close()
        assert person.complaints == []


def test_no_page_of_the_phone_runs_it(poisoned: Instance, browser: Any) -> None:  # noqa: F811
    """The officer who was out today opens the day and one visit of it."""
    name, visits = officer_of_today(browser, poisoned.address)
    person = watched(browser, poisoned.address, name, width=390)
    seen = walk(person, ["/field", f"/field/visit/{visits[0]['id']}"])
    assert any(payload[:12] in text for payload in PAYLOADS for text in seen.values())
    person.context.close()
    assert person.complaints == []


def test_control_a_page_that_takes_markup_from_a_string_is_found(poisoned: Instance, browser: Any) -> None:  # noqa: F811
    """With the policy taken out of the answers and one element filled from a string, the same watch sees the script run."""
    person = Person(browser, poisoned.address, 1440, 900)
    person.page.add_init_script(WATCH)

    def without_policy(route: Any) -> None:
        answer = route.fetch()
        kept = {name: text for name, text in answer.headers.items() if name != "content-security-policy"}
        route.fulfill(response=answer, headers=kept)

    person.page.route("**/*", without_policy)
    person.page.goto(f"{poisoned.address}/sign-in")
    person.page.evaluate(
        "text => { const part = new DOMParser().parseFromString('<p></p>', 'text/html');"
        " const holder = document.createElement('iframe'); document.body.append(holder);"
        " holder.contentWindow.ran = window.ran; holder.contentDocument.body.innerHTML = text }",
        PAYLOADS[0],
    )
    person.page.wait_for_function("window.__ran > 0", timeout=5_000)
    person.context.close()


def test_with_the_policy_the_same_element_refuses_the_string(poisoned: Instance, browser: Any) -> None:  # noqa: F811
    person = Person(browser, poisoned.address, 1440, 900)
    person.page.add_init_script(WATCH)
    person.page.goto(f"{poisoned.address}/sign-in")
    refused = person.page.evaluate(
        "text => { try { document.body.innerHTML = text; return 'taken' } catch (failure) { return failure.name } }",
        PAYLOADS[0],
    )
    assert refused == "TypeError"
    assert person.page.evaluate("window.__ran") == 0
    person.context.close()


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 200),
        ("/register/1", 200),
        ("/api/session", 401),
        ("/api/entities", 401),
        ("/api/no-such-thing", 404),
        ("/api/entities?cursor=x", 401),
        ("/static/no-such-file.js", 404),
        ("/api/attachments/" + "0" * 64, 401),
    ],
)
def test_every_answer_carries_the_policy_also_when_it_refuses(city: Instance, path: str, status: int) -> None:
    try:
        answer: Any = urllib.request.urlopen(f"{city.address}{path}")
    except urllib.error.HTTPError as refused:
        answer = refused
    policy = answer.headers["Content-Security-Policy"]
    assert answer.status == status
    assert "script-src 'self';" in policy + ";"
    assert "unsafe-eval" not in policy
    assert "'unsafe-inline'" not in policy.replace("style-src-attr 'unsafe-inline'", "")
    assert "require-trusted-types-for 'script'" in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    if path.startswith("/api/"):
        assert answer.headers["Cache-Control"] == "no-store"
