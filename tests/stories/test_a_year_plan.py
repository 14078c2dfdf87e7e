"""A district makes its year, changes it, has it approved, publishes and files it; a citizen reads it without signing in."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.stories.conftest import Person


def sure(page: Page, act: str) -> None:
    """Press a step and confirm it."""
    page.locator(".steps").get_by_role("button", name=act, exact=True).click()
    page.locator("dialog[open]").get_by_role("button", name=act, exact=True).click()


def reckoned(page: Page) -> None:
    page.locator(".steps button", has_text="提交批准").wait_for(timeout=60_000)


def test_a_districts_year_is_made_changed_approved_published_and_read_by_a_citizen(
    desk: Person, city: Person, phone: Person
) -> None:
    page = desk.sign_in("district-nanhai")
    page.click("nav >> text=年度计划")
    page.get_by_role("button", name="编制年度计划").click()
    page.locator("dialog[open]").get_by_role("button", name="编制", exact=True).click()
    page.locator("h1", has_text="南海区市场监督管理局2027年度检查计划").wait_for()
    reckoned(page)

    row = page.locator("tr", has_text="明码标价检查").first
    row.get_by_role("button", name="调整").click()
    dialog = page.locator("dialog[open]")
    dialog.get_by_label("3月").check()
    dialog.get_by_role("button", name="保存并重新计算").click()
    dialog.locator("text=调整须写明理由").wait_for()
    dialog.get_by_label("理由").fill("避开春节")
    dialog.get_by_role("button", name="保存并重新计算").click()
    page.locator("tr", has_text="避开春节").wait_for()
    reckoned(page)
    page.locator("tr", has_text="明码标价检查").first.locator(".tag", has_text="已调整").wait_for()

    sure(page, "提交批准")
    page.locator("h1 + .sub .tag", has_text="已提交").wait_for()
    page.locator(".steps").get_by_role("button", name="批准", exact=True).click()
    page.locator("dialog[open]").get_by_label("批准文号").fill("南市监〔2026〕1号")
    page.locator("dialog[open]").get_by_role("button", name="批准", exact=True).click()
    page.locator("dialog[open]", has_text="不能批准自己的计划").wait_for()

    public = page.context.request.get(f"{desk.address}/api/public/year-plans").json()
    assert [one["title"] for one in public] == ["顺德区市场监督管理局2027年度检查计划"]

    above = city.sign_in("city")
    above.goto(page.url)
    above.locator(".steps").get_by_role("button", name="批准", exact=True).click()
    above.locator("dialog[open]").get_by_label("批准文号").fill("佛市监〔2026〕88号")
    above.locator("dialog[open]").get_by_role("button", name="批准", exact=True).click()
    above.locator("h1 + .sub .tag", has_text="已批准").wait_for()

    page.reload()
    sure(page, "向社会公布")
    page.locator("h1 + .sub .tag", has_text="已公布").wait_for()
    page.locator(".steps").get_by_role("button", name="登记备案").click()
    page.locator("dialog[open]").get_by_label("回执号").fill("佛市监备〔2026〕3")
    page.locator("dialog[open]").get_by_role("button", name="登记备案").click()
    page.locator(".sub", has_text="佛市监备〔2026〕3").wait_for()
    with page.expect_download() as waiting:
        page.locator("a", has_text="备案表").click()
    assert waiting.value.suggested_filename == "year-plan.xlsx"

    citizen = phone.page
    citizen.goto(f"{phone.address}/sign-in")
    citizen.locator("a", has_text="公众查询").click()
    citizen.locator("main a", has_text="南海区市场监督管理局2027年度检查计划").click()
    citizen.get_by_label("按事项、行业、依据查找").fill("明码标价")
    citizen.locator("details[open]", has_text="3月随机抽取").wait_for()
    citizen.locator("li", has_text="避开春节").wait_for()
    assert citizen.evaluate("document.documentElement.scrollWidth") == 390
    desk.complaints[:] = [one for one in desk.complaints if "409" not in one and "422" not in one]


def test_a_head_is_told_that_no_year_plan_stands_before_approving_the_month(desk: Person) -> None:
    page = desk.sign_in("head-hecheng")
    plans = page.context.request.get(f"{desk.address}/api/plans?month=2027-01").json()
    page.goto(f"{desk.address}/plans/{plans[0]['id']}")
    page.locator(".tag", has_text="2027 年度检查计划尚未批准").wait_for()
    page.get_by_role("button", name="批准计划").click()
    dialog = page.locator("dialog[open]")
    dialog.locator("text=仍可批准本月计划").wait_for()
    dialog.get_by_role("button", name="批准计划").click()
    page.locator(".tag", has_text="已批准").first.wait_for()
