"""核验人工调整: each concerns an object that was drawn, gives its reason, and leaves a lawful team; shares nothing with drawing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Fault = Callable[[str], None]


def check_changes(
    changes: list[dict[str, Any]], head: dict[str, Any], drawn: list[str], fault: Fault
) -> None:
    """Whatever is wrong with a change goes to `fault` in words. A change without a kind is of an older announcement: shown only."""
    people = {one["id"]: one for one in head["inspectors"]}
    apart = {tuple(pair) for pair in head["conflicts"]}
    needs = {one["code"]: one["competence"] for one in head["departments"]}
    named = {change["object"] for change in changes}
    cells = [line.split("\t") for line in drawn if line.split("\t", 1)[0] in named] if named else []
    teams: dict[str, list[str] | None] = {
        one[0]: [] if one[2].startswith("!") else one[2].split(",") for one in cells if len(one) == 3
    }
    wanted = {
        one[0]: {needs[code] for code in one[1].split(",") if code in needs} for one in cells if len(one) == 3
    }
    for change in changes:
        door, what = change["object"], change["what"]
        if not all(str(change[name]).strip() for name in ("reason", "by", "at")):
            fault(f"人工调整 {door} {what} 没有写明理由、办理人或时间。")
        if "kind" not in change:
            continue
        team = teams.get(door)
        if door not in teams:
            fault(f"人工调整的对象 {door} 没有被抽中。")
        elif team is None:
            fault(f"对象 {door} 已不再检查，却又调整：{what}。")
        elif change["kind"] == "pass_over":
            teams[door] = None
        else:
            teams[door] = _after(change, team, people, apart, wanted[door], fault)


def _after(
    change: dict[str, Any],
    team: list[str],
    people: dict[str, dict[str, Any]],
    apart: set[tuple[str, ...]],
    needs: set[str],
    fault: Fault,
) -> list[str]:
    door, leaves, joins = change["object"], change["leaves"], change["joins"]
    after = [joins if who == leaves else who for who in team]
    stations = {people[who]["station"] for who in team if who in people}
    held = {name for who in after if who in people for name in people[who]["competences"]}
    problems = {
        f"{leaves} 不在检查组中": leaves not in team,
        f"{joins} 已在检查组中": joins in team,
        f"{joins} 不在冻结名单的本所人员中": joins not in people or people[joins]["station"] not in stations,
        f"{joins} 对该对象应当回避": (joins, door) in apart,
        f"更换后缺少“{'、'.join(sorted(needs - held))}”资质": not needs <= held,
    }
    for problem, found in problems.items():
        if found:
            fault(f"人工调整 {door} {change['what']}：{problem}。")
    return after
