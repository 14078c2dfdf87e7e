"""What anybody may see without signing in: published draws, their announcements, their results."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path

from django.http import FileResponse, HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router

from qianshao.base.access.api import today
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.desks.portal.rules import Turnstile
from qianshao.desks.portal.schemas import PublicDrawOut
from qianshao.flow.draws.queries import results

router = Router(tags=["portal"])
_KEPT = "public, max-age=300"
_LIST_SECONDS = 5
_downloads = Turnstile(most=60, window=timedelta(minutes=1))


@lru_cache(maxsize=1)
def _draws(place: int, day: date) -> list[PublicDrawOut]:
    """The list as of a place in time of a few seconds, so that many who ask cost as much as one."""
    return [PublicDrawOut(**asdict(one)) for one in results.public_draws(today=day)]


@router.get("/public/draws", response=list[PublicDrawOut], auth=None)
def list_public_draws(request: HttpRequest) -> list[PublicDrawOut]:
    return _draws(int(timezone.now().timestamp()) // _LIST_SECONDS, today())


@router.get("/public/draws/{int:public_draw_id}/announcement", auth=None)
def download_public_announcement(request: HttpRequest, public_draw_id: int) -> HttpResponse | FileResponse:
    found = results.public_announcement(draw_id=public_draw_id)
    if found is None:
        raise Refusal("not_found", "没有找到已公布的公告。", status=404)
    return _handed_out(request, found[0], f"draw-{public_draw_id}.txt", found[1])


@router.get("/public/draws/{int:public_draw_id}/results", auth=None)
def download_public_results(request: HttpRequest, public_draw_id: int) -> HttpResponse | FileResponse:
    file = results.results_file(draw_id=public_draw_id)
    if file is None:
        raise Refusal("not_found", "还没有公布检查结果。", status=404)
    return _handed_out(request, file, f"results-{public_draw_id}.csv", str(file.stat().st_mtime_ns))


def _handed_out(request: HttpRequest, file: Path, name: str, mark: str) -> HttpResponse | FileResponse:
    """The file, or 304 to whoever holds it already; slowed down for whoever asks for more than anybody needs."""
    tag = f'"{mark}"'
    if request.headers.get("If-None-Match") == tag:
        answer: HttpResponse | FileResponse = HttpResponse(status=304)
    else:
        wait = _downloads.seconds_to_wait(request.META.get("REMOTE_ADDR", ""), timezone.now())
        if wait:
            words = f"下载次数较多，请 {wait} 秒后再试。"
            raise Refusal("slowed", words, status=429, retry_after=wait)
        answer = FileResponse(file.open("rb"), as_attachment=True, filename=name)
    answer.headers["ETag"], answer.headers["Cache-Control"] = tag, _KEPT
    return answer
