"""Scopes turned into conditions on rows."""

from __future__ import annotations

from django.db.models import Q

from qianshao.base.access.rules import Scope


def within(scope: Scope, field: str = "station_id") -> Q:
    """数据范围: the condition that keeps a list to the rows of the scope's unit and below.

    `field` holds a division code of nine digits. A nine-digit scope asks for equality, a shorter one for the
    prefix; both use the field's B-tree because the database sorts by code point.
    """
    if len(scope.prefix) >= 9:
        return Q(**{field: scope.prefix})
    return Q(**{f"{field}__gte": scope.prefix, f"{field}__lt": scope.prefix + ":"})
