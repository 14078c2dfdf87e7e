"""A head withdraws a month, plans it anew and sees side by side what that changed; an officer prints the own route."""

from __future__ import annotations

from tests.stories.conftest import TODAY, Person


def test_a_head_plans_a_month_anew_and_compares_both_versions(desk: Person) -> None:
    page = desk.sign_in("head-jiujiang")
    plan = page.context.request.get(f"{desk.address}/api/plans?month=2027-01").json()[0]
    page.goto(f"{desk.address}/plans/{plan['id']}")
    page.get_by_role("button", name="撤回重编").click()
    page.locator("dialog[open]").get_by_label("撤回原因").fill("春节前人员调动")
    page.locator("dialog[open]").get_by_role("button", name="撤回重编").click()
    page.wait_for_url(lambda url: "/plans/" not in url)
    page.goto(f"{desk.address}/plans?month=2027-01")
    page.get_by_role("button", name="编制计划").click()
    page.wait_for_url(
        lambda url: "/plans/" in url and str(plan["id"]) not in url.rsplit("/", 1)[1], timeout=60_000
    )
    page.click("text=计划对比")
    page.locator("table.both").wait_for()
    visits = page.locator("table.both tr", has_text="进门次数").locator("td").all_inner_texts()
    made = page.context.request.get(f"{desk.address}/api/plans?month=2027-01").json()[0]
    assert visits[:2] == [f"{one['report']['visits']:,}" for one in (plan, made)]
    assert "已撤回" in page.locator("table.both thead").inner_text()
    same = page.locator(".card header .sub", has_text="次进门不变").inner_text()
    changed = page.locator("table.cards tbody tr").count()
    kept = int(same.split(" ")[0])
    assert kept + changed >= made["report"]["visits"]
    with page.expect_download() as waiting:
        page.locator("a", has_text="对比表").click()
    assert waiting.value.suggested_filename == "comparison.xlsx"


def test_an_officers_route_is_one_numbered_way_with_hours_and_prints_with_its_map(desk: Person) -> None:
    page = desk.sign_in("head-shishan")
    plan = page.context.request.get(f"{desk.address}/api/plans?month={TODAY[:7]}").json()[0]
    days = page.context.request.get(
        f"{desk.address}/api/calendar?month={TODAY[:7]}&station={plan['station_code']}"
    ).json()
    page.goto(f"{desk.address}/plans/{plan['id']}/{days[0]['day']}")
    page.locator("figure .pin.square").wait_for()
    teams = page.locator("figcaption button")
    assert teams.count() == page.locator("section.team").count() > 0
    teams.first.click()
    page.wait_for_function("() => document.querySelectorAll('section.team').length === 1")
    doors = page.locator("section.team li").count()
    page.wait_for_function(
        "count => document.querySelectorAll('figure .pin:not(.square)').length === count", arg=doors
    )
    marks = page.locator("figure .pin:not(.square)").all_inner_texts()
    assert sorted(marks, key=int) == [str(place) for place in range(1, doors + 1)]
    hours = page.locator("section.team time").all_inner_texts()
    assert hours == sorted(hours)
    page.emulate_media(media="print")
    assert page.locator("figure .map").is_visible()
    assert page.locator("section.team .sign").is_visible()
