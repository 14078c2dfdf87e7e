"""Labels of businesses, reported back by the rooms that judge them."""

from __future__ import annotations

from django.db import connection

from qianshao.flow.registry.commands.loading import after_load

_MANY = 50_000
"""From this many changes on it is faster to drop the search indexes and build them again."""


def label_entities(*, labels: str) -> int:
    """打标签: take over class and tags from the table `labels` (entity_id, risk_class, tags) of this transaction.

    Only businesses whose labels change are written. Returns how many changed.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMP TABLE changed ON COMMIT DROP AS SELECT l.* FROM {labels} l JOIN registry_entity e"
            " ON e.id = l.entity_id WHERE (e.risk_class, e.tags) IS DISTINCT FROM (l.risk_class::varchar, l.tags)"
        )
        cursor.execute("SELECT count(*) FROM changed")
        count = int(cursor.fetchone()[0])
        if count > _MANY:
            cursor.execute("SELECT registry_drop_search_indexes()")
        cursor.execute(
            "UPDATE registry_entity e SET risk_class = c.risk_class, tags = c.tags FROM changed c WHERE e.id = c.entity_id"
        )
        cursor.execute("DROP TABLE changed")
    if count:
        after_load()
    return count
