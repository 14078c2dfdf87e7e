"""Sign-in, the gate of every operation, and accounts."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.utils import timezone
from ninja import Query, Router
from ninja.security import APIKeyCookie

from qianshao.base.access import commands, queries
from qianshao.base.access.rules import PERMISSIONS, Scope, may
from qianshao.base.access.schemas import (
    AccountChange,
    AccountIn,
    AccountOut,
    AuditOut,
    DivisionOut,
    EventOut,
    EventPage,
    FindingOut,
    HeadOut,
    OfficerOut,
    SessionOut,
    SignIn,
    StationOut,
)
from qianshao.base.places.queries import divisions, map_features
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.base.records.queries import events, verify_record
from qianshao.base.records.rules import Actor
from qianshao.base.stations.queries import officers, stations

router = Router(tags=["access"])


@dataclass(frozen=True, slots=True)
class Caller:
    """The signed-in person of a request: who acts, and what they may see."""

    account: queries.AccountCard
    actor: Actor
    scope: Scope


def today() -> date:
    """The business day: fixed by the setting TODAY (demonstrations, tests), else the day in Foshan."""
    fixed: date | None = getattr(settings, "TODAY", None)
    return fixed or timezone.localdate()


class allow(APIKeyCookie):
    """Gate of an operation: signed in by cookie, CSRF token on unsafe methods, role holds the permission."""

    def __init__(self, permission: str) -> None:
        PERMISSIONS[permission]
        self.permission = permission
        self.param_name = settings.SESSION_COOKIE_NAME
        super().__init__(csrf=True)

    def authenticate(self, request: HttpRequest, key: str | None) -> Caller | None:
        account = queries.signed_in_account(session=dict(request.session.items()))
        if account is None:
            return None
        if not may(account.role, self.permission):
            raise Refusal(
                "not_permitted",
                f"您的角色（{account.role_label}）没有此项权限。",
                remedy="如确需办理，请联系系统管理员调整角色。",
                status=403,
            )
        return Caller(account=account, actor=account.actor(), scope=account.scope())


def caller(request: HttpRequest) -> Caller:
    """The person that the gate let through."""
    found: Caller = request.auth  # type: ignore[attr-defined]
    return found


@router.get("/session", response=SessionOut, auth=allow("session.read"))
def read_session(request: HttpRequest) -> SessionOut:
    return SessionOut.of(caller(request).account, get_token(request), today().isoformat())


@router.post("/session", response=SessionOut, auth=None)
def sign_in(request: HttpRequest, body: SignIn) -> SessionOut:
    account = commands.sign_in(
        username=body.username,
        password=body.password,
        address=request.META.get("REMOTE_ADDR", ""),
        at=timezone.now(),
    )
    request.session.cycle_key()
    request.session["account_id"] = account.id
    request.session["epoch"] = account.session_epoch
    return SessionOut.of(account, get_token(request), today().isoformat())


@router.delete("/session", response={204: None}, auth=allow("session.read"))
def sign_out(request: HttpRequest) -> tuple[int, None]:
    commands.sign_out(by=caller(request).actor, at=timezone.now())
    request.session.flush()
    return 204, None


@router.get("/accounts", response=list[AccountOut], auth=allow("account.read"))
def list_accounts(request: HttpRequest) -> list[AccountOut]:
    return [AccountOut.of(card) for card in queries.accounts(scope=caller(request).scope)]


@router.post("/accounts", response={201: AccountOut}, auth=allow("account.manage"))
def open_account(request: HttpRequest, body: AccountIn) -> tuple[int, AccountOut]:
    who = caller(request)
    card = commands.open_account(by=who.actor, at=timezone.now(), scope=who.scope, **body.dict())
    return 201, AccountOut.of(card)


@router.patch("/accounts/{account_id}", response=AccountOut, auth=allow("account.manage"))
def change_account(request: HttpRequest, account_id: int, body: AccountChange) -> AccountOut:
    who = caller(request)
    card = commands.change_account(
        by=who.actor,
        at=timezone.now(),
        scope=who.scope,
        account_id=account_id,
        **body.dict(exclude_unset=True),
    )
    return AccountOut.of(card)


@router.get("/places/divisions", response=list[DivisionOut], auth=allow("place.read"))
def list_divisions(request: HttpRequest) -> list[DivisionOut]:
    return [DivisionOut(**asdict(card)) for card in divisions()]


@router.get("/places/map", response=dict[str, Any], auth=allow("place.read"))
def read_map(request: HttpRequest) -> dict[str, Any]:
    return map_features()


@router.get("/stations", response=list[StationOut], auth=allow("station.read"))
def list_stations(request: HttpRequest) -> list[StationOut]:
    return [StationOut(**asdict(card)) for card in stations()]


@router.get("/officers", response=list[OfficerOut], auth=allow("officer.read"))
def list_officers(request: HttpRequest, station: str = Query("", pattern=r"^(\d{9})?$")) -> list[OfficerOut]:
    cards = officers(prefix=caller(request).scope.prefix, station=station)
    return [OfficerOut(**asdict(card)) for card in cards]


@router.get("/events", response=EventPage, auth=allow("event.read"))
def list_events(
    request: HttpRequest,
    subject_type: str = Query("", max_length=40),
    subject_id: str = Query("", max_length=64),
    cursor: int | None = Query(None, ge=0, le=2**53),
) -> EventPage:
    cards = events(
        prefix=caller(request).scope.prefix,
        subject_type=subject_type,
        subject_id=subject_id,
        before=cursor,
        limit=51,
    )
    shown = [EventOut(**asdict(card)) for card in cards[:50]]
    return EventPage(items=shown, next_cursor=shown[-1].id if len(cards) > 50 else None)


@router.post("/audit/verify", response=AuditOut, auth=allow("audit.verify"))
def verify(request: HttpRequest) -> AuditOut:
    report = verify_record()
    return AuditOut(
        intact=report.intact,
        events=report.events,
        rows=report.rows,
        findings=[FindingOut(**asdict(one)) for one in report.findings[:200]],
        heads=[HeadOut(**asdict(one)) for one in report.heads],
    )
