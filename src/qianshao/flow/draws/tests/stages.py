"""A draw of 顺德 brought to each of its stages."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from qianshao.base.access.rules import EVERYTHING
from qianshao.base.access.tests.factories import LISHUI, make_officer, make_units
from qianshao.base.records.rules import Actor
from qianshao.flow.draws.commands.drawing import commit_draw, enter_number
from qianshao.flow.draws.commands.freezing import freeze_draw, list_objects
from qianshao.flow.draws.commands.opening import open_draw, publish_draw
from qianshao.flow.draws.models import Draw
from qianshao.flow.duties.queries import duties_on
from qianshao.flow.registry.tests.factories import make_entity

AT = datetime(2026, 12, 1, 2, tzinfo=UTC)
LATER = datetime(2026, 12, 3, 13, 30, tzinfo=UTC)
TODAY = date(2026, 12, 1)
FIRST, LAST = date(2027, 1, 1), date(2027, 12, 31)
CITY, SHUNDE = Actor(1, "王科", "city", "4406"), Actor(2, "何科", "district", "440606")
CODES = ["JG-01", "JL-02"]
SEED = "5e" * 32
NUMBER = "03 07 11 22 25 31 + 09"


def make_town(folder: Path, settings: Any) -> None:
    """Sixty groceries in 大良 and one in 里水; four officers who may check prices and scales."""
    settings.DRAWS_ROOT = folder / "draws"
    settings.TODAY = TODAY
    make_units()
    for number in range(60):
        make_entity(number=number, section="F", industry="5221", risk_class="C")
    make_entity(number=99, station=LISHUI, section="F", industry="5221")
    competences = sorted({duties_on(TODAY)[code].competence for code in CODES})
    for number in range(4):
        make_officer(number=f"粤E44060{number}", competences=competences)


def asked(**changes: Any) -> Draw:
    """A draw whose list is being made."""
    values: dict[str, Any] = {
        "title": "2027 年度价格计量联合抽查",
        "unit": "440606",
        "duty_codes": CODES,
        "used_from": FIRST,
        "used_until": LAST,
        "by": SHUNDE,
        "at": AT,
        "today": TODAY,
    }
    return freeze_draw(**(values | changes))


def carry_out_freeze(made: Draw) -> bool:
    """What the background does."""
    assert made.freeze_run is not None
    done = list_objects(run_id=made.freeze_run, clock=lambda: AT)
    made.refresh_from_db()
    return done


def freeze(**changes: Any) -> Draw:
    """A draw with its list, or cancelled with the reason."""
    made = asked(**changes)
    assert carry_out_freeze(made)
    return made


def committed(**changes: Any) -> Draw:
    made = freeze(**changes)
    assert made.state == "frozen", made.cancelled_reason
    return commit_draw(
        draw_id=made.pk, scope=EVERYTHING, source="双色球 2026139 期", seed=SEED, by=SHUNDE, at=AT
    )


def enter(made: Draw, who: Actor, value: str = NUMBER, **more: Any) -> Draw:
    return enter_number(
        draw_id=made.pk, scope=EVERYTHING, **({"value": value, "by": who, "at": LATER} | more)
    )


def drawn(**changes: Any) -> Draw:
    made = committed(**changes)
    enter(made, SHUNDE)
    return enter(made, CITY, "03  07 11 22 25 31 +  09 ")


def opened(**changes: Any) -> Draw:
    made = drawn(**changes)
    return open_draw(draw_id=made.pk, scope=EVERYTHING, by=SHUNDE, at=LATER, today=made.used_from)


def published(**changes: Any) -> Draw:
    return publish_draw(draw_id=opened(**changes).pk, scope=EVERYTHING, by=SHUNDE, at=LATER)
