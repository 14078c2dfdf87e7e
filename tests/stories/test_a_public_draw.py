"""The bureau draws in public: two people, one number, a sealed list; and anybody verifies the announcement."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.stories.conftest import TODAY, Instance, Person


@pytest.fixture
def city(browser: Browser, instance: Instance) -> Iterator[Person]:
    """The second person, at a desk of their own."""
    person = Person(browser, instance.address, 1440, 900)
    yield person
    person.context.close()
    assert person.complaints == []


def do(page: Page, button: str) -> None:
    page.locator(".next button", has_text=button).click()


def test_two_people_draw_in_public_and_anybody_verifies_it(
    desk: Person, city: Person, tmp_path: Path
) -> None:
    page = desk.sign_in("district-shunde")
    page.click("nav >> text=双随机抽查")
    page.click("button:has-text('新建抽取')")
    page.fill("dialog label:has-text('名称') input", "顺德区价格广告联合抽查")
    page.fill("dialog label:has-text('启用日') input", TODAY)
    page.fill("dialog label:has-text('截止日') input", f"{TODAY[:4]}-12-31")
    for name in ("明码标价检查", "价格促销和价格欺诈检查", "商标使用行为检查"):
        page.check(f"dialog label:has-text('{name}') input")
    page.click("dialog button:has-text('冻结名单')")
    page.locator("h1", has_text="顺德区价格广告联合抽查").wait_for()
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
    second.locator(".tag", has_text="已公布").wait_for()
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
