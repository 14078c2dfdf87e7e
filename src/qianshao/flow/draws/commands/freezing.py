"""冻结名单: asked for at a desk, done in the background, row by row."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from shutil import rmtree
from typing import Any

from django.db import transaction

from qianshao.base.access.rules import Scope
from qianshao.base.policy.rules.library import Duty
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.base.records.commands import ask_job, carry_out, hand_to_queue
from qianshao.base.records.queries import job_run
from qianshao.base.records.rules import SYSTEM, Actor
from qianshao.base.stations.queries import OfficerCard, officers
from qianshao.flow.draws.commands.keeping import record_draw
from qianshao.flow.draws.models import Draw
from qianshao.flow.draws.queries.draws import folder_of
from qianshao.flow.draws.rules.freezing import Candidate, Frozen, freeze_list
from qianshao.flow.draws.rules.hashing import SHA256
from qianshao.flow.draws.rules.listing import (
    Department,
    DrawList,
    Inspector,
    check_departments,
    check_inspectors,
)
from qianshao.flow.draws.rules.stages import check_days
from qianshao.flow.draws.rules.tickets import expected_doors
from qianshao.flow.duties.queries import (
    duties_on,
    entries_left,
    inspection_caps,
    listable,
    planning_parameters,
)
from qianshao.flow.registry.queries.conflicts import conflicts

TASK = "draws.list_objects"


def freeze_draw(
    *,
    title: str,
    unit: str,
    duty_codes: Sequence[str],
    used_from: date,
    used_until: date,
    by: Actor,
    at: datetime,
    today: date,
    hash: str = SHA256,
) -> Draw:
    """冻结名单 asked for: what is plainly wrong is refused at once, the list itself is made in the background (`list_objects`).

    Raises `Refusal` that names what is wrong: the days, a duty that is not drawn at random, a rate that is none, nobody to send,
    an unknown hash. Nothing is kept then.
    """
    check_days(used_from, used_until, today)
    _random_duties(duty_codes, today)
    with transaction.atomic():
        draw = Draw.objects.create(
            title=title,
            unit=unit,
            duty_codes=sorted(set(duty_codes)),
            used_from=used_from,
            used_until=used_until,
            hash=hash,
            made_at=at,
            made_by=by.name,
        )
        blank, expired = _blank(draw, today)
        check_departments(blank)
        _refuse_nobody(blank, expired)
        run, _ = ask_job(task=TASK, key=str(draw.pk), arguments={"today": today.isoformat()}, by=by, at=at)
        draw.freeze_run = run.pk
        draw.save(update_fields=["freeze_run"])
        record_draw(draw, "freeze_draw", by=by, at=at)
        hand_to_queue(run_id=run.pk, task=TASK)
    return draw


def _random_duties(codes: Sequence[str], today: date) -> list[Duty]:
    known = duties_on(today)
    wrong = [code for code in codes if code not in known or known[code].rule != "random"]
    if wrong or not codes:
        words = f"不是随机抽查事项：{'、'.join(wrong) or '未选择'}。"
        raise Refusal("not_random", words, field="duty_codes", status=422)
    return [known[code] for code in sorted(set(codes))]


def _blank(draw: Draw, today: date) -> tuple[DrawList, list[OfficerCard]]:
    """The list without its rows, and the officers left out because their certificates end too soon."""
    able = [one for one in officers(prefix=draw.unit) if one.active and not one.auxiliary]
    expired = [one for one in able if one.certificate_expires_on < draw.used_until]
    inspectors = tuple(
        Inspector(
            one.certificate_no,
            one.station_code,
            tuple(sorted(one.competences)),
            one.certificate_expires_on,
        )
        for one in sorted(able, key=lambda one: one.certificate_no)
        if one.certificate_expires_on >= draw.used_until
    )
    blank = DrawList(
        id=f"{draw.unit}-{draw.pk}",
        title=draw.title,
        departments=tuple(
            Department(
                one.code, one.name, one.competence, {key: str(part) for key, part in one.share.items()}
            )
            for one in _random_duties(draw.duty_codes, today)
        ),
        objects=(),
        stations=(),
        classes=(),
        inspectors=inspectors,
        team_size=int(planning_parameters(today)["team_minimum"].value),
        used_until=draw.used_until,
        used_from=draw.used_from,
        hash=draw.hash,
    )
    return blank, expired


def _refuse_nobody(blank: DrawList, expired: Sequence[OfficerCard]) -> None:
    if not blank.inspectors and expired:
        who = "、".join(f"{one.name}（{one.certificate_no}）" for one in expired[:5])
        words = f"没有可抽取的执法检查人员：{len(expired)} 人的执法证在 {blank.used_until} 前到期，如 {who}。"
        raise Refusal("no_inspectors", words, field="inspectors", status=422)
    check_inspectors(blank)


@dataclass(frozen=True, slots=True)
class _Listed:
    """What the background act found, before it takes effect; `refusal` in words when the list may not be drawn from."""

    file: Path
    frozen: Frozen | None = None
    departments: tuple[Department, ...] = ()
    expired: tuple[str, ...] = ()
    refusal: str = ""


def list_objects(*, run_id: int, clock: Callable[[], datetime]) -> bool:
    """名单编成: every business that one of the duties concerns, with its class, its conflicts, and what is excluded and why.

    A list that may not be drawn from cancels the draw with the reason in words. False when it is done or held by another; may
    be killed and run again, with one effect.
    """
    run = job_run(run_id=run_id)
    draw = Draw.objects.filter(freeze_run=run_id).first()
    if run is None or draw is None:
        return False
    today = date.fromisoformat(run.arguments["today"])

    def keep(listed: _Listed) -> dict[str, Any]:
        return _take_effect(draw.pk, listed, at=clock())

    return carry_out(run_id=run_id, clock=clock, prepare=lambda: _listed(draw, today), effect=keep)


def _listed(draw: Draw, today: date) -> _Listed:
    folder = folder_of(draw.pk)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for left_behind in folder.glob("freezing-*"):
        rmtree(left_behind, ignore_errors=True)
    file = Path(tempfile.mkdtemp(prefix="freezing-", dir=folder)) / "list.txt"
    blank, expired = _blank(draw, today)
    try:
        frozen = freeze_list(blank, _candidates(draw, today), _apart(draw), file)
    except Refusal as refusal:
        rmtree(file.parent)
        return _Listed(file, refusal=refusal.message)
    names = tuple(f"{one.name}（{one.certificate_no}）" for one in expired)
    return _Listed(file, frozen, blank.departments, names)


def _candidates(draw: Draw, today: date) -> Iterator[Candidate]:
    scope = Scope(prefix=draw.unit, role="city")
    used = max(draw.used_from, today)
    stopped = "draw" in inspection_caps(used).stopped
    left = entries_left(scope=scope, on=used) if stopped else {}
    full = {entity for entity, many in left.items() if many == 0}
    rows = listable(
        scope=scope,
        duties=_random_duties(draw.duty_codes, today),
        as_of=today,
        no_repeat_months=int(planning_parameters(today)["no_repeat_months"].value),
    )
    for entity, code, station, letter, concerned, checked, owed, quiet in rows:
        yield Candidate(entity, code, station, letter, concerned, checked, owed, entity in full, quiet)


def _apart(draw: Draw) -> dict[int, list[str]]:
    """Conflicts in force on any day of use: officers' certificate numbers by business."""
    number = {one.id: one.certificate_no for one in officers(prefix=draw.unit)}
    found: dict[int, list[str]] = {}
    scope = Scope(prefix=draw.unit, role="city")
    for officer, entity in conflicts(scope=scope, on=draw.used_from, until=draw.used_until):
        if officer in number:
            found.setdefault(entity, []).append(number[officer])
    return found


def _take_effect(draw_id: int, listed: _Listed, *, at: datetime) -> dict[str, Any]:
    draw = Draw.objects.select_for_update().get(pk=draw_id)
    if draw.state == Draw.State.CANCELLED:
        return {"cancelled": True}
    if draw.state != Draw.State.FREEZING:
        raise Refusal("job_taken_over", "名单已由另一进程冻结，本次结果作废。")
    if listed.frozen is None:
        draw.state, draw.cancelled_reason = Draw.State.CANCELLED, f"名单不能冻结：{listed.refusal}"[:200]
        draw.save()
        record_draw(draw, "list_refused", by=SYSTEM, at=at, reason=draw.cancelled_reason)
        return {"refused": listed.refusal}
    found = listed.frozen
    expected = expected_doors(listed.departments, found.kinds)
    draw.state = Draw.State.FROZEN
    draw.objects_listed, draw.list_hash = found.objects, found.list_hash
    draw.figures = {
        "expected": {key: round(value, 1) for key, value in expected.items()},
        "excluded": dict(found.excluded),
        "conflicts": found.conflicts,
        "expired": list(listed.expired),
    }
    cap = inspection_caps(draw.used_from).cap_of("station")
    if cap is not None:
        draw.figures["cap"] = {"entries": dict(cap.entries), "official": cap.certainty in {"V", "V~"}}
    draw.save()
    listed.file.replace(folder_of(draw.pk) / "list.txt")
    listed.file.parent.rmdir()
    record_draw(draw, "list_frozen", by=SYSTEM, at=at, list_hash=draw.list_hash, objects=draw.objects_listed)
    return {"objects": found.objects, "list_hash": found.list_hash}
