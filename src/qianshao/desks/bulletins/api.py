"""The overview."""

from __future__ import annotations

from datetime import date

from django.http import HttpRequest
from ninja import Query, Router

from qianshao.base.access.api import allow, caller, today
from qianshao.desks.bulletins.queries import overview
from qianshao.desks.bulletins.schemas import OverviewOut

router = Router(tags=["bulletins"])


@router.get("/overview", response=OverviewOut, auth=allow("overview.read"))
def read_overview(
    request: HttpRequest, month: str = Query("", pattern=r"^(20\d{2}-(0[1-9]|1[0-2]))?$")
) -> OverviewOut:
    first = date.fromisoformat(f"{month}-01") if month else today().replace(day=1)
    return OverviewOut(**overview(scope=caller(request).scope, month=first, today=today()))
