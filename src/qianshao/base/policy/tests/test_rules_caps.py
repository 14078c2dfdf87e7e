"""The yearly number of entries: as shipped, and what is wrong with a file that is not."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from django.conf import settings

from qianshao.base.policy.rules.caps import load_caps
from qianshao.base.policy.rules.library import PolicyError

POLICY = Path(settings.POLICY_DIR)
DAY = date(2026, 12, 1)


def test_a_stations_entries_add_to_its_districts_number_and_the_figures_say_they_are_not_official() -> None:
    law = load_caps(POLICY, DAY)
    cap = law.cap_of("station")
    assert cap is not None
    assert (cap.level, dict(cap.entries), cap.certainty) == (
        "district",
        {"A": 1, "B": 2, "C": 4, "D": 6},
        "P",
    )
    assert law.levels_of("station") == law.levels_of("district") == ["station", "district"]
    assert law.levels_of("city") == ["city"]
    assert "国办发〔2024〕54号" in str(law.basis[0])
    assert {"complaint", "recheck"} & {*law.stopped, *law.not_counted} == set()


def test_no_number_binds_before_its_day_and_none_binds_the_province() -> None:
    assert load_caps(POLICY, date(2025, 6, 30)).cap_of("station") is None
    assert load_caps(POLICY, DAY).cap_of("province") is None


def test_a_later_number_replaces_the_earlier_one_from_its_day_on(tmp_path: Path) -> None:
    text = (POLICY / "foshan" / "inspection-caps.yaml").read_text(encoding="utf-8")
    later = "- {level: district, valid_from: 2027-01-01, certainty: P, entries: {A: 1, B: 1, C: 2, D: 2}}\n"
    found = {}
    for day in (date(2026, 12, 31), date(2027, 1, 1)):
        cap = load_caps(written(tmp_path, text + later), day).cap_of("station")
        assert cap is not None
        found[day.year] = cap.entries["D"]
    assert found == {2026: 6, 2027: 2}


def written(folder: Path, text: str) -> Path:
    (folder / "foshan").mkdir(exist_ok=True)
    (folder / "foshan" / "inspection-caps.yaml").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("{level: city,", "{level: moon,"), "moon 级别“moon”无效"),
        (("certainty: P, entries", "certainty: sure, entries"), "station 的可信度标记“sure”无效"),
        (("valid_from: 2025-07-01", "valid_from: soon"), "station 没有起始日"),
        (("entries: {A: 1, B: 1, C: 2, D: 3}", "entries: {A: 1}"), "city 应写明 A、B、C、D 各类的次数"),
        (("entries: {A: 1, B: 1, C: 2, D: 3}", "entries: {A: 0, B: 1, C: 2, D: 3}"), "city 的次数应为正整数"),
        (("entries: {A: 1, B: 1, C: 2, D: 3}", "entries: {A: 3, B: 1, C: 2, D: 3}"), "city 的次数不得随风险升高而减少"),
        (("counts_for: {station: district, ", "counts_for: {"), "counts_for 应写明"),
        (("counts_for_certainty: P", "counts_for_certainty: X"), "counts_for_certainty 的可信度标记“X”无效"),
        (("stopped: [law, draw, campaign]", "stopped: [law, deployed]"), "deployed 不计入次数，却因次数用完而停止"),
    ],
)  # fmt: skip
def test_a_file_with_a_mistake_names_the_entry(tmp_path: Path, change: tuple[str, str], words: str) -> None:
    text = (POLICY / "foshan" / "inspection-caps.yaml").read_text(encoding="utf-8")
    assert change[0] in text
    with pytest.raises(PolicyError, match=r"inspection-caps\.yaml") as caught:
        load_caps(written(tmp_path, text.replace(*change, 1)), DAY)
    assert words in str(caught.value)
