"""A head lives with the month: carries a door to another day, is told why it may not go, mends, and tries before deciding."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

from tests.stories.conftest import TODAY, Person


def plan_of(page: Page, address: str) -> dict[str, Any]:
    found: dict[str, Any] = page.context.request.get(f"{address}/api/plans?month={TODAY[:7]}").json()[0]
    return found


def visit_on_board(page: Page, address: str, plan: dict[str, Any]) -> dict[str, Any]:
    """The first visit of the plan that waits, and its week on the board."""
    days = page.context.request.get(
        f"{address}/api/calendar?month={TODAY[:7]}&station={plan['station_code']}"
    ).json()
    for day in days:
        asked = f"{address}/api/plans/{plan['id']}/visits?on={day['day']}"
        waiting = [one for one in page.context.request.get(asked).json() if one["state"] == "planned"]
        if waiting:
            page.goto(f"{address}/calendar?station={plan['station_code']}&day={day['day']}")
            page.locator(".board .door").first.wait_for()
            first: dict[str, Any] = waiting[0]
            return first
    raise AssertionError("no visit waits")


def test_a_head_carries_a_door_to_another_day_with_a_reason(desk: Person) -> None:
    page = desk.sign_in("head-shishan")
    plan = plan_of(page, desk.address)
    visit = visit_on_board(page, desk.address, plan)
    card = page.locator(".door", has_text=visit["entity_name"]).first
    place = page.locator(".board .cell").evaluate_all(
        "cells => cells.findIndex(cell => cell.classList.contains('none') && !cell.classList.contains('past'))"
    )
    card.drag_to(page.locator(".board .cell").nth(place))
    dialog = page.locator("dialog[open]")
    dialog.wait_for()
    dialog.get_by_label("改期原因").fill("店主外出")
    dialog.get_by_role("button", name="改期").click()
    page.wait_for_timeout(1500)
    after = page.context.request.get(f"{desk.address}/api/visits/{visit['id']}").json()
    moved = (after["visit_on"], after["team"]) != (visit["visit_on"], visit["team"])
    told = page.locator("dialog[open] .problem, dialog[open] [role=alert]").count() == 1
    assert moved != told, "the door either moved or its rule was named"
    desk.complaints[:] = [one for one in desk.complaints if "409" not in one and "422" not in one]


def test_a_move_to_a_sunday_is_refused_in_words_and_the_door_stays(desk: Person) -> None:
    page = desk.sign_in("head-shishan")
    visit = visit_on_board(page, desk.address, plan_of(page, desk.address))
    page.locator(".door", has_text=visit["entity_name"]).first.click()
    dialog = page.locator("dialog[open]")
    dialog.get_by_label("日期", exact=True).fill("2026-12-06")
    dialog.get_by_label("改期原因").fill("店主要求周日")
    dialog.get_by_role("button", name="改期").click()
    dialog.locator("text=不是可安排的工作日").wait_for()
    after = page.context.request.get(f"{desk.address}/api/visits/{visit['id']}").json()
    assert (after["visit_on"], after["version"]) == (visit["visit_on"], visit["version"])
    desk.complaints[:] = [one for one in desk.complaints if "409" not in one]


def test_a_head_tries_more_officers_and_reads_both_months_side_by_side(desk: Person) -> None:
    page = desk.sign_in("head-shishan")
    page.click("nav >> text=政策推演")
    page.get_by_role("button", name="新建推演").click()
    dialog = page.locator("dialog[open]")
    dialog.get_by_role("button", name="开始推演").click()
    dialog.get_by_label("名称").fill("增加两人")
    dialog.get_by_role("button", name="开始推演").click()
    dialog.locator("text=请至少改变一项").wait_for()
    dialog.get_by_label("每所执法人员增减").fill("2")
    dialog.get_by_role("button", name="开始推演").click()
    page.locator("table.both").wait_for(timeout=90_000)
    people = page.locator("table.both tr", has_text="需要人员").inner_text()
    assert people.count("现有") == 2
    desk.complaints[:] = [one for one in desk.complaints if "422" not in one]


def test_opening_hours_noted_in_the_file_move_the_visit_into_the_afternoon(desk: Person) -> None:
    page = desk.sign_in("head-shishan")
    plan = plan_of(page, desk.address)
    visit = visit_on_board(page, desk.address, plan)
    page.goto(f"{desk.address}/register/{visit['entity_id']}")
    page.get_by_role("button", name="登记营业时间").click()
    dialog = page.locator("dialog[open]")
    dialog.get_by_label("开门").fill("20:00")
    dialog.get_by_label("关门").fill("14:00")
    dialog.get_by_role("button", name="保存").click()
    dialog.locator("text=关门时间须晚于开门时间").wait_for()
    dialog.get_by_label("开门").fill("14:00")
    dialog.get_by_label("关门").fill("20:00")
    dialog.get_by_role("button", name="保存").click()
    page.locator("text=14:00–20:00").wait_for()
    page.goto(f"{desk.address}/plans/{plan['id']}")
    page.get_by_role("button", name="变更重排").click()
    dialog.locator("input").first.fill("店家下午才开门")
    dialog.get_by_role("button", name="变更重排").click()
    dialog.locator("text=次不变").first.wait_for(timeout=60_000)
    after = page.context.request.get(f"{desk.address}/api/visits/{visit['id']}").json()
    assert 14 * 60 <= after["starts_at"] <= 20 * 60 - after["minutes"]
    desk.complaints[:] = [one for one in desk.complaints if "422" not in one]
