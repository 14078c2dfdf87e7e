"""Scopes turned into conditions on rows; accounts as cards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from qianshao.base.access.models import Account, SignInAttempt
from qianshao.base.access.rules import PERMISSIONS, Scope
from qianshao.base.places.models import Division
from qianshao.base.records.rules import Actor


@dataclass(frozen=True, slots=True)
class AccountCard:
    """账号 as shown and as used by the gate."""

    id: int
    username: str
    display_name: str
    role: str
    role_label: str
    unit: str
    unit_name: str
    officer_id: int | None
    language: str
    is_active: bool
    session_epoch: int

    def actor(self) -> Actor:
        """The person as the records name them."""
        return Actor(account_id=self.id, name=self.display_name, role=self.role, unit=self.unit)

    def scope(self) -> Scope:
        """What the person may see."""
        return Scope(prefix=self.unit, role=self.role, account_id=self.id, officer_id=self.officer_id)

    def permissions(self) -> list[str]:
        """Names of the permissions that the person's role holds."""
        return sorted(name for name, roles in PERMISSIONS.items() if self.role in roles)


def within(scope: Scope, field: str = "station_id") -> Q:
    """数据范围: the condition that keeps a list to the rows of the scope's unit and below.

    `field` holds a division code of nine digits. A nine-digit scope asks for equality, a shorter one for the
    prefix; both use the field's B-tree because the database sorts by code point.
    """
    if len(scope.prefix) >= 9:
        return Q(**{field: scope.prefix})
    return Q(**{f"{field}__gte": scope.prefix, f"{field}__lt": scope.prefix + ":"})


def cards_of(rows: QuerySet[Account]) -> list[AccountCard]:
    """Account rows as cards, each with the name of its unit."""
    found = list(rows)
    names = dict(Division.objects.filter(code__in={row.unit for row in found}).values_list("code", "name"))
    return [
        AccountCard(
            id=row.pk,
            username=row.username,
            display_name=row.display_name,
            role=row.role,
            role_label=Account.Role(row.role).label,
            unit=row.unit,
            unit_name=names.get(row.unit, row.unit),
            officer_id=row.officer_id,
            language=row.language,
            is_active=row.is_active,
            session_epoch=row.session_epoch,
        )
        for row in found
    ]


def signed_in_account(*, session: Mapping[str, Any]) -> AccountCard | None:
    """The account a session belongs to, or None: unknown, switched off, or of an older epoch."""
    account_id = session.get("account_id")
    if account_id is None:
        return None
    rows = Account.objects.filter(pk=account_id, is_active=True, session_epoch=session.get("epoch", -1))
    return next(iter(cards_of(rows)), None)


def accounts(*, scope: Scope) -> list[AccountCard]:
    """账号 of the scope's unit and of the units below it, by unit and name."""
    rows = Account.objects.filter(unit__gte=scope.prefix, unit__lt=scope.prefix + ":").order_by(
        "unit", "username"
    )
    return cards_of(rows)


def failures_since_success(*, username: str, since: datetime) -> list[datetime]:
    """登录失败 of a name since its last success, not older than `since`."""
    attempts = SignInAttempt.objects.filter(username=username, at__gt=since).order_by("-at")[:200]
    failures: list[datetime] = []
    for attempt in attempts:
        if attempt.succeeded:
            break
        failures.append(attempt.at)
    return failures


def failures_from(*, address: str, since: datetime) -> int:
    """登录失败 from one address since a moment, whatever the name."""
    return SignInAttempt.objects.filter(address=address, at__gt=since, succeeded=False).count()
