"""City, district and station work as one: a campaign from its draft to its end, who asked for it, who is left alone, and a check that
needs no visit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Browser, Page

from tests.stories.conftest import TODAY, Instance, Person, somebody

DISTRICT, STATION = "440604", "祖庙"


@pytest.fixture
def station(browser: Browser, instance: Instance) -> Iterator[Person]:
    """A station's head, who does what the others ask for."""
    yield from somebody(browser, instance, 1440, 900)


def ask(page: Page, path: str) -> Any:
    return page.context.request.get(urljoin(page.url, f"/api{path}")).json()


def pages(page: Page, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    part = ask(page, path)
    while True:
        found += part["items"]
        if part["next_cursor"] is None:
            return found
        part = ask(page, f"{path}&cursor={part['next_cursor']}")


def fill(page: Page, where: str, words: dict[str, str]) -> None:
    for label, value in words.items():
        page.locator(f"{where} label:has-text('{label}')").locator("input, textarea").first.fill(value)


def leave_alone(page: Page) -> int:
    """The district lists the restaurants of one town that keep the law."""
    page.click("nav >> text=无事不扰")
    page.click("button:has-text('按条件列入')")
    dialog = page.locator("dialog[open]")
    dialog.locator("label:has-text('监管所') select").select_option(label=STATION)
    dialog.locator("label:has-text('许可') select").select_option(label="餐饮服务")
    dialog.locator("[data-test=fit]").wait_for()
    words = {"批准文号": "禅市监〔2026〕9号", "理由": "连续三年无违法记录", "依据": "包容审慎监管"}
    dialog.locator("input[type=date]").fill("2027-06-30")
    fill(page, "dialog[open]", words)
    dialog.get_by_role("button", name="列入", exact=True).click()
    page.locator("text=/已列入 \\d+ 户/").wait_for()
    return int(ask(page, "/undisturbed?standing=true")["standing"])


def test_a_district_runs_a_campaign_and_the_station_sees_who_asked_and_whom_to_leave_alone(
    desk: Person, city: Person, station: Person
) -> None:
    page = desk.sign_in("district-chancheng")
    quiet = leave_alone(page)
    assert quiet > 0
    page.click("nav >> text=专项行动")
    page.click("text=拟订专项行动")
    fill(
        page,
        "form",
        {"名称": "年末餐饮添加剂专项", "目的": "防范节日期间违规使用添加剂", "依据": "食品安全法第三十四条"},
    )
    page.get_by_label("截止日").fill("2026-12-31")
    page.check("label:has-text('餐饮服务食品添加剂使用检查') input")
    page.locator("dt:has-text('无事不扰')").wait_for()
    page.click("button:has-text('存为草案')")
    page.locator(".next", has_text="提交时重新计算涉及范围").wait_for()
    page.click(".next button:has-text('提交批准')")
    page.locator(".next", has_text="等待市局批准").wait_for()

    above = city.sign_in("city")
    above.goto(page.url)
    fill(above, ".next", {"批准文号": "佛市监〔2026〕88号"})
    above.get_by_role("button", name="批准", exact=True).click()
    above.locator("dd", has_text="佛山市市场监督管理局 佛市监〔2026〕88号").wait_for()

    page.reload()
    fill(page, ".next", {"备案回执号": "备2026-17"})
    page.click(".next button:has-text('登记备案')")
    page.locator(".next", has_text="的检查成为义务").wait_for()
    page.wait_for_load_state("networkidle")
    if page.locator("input[name=how]").count():
        page.check("input[name=how][value=join]")
    page.click(".next button:has-text('启动')")
    page.locator("text=/已启动：\\d+ 项次检查/").wait_for()
    page.locator("h2:has-text('各所进度')").wait_for()

    owed = pages(page, f"/levels/rows?asked_by={DISTRICT}&kind=campaign")
    left_alone = {one["entity_id"] for one in pages(page, "/undisturbed?standing=true")}
    assert owed and not {one["entity_id"] for one in owed} & left_alone

    head = station.sign_in("head-zhangcha")
    head.goto(f"{station.address}/obligations?asker=district")
    head.locator("tr", has_text="专项行动").first.wait_for()
    assert "禅城区局" in head.locator("tr", has_text="专项行动").first.inner_text()
    head.click("nav >> text=三级联动")
    head.locator("tbody", has_text="禅城区局").locator("tr", has_text="专项").locator(
        "td.num .link"
    ).first.click()
    head.locator("dialog[open]", has_text="餐饮服务食品添加剂使用检查").wait_for()

    fill(page, ".next", {"原因": "任务完成"})
    page.click(".next button:has-text('结束')")
    page.locator("text=/取消了 \\d+ 项未完成的检查/").wait_for()
    page.locator(".tag", has_text="已结束").wait_for()

    page.click("nav >> text=少进门台账")
    page.locator("select").last.select_option(label="无事不扰")
    page.locator("td:has-text('无事不扰名单')").first.wait_for()


def planned_alone(page: Page) -> dict[str, Any]:
    """A check that may be met off-site and that some visit would be made for alone."""
    for one in pages(page, "/obligations?state=open"):
        if one["offsite"]:
            case: dict[str, Any] = ask(page, f"/obligations/{one['id']}/offsite")
            if case["entry"] and case["entry"]["checks"] == 1:
                return case
    raise AssertionError("no such check is planned")


def test_a_check_met_by_data_lets_its_visit_go_and_the_ledger_shows_it(desk: Person) -> None:
    page = desk.sign_in("city")
    case = planned_alone(page)
    page.goto(f"{desk.address}/obligations/{case['check']['id']}/offsite")
    page.locator("text=办结后这次进门取消").wait_for()
    page.check("input[name=method][value=data]")
    page.get_by_role("button", name="登记核查").click()
    page.locator(".problem", has_text="请附照片，或写明所依据的材料").wait_for()
    fill(page, "form", {"材料或数据": "检验报告平台 2026-11 批次第 8 行"})
    page.get_by_role("button", name="登记核查").click()
    page.locator("td", has_text="检验报告平台").wait_for()
    page.locator(".tag", has_text="少进一次门").wait_for()
    visit = ask(page, f"/visits/{case['entry']['visit_id']}")
    assert visit["state"] == "cancelled"

    page.click("nav >> text=少进门台账")
    page.locator("select").last.select_option(label="非现场")
    row = page.locator("tr", has_text=case["check"]["entity_name"]).first
    row.wait_for()
    row.get_by_role("link", name=f"{TODAY} 非现场核查").click()
    page.locator("td", has_text="检验报告平台").wait_for()
    desk.complaints[:] = [one for one in desk.complaints if "422" not in one]
