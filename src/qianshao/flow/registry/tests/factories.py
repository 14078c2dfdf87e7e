"""A business in the register, without a file to come from."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from qianshao.base.access.tests.factories import DALIANG
from qianshao.flow.registry.models import Entity
from qianshao.flow.sources.models import Delivery

AT = datetime(2026, 12, 1, 2, tzinfo=UTC)


def make_entity(*, station: str = DALIANG, number: int = 1, **changes: Any) -> Entity:
    delivery, _ = Delivery.objects.get_or_create(
        feed="registration",
        sha256="0" * 64,
        defaults={"file_name": "x.csv", "bytes": 1, "received_at": AT, "state": "loaded"},
    )
    values: dict[str, Any] = {
        "credit_code": f"91440606MA{number:08d}",
        "name": f"大良好味道餐饮店{number}",
        "kind": "trader",
        "address": "佛山市顺德区大良街道凤山中路1号",
        "phone": "0757-22000000",
        "station_id": station,
        "state": "active",
        "lon": 113.25,
        "lat": 22.84,
        "risk_class": "B",
        "delivery": delivery,
    }
    return Entity.objects.create(**(values | changes))
