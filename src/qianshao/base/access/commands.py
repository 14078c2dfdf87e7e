"""Signing in and out; opening and changing accounts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.hashers import check_password, make_password
from django.db import IntegrityError, transaction
from pypinyin import lazy_pinyin

from qianshao.base.access.models import Account, SignInAttempt
from qianshao.base.access.queries import AccountCard, cards_of, failures_from, failures_since_success
from qianshao.base.access.rules import ROLES, Scope, SlowDown, sign_in_opens_at
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.base.records.commands import record_event
from qianshao.base.records.rules import SYSTEM, Actor
from qianshao.base.stations.models import Officer, Station

_UNIT_DIGITS = {"city": 4, "district": 6, "station_head": 9, "officer": 9, "clerk": 9}
_ADDRESS_FAILURES_AN_HOUR = 300
_SHORTEST_PASSWORD = 12


def sign_in(*, username: str, password: str, address: str, at: datetime) -> AccountCard:
    """登录: check name and password, slowing down whoever guesses.

    Raises `Refusal` 429 with the seconds to wait, or 401. Unknown and known names take the same time and get the
    same words. Every try is kept, also one that carries a NUL or an endless name (BARS S1).
    """
    name = username.replace("\x00", "").strip().lower()[:60]
    address = address.replace("\x00", "")[:60]
    _refuse_while_slowed(name=name, address=address, at=at)
    account = Account.objects.filter(username=name, is_active=True).first()
    stored = account.password if account else make_password(None)
    matches = check_password(password.replace("\x00", ""), stored)
    if account is None:
        make_password(password[:200])  # the time a real check takes
    SignInAttempt.objects.create(username=name, address=address, at=at, succeeded=bool(account and matches))
    if account is None or not matches:
        raise Refusal("sign_in_failed", "账号或密码不正确。", status=401)
    card = cards_of(Account.objects.filter(pk=account.pk))[0]
    with transaction.atomic():
        record_event(by=card.actor(), at=at, verb="sign_in", subject=("account", account.pk), unit=card.unit)
    return card


def _refuse_while_slowed(*, name: str, address: str, at: datetime) -> None:
    rule = SlowDown()
    opens_at = sign_in_opens_at(failures_since_success(username=name, since=at - rule.window), rule, at)
    if failures_from(address=address, since=at - timedelta(hours=1)) >= _ADDRESS_FAILURES_AN_HOUR:
        opens_at = max(opens_at, at + rule.longest_wait)
    if opens_at > at:
        seconds = int((opens_at - at).total_seconds()) + 1
        raise Refusal(
            "sign_in_slowed",
            f"登录失败次数较多，请 {seconds} 秒后再试。",
            remedy="忘记密码请联系系统管理员重置。",
            status=429,
            retry_after=seconds,
        )


def sign_out(*, by: Actor, at: datetime) -> None:
    """退出登录."""
    with transaction.atomic():
        record_event(by=by, at=at, verb="sign_out", subject=("account", by.account_id or 0), unit=by.unit)


def open_account(
    *,
    by: Actor,
    at: datetime,
    scope: Scope,
    username: str,
    display_name: str,
    role: str,
    unit: str,
    password: str,
    officer_id: int | None = None,
) -> AccountCard:
    """开立账号 inside the scope.

    Raises `Refusal` for a name already used, a role that does not fit the unit, an officer of another station or with an
    account already, a weak password.
    """
    _check_role_and_unit(role=role, unit=unit, scope=scope)
    _check_officer(role=role, unit=unit, officer_id=officer_id)
    _check_password(password, username)
    try:
        with transaction.atomic():
            account = Account.objects.create(
                username=username,
                display_name=display_name,
                role=role,
                unit=unit,
                officer_id=officer_id,
                password=make_password(password),
                created_at=at,
            )
            record_event(
                by=by,
                at=at,
                verb="open_account",
                subject=("account", account.pk),
                unit=unit,
                payload={"username": username, "role": role},
                rows=[("access_account", account.pk)],
            )
    except IntegrityError as clash:
        raise Refusal("username_taken", f"账号“{username}”已存在。", field="username") from clash
    return cards_of(Account.objects.filter(pk=account.pk))[0]


def change_account(*, by: Actor, at: datetime, scope: Scope, account_id: int, **changes: Any) -> AccountCard:
    """变更账号: name, role, unit, state, password, language. Open sessions of the account end at once (BARS Z4)."""
    with transaction.atomic():
        account = Account.objects.select_for_update().filter(pk=account_id).first()
        if account is None or not scope.covers(account.unit):
            raise Refusal("not_found", "没有找到这个账号。", status=404)
        role, unit = changes.get("role") or account.role, changes.get("unit") or account.unit
        _check_role_and_unit(role=role, unit=unit, scope=scope)
        password = changes.pop("password", None)
        if password is not None:
            _check_password(password, account.username)
            account.password = make_password(password)
        for field, value in changes.items():
            if value is not None:
                setattr(account, field, value)
        if password is not None or {"role", "unit", "is_active"} & {
            k for k, v in changes.items() if v is not None
        }:
            account.session_epoch += 1
        account.save()
        record_event(
            by=by,
            at=at,
            verb="change_account",
            subject=("account", account.pk),
            unit=account.unit,
            payload={"changed": sorted([*changes, *(["password"] if password else [])])},
            rows=[("access_account", account.pk)],
        )
    return cards_of(Account.objects.filter(pk=account.pk))[0]


def _check_role_and_unit(*, role: str, unit: str, scope: Scope) -> None:
    if role not in ROLES:
        raise Refusal("unknown_role", f"没有“{role}”这种角色。", field="role", status=422)
    if not scope.covers(unit):
        raise Refusal("unit_out_of_scope", "只能在本单位及下级单位开立账号。", field="unit", status=403)
    digits = _UNIT_DIGITS.get(role)
    if digits is not None and len(unit) != digits:
        raise Refusal("role_does_not_fit_unit", "角色与单位级别不符。", field="unit", status=422)


def _check_officer(*, role: str, unit: str, officer_id: int | None) -> None:
    """An officer's account is that person's own: of the same station, and nobody else's already."""
    if role != "officer":
        if officer_id is not None:
            raise Refusal(
                "not_an_officer", "只有执法人员账号可以对应执法人员。", field="officer_id", status=422
            )
        return
    if officer_id is None or not Officer.objects.filter(pk=officer_id, station_id=unit, active=True).exists():
        raise Refusal(
            "officer_unknown", "执法人员账号须对应本所一名执法人员。", field="officer_id", status=422
        )
    if Account.objects.filter(officer_id=officer_id).exists():
        raise Refusal("officer_has_account", "该执法人员已有账号，一人一号。", field="officer_id")


def _check_password(password: str, username: str) -> None:
    if len(password) < _SHORTEST_PASSWORD or password.lower() in {username, "123456789012", "password1234"}:
        raise Refusal(
            "weak_password",
            f"密码至少 {_SHORTEST_PASSWORD} 位，且不得与账号相同。",
            field="password",
            status=422,
        )


def make_sample_accounts(*, password: str, at: datetime) -> list[AccountCard]:
    """样例账号: one per bureau role, and per station a head, a clerk and one per officer. Existing names are kept."""
    encoded = make_password(password)
    wanted = list(_sample_accounts())
    known = set(Account.objects.values_list("username", flat=True))
    fresh = [_with_password(account, encoded, at) for account in wanted if account.username not in known]
    with transaction.atomic():
        Account.objects.bulk_create(fresh)
        if fresh:
            record_event(
                by=SYSTEM,
                at=at,
                verb="make_sample_accounts",
                subject=("account", "sample"),
                unit="4406",
                payload={"accounts": len(fresh)},
            )
    return cards_of(
        Account.objects.filter(username__in=[account.username for account in wanted]).order_by("id")
    )


def _with_password(account: Account, encoded: str, at: datetime) -> Account:
    """The account with this encoded password and birthday."""
    account.password, account.created_at = encoded, at
    return account


def _sample_accounts() -> list[Account]:
    accounts = [
        Account(username="city", display_name="市局综合科", role="city", unit="4406"),
        Account(username="city-leader", display_name="市局分管领导", role="city", unit="4406"),
        Account(username="steward", display_name="数据管理员", role="steward", unit="4406"),
        Account(username="auditor", display_name="审计员", role="auditor", unit="4406"),
        Account(username="admin", display_name="系统管理员", role="admin", unit="4406"),
    ]
    districts = {
        "440604": "chancheng",
        "440605": "nanhai",
        "440606": "shunde",
        "440607": "sanshui",
        "440608": "gaoming",
    }
    for code, pinyin in districts.items():
        accounts.append(
            Account(username=f"district-{pinyin}", display_name="区局综合科", role="district", unit=code)
        )
    for station in Station.objects.order_by("code"):
        accounts.extend(_station_accounts(station))
    return accounts


def _station_accounts(station: Station) -> list[Account]:
    name = "".join(lazy_pinyin(station.short_name.removesuffix("街道").removesuffix("镇")))
    officers = list(Officer.objects.filter(station=station, active=True).order_by("id"))
    certified = [officer for officer in officers if not officer.auxiliary]
    head = next(
        (officer for officer in certified if "所长" in officer.post), certified[0] if certified else None
    )
    accounts = [
        Account(
            username=f"head-{name}",
            display_name=head.name if head else f"{station.short_name}所长",
            role="station_head",
            unit=station.code,
            officer=head,
        ),
        Account(
            username=f"clerk-{name}",
            display_name=f"{station.short_name}窗口",
            role="clerk",
            unit=station.code,
        ),
    ]
    for number, officer in enumerate((one for one in certified if one != head), start=1):
        accounts.append(
            Account(
                username=f"officer-{name}-{number}",
                display_name=officer.name,
                role="officer",
                unit=station.code,
                officer=officer,
            )
        )
    return accounts
