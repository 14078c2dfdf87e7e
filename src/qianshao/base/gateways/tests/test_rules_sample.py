"""The files of the sample city look like the real ones, and the truth beside them is true."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import re
import subprocess
import sys
from collections import Counter
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow.parquet as parquet
import pytest

from qianshao.base.gateways.rules.businesses import COMPANY, TRADER, make_businesses
from qianshao.base.gateways.rules.city import DALIANG, FULL_SIZE, read_towns
from qianshao.base.gateways.rules.codes import check_letter, org_letter
from qianshao.base.gateways.rules.equipment import special_equipment
from qianshao.base.gateways.rules.ground import inside, read_districts
from qianshao.base.gateways.rules.licences import food_licences
from qianshao.base.gateways.rules.people import COMPETENCES, officers
from qianshao.base.gateways.rules.sample import write_sample
from qianshao.base.gateways.rules.schools import plan_schools
from qianshao.base.gateways.tests.factories import POLICY, ROOT, TODAY, small_city

ENCODINGS = {
    **{f"registration_44060{digit}.csv": "gb18030" for digit in range(4, 9)},
    "food_licences.csv": "utf-8-sig",
    "special_equipment.csv": "utf-8",
    "annual_reports.csv": "gb18030",
    "complaints.csv": "utf-8",
    "inspections.csv": "gb18030",
    "penalties.csv": "utf-8",
}
CODE = "统一社会信用代码"


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("city")
    small_city(out)
    return out


@pytest.fixture(scope="module")
def tenth() -> object:
    """The businesses of a city of a tenth of the real size, not written."""
    towns = read_towns(POLICY / "foshan" / "divisions.csv")
    districts = read_districts(POLICY / "foshan" / "districts.geojson")
    rng = np.random.default_rng(3)
    made = make_businesses(towns=towns, districts=districts, count=FULL_SIZE // 10, rng=rng, today=TODAY)
    return towns, districts, made, rng


def rows_of(file: Path) -> list[dict[str, str]]:
    with file.open(encoding=ENCODINGS[file.name], newline="") as opened:
        return list(csv.DictReader(opened))


def faults_of(city: Path) -> list[dict[str, object]]:
    return parquet.read_table(city / "truth" / "faults.parquet").to_pylist()


def digest(folder: Path) -> dict[str, str]:
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def test_the_same_seed_gives_the_same_bytes_in_another_process(city: Path, tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from qianshao.base.gateways.tests.factories import small_city;"
        "small_city(Path(sys.argv[1]))"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONHASHSEED": "77"}
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=True, env=environment)
    assert digest(tmp_path) == digest(city)


def test_another_seed_gives_another_city(city: Path, tmp_path: Path) -> None:
    small_city(tmp_path, seed=8)
    assert digest(tmp_path)["food_licences.csv"] != digest(city)["food_licences.csv"]


def test_files_come_in_the_encodings_that_offices_use(city: Path) -> None:
    assert {file.name for file in city.iterdir() if file.suffix == ".csv"} == set(ENCODINGS)
    for name, encoding in ENCODINGS.items():
        content = (city / name).read_bytes()
        assert content.startswith(b"\xef\xbb\xbf") == (encoding == "utf-8-sig"), name
        content.decode(encoding)
        if encoding == "gb18030":
            with pytest.raises(UnicodeDecodeError):
                content.decode("utf-8")


def test_the_report_counts_what_lies_in_the_files(tmp_path: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    report = write_sample(
        out=tmp_path,
        policy=POLICY,
        scale=0.001,
        seed=7,
        today=TODAY,
        progress=lambda name, done, of: seen.append((name, done, of)),
    )
    assert report.entities == 1_500
    for name, encoding in ENCODINGS.items():
        lines = io.StringIO((tmp_path / name).read_text(encoding=encoding)).readlines()
        assert report.rows[name] == len(lines) - 1, name
    assert [done for _, done, _ in seen] == list(range(1, 14))
    assert {of for _, _, of in seen} == {13}
    assert report.faults == len(faults_of(tmp_path))


def test_the_truth_names_every_fault_and_its_right_value(city: Path) -> None:
    found = faults_of(city)
    summary = json.loads((city / "truth" / "truth.json").read_text(encoding="utf-8"))
    assert summary["faults"] == len(found)
    assert summary["by_kind"] == dict(sorted(Counter(fault["kind"] for fault in found).items()))
    tables = {name: rows_of(city / name) for name in ENCODINGS}
    for fault in found:
        row = tables[str(fault["file"])][int(str(fault["row"])) - 1]
        if fault["column"]:
            assert row[str(fault["column"])] != fault["right"], fault
        elif fault["kind"] == "same_as_row":
            assert row == tables[str(fault["file"])][int(str(fault["right"])) - 1], fault
        elif fault["kind"] == "broken_row":
            assert None in row.values(), fault


def test_rows_without_a_named_fault_are_right(city: Path) -> None:
    wrong = {(fault["file"], fault["row"]) for fault in faults_of(city)}
    codes = []
    for name in ENCODINGS:
        title = "被诉主体信用代码" if name == "complaints.csv" else CODE
        for number, row in enumerate(rows_of(city / name), start=1):
            if (name, number) in wrong:
                continue
            code = row[title]
            assert check_letter(code[:17]) == code[17], (name, number)
            assert org_letter(code[8:16]) == code[16], (name, number)
            for column, text in row.items():
                if ("日期" in column or column == "有效期至") and text:
                    date.fromisoformat(text)
            if name.startswith("registration"):
                codes.append(code)
    assert len(codes) == len(set(codes))


def test_businesses_parquet_says_which_rows_are_the_same_business(city: Path) -> None:
    known = parquet.read_table(city / "truth" / "businesses.parquet").to_pylist()
    business = {(row["file"], row["row"]): row["business"] for row in known}
    assert len({row["business"] for row in known}) == 1_500
    repeated = [fault for fault in faults_of(city) if str(fault["kind"]).startswith("same_")]
    again = [fault for fault in repeated if str(fault["file"]).startswith("registration")]
    assert again
    for fault in again:
        first = (fault["file"], int(str(fault["right"])))
        assert business[(fault["file"], fault["row"])] == business[first]


def test_between_one_and_two_rows_in_a_hundred_are_wrong(tmp_path: Path) -> None:
    report = small_city(tmp_path, scale=0.01)
    share = report.faults / sum(report.rows.values())
    assert 0.01 < share < 0.02


def test_nobody_who_complained_is_named(city: Path) -> None:
    columns = rows_of(city / "complaints.csv")[0].keys()
    assert not [column for column in columns if re.search("投诉人|举报人|姓名|电话", column)]


def test_phones_are_hidden_in_the_middle(city: Path) -> None:
    for row in rows_of(city / "registration_440606.csv"):
        if row["联系电话"]:
            assert re.fullmatch(r"1\d{2}\*{4}\d{4}", row["联系电话"])


def test_two_years_of_annual_reports_and_two_of_inspections(city: Path) -> None:
    reports = rows_of(city / "annual_reports.csv")[:-1]  # the last row is a broken one
    assert {row["报告年度"] for row in reports} == {"2024", "2025"}
    wrong = {fault["row"] for fault in faults_of(city) if fault["file"] == "inspections.csv"}
    days = [
        date.fromisoformat(row["检查日期"])
        for number, row in enumerate(rows_of(city / "inspections.csv"), start=1)
        if number not in wrong
    ]
    assert max(days) < TODAY
    assert (TODAY - min(days)).days <= 730


def test_daliang_has_its_published_food_businesses_and_sets(tenth: tuple) -> None:
    towns, _, made, rng = tenth
    place = next(number for number, town in enumerate(towns) if town.code == DALIANG)
    assert int((made.town == place).sum()) == 5_700
    _, licensed = food_licences(made, towns, rng, TODAY)
    assert int((made.town[licensed] == place).sum()) == 1_100
    columns, users = special_equipment(made, towns, rng, TODAY)
    state = np.array(columns["使用状态"].to_pylist())
    assert int(((made.town[users] == place) & (state == "在用")).sum()) == 1_100
    assert len(set(columns["使用登记证编号"].to_pylist())) == len(users)


def test_two_thirds_are_traders_and_names_rarely_collide(tenth: tuple) -> None:
    _, _, made, _ = tenth
    assert 0.65 < (made.kind == TRADER).mean() < 0.70
    assert 0.30 < (made.kind == COMPANY).mean() < 0.33
    times = Counter(Counter(made.names.to_pylist()).values())
    assert sum(count for number, count in times.items() if number > 1) / len(made) < 0.01
    assert times[2] > 0


def test_every_business_stands_inside_its_district(tenth: tuple) -> None:
    towns, districts, made, _ = tenth
    district = np.array([town.district for town in towns])[made.town]
    for code, rings in districts.items():
        rows = district == code
        assert inside(rings, made.lon[rows], made.lat[rows]).all()


def test_lishui_has_its_published_schools_and_diners() -> None:
    towns = read_towns(POLICY / "foshan" / "divisions.csv")
    schools = plan_schools(towns, FULL_SIZE, np.random.default_rng(7))
    lishui = [school for school in schools if towns[school.town].code == "440605126"]
    assert len(lishui) == 65
    assert abs(sum(school.pupils for school in lishui) - 60_000) < 600
    assert len({(school.town, school.name) for school in schools}) == len(schools)


def test_every_station_has_20_to_60_officers_and_two_of_each_competence() -> None:
    towns = read_towns(POLICY / "foshan" / "divisions.csv")
    staff = officers(towns, np.random.default_rng(7), TODAY)
    assert len({row[0] for row in staff}) == len(staff)
    for town in towns:
        here = [row for row in staff if row[3] == town.code]
        assert 20 <= len(here) <= 60
        able = [row for row in here if row[7] == "否" and date.fromisoformat(str(row[6])) > TODAY]
        for competence in COMPETENCES:
            assert sum(competence in str(row[5]) for row in able) >= 2, (town.name, competence)
    assert any(row[7] == "是" and row[5] == "" for row in staff)
    assert any(date.fromisoformat(str(row[6])) < TODAY for row in staff)


@pytest.mark.parametrize("scale", [0, -1, 2.5])
def test_a_scale_that_makes_no_sense_is_refused(scale: float, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="scale"):
        small_city(tmp_path, scale=scale)


def test_the_smallest_city_still_has_all_files(tmp_path: Path) -> None:
    report = small_city(tmp_path, scale=0.00001)
    assert report.entities == 320
    assert len(report.rows) == 13
    assert all(report.rows.values())
