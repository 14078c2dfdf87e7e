"""The `qianshao` command. Each verb makes one call."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qianshao.site.settings")

import django

django.setup()

from django.db import OperationalError  # noqa: E402 (Django first)

from qianshao.base.policy.rules.refusal import Refusal  # noqa: E402
from qianshao.flow.draws.rules.checking import Unreadable, verify_announcement  # noqa: E402
from qianshao.site import setup  # noqa: E402
from qianshao.site.doctor import examine  # noqa: E402
from qianshao.site.rooms import house_map  # noqa: E402
from qianshao.site.serving import serve_until_stopped, work_until_stopped  # noqa: E402
from qianshao.site.settings import HOME, value  # noqa: E402

console = Console(stderr=True)
REFUSED, BROKEN = 2, 1


class Month(click.ParamType[date]):
    """A month as YYYY-MM."""

    name = "YYYY-MM"

    def convert(self, text: Any, param: Any, ctx: Any) -> date:
        try:
            return date.fromisoformat(f"{text}-01")
        except ValueError:
            self.fail(f"“{text}”不是月份，应形如 2026-12。", param, ctx)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """前哨 Qianshao: the system a market-supervision station works in."""


def _run(act: Callable[[], Any]) -> Any:
    """Run one act; a refusal of the domain is exit 2 with its words, anything that cannot start is exit 1."""
    try:
        return act()
    except Refusal as refusal:
        console.print(f"[red]✘ {refusal.message}[/red] {refusal.remedy}", highlight=False)
        sys.exit(REFUSED)
    except setup.CannotStart as problem:
        console.print(f"[red]✘ {problem}[/red]", highlight=False)
        sys.exit(BROKEN)
    except OperationalError as problem:
        words = str(problem).strip().splitlines()[0]
        console.print(f"[red]✘ 数据库不可用：{words}[/red] 未完成的操作已回滚，请稍后重试。", highlight=False)
        sys.exit(BROKEN)


def _with_bar(title: str, act: Callable[[Callable[[str, int, int], None]], Any]) -> Any:
    """Run an act that reports (what, done, of) with a progress bar."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(title, total=None)

        def report(what: str, done: int, total: int) -> None:
            bar.update(task, description=f"{title} {what}", completed=done, total=total)

        return _run(lambda: act(report))


def _print(report: dict[str, Any], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False, default=str))
    else:
        for name, found in report.items():
            click.echo(f"{name}: {found}")


@main.command()
@click.option("--scale", default=0.02, show_default=True, help="1 is 1.5 million businesses")
@click.option("--seed", default=7, show_default=True)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True)
@click.option("--json", "as_json", is_flag=True)
def sample(scale: float, seed: int, out: Path, as_json: bool) -> None:
    """Write the source files of a sample city."""
    try:
        report = _with_bar(
            "样例城市",
            lambda progress: setup.make_sample(
                out=out, scale=scale, seed=seed, today=setup.business_day(), progress=progress
            ),
        )
    except ValueError as problem:
        raise click.UsageError(str(problem)) from problem
    _print({"entities": report.entities, "rows": report.rows, "faults": report.faults}, as_json)


@main.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True)
def ingest(folder: Path, as_json: bool) -> None:
    """Take in a folder of source files; the same folder again changes nothing."""
    _run(setup.ready_database)
    report = _with_bar("入库", lambda progress: setup.ingest(folder=folder, progress=progress))
    _print(
        {
            "loaded": report.loaded,
            "quarantined": report.quarantined,
            "unchanged": len(report.unchanged),
            "unknown": report.unknown,
            "refused": [delivery.refusal for delivery in report.refused],
        },
        as_json,
    )
    if report.refused:
        sys.exit(REFUSED)


@main.command()
@click.option(
    "--month", type=Month(), help="derive what is due by the end of this month (default: next month)"
)
@click.option("--json", "as_json", is_flag=True)
def classify(month: date | None, as_json: bool) -> None:
    """Judge the risk of every business and derive what is owed at whose door."""
    _run(setup.ready_database)
    classes = _run(setup.classify)
    added = _with_bar(
        "义务", lambda progress: setup.derive(month=month or setup.next_month(), progress=progress)
    )
    _print({"classes": classes, "obligations_added": sum(added.values()), "duties": len(added)}, as_json)


@main.command()
@click.option("--month", type=Month(), required=True)
@click.option("--quarter", is_flag=True, help="the three months of the quarter that begins with it, as one")
@click.option("--json", "as_json", is_flag=True)
def plan(month: date, quarter: bool, as_json: bool) -> None:
    """Plan a month, or a quarter, for every station."""
    _run(setup.ready_database)
    _print(
        _with_bar("计划", lambda progress: setup.plan(month=month, quarter=quarter, progress=progress)),
        as_json,
    )


@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def roads(file: Path) -> None:
    """Take over a road network (CSV: from_lon,from_lat,to_lon,to_lat,metres) in place of the one before."""
    _run(setup.ready_database)
    click.echo(_run(lambda: setup.load_roads(file)))


@main.command()
def migrate() -> None:
    """Start the database and bring its schema to the version of the code."""
    _run(setup.start_database)
    _run(setup.migrate)


@main.command()
def serve() -> None:
    """Serve the web application."""
    _run(setup.start_database)
    _run(setup.refuse_unsafe)
    _run(serve_until_stopped)


@main.command()
def worker() -> None:
    """Do the background work."""
    _run(setup.start_database)
    _run(setup.refuse_unsafe)
    _run(work_until_stopped)


@main.command()
@click.option("--no-serve", is_flag=True, help="make everything ready and stop")
def up(no_serve: bool) -> None:
    """Make what is missing, then serve: database, sample city, obligations, plan. Again, it only serves."""
    _run(lambda: setup.make_ready(lambda line: console.print(line, highlight=False)))
    if not no_serve:
        _run(lambda: serve_until_stopped(with_worker=True))


@main.command(name="map")
@click.option("--json", "as_json", is_flag=True)
def show_map(as_json: bool) -> None:
    """Print the rooms and their order."""
    rooms = house_map()
    if as_json:
        click.echo(json.dumps(rooms, ensure_ascii=False))
        return
    for house, names in rooms.items():
        click.echo(house)
        for name in names:
            click.echo(f"    {name}")


@main.command()
@click.option("--json", "as_json", is_flag=True)
def doctor(as_json: bool) -> None:
    """Check the installation and say what is wrong."""
    report = examine()
    _print(report, as_json)
    if not report["ok"]:
        sys.exit(BROKEN)


@main.command(name="open-account")
@click.option("--username", required=True)
@click.option("--name", required=True, help="the person's name")
@click.option("--role", required=True, help="city, district, station_head, clerk, steward, auditor or admin")
@click.option("--unit", required=True, help="division code: 4 digits the city, 6 a district, 9 a station")
@click.password_option(help="asked for when not given; 12 characters or more")
def open_account(username: str, name: str, role: str, unit: str, password: str) -> None:
    """Open an account, such as the first administrator's; further ones are opened in the browser."""
    _run(setup.ready_database)
    _run(lambda: setup.open_account(username=username, name=name, role=role, unit=unit, password=password))
    click.echo(username)


@main.group()
def audit() -> None:
    """Verify the record and carry its head out of the machine."""


@audit.command(name="verify")
@click.option(
    "--checkpoint",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="an exported checkpoint",
)
@click.option("--json", "as_json", is_flag=True)
def audit_verify(checkpoint: Path | None, as_json: bool) -> None:
    """Hash every event and every business row again."""
    _run(setup.ready_database)
    report = _run(lambda: setup.verify(checkpoint))
    _print(report, as_json)
    if not report["intact"]:
        sys.exit(REFUSED)


@audit.command(name="checkpoint")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True)
def audit_checkpoint(out: Path) -> None:
    """Write the head of the chain to a file, to be kept where the station's administrator cannot write."""
    _run(setup.ready_database)
    _run(lambda: setup.export_checkpoint(out))
    click.echo(str(out))


@main.group()
def draw() -> None:
    """Compute a published draw again."""


@draw.command(name="verify")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True)
def draw_verify(file: Path, as_json: bool) -> None:
    """Compute every ticket, object and team of a published draw again; needs no database."""
    try:
        verdict = verify_announcement(file.read_bytes())
    except Unreadable as problem:
        console.print(f"[red]✘ {file.name}：{problem}[/red]", highlight=False)
        sys.exit(REFUSED)
    if as_json:
        click.echo(json.dumps(asdict(verdict) | {"holds": verdict.holds}, ensure_ascii=False))
    else:
        found = f"{verdict.objects:,} 个对象，抽中 {verdict.doors:,} 户、{verdict.separate:,} 项次"
        told = [f"{verdict.title}：{found}", f"抽取结果散列 {verdict.drawn_hash}，应与抽取当日公示的一致"]
        told += [f"人工调整 {one['object']} {one['what']}（{one['reason']}）" for one in verdict.changes]
        click.echo("\n".join([*told, *(f"✘ {words}" for words in verdict.faults)]))
        click.echo(
            "✔ 核验通过：名单、种子、抽中对象与检查组均可重新算出。" if verdict.holds else "✘ 核验不通过。"
        )
    if not verdict.holds:
        sys.exit(BROKEN)


@main.command()
def settings() -> None:
    """Print every setting with its meaning and value."""
    for one in setup.SETTINGS:
        click.echo(f"{one.name:26} {value(one.name) or '—':24} {one.help}")
    click.echo(f"{'data folder':26} {HOME}")
