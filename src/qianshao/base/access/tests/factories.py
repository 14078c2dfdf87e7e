"""Units and accounts for tests."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

from django.contrib.auth.hashers import make_password
from django.test import Client

from qianshao.base.access.models import Account
from qianshao.base.places.models import Division
from qianshao.base.stations.models import Officer, Station

AT = datetime(2026, 11, 23, 1, tzinfo=UTC)
PASSWORD = "Correct-Horse-2026"
DALIANG = "440606005"
LISHUI = "440605126"

_UNITS = {
    "4406": ("佛山市", "city", None),
    "440605": ("南海区", "district", "4406"),
    "440606": ("顺德区", "district", "4406"),
    LISHUI: ("里水镇", "town", "440605"),
    DALIANG: ("大良街道", "town", "440606"),
}


def make_units() -> None:
    """The city, two districts, and one station in each."""
    for code, (name, level, parent) in _UNITS.items():
        Division.objects.get_or_create(
            code=code, defaults={"name": name, "level": level, "parent_id": parent, "lon": 113.2, "lat": 22.8}
        )
    for code in (LISHUI, DALIANG):
        name = _UNITS[code][0]
        Station.objects.get_or_create(
            code=code,
            defaults={
                "name": f"{name}市场监督管理所",
                "short_name": name,
                "town_id": code,
                "district_code": code[:6],
                "lon": 113.25,
                "lat": 22.84,
            },
        )


def make_officer(*, number: str = "粤E000001", station: str = DALIANG, **changes: object) -> Officer:
    """An officer with a valid certificate."""
    values: dict[str, object] = {
        "certificate_no": number,
        "name": f"何{number[-2:]}",
        "station_id": station,
        "post": "执法人员",
        "competences": ["综合执法"],
        "certificate_expires_on": date(2028, 12, 31),
    }
    return Officer.objects.create(**(values | changes))


def make_account(*, username: str, role: str = "officer", unit: str = DALIANG, **changes: object) -> Account:
    """An account whose password is `PASSWORD`."""
    values: dict[str, object] = {
        "username": username,
        "display_name": username,
        "role": role,
        "unit": unit,
        "password": make_password(PASSWORD),
        "created_at": AT,
    }
    return Account.objects.create(**(values | changes))


def sign_in(username: str) -> Client:
    """A browser with the session and the token of this account."""
    client = Client(enforce_csrf_checks=True)
    answer = client.post(
        "/api/session",
        json.dumps({"username": username, "password": PASSWORD}),
        content_type="application/json",
    )
    assert answer.status_code == 200
    client.defaults["HTTP_X_CSRFTOKEN"] = answer.json()["csrf_token"]
    return client
