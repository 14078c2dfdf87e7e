"""承诺种子、录入公开随机数: a seed promised before the public number exists; two people enter it; then chance has decided."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from qianshao.base.access.rules import Scope
from qianshao.base.gateways.rules.beacons import CHAINS, Chain, check_beacon, read_beacon
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.base.records.rules import Actor
from qianshao.flow.draws.commands.keeping import lock_draw, record_draw, zoned
from qianshao.flow.draws.models import Draw
from qianshao.flow.draws.queries.draws import folder_of
from qianshao.flow.draws.rules.child import Errand, draw_apart
from qianshao.flow.draws.rules.filing import keep_private
from qianshao.flow.draws.rules.publishing import Chance, beacon_name
from qianshao.flow.draws.rules.tickets import commitment


def commit_draw(
    *,
    draw_id: int,
    scope: Scope,
    seed: str,
    by: Actor,
    at: datetime,
    source: str = "",
    beacon: tuple[Chain, datetime] | None = None,
) -> Draw:
    """承诺种子: the seed goes into a file that its owner alone can read, its hash with the list's is published; and the public
    number that will be used is named before it exists: in words (`source`), or the first round of a chain after a moment
    (`beacon`), which the commitment then names too. `seed` is 64 hexadecimal digits of fresh chance.

    Raises `Refusal` without a source, or for a round that is due already.
    """
    if beacon is None and not source.strip():
        raise Refusal(
            "no_source", "须写明将要使用的公开随机数，例如某期彩票开奖号码。", field="source", status=422
        )
    with transaction.atomic():
        draw = lock_draw(draw_id=draw_id, scope=scope, act="commit")
        draw.source, draw.committed_at = source.strip(), at
        named = _promise_round(draw, *beacon, at=at) if beacon else ()
        draw.commitment = commitment(draw.list_hash, seed, *named, algorithm=draw.hash)
        draw.state = Draw.State.COMMITTED
        draw.save()
        keep_private(folder_of(draw.pk) / "seed", seed.encode())
        record_draw(
            draw,
            "commit_draw",
            by=by,
            at=at,
            commitment=draw.commitment,
            source=draw.source,
            named=list(named),
        )
    return draw


def _promise_round(draw: Draw, chain: Chain, moment: datetime, *, at: datetime) -> tuple[str]:
    number = chain.round_at(moment)
    if chain.due(number) <= at:
        raise Refusal(
            "round_past", "信标轮次须在承诺之后产生，请选择以后的时间。", field="beacon_at", status=422
        )
    draw.beacon_chain, draw.beacon_round = chain.name, number
    kind = "drand quicknet" if chain.trusted else "样例信标（仅供演示）"
    draw.source = f"{kind} 第 {number} 轮（{zoned(chain.due(number))[:16].replace('T', ' ')}）"
    return (beacon_name(chain.name, number),)


def enter_number(
    *,
    draw_id: int,
    scope: Scope,
    by: Actor,
    at: datetime,
    value: str = "",
    beacon: Mapping[str, Any] | None = None,
) -> Draw:
    """录入公开随机数. The first person's number waits unseen; when another person enters the same, the draw is carried out.
    `beacon` is the promised round as a relay gives it; its number is its randomness.

    Raises `Refusal` when the second is the same person, or enters another number: then both enter again; and for a round that
    is not the one promised, not due, or not signed by the chain.
    """
    with transaction.atomic():
        draw = lock_draw(draw_id=draw_id, scope=scope, act="enter_number")
        told = _promised_round(draw, beacon, at)
        number = told["randomness"] if told else " ".join(value.split())
        if not number:
            raise Refusal("no_public_number", "请录入公开随机数。", field="value", status=422)
        if not draw.first_number:
            draw.first_number, draw.first_account, draw.first_name = number, by.account_id, by.name
            draw.save()
            record_draw(draw, "enter_number", by=by, at=at)
            return draw
        if draw.first_account == by.account_id:
            raise Refusal("one_person", "须由另一名人员复核录入公开随机数。", field="value")
        if draw.first_number == number:
            return _carry_out(draw, number, told, by=by, at=at)
        draw.first_number, draw.first_account, draw.first_name = "", None, ""
        draw.save()
        record_draw(draw, "numbers_differ", by=by, at=at)
    raise Refusal("numbers_differ", "两次录入的公开随机数不一致，已清空，请两人重新录入。", field="value")


def _promised_round(draw: Draw, beacon: Mapping[str, Any] | None, at: datetime) -> dict[str, Any] | None:
    if draw.beacon_round is None:
        if beacon is not None:
            raise Refusal(
                "no_beacon_promised", "承诺使用的不是信标，请录入公开随机数。", field="beacon", status=422
            )
        return None
    if beacon is None:
        raise Refusal(
            "beacon_needed",
            f"承诺使用信标第 {draw.beacon_round} 轮，请上传该轮的信标文件。",
            field="beacon",
            status=422,
        )
    found = read_beacon(beacon)
    check_beacon(CHAINS[draw.beacon_chain], draw.beacon_round, found, at)
    return {
        "chain": draw.beacon_chain,
        "round": found.round,
        "randomness": found.randomness,
        "signature": found.signature,
    }


def _carry_out(draw: Draw, number: str, told: dict[str, Any] | None, *, by: Actor, at: datetime) -> Draw:
    draw.second_name, draw.drawn_at, draw.state = by.name, at, Draw.State.DRAWN
    folder = folder_of(draw.pk)
    chance = Chance(
        seed=(folder / "seed").read_text(),
        public=number,
        source=draw.source,
        committed_at=zoned(draw.committed_at or at),
        drawn_at=zoned(at),
        entered_by=(draw.first_name, by.name),
        beacon=told,
    )
    drawn, picks = folder / "drawn.part", folder / "picked.part"
    errand = Errand(folder / "list.txt", draw.list_hash, chance, draw.commitment, drawn, picks)
    draw.announcement_hash, figures = draw_apart(errand)
    draw.figures = draw.figures | figures
    draw.save()
    drawn.replace(folder / "drawn.txt")
    picks.replace(folder / "picked.json")
    record_draw(draw, "carry_out_draw", by=by, at=at, announcement_hash=draw.announcement_hash)
    return draw
