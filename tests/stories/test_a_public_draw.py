"""The bureau draws in public: two people, one number, a sealed list; and anybody verifies the announcement."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.stories.conftest import TODAY, Instance, Person, somebody

VISITED = f"""
from datetime import date
from django.db import transaction
from qianshao.base.records.commands import record_event
from qianshao.base.records.rules import SYSTEM
from qianshao.flow.draws.commands.results import report_results
from qianshao.flow.duties.commands.keeping import satisfy_obligations
from qianshao.flow.duties.models import Obligation
from django.utils import timezone
met = list(Obligation.objects.filter(origin="draw", state="open").order_by("-id")[:3])
ids, on = [one.pk for one in met], date.fromisoformat("{TODAY}")
with transaction.atomic():
    satisfy_obligations(ids=ids, done_on=on, done_ref="visit:0")
    rows = report_results(results=dict.fromkeys(ids, "none"), formed_on=on, done_ref="visit:0", officers=met[0].drawn_officers)
    rows += [("duties_obligation", one) for one in ids]
    record_event(by=SYSTEM, at=timezone.now(), verb="receive_visit", subject=("visit", 0), unit="4406", rows=rows)
"""
"""Three drawn checks are made at the door: what the visit's own transaction writes."""


@pytest.fixture
def anybody(browser: Browser, instance: Instance) -> Iterator[Person]:
    """Somebody with a phone and no account."""
    yield from somebody(browser, instance, 390, 844)


def do(page: Page, button: str) -> None:
    page.locator(".next button", has_text=button).click()


def freeze(page: Page, title: str, *names: str, hash: str = "sha256") -> None:
    page.click("nav >> text=双随机抽查")
    page.click("button:has-text('新建抽取')")
    page.fill("dialog label:has-text('名称') input", title)
    page.fill("dialog label:has-text('启用日') input", TODAY)
    page.fill("dialog label:has-text('截止日') input", f"{TODAY[:4]}-12-31")
    page.select_option("dialog label:has-text('散列算法') select", hash)
    for name in names:
        page.check(f"dialog label:has-text('{name}') input")
    page.click("dialog button:has-text('冻结名单')")
    page.locator("h1", has_text=title).wait_for()
    page.locator(".next", has_text="写明将要使用").wait_for()


def test_two_people_draw_in_public_and_anybody_verifies_it(
    desk: Person, city: Person, tmp_path: Path
) -> None:
    page = desk.sign_in("district-shunde")
    freeze(page, "顺德区价格广告联合抽查", "明码标价检查", "价格促销和价格欺诈检查", "商标使用行为检查")
    page.fill(".next input", "双色球 2026139 期")
    do(page, "承诺种子")
    page.fill(".next input[placeholder='公开随机数']", "03 07 11 22 25 31 + 09")
    do(page, "录入")
    page.locator(".next", has_text="已录入，请另一名人员复核录入").wait_for()

    second = city.sign_in("city")
    second.goto(page.url)
    second.fill(".next input", "03 07 11 22 25 31 + 09")
    do(second, "录入")
    second.locator(".tag", has_text="已抽取，封存中").wait_for()
    do(second, "启封")
    second.locator(".next", has_text="项检查义务").wait_for()
    do(second, "公布")
    second.locator("h1 + p .tag", has_text="已公布").wait_for()
    with second.expect_download() as waiting:
        do(second, "下载公告")
    file = tmp_path / "公告.txt"
    waiting.value.save_as(file)

    anybody = second.context.new_page()
    anybody.goto(f"{city.address}/verify-draw.html")
    anybody.set_input_files("#file", file)
    anybody.locator("#verdict", has_text="核验通过").wait_for()
    file.write_bytes(file.read_bytes().replace(b'"rates":{"A":"0.0', b'"rates":{"A":"0.1', 1))
    anybody.set_input_files("#file", file)
    anybody.locator("#verdict", has_text="核验不通过").wait_for()


def declare_a_conflict(desk: Person) -> None:
    page = desk.sign_in("head-daliang")
    page.goto(f"{desk.address}/register")
    page.locator("table tbody tr").first.click()
    card = page.locator("section.card", has=page.locator("h2", has_text="回避"))
    card.locator("text=没有登记回避").wait_for()
    card.locator("button", has_text="登记回避").click()
    box = page.locator("dialog[open]")
    box.locator("select").select_option(index=0)
    box.locator("label", has_text="事由").locator("input").fill("配偶为该店经营者")
    box.locator("button", has_text="登记回避").click()
    card.locator(".tag", has_text="回避中").wait_for()
    card.locator("text=配偶为该店经营者").wait_for()


def draw_by_beacon(desk: Person, city: Person) -> Page:
    page = desk.sign_in("district-shunde")
    freeze(page, "顺德区计量价格联合抽查", "明码标价检查", hash="sm3")
    page.locator(".card", has=page.locator("h2", has_text="名单")).locator("text=SM3").wait_for()
    page.click(".next >> text=drand 信标")
    soon = "new Date(Date.now() - new Date().getTimezoneOffset() * 60000 + 2000).toISOString().slice(0, 19)"
    page.fill(".next input[type=datetime-local]", page.evaluate(soon))
    do(page, "承诺种子")
    page.locator(".next", has_text="样例信标（仅供演示）").wait_for()
    page.wait_for_timeout(6_000)
    do(page, "从中继取这一轮")
    page.locator(".next", has_text="已录入，请另一名人员复核录入").wait_for()

    second = city.sign_in("city")
    second.goto(page.url)
    told = second.evaluate(
        "fetch(location.pathname.replace('/draws/', '/api/draws/') + '/beacon').then((one) => one.text())"
    )
    second.set_input_files(
        ".next input[type=file]", {"name": "x.json", "mimeType": "application/json", "buffer": b"{}"}
    )
    second.locator(".next", has_text="不是信标文件").wait_for()
    beacon = {"name": "beacon.json", "mimeType": "application/json", "buffer": told.encode()}
    second.set_input_files(".next input[type=file]", beacon)
    second.locator(".tag", has_text="已抽取，封存中").wait_for()
    do(second, "启封")
    second.locator(".next", has_text="项检查义务").wait_for()
    return second


def test_a_conflict_a_beacon_a_change_by_hand_results_and_the_public_page(
    desk: Person, city: Person, anybody: Person, browser: Browser, instance: Instance
) -> None:
    declare_a_conflict(desk)
    desk.context.clear_cookies()
    page = draw_by_beacon(desk, city)

    page.locator("button", has_text="人工调整").last.click()
    box = page.locator("dialog[open]")
    box.locator("button", has_text="不再检查").click()
    box.locator("label", has_text="理由").locator("input").fill("已搬离本区")
    box.locator("button[type=submit]").click()
    page.locator("td .tag", has_text="不再检查").wait_for()
    do(page, "公布")
    page.locator("h1 + p .tag", has_text="已公布").wait_for()

    instance.act(VISITED)
    page.reload()
    page.locator("button", has_text=re.compile("公布 3 条结果")).click()
    page.locator("td .tag", has_text="已公布").first.wait_for()
    assert page.locator("td .tag.good", has_text="已公布").count() == 3

    public = anybody.page
    public.goto(f"{anybody.address}/public/draws")
    card = public.locator("article", has_text="顺德区计量价格联合抽查")
    card.wait_for()
    assert card.locator("li", has_text="人工调整").locator("b").inner_text() == "1"
    assert card.locator("li", has_text="已公布结果").locator("b").inner_text() == "3"
    with public.expect_download() as results:
        card.locator("a", has_text="下载检查结果").click()
    assert "未发现问题" in Path(results.value.path()).read_text("utf-8-sig")
    with public.context.expect_page() as opened:
        card.locator("a", has_text="在本机核验").click()
    verifying = opened.value
    verifying.locator("#faults li", has_text="信标不是公认的 drand quicknet 链").wait_for()
    assert verifying.locator("#faults li").count() == 1
    verifying.locator("#changes li", has_text="已搬离本区").wait_for()
