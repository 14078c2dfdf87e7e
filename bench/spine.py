"""The spine's figures: sample, ingest, plan, search, list, overview; ratios to the obvious way and to the limit, in one run.

    make bench NAME=spine SCALE=1

Each part runs in a process of its own and reports its peak memory. The last line of output is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

TODAY = "2026-11-23"
MONTH = "2026-12-01"


def percentile(values: list[float], share: float) -> float:
    """The value below which `share` of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def timed(act: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    found = act()
    return time.perf_counter() - began, found


def peak_mb() -> dict[str, float]:
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return {"rss_mb": round(own / 1024), "children_rss_mb": round(children / 1024)}


def part_sample(folder: Path, scale: float) -> dict[str, float]:
    from datetime import date

    from qianshao.site.setup import make_sample

    seconds, report = timed(
        lambda: make_sample(out=folder, scale=scale, seed=7, today=date.fromisoformat(TODAY))
    )
    return {"sample_s": seconds, "entities": report.entities}


def part_ingest(folder: Path, _: float) -> dict[str, float]:
    from qianshao.site import setup

    setup.start_database()
    setup.migrate()
    setup.seed_places()
    seconds, report = timed(lambda: setup.ingest(folder=folder))
    again, _report = timed(lambda: setup.ingest(folder=folder))
    return {
        "ingest_s": seconds,
        "rows": report.loaded,
        "quarantined": report.quarantined,
        "ingest_again_s": again,
    }


def part_limit(_: Path, __: float) -> dict[str, float]:
    """The limit: COPY of the very same rows into plain tables without keys, out of the same database; then the same indexes."""
    from django.db import connection

    tables = (
        "entity",
        "licence",
        "equipment",
        "annual_report",
        "complaint",
        "past_inspection",
        "penalty",
        "school",
    )
    total, indexes = 0.0, 0.0
    for table in tables:
        with tempfile.NamedTemporaryFile() as file, connection.cursor() as cursor:
            raw: Any = cursor.cursor
            with raw.copy(f"COPY registry_{table} TO STDOUT (FORMAT csv)") as out:
                for piece in out:
                    file.write(piece)
            file.flush()
            cursor.execute(
                f"CREATE TABLE staging.limit_{table} AS SELECT * FROM registry_{table} WITH NO DATA"
            )
            began = time.perf_counter()
            with (
                raw.copy(f"COPY staging.limit_{table} FROM STDIN (FORMAT csv)") as sink,
                Path(file.name).open("rb") as rows,
            ):
                while piece := rows.read(1 << 20):
                    sink.write(piece)
            total += time.perf_counter() - began
            cursor.execute(
                "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s", [f"registry_{table}"]
            )
            for name, definition in cursor.fetchall():
                built = definition.replace(f" public.registry_{table} ", f" staging.limit_{table} ")
                indexes += timed(
                    lambda built=built, name=name: cursor.execute(built.replace(name, f"limit_{name}"))
                )[0]
            cursor.execute(f"DROP TABLE staging.limit_{table}")
    return {"copy_s": total, "same_indexes_s": indexes}


def part_pandas(folder: Path, _: float) -> dict[str, float]:
    """The obvious way: pandas reads one registration file and `executemany` writes 20,000 of its rows; scaled to all rows."""
    import pandas
    from django.db import connection

    file = sorted(folder.glob("registration_*.csv"))[0]
    began = time.perf_counter()
    frame = pandas.read_csv(file, encoding="gb18030", dtype=str, on_bad_lines="skip").head(20_000).fillna("")
    rows = [tuple(row) for row in frame.itertuples(index=False)]
    with connection.cursor() as cursor:
        columns = ", ".join(f"c{place} text" for place in range(len(frame.columns)))
        cursor.execute(f"CREATE TABLE staging.obvious ({columns})")
        marks = ", ".join(["%s"] * len(frame.columns))
        cursor.executemany(f"INSERT INTO staging.obvious VALUES ({marks})", rows)
        cursor.execute("DROP TABLE staging.obvious")
    return {"pandas_s_per_row": (time.perf_counter() - began) / max(1, len(rows))}


def part_plan(_: Path, __: float) -> dict[str, float]:
    from datetime import date

    from qianshao.site import setup

    judged, _classes = timed(setup.classify)
    derived, added = timed(lambda: setup.derive(month=date.fromisoformat(MONTH)))
    planned, report = timed(lambda: setup.plan(month=date.fromisoformat(MONTH)))
    return {
        "classify_s": judged,
        "derive_s": derived,
        "plan_s": planned,
        "obligations_added": sum(added.values()),
        "obligations_placed": report["obligations"],
        "visits": report["visits"],
        "lower_bound": report["lower_bound"],
        "left_out": report["left_out"],
    }


def _names(count: int, rng: random.Random) -> list[tuple[int, str]]:
    from qianshao.flow.registry.models import Entity

    last = Entity.objects.order_by("-id").values_list("id", flat=True)[0]
    ids = [rng.randint(1, last) for _ in range(count)]
    return list(Entity.objects.filter(pk__in=ids).values_list("id", "name"))


def part_search(_: Path, __: float) -> dict[str, float]:
    """Two and four characters, whole names, names with one wrong character (is the right one among the first ten?)."""
    from django.db import connection

    from qianshao.base.access.rules import EVERYTHING
    from qianshao.flow.registry.queries.searching import search_entities

    rng = random.Random(7)
    names = _names(500, rng)
    kinds: dict[str, list[float]] = {"two": [], "four": [], "whole": [], "misspelt": []}
    hits = 0
    for number, name in names:
        at = rng.randrange(max(1, len(name) - 4))
        wrong = rng.randrange(2, len(name))
        typed = name[:wrong] + rng.choice("安宝昌德丰光恒华") + name[wrong + 1 :]
        for kind, text in (
            ("two", name[at : at + 2]),
            ("four", name[at : at + 4]),
            ("whole", name),
            ("misspelt", typed),
        ):
            seconds, found = timed(lambda text=text: search_entities(scope=EVERYTHING, text=text, limit=10))
            kinds[kind].append(seconds * 1000)
            if kind == "misspelt":
                hits += number in found
    obvious = []
    with connection.cursor() as cursor:
        for _number, name in names[:40]:
            seconds, _rows = timed(
                lambda name=name: cursor.execute(
                    "SELECT id FROM registry_entity WHERE lower(name) ILIKE %s LIMIT 10", [f"%{name[4:8]}%"]
                )
            )
            obvious.append(seconds * 1000)
    typed_right = kinds["two"] + kinds["four"] + kinds["whole"]
    figures = {f"search_{kind}_p99_ms": percentile(values, 0.99) for kind, values in kinds.items()}
    return figures | {
        "search_p50_ms": percentile(typed_right, 0.5),
        "search_p99_ms": percentile(typed_right, 0.99),
        "search_misspelt_p50_ms": percentile(kinds["misspelt"], 0.5),
        "misspelt_found": hits / len(names),
        "ilike_p50_ms": statistics.median(obvious),
    }


def part_list(_: Path, __: float) -> dict[str, float]:
    from django.db import connection

    from qianshao.base.access.rules import EVERYTHING, Scope
    from qianshao.flow.registry.queries.listing import Filters, entity_page, facets

    rng = random.Random(7)
    choices = [
        Filters(),
        Filters(risk="C"),
        Filters(station="440606005"),
        Filters(kind="trader", section="H"),
        Filters(tag="食品"),
        Filters(licence="catering", station="440605126"),
        Filters(equipment="boiler"),
        Filters(industry="62"),
    ]
    scopes = [
        EVERYTHING,
        Scope(prefix="440606", role="district"),
        Scope(prefix="440606005", role="station_head"),
    ]
    pages, counts, deep = [], [], []
    for _round in range(25):
        for filters in choices:
            scope = rng.choice(scopes)
            seconds, page = timed(
                lambda scope=scope, filters=filters: entity_page(scope=scope, filters=filters)
            )
            pages.append(seconds * 1000)
            if page.next_cursor:
                seconds, _next = timed(
                    lambda scope=scope, filters=filters, page=page: entity_page(
                        scope=scope, filters=filters, cursor=page.next_cursor
                    )
                )
                pages.append(seconds * 1000)
            counts.append(
                timed(lambda scope=scope, filters=filters: facets(scope=scope, filters=filters))[0] * 1000
            )
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM registry_entity")
        total = cursor.fetchone()[0]
        for _round in range(5):
            offset = rng.randrange(total // 2, max(1, total - 100))
            deep.append(
                timed(
                    lambda offset=offset: cursor.execute(
                        "SELECT * FROM registry_entity ORDER BY id DESC LIMIT 50 OFFSET %s", [offset]
                    )
                )[0]
                * 1000
            )
    return {
        "list_p50_ms": percentile(pages, 0.5),
        "list_p99_ms": percentile(pages, 0.99),
        "facets_p99_ms": percentile(counts, 0.99),
        "offset_page_p50_ms": statistics.median(deep),
    }


def part_overview(_: Path, __: float) -> dict[str, float]:
    from datetime import date

    from qianshao.base.access.rules import EVERYTHING
    from qianshao.desks.bulletins.queries import overview

    times = [
        timed(
            lambda: overview(
                scope=EVERYTHING, month=date.fromisoformat(MONTH), today=date.fromisoformat(TODAY)
            )
        )[0]
        for _ in range(40)
    ]
    return {"overview_first_ms": times[0] * 1000, "overview_p99_ms": percentile(times, 0.99) * 1000}


def part_year(_: Path, __: float) -> dict[str, float]:
    """The whole city's year from law and register, in the background act that makes it; its guess of the way against the plan's."""
    from datetime import date

    from django.db.models import Avg
    from django.utils import timezone

    from qianshao.base.access.rules import EVERYTHING
    from qianshao.base.records.rules import SYSTEM
    from qianshao.flow.planning.models import Visit
    from qianshao.flow.yearplans.commands.making import make_year_plan
    from qianshao.flow.yearplans.commands.reckoning import reckon_year_plan

    today = date.fromisoformat(TODAY)
    plan = make_year_plan(
        unit="4406", year=today.year + 1, scope=EVERYTHING, by=SYSTEM, at=timezone.now(), today=today
    )
    run = plan.run_id or 0
    seconds, _done = timed(lambda: reckon_year_plan(run_id=run, clock=timezone.now, seed=7))
    plan.refresh_from_db()
    stations = list(plan.report["stations"].values())
    total = {name: sum(sum(one[name]) for one in stations) for name in ("checks", "lines", "doors", "travel")}
    planned = Visit.objects.aggregate(way=Avg("travel_minutes"))["way"] or 0.0
    return {
        "year_s": seconds,
        "year_checks": total["checks"],
        "year_lines": total["lines"],
        "year_entries": total["doors"],
        "year_bound": sum(one["bound"] for one in stations),
        "year_way_min": total["travel"] / max(1, total["doors"]),
        "plan_way_min": planned,
    }


PARTS = {
    "sample": part_sample,
    "ingest": part_ingest,
    "limit": part_limit,
    "pandas": part_pandas,
    "plan": part_plan,
    "year": part_year,
    "search": part_search,
    "list": part_list,
    "overview": part_overview,
}


def run_part(name: str, folder: Path, scale: float, home: Path) -> dict[str, float]:
    """One part in a process of its own."""
    kept = {key: text for key, text in os.environ.items() if not key.startswith(("QIANSHAO", "DATABASE"))}
    environment = kept | {"QIANSHAO_HOME": str(home), "QIANSHAO_TODAY": TODAY}
    done = subprocess.run(
        [sys.executable, __file__, "--part", name, "--folder", str(folder), "--scale", str(scale)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise SystemExit(f"{name}: {done.stderr[-2000:]}")
    found: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    print(f"{name}: " + ", ".join(f"{key} {value:.4g}" for key, value in found.items()), flush=True)
    return {f"{name}_{key}" if key.endswith("rss_mb") else key: value for key, value in found.items()}


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--scale", type=float, default=0.02)
    options.add_argument("--part")
    options.add_argument("--folder", type=Path)
    given = options.parse_args()
    if given.part:
        import django

        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qianshao.site.settings")
        django.setup()
        print(json.dumps(PARTS[given.part](given.folder, given.scale) | peak_mb()))
        return
    home = Path(tempfile.mkdtemp(prefix="qianshao-bench-"))
    figures: dict[str, float] = {"scale": given.scale}
    try:
        for name in PARTS:
            figures |= run_part(name, home / "sample", given.scale, home)
    finally:
        from qianshao.site.cluster import Cluster

        Cluster(home).stop()
        shutil.rmtree(home, ignore_errors=True)
    ratios = {
        "ingest_to_copy": figures["ingest_s"] / figures["copy_s"],
        "ingest_to_copy_and_indexes": figures["ingest_s"] / (figures["copy_s"] + figures["same_indexes_s"]),
        "pandas_to_ingest": figures["pandas_s_per_row"] * figures["rows"] / figures["ingest_s"],
        "ilike_to_search_p50": figures["ilike_p50_ms"] / figures["search_p50_ms"],
        "offset_to_list_p50": figures["offset_page_p50_ms"] / figures["list_p50_ms"],
        "visits_to_lower_bound": figures["visits"] / max(1, figures["lower_bound"]),
        "year_entries_to_bound": figures["year_entries"] / max(1, figures["year_bound"]),
        "year_checks_to_entries": figures["year_checks"] / max(1, figures["year_entries"]),
        "one_each_to_visits": figures["obligations_placed"] / max(1, figures["visits"]),
    }
    rounded = {key: round(value, 4) for key, value in figures.items()}
    print(json.dumps({"figures": rounded, "ratios": {key: round(value, 3) for key, value in ratios.items()}}))


if __name__ == "__main__":
    main()
