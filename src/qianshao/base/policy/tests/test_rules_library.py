"""The rule packs as shipped, and what is wrong with packs that are not."""

from __future__ import annotations

import csv
import shutil
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings

from qianshao.base.policy.rules.library import PolicyError, load_duties, load_parameters, load_risk_model

POLICY = Path(settings.POLICY_DIR)
DAY = date(2026, 11, 23)


def test_the_first_pack_has_sixty_duties_over_eight_fields_each_cited_and_with_a_checklist() -> None:
    duties = load_duties(POLICY, DAY)
    assert len(duties) >= 60
    assert len({duty.field for duty in duties.values()}) >= 8
    assert all(duty.basis and duty.items and duty.minutes > 0 and duty.competence for duty in duties.values())


def test_a_duty_is_not_in_force_before_its_day() -> None:
    assert "CY-01" not in load_duties(POLICY, date(2022, 3, 14))
    assert "CY-01" in load_duties(POLICY, date(2022, 3, 15))


def test_the_law_of_two_inspectors_is_cited_and_the_citys_own_settings_say_so() -> None:
    parameters = load_parameters(POLICY, "planning", DAY)
    assert (parameters["team_minimum"].value, parameters["team_minimum"].certainty) == (2, "V")
    assert any("第二十三条" in str(basis) for basis in parameters["team_minimum"].basis)
    assert parameters["minutes_per_day"].certainty == "P"


def test_the_risk_model_only_ever_adds() -> None:
    model = load_risk_model(POLICY)
    assert [name for name, _ in model.bands] == ["A", "B", "C", "D"]
    assert all(reason.points > 0 for reason in model.reasons)
    assert model.certainty == "P"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("certainty: V\n", "certainty: sure\n"), "可信度标记“sure”无效"),
        (("rule: coverage", "rule: sometimes"), "规则“sometimes”无效"),
        (("whom: {licence: [catering]}", "whom: {colour: [red]}"), "对象条件含未知的键"),
        (("every_months: {A: 24, B: 12, C: 6, D: 4}", "every_months: {A: 24}"), "缺少各类别间隔"),
        (("code: CY-02", "code: CY-01"), "事项 CY-01 重复"),
        (("  minutes: 50\n", ""), "缺少 'minutes'"),
    ],
)
def test_a_pack_with_a_mistake_names_file_and_entry(
    tmp_path: Path, change: tuple[str, str], words: str
) -> None:
    shutil.copytree(POLICY / "national" / "duties", tmp_path / "national" / "duties")
    file = tmp_path / "national" / "duties" / "catering.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace(*change, 1), encoding="utf-8")
    with pytest.raises(PolicyError, match=r"catering\.yaml") as caught:
        load_duties(tmp_path, DAY)
    assert words in str(caught.value)


def test_a_checklist_without_items_is_refused(tmp_path: Path) -> None:
    (tmp_path / "national" / "duties").mkdir(parents=True)
    (tmp_path / "national" / "duties" / "empty.yaml").write_text(
        "field: x\nname: 某领域\ncompetence: 综合执法\nduties:\n"
        "- {code: X-01, name: 空检查, level: station, rule: random, whom: {}, share: {A: 1, B: 1, C: 1, D: 1},"
        " minutes: 5, certainty: V, valid_from: 2020-01-01, basis: [{law: 某法, article: 第一条}], items: []}\n",
        encoding="utf-8",
    )
    with pytest.raises(PolicyError, match="事项 X-01 没有检查项"):
        load_duties(tmp_path, DAY)


def test_every_industry_a_duty_names_is_a_class_of_the_standard_or_begins_one() -> None:
    with (POLICY / "national" / "gbt4754.csv").open(encoding="utf-8", newline="") as file:
        classes = [row["code"] for row in csv.DictReader(file) if row["level"] == "class"]
    unknown = [
        (duty.code, wanted)
        for duty in load_duties(POLICY, DAY).values()
        for wanted in duty.whom.get("industry", ())
        if not any(one.startswith(wanted) for one in classes)
    ]
    assert unknown == []


def test_what_is_sold_over_the_internet_is_looked_for_where_the_standard_puts_it() -> None:
    duties = load_duties(POLICY, DAY)
    assert {"5193", "5292", "7251"} < set(duties["GG-04"].whom["industry"])
    assert "5292" in duties["JG-02"].whom["industry"]
    named = {code: set(duty.whom.get("industry", ())) for code, duty in duties.items()}
    assert [code for code, wanted in named.items() if wanted & {"5291", "5296", "5297"}] == []
