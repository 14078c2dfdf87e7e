"""谁能看谁的数据 who may see whose data, and who may do what. Nobody else decides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

ROLES = ("city", "district", "station_head", "officer", "clerk", "steward", "auditor", "admin")

_BUREAUS = frozenset({"city", "district"})
_HEADS = _BUREAUS | {"station_head"}
_STATION = _HEADS | {"officer"}
_STAFF = _STATION | {"clerk", "steward"}
_READERS = _STAFF | {"auditor"}

PERMISSIONS: dict[str, frozenset[str]] = {
    # every signed-in person
    "session.read": frozenset(ROLES),
    "place.read": frozenset(ROLES),
    "station.read": frozenset(ROLES),
    "duty.read": frozenset(ROLES),
    # the register
    "entity.read": _READERS,
    "entity.export": _HEADS | {"steward"},
    "filter.keep": _READERS,
    "conflict.read": _STATION | {"auditor"},
    "conflict.declare": _STATION,
    "hours.note": _STATION | {"clerk"},
    "overview.read": _READERS,
    "obligation.read": _STATION | {"auditor"},
    # the list of businesses left alone
    "undisturbed.read": _STATION | {"auditor"},
    "undisturbed.list": _BUREAUS,
    # campaigns
    "campaign.read": _STATION | {"auditor"},
    "campaign.make": _HEADS,
    "campaign.approve": _BUREAUS,
    # draws
    "draw.read": _STATION | {"auditor"},
    "draw.make": frozenset({"city", "district"}),
    # year plans
    "yearplan.read": _STATION | {"auditor"},
    "yearplan.make": _BUREAUS,
    "yearplan.approve": _BUREAUS,
    # plans
    "plan.read": _STATION | {"auditor"},
    "plan.make": _HEADS,
    "plan.approve": _HEADS,
    "check.ask": _HEADS,
    "offsite.read": _STATION | {"auditor"},
    "offsite.record": _STATION,
    "scenario.read": _HEADS | {"auditor"},
    "scenario.make": _HEADS,
    "ledger.read": _STATION | {"auditor"},
    # visits and what comes of them
    "visit.read": _STATION | {"auditor"},
    "visit.submit": frozenset({"officer", "station_head"}),
    "attachment.read": _STATION | {"auditor"},
    "attachment.store": frozenset({"officer", "station_head"}),
    "dispute.read": _HEADS | {"auditor"},
    "dispute.settle": _HEADS,
    "rectification.read": _STATION | {"auditor"},
    # source data
    "delivery.read": _HEADS | {"steward", "auditor"},
    "delivery.upload": frozenset({"city", "steward"}),
    "quarantine.settle": frozenset({"city", "district", "steward"}),
    # records and accounts
    "event.read": frozenset({"auditor", "city"}),
    "audit.verify": frozenset({"auditor"}),
    "job.read": _STAFF,
    "officer.read": frozenset(ROLES),
    "account.read": frozenset({"admin", "auditor"}),
    "account.manage": frozenset({"admin"}),
}
"""Permission → the roles that hold it. `authz.yaml` states independently what each must come to at each address."""


@dataclass(frozen=True, slots=True)
class Scope:
    """数据范围: the unit whose data, and that of every unit below it, may be seen.

    `prefix` is a division code: "4406" the city, six digits a district, nine a station.
    """

    prefix: str
    role: str
    account_id: int | None = None
    officer_id: int | None = None

    def covers(self, code: str) -> bool:
        """Whether a unit with this code lies in the scope."""
        return code.startswith(self.prefix)


EVERYTHING = Scope(prefix="4406", role="city")
"""Scope of the system's own work (jobs, command line)."""


def may(role: str, permission: str) -> bool:
    """Whether the role holds the permission. An unknown permission is held by nobody: `KeyError`."""
    return role in PERMISSIONS[permission]


@dataclass(frozen=True, slots=True)
class SlowDown:
    """登录放慢: how guessing is slowed; nobody is ever locked out."""

    free_failures: int = 4
    window: timedelta = timedelta(minutes=15)
    first_wait: timedelta = timedelta(seconds=2)
    longest_wait: timedelta = timedelta(seconds=60)


def sign_in_opens_at(failures: list[datetime], rule: SlowDown, now: datetime) -> datetime:
    """登录放慢: the moment at which the next try is looked at, from the failures since the last success.

    The wait doubles with each failure past the free ones and never passes `longest_wait`, so that an outsider can
    slow a person down by at most that, and never keep them out (OWASP ASVS 6.3.1; BARS S1).
    """
    recent = sorted(at for at in failures if at > now - rule.window)
    beyond = len(recent) - rule.free_failures
    if beyond <= 0:
        return now
    doublings: int = 2 ** min(beyond - 1, 10)
    wait = min(rule.first_wait * doublings, rule.longest_wait)
    return recent[-1] + wait
