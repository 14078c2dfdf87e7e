"""Reading stations and officers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from qianshao.base.stations.models import Officer, Station


@dataclass(frozen=True, slots=True)
class StationCard:
    """市场监管所 as shown."""

    code: str
    name: str
    short_name: str
    district_code: str
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class OfficerCard:
    """执法人员 as shown."""

    id: int
    certificate_no: str
    name: str
    station_code: str
    post: str
    competences: tuple[str, ...]
    certificate_expires_on: date
    auxiliary: bool
    active: bool


def stations() -> list[StationCard]:
    """市场监管所, by code: public knowledge, the same for everyone."""
    rows = Station.objects.order_by("code")
    return [
        StationCard(row.code, row.name, row.short_name, row.district_code, row.lon, row.lat) for row in rows
    ]


def officers(*, prefix: str, station: str = "") -> list[OfficerCard]:
    """执法人员 of the units within `prefix`, by station and number."""
    rows = Officer.objects.filter(station_id__gte=prefix, station_id__lt=prefix + ":")
    if station:
        rows = rows.filter(station_id=station)
    return [
        OfficerCard(
            id=row.pk,
            certificate_no=row.certificate_no,
            name=row.name,
            station_code=row.station_id,
            post=row.post,
            competences=tuple(row.competences),
            certificate_expires_on=row.certificate_expires_on,
            auxiliary=row.auxiliary,
            active=row.active,
        )
        for row in rows.order_by("station_id", "id")
    ]
