"""An officer looks at the own days; a head looks at anybody's, and carries a door to another day of the month."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

from tests.stories.conftest import TODAY, Person


def days_of(page: Page, address: str, **asked: str) -> list[dict[str, Any]]:
    query = "&".join(f"{name}={value}" for name, value in asked.items())
    found: list[dict[str, Any]] = page.context.request.get(
        f"{address}/api/schedule?first={TODAY[:8]}01&last={TODAY[:8]}31&{query}"
    ).json()
    return found


def test_an_officer_sees_the_own_week_on_the_phone_and_nobody_elses(phone: Person) -> None:
    page = phone.sign_in("officer-shishan-1")
    page.click("text=我的日程")
    page.locator(".page h1", has_text="日程").wait_for()
    page.get_by_role("button", name="月", exact=True).click()
    officer = page.context.request.get(f"{phone.address}/api/session").json()["account"]["officer_id"]
    own = days_of(page, phone.address, officer=str(officer))
    page.locator(".day-card").first.wait_for()
    shown = page.locator(".day-card .door b").all_inner_texts()
    assert sorted(shown) == sorted(one["entity_name"] for one in own)
    assert all(officer in one["officer_ids"] for one in own)
    page.locator(".day-card .door").first.click()
    assert page.locator("dialog[open] button").all_inner_texts() == ["知道了"]
    page.locator("dialog[open] button").click()
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_a_head_carries_a_door_of_the_month_and_moves_another_by_keyboard(desk: Person) -> None:
    page = desk.sign_in("head-shishan")
    station = page.context.request.get(f"{desk.address}/api/session").json()["account"]["unit"]
    visits = [one for one in days_of(page, desk.address, station=station) if one["state"] == "planned"]
    page.goto(f"{desk.address}/calendar?view=month&day={TODAY}")
    card = page.locator(".board .door").first
    name = card.inner_text().split("\n")[-1]
    place = page.locator(".board .cell").evaluate_all(
        "cells => cells.findIndex(cell => cell.classList.contains('none') && !cell.classList.contains('past')"
        " && !cell.classList.contains('weekend'))"
    )
    card.drag_to(page.locator(".board .cell").nth(place))
    dialog = page.locator("dialog[open]")
    dialog.locator("h2", has_text=name).wait_for()
    assert dialog.get_by_label("日期", exact=True).input_value() == f"{TODAY[:8]}{place + 1:02d}"
    page.keyboard.press("Escape")

    page.locator(".board .door").nth(1).focus()
    page.keyboard.press("Enter")
    dialog = page.locator("dialog[open]")
    dialog.get_by_label("日期", exact=True).fill("2026-12-12")
    dialog.get_by_label("改期原因").fill("店主要求周六")
    page.keyboard.press("Enter")
    dialog.locator("text=不是可安排的工作日").wait_for()
    after = [one for one in days_of(page, desk.address, station=station) if one["state"] == "planned"]
    assert [(one["id"], one["visit_on"]) for one in after] == [(one["id"], one["visit_on"]) for one in visits]
    desk.complaints[:] = [one for one in desk.complaints if "409" not in one]


def test_a_head_filters_the_week_by_officer(desk: Person) -> None:
    page = desk.sign_in("head-shishan")
    page.click("nav >> text=日程")
    page.locator(".board .door").first.wait_for()
    whole = page.locator(".board .door").count()
    names = page.locator(".board .team small").first.inner_text().split("、")
    page.get_by_label("执法人员").select_option(label=names[0])
    page.wait_for_function("most => document.querySelectorAll('.board .door').length < most", arg=whole)
    teams = page.locator(".board .team small").all_inner_texts()
    assert all(names[0] in one for one in teams)
