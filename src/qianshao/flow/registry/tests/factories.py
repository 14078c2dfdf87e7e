"""A business in the register, without a file to come from."""

from __future__ import annotations

from typing import Any

from qianshao.base.access.tests.factories import DALIANG
from qianshao.flow.registry.models import Entity
from qianshao.flow.sources.tests.factories import make_delivery


def make_entity(*, station: str = DALIANG, number: int = 1, **changes: Any) -> Entity:
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
        "delivery": make_delivery(),
    }
    return Entity.objects.create(**(values | changes))
