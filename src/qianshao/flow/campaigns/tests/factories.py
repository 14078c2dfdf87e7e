"""A campaign as a bureau plans it, and on the way to its start."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from qianshao.base.access.rules import EVERYTHING
from qianshao.base.records.rules import Actor
from qianshao.flow.campaigns.commands import (
    Plan,
    approve_campaign,
    file_campaign,
    make_campaign,
    submit_campaign,
)
from qianshao.flow.campaigns.models import Campaign

TODAY = date(2026, 12, 1)
AT = datetime(2026, 12, 1, 2, tzinfo=UTC)
CITY = Actor(1, "王科", "city", "4406")
SHUNDE = Actor(2, "何科", "district", "440606")


def a_plan(**changes: Any) -> Plan:
    values: dict[str, Any] = {
        "title": "年末餐饮添加剂专项",
        "purpose": "防范节日期间违规使用添加剂",
        "basis": "食品安全法第三十四条",
        "duty_codes": ["CY-02"],
        "target": {},
        "first_on": date(2026, 12, 1),
        "last_on": date(2026, 12, 31),
    }
    return Plan(**(values | changes))


def made(*, unit: str = "440606", by: Actor = SHUNDE, **changes: Any) -> Campaign:
    return make_campaign(unit=unit, plan=a_plan(**changes), scope=EVERYTHING, by=by, at=AT, today=TODAY)


def submitted(**changes: Any) -> Campaign:
    draft = made(**changes)
    return submit_campaign(
        campaign_id=draft.pk, scope=EVERYTHING, by=changes.get("by", SHUNDE), at=AT, today=TODAY
    )


def approved(**changes: Any) -> Campaign:
    """Approved by the city, and filed."""
    campaign = submitted(**changes)
    approve_campaign(
        campaign_id=campaign.pk,
        approval_ref="佛市监〔2026〕88号",
        approved_on=TODAY,
        body="佛山市人民政府" if campaign.unit == "4406" else "",
        scope=EVERYTHING,
        by=Actor(9, "李局", "city", "4406"),
        at=AT,
        today=TODAY,
    )
    return file_campaign(
        campaign_id=campaign.pk,
        filed_on=TODAY,
        receipt="备2026-17",
        scope=EVERYTHING,
        by=SHUNDE,
        at=AT,
        today=TODAY,
    )
