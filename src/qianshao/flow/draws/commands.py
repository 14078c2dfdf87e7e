"""双随机抽取: freeze, commit, enter the public number twice, open on the day, publish; or cancel with the reason."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from django.db import transaction

from qianshao.base.access.queries import within
from qianshao.base.access.rules import Scope
from qianshao.base.policy.rules.library import Duty
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.base.records.commands import record_event
from qianshao.base.records.rules import Actor
from qianshao.base.stations.models import Officer
from qianshao.flow.draws.models import Draw
from qianshao.flow.draws.queries import folder_of
from qianshao.flow.draws.rules.child import draw_apart
from qianshao.flow.draws.rules.listing import (
    NOT_ELIGIBLE,
    Department,
    DrawList,
    Inspector,
    check_list,
    hash_of,
    list_text,
)
from qianshao.flow.draws.rules.publishing import Chance, Drawn
from qianshao.flow.draws.rules.stages import check_days, check_stage
from qianshao.flow.draws.rules.tickets import commitment, expected_doors
from qianshao.flow.duties.commands.drawing import owe_drawn
from qianshao.flow.duties.queries import drawable, duties_on, planning_parameters

_ZONE = ZoneInfo("Asia/Shanghai")


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
) -> Draw:
    """冻结名单: every business of the unit that one of the random duties concerns, with its class, and every officer whose
    certificate lasts. Raises `Refusal` that names what is wrong; then nothing is kept."""
    check_days(used_from, used_until, today)
    known = duties_on(today)
    wrong = [code for code in duty_codes if code not in known or known[code].rule != "random"]
    if wrong or not duty_codes:
        raise Refusal(
            "not_random",
            f"不是随机抽查事项：{'、'.join(wrong) or '未选择'}。",
            field="duty_codes",
            status=422,
        )
    with transaction.atomic():
        draw = Draw.objects.create(
            title=title,
            unit=unit,
            duty_codes=sorted(set(duty_codes)),
            used_from=used_from,
            used_until=used_until,
            objects_listed=0,
            made_at=at,
            made_by=by.name,
        )
        frozen = _frozen_list(draw, [known[code] for code in draw.duty_codes], today)
        check_list(frozen)
        text = list_text(frozen)
        draw.objects_listed, draw.list_hash = len(frozen.objects), hash_of(text)
        draw.figures = {"expected": {key: round(value, 1) for key, value in expected_doors(frozen).items()}}
        draw.save()
        _keep(draw, "list.txt", text)
        _record(draw, "freeze_draw", by=by, at=at, list_hash=draw.list_hash, objects=draw.objects_listed)
    return draw


def _frozen_list(draw: Draw, duties: list[Duty], today: date) -> DrawList:
    parameters = planning_parameters(today)
    months = int(parameters["no_repeat_months"].value)
    scope = Scope(prefix=draw.unit, role="city")
    stations: dict[str, str] = {}
    drawable_by: list[list[tuple[str, str]]] = []
    for duty in duties:
        rows = drawable(scope=scope, duty=duty, as_of=today, no_repeat_months=months)
        stations.update((code, station) for code, station, _ in rows)
        drawable_by.append([(code, letter) for code, _, letter in rows])
    objects = sorted(stations)
    place_of = {code: row for row, code in enumerate(objects)}
    letters = np.full((len(objects), len(duties)), ord(NOT_ELIGIBLE), dtype=np.uint8)
    for column, found in enumerate(drawable_by):
        letters[[place_of[code] for code, _ in found], column] = [ord(letter) for _, letter in found]
    classes = letters.tobytes().decode("ascii")
    width = len(duties)
    return DrawList(
        id=f"{draw.unit}-{draw.pk}",
        title=draw.title,
        departments=tuple(
            Department(
                one.code, one.name, one.competence, {name: str(part) for name, part in one.share.items()}
            )
            for one in duties
        ),
        objects=objects,
        stations=[stations[one] for one in objects],
        classes=[classes[at : at + width] for at in range(0, len(classes), width)],
        inspectors=_inspectors(draw),
        team_size=int(parameters["team_minimum"].value),
        used_until=draw.used_until,
    )


def _inspectors(draw: Draw) -> tuple[Inspector, ...]:
    officers = Officer.objects.filter(
        within(Scope(prefix=draw.unit, role="city")),
        active=True,
        auxiliary=False,
        certificate_expires_on__gte=draw.used_until,
    )
    return tuple(
        Inspector(
            one.certificate_no, one.station_id, tuple(sorted(one.competences)), one.certificate_expires_on
        )
        for one in officers.order_by("certificate_no")
    )


def commit_draw(*, draw_id: int, scope: Scope, source: str, seed: str, by: Actor, at: datetime) -> Draw:
    """承诺种子: the seed goes into a file that its owner alone can read, its hash with the list's is published; and the public
    number that will be used is named before it exists. `seed` is 64 hexadecimal digits of fresh chance."""
    if not source.strip():
        raise Refusal(
            "no_source", "须写明将要使用的公开随机数，例如某期彩票开奖号码。", field="source", status=422
        )
    with transaction.atomic():
        draw = _locked(draw_id, scope, "commit")
        draw.source, draw.committed_at = source, at
        draw.commitment = commitment(draw.list_hash, seed)
        draw.state = Draw.State.COMMITTED
        draw.save()
        _keep(draw, "seed", seed.encode())
        _record(draw, "commit_draw", by=by, at=at, commitment=draw.commitment, source=source)
    return draw


def enter_number(*, draw_id: int, scope: Scope, value: str, by: Actor, at: datetime) -> Draw:
    """录入公开随机数. The first person's number waits unseen; when another person enters the same, the draw is carried out.

    Raises `Refusal` when the second is the same person, or enters another number: then both enter again.
    """
    number = " ".join(value.split())
    if not number:
        raise Refusal("no_public_number", "请录入公开随机数。", field="value", status=422)
    with transaction.atomic():
        draw = _locked(draw_id, scope, "enter_number")
        if not draw.first_number:
            draw.first_number, draw.first_account, draw.first_name = number, by.account_id, by.name
            draw.save()
            _record(draw, "enter_number", by=by, at=at)
            return draw
        if draw.first_account == by.account_id:
            raise Refusal("one_person", "须由另一名人员复核录入公开随机数。", field="value")
        if draw.first_number == number:
            return _carry_out(draw, number, by=by, at=at)
        draw.first_number, draw.first_account, draw.first_name = "", None, ""
        draw.save()
        _record(draw, "numbers_differ", by=by, at=at)
    raise Refusal("numbers_differ", "两次录入的公开随机数不一致，已清空，请两人重新录入。", field="value")


def _carry_out(draw: Draw, number: str, *, by: Actor, at: datetime) -> Draw:
    draw.second_name, draw.drawn_at, draw.state = by.name, at, Draw.State.DRAWN
    frozen = _read_list(draw)
    chance = Chance(
        seed=(folder_of(draw.pk) / "seed").read_text(),
        public=number,
        source=draw.source,
        committed_at=_zoned(draw.committed_at or at),
        drawn_at=_zoned(at),
        entered_by=(f"{draw.first_name}#{draw.first_account}", f"{by.name}#{by.account_id}"),
    )
    text, result = draw_apart(frozen, chance, draw.commitment)
    draw.figures |= _figures(result)
    draw.announcement_hash = hash_of(text)
    draw.save()
    _keep(draw, "announcement.txt", text)
    picks = [[one.object, list(one.departments)] for one in result.picked]
    _keep(draw, "picked.json", json.dumps(picks).encode())
    _record(draw, "carry_out_draw", by=by, at=at, announcement_hash=draw.announcement_hash)
    return draw


def _figures(result: Drawn) -> dict[str, Any]:
    return {
        "doors": len(result.picked),
        "separate": result.separate,
        "lacking": sum(1 for one in result.picked if one.team.lacking),
        "strata": [
            {"department": one.department, "letter": one.letter, "rate": one.rate}
            | {"eligible": one.eligible, "drawn": one.drawn}
            for one in result.strata
        ],
    }


def open_draw(*, draw_id: int, scope: Scope, by: Actor, at: datetime, today: date) -> Draw:
    """启封 on the first day of use, not before: what was drawn becomes obligations, so that a plan can carry it."""
    with transaction.atomic():
        draw = _locked(draw_id, scope, "open")
        if today < draw.used_from:
            raise Refusal("sealed", f"名单封存至 {draw.used_from}，启用日之前不得启封。")
        known = duties_on(today)
        codes: dict[str, list[str]] = {code: [] for code in draw.duty_codes}
        for business, departments in json.loads((folder_of(draw.pk) / "picked.json").read_bytes()):
            for code in departments:
                codes[code].append(business)
        owed = {
            code: owe_drawn(
                duty=known[code],
                codes=found,
                release_on=draw.used_from,
                due_on=draw.used_until,
                draw=f"draw:{draw.pk}",
                unit=draw.unit,
            )
            for code, found in codes.items()
            if code in known
        }
        draw.state, draw.opened_at = Draw.State.OPENED, at
        draw.figures |= {"owed": sum(owed.values())}
        draw.save()
        _record(draw, "open_draw", by=by, at=at, owed=owed)
    return draw


def publish_draw(*, draw_id: int, scope: Scope, by: Actor, at: datetime) -> Draw:
    """公布: list, seed, number, results and teams, for anybody to compute again."""
    with transaction.atomic():
        draw = _locked(draw_id, scope, "publish")
        if hash_of((folder_of(draw.pk) / "announcement.txt").read_bytes()) != draw.announcement_hash:
            raise Refusal(
                "announcement_changed", "公告文件与抽取时的散列不符，不能公布；请从备份恢复。", status=500
            )
        draw.state, draw.published_at = Draw.State.PUBLISHED, at
        draw.save()
        _record(draw, "publish_draw", by=by, at=at, announcement_hash=draw.announcement_hash)
    return draw


def cancel_draw(*, draw_id: int, scope: Scope, reason: str, by: Actor, at: datetime) -> Draw:
    """作废 before anything was opened; the draw stays to be seen with the reason."""
    if not reason.strip():
        raise Refusal("reason_needed", "作废须说明原因。", field="reason", status=422)
    with transaction.atomic():
        draw = _locked(draw_id, scope, "cancel")
        draw.state, draw.cancelled_reason = Draw.State.CANCELLED, reason
        draw.save()
        _record(draw, "cancel_draw", by=by, at=at, reason=reason)
    return draw


def _locked(draw_id: int, scope: Scope, act: str) -> Draw:
    draw = Draw.objects.select_for_update().filter(within(scope, "unit"), pk=draw_id).first()
    if draw is None:
        raise Refusal("not_found", "没有找到这次抽取。", status=404)
    check_stage(act, draw.state)
    return draw


def _read_list(draw: Draw) -> DrawList:
    text = (folder_of(draw.pk) / "list.txt").read_bytes()
    if hash_of(text) != draw.list_hash:
        raise Refusal("list_changed", "名单文件与冻结时的散列不符，不能抽取；请作废后重新冻结。", status=500)
    first, *rows = text.decode().splitlines()
    head = json.loads(first)
    cells = "\t".join(rows).split("\t")
    return DrawList(
        id=head["id"],
        title=head["title"],
        departments=tuple(Department(**one) for one in head["departments"]),
        objects=cells[::3],
        stations=cells[1::3],
        classes=cells[2::3],
        inspectors=tuple(
            Inspector(
                one["id"],
                one["station"],
                tuple(one["competences"]),
                date.fromisoformat(one["certified_until"]),
            )
            for one in head["inspectors"]
        ),
        team_size=head["team_size"],
        used_until=date.fromisoformat(head["used_until"]),
    )


def _zoned(moment: datetime) -> str:
    return moment.astimezone(_ZONE).isoformat()


def _keep(draw: Draw, name: str, content: bytes) -> None:
    """On disk before the transaction commits, readable by the owner alone."""
    folder: Path = folder_of(draw.pk)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _record(draw: Draw, verb: str, *, by: Actor, at: datetime, **payload: Any) -> None:
    record_event(
        by=by,
        at=at,
        verb=verb,
        subject=("draw", draw.pk),
        unit=draw.unit,
        payload=payload,
        rows=[("draws_draw", draw.pk)],
    )
