"""What people at the desk do besides the main way: find by keyboard, mend data, export, print, read English."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from python_calamine import CalamineWorkbook

from tests.stories.conftest import TODAY, Instance, Person, somebody

HEADER = (
    "统一社会信用代码,名称,主体类型,法定代表人（经营者）,成立日期,注册资本（万元）,行业门类,行业代码,经营范围,住所,镇街代码,"
    "村居代码,经度,纬度,联系电话,登记状态,核准日期"
)
NEWCOMER = (
    "91440300708461136T,佛山市好味来食品有限公司,企业,陈志强,2010-05-06,100,C,1411,食品生产,大良街道新宁路1号,440606005,"
    "440606005001,121.47,22.84,138****0001,存续,2024-01-02"
)
CHINESE = re.compile(r"[\u4e00-\u9fff]")
PAGES = [
    "/",
    "/register",
    "/duties",
    "/obligations",
    "/draws",
    "/what-if",
    "/ledger",
    "/plans",
    "/year-plans",
    "/calendar",
    "/calendar?view=month",
    "/public",
    "/visits",
    "/rectifications",
    "/disputes",
    "/data",
]


@pytest.fixture
def pocket(browser: Browser, instance: Instance) -> Iterator[Person]:
    """Somebody who reads the desk on a phone."""
    yield from somebody(browser, instance, 390, 844)


def settle(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_load_state("networkidle")


def test_the_find_box_of_any_page_opens_a_business_without_the_mouse(desk: Person) -> None:
    page = desk.sign_in("head-daliang")
    name = page.context.request.get(f"{desk.address}/api/entities?limit=1").json()["items"][0]["name"]
    settle(page, f"{desk.address}/visits")
    page.keyboard.press("/")
    page.keyboard.type(name)
    page.locator("#quick-found [role=option]", has_text=name).first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/register/*")
    assert page.locator("h1").inner_text() == name


def test_a_file_with_wrong_columns_is_refused_in_words_and_a_wrong_row_is_mended_into_the_register(
    desk: Person, tmp_path: Path, instance: Instance
) -> None:
    """The steward uploads a file without a column, then a good one with a business far outside the city, and corrects it."""
    page = desk.sign_in("steward")
    page.click("text=数据问题")
    wrong = tmp_path / "registration_440606_wrong.csv"
    wrong.write_text(f"{HEADER.replace('经度', '东经')}\n{NEWCOMER}\n", encoding="gb18030")
    entities = instance.doctor()["entities"]
    page.set_input_files("input[type=file]", wrong)
    page.locator("[role=status]", has_text="第 1 行表头缺少列：经度").wait_for()
    assert "没有任何一行入库" in page.locator("[role=status]").inner_text()
    assert instance.doctor()["entities"] == entities

    file = tmp_path / "registration_440606_new.csv"
    file.write_text(f"{HEADER}\n{NEWCOMER}\n", encoding="gb18030")
    page.set_input_files("input[type=file]", file)
    page.locator("[role=status]", has_text="读出 1 行，入库 0 行，隔离 1 行").wait_for()
    row = page.locator("table.list tbody tr", has_text="registration_440606_new.csv").first
    assert [row.locator("td").nth(place).inner_text() for place in (1, 2, 3)] == ["2", "经度", "121.47"]
    row.locator("button", has_text="更正").click()
    page.locator("dialog label.wrong input").fill("113.25")
    page.click("dialog button[type=submit]")
    page.locator("dialog[open]").wait_for(state="detached")
    settle(page, f"{desk.address}/register?q=好味来食品")
    page.locator("tr.row td.name", has_text="佛山市好味来食品有限公司").wait_for()
    assert instance.doctor()["entities"] == int(str(entities)) + 1


def test_a_kept_filter_comes_back_and_the_export_holds_exactly_what_is_shown(
    desk: Person, tmp_path: Path
) -> None:
    page = desk.sign_in("head-daliang")
    settle(page, f"{desk.address}/register?risk=B")
    page.click("summary:has-text('常用筛选')")
    page.click("button:has-text('存为常用筛选')")
    page.locator("dialog input").fill("大良 B 级")
    page.click("dialog button[type=submit]")
    page.locator(".saved .one", has_text="大良 B 级").wait_for()
    settle(page, f"{desk.address}/register")
    page.click("summary:has-text('常用筛选')")
    page.click(".saved .one >> text=大良 B 级")
    page.wait_for_url("**risk=B**")
    with page.expect_download() as waiting:
        page.click("button:has-text('导出')")
    file = tmp_path / "export.xlsx"
    waiting.value.save_as(file)
    shown, cursor = [], ""
    while True:
        answer = page.context.request.get(f"{desk.address}/api/entities?risk=B&limit=200{cursor}").json()
        shown += [(one["credit_code"], one["name"]) for one in answer["items"]]
        if not answer["next_cursor"]:
            break
        cursor = f"&cursor={answer['next_cursor']}"
    rows = CalamineWorkbook.from_path(str(file)).get_sheet_by_index(0).to_python()
    header = next(number for number, row in enumerate(rows) if "名称" in row)
    code, name = rows[header].index("统一社会信用代码"), rows[header].index("名称")
    exported = [(row[code], row[name]) for row in rows[header + 1 :] if CHINESE.search(str(row[name]))]
    assert len(shown) > 10
    assert exported == shown


def test_in_english_no_chinese_is_left_but_in_the_data(desk: Person) -> None:
    """Menus, headings, buttons, table heads and form labels of every page."""
    page = desk.sign_in("city")
    page.click("button:has-text('English')")
    left: dict[str, list[str]] = {}
    for place in PAGES:
        settle(page, f"{desk.address}{place}")
        words = page.locator(
            "nav a, nav h2, h1, .page-head button, thead th, .side summary, label > span"
        ).all_inner_texts()
        left[place] = [one for one in words if CHINESE.search(one)]
    assert left == {place: [] for place in PAGES}
    page.click("button:has-text('中文')")
    page.locator("nav a", has_text="数据问题").wait_for()


def test_in_chinese_no_word_of_the_program_is_left(desk: Person) -> None:
    """Codes such as `special_equipment` have names; file names, e-mail and units are no words."""
    page = desk.sign_in("city")
    ask = page.context.request.get
    plan = ask(f"{desk.address}/api/plans?month={TODAY[:7]}").json()[0]["id"]
    tagged = [
        ask(f"{desk.address}/api/entities?limit=2&tag={tag}").json()["items"]
        for tag in ("学校", "特种设备", "食品")
    ]
    files = [f"/register/{one['id']}" for found in tagged for one in found]
    assert len(files) == 6
    left: dict[str, list[str]] = {}
    for place in [*PAGES, *files, f"/plans/{plan}", f"/plans/{plan}/{TODAY}"]:
        settle(page, f"{desk.address}{place}")
        words = re.findall(r"(?<![\w./-])[a-z]{3,}(?:_[a-z]+)*(?![\w./-])", page.locator("body").inner_text())
        left[place] = sorted(set(words) - {"csv", "xlsx"})
    assert {place: words for place, words in left.items() if words} == {}


def test_the_address_of_another_towns_business_says_there_is_none(desk: Person) -> None:
    page = desk.sign_in("clerk-daliang")
    station = "440605126"
    other = desk.context.browser.new_context()  # type: ignore[union-attr]
    other.request.post(f"{desk.address}/api/session", data={"username": "city", "password": "Qianshao-2026"})
    foreign = other.request.get(f"{desk.address}/api/entities?station={station}&limit=1").json()["items"][0]
    other.close()
    settle(page, f"{desk.address}/register/{foreign['id']}")
    assert foreign["name"] not in page.locator("body").inner_text()
    assert page.locator("main", has_text="没有").count() == 1
    desk.complaints[:] = [one for one in desk.complaints if "404" not in one]


def test_the_day_sheet_prints_every_visit_of_the_day(desk: Person, tmp_path: Path) -> None:
    page = desk.sign_in("head-shishan")
    plan = page.context.request.get(f"{desk.address}/api/plans?month={TODAY[:7]}").json()[0]
    visits = page.context.request.get(f"{desk.address}/api/plans/{plan['id']}/visits?on={TODAY}").json()
    settle(page, f"{desk.address}/plans/{plan['id']}/{TODAY}")
    page.emulate_media(media="print")
    shown = page.locator("body").inner_text()
    assert visits
    assert [one["entity_name"] for one in visits if one["entity_name"] not in shown] == []
    assert not page.locator(".topbar").is_visible()
    file = tmp_path / "day.pdf"
    page.pdf(path=file, format="A4")
    assert file.read_bytes().startswith(b"%PDF")


def test_on_a_phone_no_page_of_the_desk_is_wider_than_the_screen(pocket: Person) -> None:
    page = pocket.sign_in("city")
    wide = {}
    for place in PAGES:
        settle(page, f"{pocket.address}{place}")
        wide[place] = page.evaluate("document.documentElement.scrollWidth")
    assert {place: width for place, width in wide.items() if width > 390} == {}
