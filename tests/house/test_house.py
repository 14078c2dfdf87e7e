"""About the house itself: its order, its floor plan, its sizes, and that each contract turns red when broken."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

from qianshao.base.access.rules import PERMISSIONS
from qianshao.site import setup
from qianshao.site.rooms import house_map

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "qianshao"
FLOOR_PLAN = {
    "README.md",
    "api.py",
    "jobs.py",
    "schemas.py",
    "models.py",
    "__init__.py",
    "migrations",
    "tests",
    "__pycache__",
}
EITHER = {"commands", "queries", "rules"}
FORBIDDEN_NAMES = {"utils", "helpers", "common", "core", "manager", "service"}
MOST_LINES = {"api.py": 200, "schemas.py": 200, "models.py": 300, "jobs.py": 100, "README.md": 40}
HEAVY = {
    "duckdb",
    "ibis",
    "splink",
    "pyvrp",
    "scipy",
    "pyspark",
    "ortools",
    "highspy",
    "pandas",
    "polars",
    "xlsxwriter",
    "python_calamine",
    "openpyxl",
}


def rooms() -> list[Path]:
    return sorted(
        room
        for house in ("base", "flow", "desks")
        for room in (SOURCE / house).iterdir()
        if room.is_dir() and room.name != "__pycache__"
    )


def sources() -> list[Path]:
    return sorted(file for file in SOURCE.rglob("*.py") if "migrations" not in file.parts)


@pytest.mark.parametrize("room", rooms(), ids=lambda room: room.name)
def test_a_room_holds_only_what_the_floor_plan_names(room: Path) -> None:
    found = {entry.name for entry in room.iterdir()}
    named = (
        FLOOR_PLAN
        | EITHER
        | {f"{name}.py" for name in EITHER}
        | ({"authz.yaml"} if room.name == "access" else set())
    )
    assert found <= named, found - named
    assert (room / "README.md").is_file()


def test_no_file_has_a_name_that_refuses_nothing() -> None:
    assert [file for file in sources() if file.stem in FORBIDDEN_NAMES] == []


def test_files_and_functions_keep_their_sizes() -> None:
    wrong = []
    for file in sources():
        text = file.read_text(encoding="utf-8")
        lines = text.count("\n")
        most = MOST_LINES.get(file.name, 300 if "rules" in file.parts or file.name == "rules.py" else 400)
        most = 500 if "tests" in file.parts or "site" in file.parts else most
        if lines > most:
            wrong.append(f"{file.relative_to(SOURCE)}: {lines} lines, at most {most}")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > (
                    80
                    if "tests" in file.parts
                    else 95
                    if "queries" in file.parts or file.name == "queries.py"
                    else 70
                ):
                    wrong.append(f"{file.relative_to(SOURCE)} {node.name}: {length} lines")
    assert wrong == []


def test_pages_of_the_web_keep_their_size() -> None:
    long = [
        file.name
        for file in (ROOT / "web" / "src").rglob("*.vue")
        if file.read_text(encoding="utf-8").count("\n") > 300
    ]
    assert long == []


def test_public_functions_of_the_faces_say_what_they_do() -> None:
    silent = []
    for file in sources():
        if "tests" in file.parts or not {"rules", "commands", "queries"} & {*file.parts, file.stem}:
            continue
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if (
                isinstance(node, ast.FunctionDef)
                and not node.name.startswith("_")
                and not ast.get_docstring(node)
            ):
                silent.append(f"{file.relative_to(SOURCE)} {node.name}")
    assert silent == []


def test_every_table_command_and_permission_is_in_the_glossary_with_its_chinese_term() -> None:
    lines = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8").splitlines()
    named = {
        term
        for line in lines
        if line.startswith("|") and re.search(r"[\u4e00-\u9fff]", line.split("|")[2])
        for term in re.findall(r"`([\w.]+)`", line.split("|")[1])
    }
    tables = {model.__name__ for model in apps.get_models() if model.__module__.startswith("qianshao.")}
    verbs = {
        node.name
        for file in sources()
        if file.stem == "commands" or file.parent.name == "commands"
        for node in ast.parse(file.read_text()).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    }
    assert tables | verbs | set(PERMISSIONS) == named


def test_no_two_shapes_on_the_wire_share_a_name() -> None:
    """The interface document knows one shape per name: of two, one would be told as the other."""
    names = [
        node.name
        for file in sources()
        if file.name == "schemas.py"
        for node in ast.parse(file.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef)
    ]
    assert sorted(name for name, count in Counter(names).items() if count > 1) == []


def test_nothing_is_imported_in_hiding_but_the_heavy_libraries() -> None:
    hidden = []
    for file in sources():
        if "tests" in file.parts or "site" in file.parts:
            continue
        for function in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef):
                for node in ast.walk(function):
                    names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                    names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                    hidden += [f"{file.name}: {name}" for name in names if name.split(".")[0] not in HEAVY]
    assert hidden == []


def test_no_key_points_downstream_and_no_key_leaves_a_way_back() -> None:
    order = [room for house in ("flow", "base") for room in house_map()[house]]
    wrong = []
    for model in apps.get_models():
        if not model.__module__.startswith("qianshao"):
            continue
        room = model._meta.app_label
        for field in model._meta.get_fields():
            if not field.is_relation or field.auto_created:
                continue
            target = field.related_model._meta.app_label  # type: ignore[union-attr]
            if target in order and order.index(target) < order.index(room):
                wrong.append(f"{model.__name__}.{field.name} → {target}")
            if not field.remote_field.hidden:  # type: ignore[union-attr]
                wrong.append(f"{model.__name__}.{field.name} leaves a reverse accessor")
    assert wrong == []


def test_every_rule_can_be_read_without_the_framework() -> None:
    modules = sorted(
        ".".join(file.relative_to(ROOT / "src").with_suffix("").parts)
        for file in SOURCE.rglob("*.py")
        if ("rules" in file.parts or file.name == "rules.py")
        and file.stem not in {"__init__", "child", "receiving"}
    )
    script = (
        "import sys\n"
        "for name in ('django', 'ninja', 'psycopg', 'procrastinate'): sys.modules[name] = None\n"
        f"import importlib\nfor name in {modules!r}: importlib.import_module(name)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_web_process_starts_without_the_heavy_libraries() -> None:
    script = (
        "import sys, django; django.setup(); import qianshao.site.wsgi, qianshao.site.urls\n"
        f"print(sorted({HEAVY!r} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "[]", done.stderr


def test_every_setting_is_documented() -> None:
    used = set()
    for file in (SOURCE / "site").glob("*.py"):
        used |= set(re.findall(r"value\(\"([A-Z_]+)\"\)", file.read_text(encoding="utf-8")))
    assert used <= {one.name for one in setup.SETTINGS}
    assert all(one.help for one in setup.SETTINGS)


def test_no_tracked_file_names_a_path_of_one_machine_or_a_registry() -> None:
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\n")
    wanted = re.compile(
        "/(wo" + "rk|ro" + r"ot)/\w|registry\.npm" + r"js|py" + r"pi\.org|files\.python" + "hosted"
    )
    wrong = []
    for name in tracked:
        file = ROOT / name
        readable = bool(name) and file.is_file() and file.suffix not in {".png", ".woff2"}
        if readable and wanted.search(file.read_text(encoding="utf-8", errors="ignore")):
            wrong.append(name)
    assert wrong == []


def test_the_interface_document_is_the_one_under_review() -> None:
    from qianshao.site.openapi import document

    assert document() == (ROOT / "docs" / "openapi.json").read_text(encoding="utf-8"), "run: make openapi"


def test_no_change_of_the_tables_waits_for_its_migration() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "django", "makemigrations", "--check", "--dry-run"],
        env={
            "PATH": "/usr/bin:/bin",
            "DJANGO_SETTINGS_MODULE": "qianshao.site.settings",
            "QIANSHAO_HOME": str(settings.HOME),
        },
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


PLANTED = {
    "house": ("base/places/rules.py", "from qianshao.flow.risk import rules"),
    "flow": ("flow/risk/rules.py", "from qianshao.flow.cases import rules as later"),
    "base": ("base/places/queries.py", "from qianshao.base.stations import queries as upper"),
    "floor-plan": ("flow/duties/models.py", "from qianshao.flow.duties import queries as higher"),
    "desks": ("desks/bulletins/queries.py", "from qianshao.desks.dossier import queries as neighbour"),
    "quiet": ("flow/duties/rules.py", "import django"),
    "faces": ("flow/risk/queries.py", "from qianshao.flow.registry.models import Entity"),
    "apart": ("flow/draws/rules/checking.py", "from qianshao.flow.draws.rules import tickets"),
}
NAMES = {
    "house": "The house stands on five floors",
    "flow": "A business passes through the rooms",
    "base": "The base rooms have an order",
    "floor-plan": "Every room has the same floor plan",
    "desks": "Desks do not know one another",
    "quiet": "Rules are quiet",
    "faces": "A room is entered only",
    "apart": "Checking a draw shares nothing with drawing it",
}


def contracts_of(copy: Path) -> str:
    done = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"],
        cwd=copy,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": f"{copy / 'src'}:{copy / 'tests' / 'house'}"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout


@pytest.mark.parametrize("contract", sorted(PLANTED))
def test_a_planted_violation_turns_its_contract_red(contract: str, tmp_path: Path) -> None:
    copy = tmp_path / "house"
    shutil.copytree(
        ROOT / "src" / "qianshao", copy / "src" / "qianshao", ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copytree(
        ROOT / "tests" / "house", copy / "tests" / "house", ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copy(ROOT / ".importlinter", copy / ".importlinter")
    place, line = PLANTED[contract]
    file = copy / "src" / "qianshao" / place
    before = file.read_text(encoding="utf-8") if file.exists() else ""
    file.write_text(f"{before}\n{line}\n", encoding="utf-8")
    assert f"{NAMES[contract]}" in contracts_of(copy)
    broken = [row for row in contracts_of(copy).split("\n") if row.rstrip().endswith("BROKEN")]
    assert any(NAMES[contract] in row for row in broken), broken


def test_a_file_without_a_place_in_the_floor_plan_turns_it_red(tmp_path: Path) -> None:
    copy = tmp_path / "house"
    shutil.copytree(
        ROOT / "src" / "qianshao", copy / "src" / "qianshao", ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copytree(
        ROOT / "tests" / "house", copy / "tests" / "house", ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copy(ROOT / ".importlinter", copy / ".importlinter")
    (copy / "src" / "qianshao" / "flow" / "risk" / "utils.py").write_text("", encoding="utf-8")
    assert "Every room has the same floor plan BROKEN" in contracts_of(copy)


FORBIDDEN_IN_THE_WEB = {
    "rooms/duties/Planted.vue": (
        "<script setup lang=\"ts\">\nimport { use } from 'echarts/core'\nuse([])\n</script>\n<template><p /></template>\n",
        "no-restricted-imports",
    ),
    "rooms/registry/Planted.vue": (
        '<script setup lang="ts">\ndefineProps<{ name: string }>()\n</script>\n<template><p v-html="name" /></template>\n',
        "vue/no-v-html",
    ),
}


@pytest.mark.parametrize("place", sorted(FORBIDDEN_IN_THE_WEB))
def test_a_second_chart_component_or_markup_from_a_string_turns_the_web_lint_red(place: str) -> None:
    content, words = FORBIDDEN_IN_THE_WEB[place]
    done = subprocess.run(
        ["npx", "--no-install", "eslint", "--stdin", "--stdin-filename", f"src/{place}"],
        cwd=ROOT / "web",
        input=content,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, words in done.stdout) == (1, True), done.stdout + done.stderr
