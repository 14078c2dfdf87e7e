"""From a month planned at the desk to a door entered once, and back to the desk."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.stories.conftest import PASSWORD, TODAY, Instance, Person

MONTH = TODAY[:7]


def account_of(page: Page, address: str, officer: int) -> str:
    """The account of an officer, as the administrator's list names it."""
    context = page.context.browser.new_context()  # type: ignore[union-attr]
    other = context.new_page()
    other.goto(f"{address}/sign-in")
    context.request.post(f"{address}/api/session", data={"username": "admin", "password": PASSWORD})
    accounts = context.request.get(f"{address}/api/accounts").json()
    context.close()
    return next(
        one["username"] for one in accounts if one["officer_id"] == officer and one["role"] == "officer"
    )


def sign(page: Page, who: str) -> None:
    """Write a name on a signature pad."""
    pad = page.locator(f"[data-test=sign-{who}] canvas")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 30, box["y"] + 40)
    page.mouse.down()
    for step in range(1, 9):
        page.mouse.move(box["x"] + 30 + step * 18, box["y"] + 40 + (step % 3) * 14)
    page.mouse.up()
    page.locator(f"[data-test=sign-{who}] button").first.wait_for()


def test_a_head_plans_an_officer_visits_and_the_failed_item_stands_on_the_desk(
    instance: Instance, desk: Person, phone: Person
) -> None:
    """Sign in as station head, plan, sign in as officer, visit, fail an item, see the order on the desk."""
    page = desk.sign_in("head-shishan")
    page.click("text=检查计划")
    page.select_option("select >> nth=0", MONTH)
    page.click("tr.row >> text=狮山市场监督管理所")
    page.click("text=撤回重编")
    page.fill("dialog input", "重新安排本月检查")
    page.click("dialog button[type=submit]")
    page.wait_for_url("**/plans")
    page.select_option("select >> nth=0", MONTH)
    page.click("button:has-text('编制计划')")
    page.wait_for_url("**/plans/*")
    plan = page.url.rsplit("/", 1)[1]
    page.click("button:has-text('批准计划')")
    page.click("dialog[open] button:has-text('批准计划')")
    page.locator(".page-head .tag.good", has_text="已批准").wait_for()
    visits = page.context.request.get(f"{instance.address}/api/plans/{plan}/visits?on={TODAY}").json()
    assert visits, "the first working day has visits"
    before = instance.doctor()
    assert before["open_rectifications"] == 0

    officer = next(number for visit in visits for number in visit["officer_ids"][:1])
    field = phone.sign_in(account_of(page, instance.address, officer))
    field.wait_for_url("**/field**")
    field.locator("[data-test^=visit-]").first.click()
    questions = field.locator("[data-test^=question-]")
    questions.first.wait_for()
    for place in range(questions.count()):
        questions.nth(place).locator("[data-test=fail]" if place == 0 else "[data-test=pass]").click()
    questions.first.locator("textarea").fill("现场未能出示，当事人承诺三日内补齐")
    field.click("[data-test=next]")
    field.locator("[data-test=order_to_rectify]").check()
    field.click("[data-test=next]")
    field.locator("section[data-test=sign-officer]").wait_for()
    for pad in field.locator("section[data-test^=sign-]").all():
        sign(field, (pad.get_attribute("data-test") or "").removeprefix("sign-"))
    field.click("[data-test=next]")
    field.click("[data-test=submit]")
    field.locator("[data-test=receipt]").wait_for(timeout=20_000)
    order = field.locator("[data-test=order]").first.inner_text()

    page.click("text=责令改正")
    row = page.locator("table.list tbody tr").first
    row.locator("text=现场未能出示").first.wait_for()
    number = row.locator("a").first.inner_text()
    assert number in order
    row.locator("a").nth(1).click()
    page.locator("ol.line >> text=完成现场检查").wait_for()
    page.locator(f"ol.line >> text={number}").wait_for()
    after = instance.doctor()
    assert after["open_rectifications"] == 1
    assert after["visits_done"] == int(str(before["visits_done"])) + 1


def test_a_clerk_finds_a_business_by_a_misspelt_name_and_sees_no_other_town(
    instance: Instance, desk: Person
) -> None:
    """The register opens at the keyboard: slash, type, arrow, Enter."""
    page = desk.sign_in("clerk-daliang")
    page.click("text=一户一档")
    page.locator("tr.row").first.wait_for()
    name = page.locator("tr.row td.name").first.inner_text()
    page.keyboard.press("/")
    page.keyboard.type(name)
    page.wait_for_url("**q=**")
    page.locator("tr.row td.name", has_text=name).first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/register/*")
    assert page.locator("h1").inner_text() == name
    stations = page.context.request.get(f"{instance.address}/api/entities?limit=200").json()["items"]
    assert {one["station_code"] for one in stations} == {"440606005"}


def test_the_record_of_a_running_city_holds_and_a_checkpoint_leaves_the_machine(
    instance: Instance, desk: Person
) -> None:
    """The auditor verifies every event and business row."""
    page = desk.sign_in("auditor")
    page.click("text=留痕核验")
    page.click("button:has-text('核验全部留痕')")
    page.locator("[role=status] .tag.good").wait_for()
    report = instance.run("audit", "verify", "--json")
    assert (report.returncode, '"intact": true' in report.stdout) == (0, True)
