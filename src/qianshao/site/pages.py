"""The web application's one page; its own router shows the rest."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse


def application_page(request: HttpRequest) -> HttpResponse:
    """The built index page, for every address that the web application's router knows."""
    page = Path(settings.WEB_DIST) / "index.html"
    if not page.is_file():
        return HttpResponse(
            "网页尚未构建，请先运行 make run。", status=503, content_type="text/plain; charset=utf-8"
        )
    response = HttpResponse(page.read_bytes(), content_type="text/html; charset=utf-8")
    response.headers["Cache-Control"] = "no-cache"
    return response
