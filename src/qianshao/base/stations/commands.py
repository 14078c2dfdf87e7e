"""The only writers of stations and officers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction

from qianshao.base.places.models import Division
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.base.records.commands import record_event
from qianshao.base.records.rules import Actor
from qianshao.base.stations.models import Officer, OfficerLeave, Station


def make_stations(*, by: Actor, at: datetime) -> int:
    """市场监管所: one station per town (32; the account's numbers agree, an official list was not found). Again changes nothing."""
    towns = list(Division.objects.filter(level=Division.Level.TOWN).order_by("code"))
    known = set(Station.objects.values_list("code", flat=True))
    fresh = [
        Station(
            code=town.code,
            name=f"{town.name.removesuffix('街道').removesuffix('镇')}市场监督管理所",
            short_name=town.name.removesuffix("街道").removesuffix("镇"),
            town=town,
            district_code=town.code[:6],
            lon=town.lon or 0.0,
            lat=town.lat or 0.0,
        )
        for town in towns
        if town.code not in known
    ]
    if fresh:
        with transaction.atomic():
            Station.objects.bulk_create(fresh)
            record_event(
                by=by,
                at=at,
                verb="make_stations",
                subject=("station", "4406"),
                unit="4406",
                payload={"stations": len(fresh)},
                rows=[("stations_station", station.code) for station in fresh],
            )
    return len(fresh)


def enrol_officers(*, rows: Iterable[Mapping[str, Any]]) -> int:
    """执法人员: take over the list of officers by certificate number. Runs inside the delivery's transaction."""
    wanted = [
        Officer(
            certificate_no=row["certificate_no"],
            name=row["name"],
            station_id=row["station_id"],
            post=row["post"],
            competences=row["competences"],
            certificate_expires_on=row["certificate_expires_on"],
            auxiliary=row["auxiliary"],
        )
        for row in rows
    ]
    Officer.objects.bulk_create(
        wanted,
        update_conflicts=True,
        unique_fields=["certificate_no"],
        update_fields=["name", "station", "post", "competences", "certificate_expires_on", "auxiliary"],
    )
    return len(wanted)


def record_leave(
    *, officer_id: int, prefix: str, from_on: date, to_on: date, reason: str, by: Actor, at: datetime
) -> OfficerLeave:
    """登记请假: days on which the officer is not sent out, both ends included. The same days again change nothing.

    Raises `Refusal`: no such officer within the unit `prefix`, or an end before the start.
    """
    officer = Officer.objects.filter(
        pk=officer_id, active=True, station_id__gte=prefix, station_id__lt=prefix + ":"
    ).first()
    if officer is None:
        raise Refusal("not_found", "没有找到这名执法人员。", status=404)
    if to_on < from_on:
        raise Refusal("leave_ends_before_start", "请假的止日早于起日。", field="to_on", status=422)
    with transaction.atomic():
        leave, fresh = OfficerLeave.objects.get_or_create(
            officer=officer, from_on=from_on, to_on=to_on, defaults={"reason": reason.strip()}
        )
        if fresh:
            record_event(
                by=by,
                at=at,
                verb="record_leave",
                subject=("officer", officer.pk),
                unit=officer.station_id,
                payload={"from_on": from_on.isoformat(), "to_on": to_on.isoformat()},
                rows=[("stations_officer_leave", leave.pk)],
            )
    return leave
