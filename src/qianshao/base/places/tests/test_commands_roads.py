"""The road network is replaced whole, or stays as it was."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from qianshao.base.places.commands import load_roads
from qianshao.base.places.queries import roads_within
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.base.records.models import Event
from qianshao.base.records.rules import SYSTEM

pytestmark = pytest.mark.django_db
AT = datetime(2026, 12, 1, 2, tzinfo=UTC)
HEAD = "from_lon,from_lat,to_lon,to_lat,metres\n"
BOX = {"west": 113.2, "south": 22.8, "east": 113.3, "north": 22.9}


def load(tmp_path: Path, *rows: str) -> int:
    file = tmp_path / "roads.csv"
    file.write_text(HEAD + "\n".join(rows), encoding="utf-8")
    return load_roads(file=file, by=SYSTEM, at=AT)


def test_a_new_file_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    load(tmp_path, "113.25,22.84,113.26,22.84,1100")
    assert load(tmp_path, "113.21,22.84,113.22,22.84,1200", "113.9,22.84,113.91,22.84,1200") == 2
    assert roads_within(**BOX) == [(113.21, 22.84, 113.22, 22.84, 1200.0)]
    assert [
        event.payload["segments"] for event in Event.objects.filter(verb="load_roads").order_by("id")
    ] == [1, 2]


def test_a_refused_file_leaves_the_roads_as_they_were(tmp_path: Path) -> None:
    load(tmp_path, "113.25,22.84,113.26,22.84,1100")
    with pytest.raises(Refusal, match="第 3 行"):
        load(tmp_path, "113.21,22.84,113.22,22.84,1200", "113.21,22.84,113.22,22.84,x")
    assert len(roads_within(**BOX)) == 1
    assert Event.objects.filter(verb="load_roads").count() == 1
