"""The interface, put together from the rooms; and the one shape of every refusal (RFC 9457)."""

from __future__ import annotations

from importlib import import_module

import orjson
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.renderers import BaseRenderer

from qianshao.base.policy.rules.refusal import Refusal

_ROUTERS = (
    "base.access",
    "flow.sources",
    "flow.registry",
    "flow.undisturbed",
    "flow.duties",
    "flow.campaigns",
    "flow.draws",
    "flow.yearplans",
    "flow.planning",
    "flow.asking",
    "flow.offsite",
    "flow.scenarios",
    "flow.ledger",
    "flow.fieldwork",
    "flow.cases",
    "desks.dossier",
    "desks.bulletins",
    "desks.portal",
    "desks.levels",
)


class OrjsonRenderer(BaseRenderer):
    """Answers as JSON."""

    media_type = "application/json"

    def render(self, request: HttpRequest, data: object, *, response_status: int) -> bytes:
        return orjson.dumps(data, default=str)


api = NinjaAPI(
    title="前哨 Qianshao",
    version="1",
    urls_namespace="api",
    renderer=OrjsonRenderer(),
    docs_url=None,
    openapi_url=None,
)
for _room in _ROUTERS:
    api.add_router("", import_module(f"qianshao.{_room}.api").router)


def _problem(
    *,
    status: int,
    code: str,
    title: str,
    basis: str = "",
    remedy: str = "",
    field: str | None = None,
    retry_after: int | None = None,
    errors: list[dict[str, str]] | None = None,
) -> HttpResponse:
    body = {
        "type": f"about:blank#{code}",
        "title": title,
        "status": status,
        "detail": title,
        "code": code,
        "basis": basis,
        "remedy": remedy,
        "field": field,
        "errors": errors or [],
    }
    response = HttpResponse(orjson.dumps(body), status=status, content_type="application/problem+json")
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response


@api.exception_handler(Refusal)
def _refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    return _problem(
        status=refusal.status,
        code=refusal.code,
        title=refusal.message,
        basis=refusal.basis,
        remedy=refusal.remedy,
        field=refusal.field,
        retry_after=refusal.retry_after,
    )


@api.exception_handler(AuthenticationError)
def _not_signed_in(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    return _problem(status=401, code="not_signed_in", title="请先登录。")


@api.exception_handler(HttpError)
def _http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    words = {403: "请求缺少安全令牌，请刷新页面后重试。", 400: "请求格式有误。"}
    return _problem(
        status=error.status_code, code="http_error", title=words.get(error.status_code, error.message)
    )


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    errors = [
        {"field": ".".join(str(part) for part in one["loc"][1:]), "message": str(one["msg"])}
        for one in error.errors
    ]
    where = "、".join(one["field"] for one in errors if one["field"])
    return _problem(
        status=422,
        code="invalid_input",
        title=f"填写有误：{where or '请求内容'}。",
        field=where or None,
        errors=errors,
    )
