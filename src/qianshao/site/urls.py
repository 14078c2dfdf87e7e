"""Addresses: the interface under /api, the web application everywhere else."""

from __future__ import annotations

from django.urls import path, re_path

from qianshao.site.api import api
from qianshao.site.pages import application_page

urlpatterns = [
    path("api/", api.urls),
    re_path(r"^(?!api/|assets/|static/).*$", application_page),
]
