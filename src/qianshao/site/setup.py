"""The steps that make an instance, each of which does nothing when its work is done."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from qianshao.site.cluster import Cluster, ClusterError
from qianshao.site.database import (
    DatabaseRefused,
    address,
    folders_open_to_others,
    given_url,
    make_roles,
    reasons_to_refuse,
)
from qianshao.site.settings import ENGINE, HOME, POLICY_DIR, SETTINGS, TODAY, value

__all__ = ["SETTINGS"]
Say = Callable[[str], None]
_LEAST_FREE_MB = 500


class CannotStart(Exception):
    """The instance cannot run here; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Paths:
    """Where the sample files of this instance lie."""

    sample: Path = HOME / "sample"


def business_day() -> date:
    """The day the instance works on: fixed by setting, else today in Foshan."""
    from django.utils import timezone  # noqa: PLC0415 (after Django is set up)

    return TODAY or timezone.localdate()


def check_room_on_disk() -> None:
    """Refuse before half a database is written."""
    HOME.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(HOME).free // 1_048_576
    if free < _LEAST_FREE_MB:
        raise CannotStart(f"磁盘空间不足：数据文件夹所在磁盘只剩 {free} MB，至少需要 {_LEAST_FREE_MB} MB。")


def start_database() -> None:
    """Start the embedded database, or make sure the given one answers; make database and roles."""
    check_room_on_disk()
    try:
        if not given_url():
            Cluster(HOME).start()
        make_roles(HOME)
    except (ClusterError, DatabaseRefused) as problem:
        raise CannotStart(str(problem)) from problem
    except Exception as problem:
        raise CannotStart(f"无法连接数据库：{str(problem).strip().splitlines()[0]}") from problem


def migrate() -> None:
    """Bring the schema to the version of the code, as the owner of the tables."""
    newer = unknown_migrations()
    if newer:
        raise CannotStart(f"数据库版本比程序新（{newer[0]}），请升级程序，勿用旧程序打开。")
    if not pending_migrations():
        return
    environment = os.environ | {
        "QIANSHAO_DB_ROLE": "qianshao_owner",
        "DJANGO_SETTINGS_MODULE": "qianshao.site.settings",
    }
    done = subprocess.run(
        [sys.executable, "-m", "django", "migrate", "--noinput", "-v", "0"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise CannotStart(f"数据库升级失败：{done.stderr.strip().splitlines()[-1]}")


def _applied() -> set[tuple[str, str]]:
    with address(HOME, "qianshao_owner").connect() as connection:
        if not connection.execute("SELECT to_regclass('django_migrations')").fetchone()[0]:  # type: ignore[index]
            return set()
        return {(app, name) for app, name in connection.execute("SELECT app, name FROM django_migrations")}


def _shipped() -> set[tuple[str, str]]:
    from django.db.migrations.loader import MigrationLoader  # noqa: PLC0415

    loader = MigrationLoader(None)
    return {key for key in loader.disk_migrations if isinstance(key, tuple)}


def pending_migrations() -> list[str]:
    """Migrations of the code that the database has not seen."""
    return sorted(f"{app}.{name}" for app, name in _shipped() - _applied())


def unknown_migrations() -> list[str]:
    """Migrations of the database that this code does not know: it is older than the database."""
    apps = {app for app, _ in _shipped()}
    return sorted(f"{app}.{name}" for app, name in _applied() - _shipped() if app in apps)


def refuse_unsafe() -> None:
    """Every reason not to start (BARS O1), as the role the application works as."""
    with address(HOME, "qianshao_app").connect() as connection:
        reasons = [*reasons_to_refuse(connection), *folders_open_to_others(HOME)]
    if unknown := unknown_migrations():
        reasons.append(f"数据库版本比程序新（{unknown[0]}），请升级程序。")
    if reasons:
        raise CannotStart("\n".join(reasons))


def seed_places() -> str:
    """Divisions and stations."""
    from django.utils import timezone  # noqa: PLC0415

    from qianshao.base.places.commands import load_divisions  # noqa: PLC0415
    from qianshao.base.records.rules import SYSTEM  # noqa: PLC0415
    from qianshao.base.stations.commands import make_stations  # noqa: PLC0415

    now = timezone.now()
    divisions = load_divisions(file=POLICY_DIR / "foshan" / "divisions.csv", by=SYSTEM, at=now)
    stations = make_stations(by=SYSTEM, at=now)
    return f"区划 {divisions}，所 {stations}" if divisions or stations else "已是最新"


def make_sample(*, out: Path, scale: float, seed: int, today: date, progress: Any = None) -> Any:
    """The files of the sample city."""
    from qianshao.base.gateways.rules.sample import write_sample  # noqa: PLC0415 (numpy, pyarrow)

    return write_sample(out=out, policy=POLICY_DIR, scale=scale, seed=seed, today=today, progress=progress)


def ready_database() -> None:
    """Database, schema, divisions and stations, for a command that works on an instance which may be new."""
    start_database()
    migrate()
    seed_places()


def ingest(*, folder: Path, progress: Any = None) -> Any:
    """Take in a folder of source files."""
    from django.utils import timezone  # noqa: PLC0415

    from qianshao.base.records.rules import SYSTEM  # noqa: PLC0415
    from qianshao.flow.registry.commands.loading import ingest_folder  # noqa: PLC0415

    return ingest_folder(folder=folder, by=SYSTEM, at=timezone.now(), today=business_day(), progress=progress)


def classify() -> dict[str, int]:
    """Judge the risk of every business."""
    from django.utils import timezone  # noqa: PLC0415

    from qianshao.base.records.rules import SYSTEM  # noqa: PLC0415
    from qianshao.flow.duties.queries import risk_model  # noqa: PLC0415
    from qianshao.flow.risk import commands  # noqa: PLC0415

    return commands.classify(by=SYSTEM, at=timezone.now(), as_of=business_day(), model=risk_model())


def derive(*, month: date, progress: Any = None) -> dict[str, int]:
    """Derive what is owed by the end of the month."""
    from django.utils import timezone  # noqa: PLC0415

    from qianshao.base.records.rules import SYSTEM  # noqa: PLC0415
    from qianshao.flow.duties.commands.deriving import derive_obligations  # noqa: PLC0415
    from qianshao.flow.duties.queries import duties_on, planning_parameters  # noqa: PLC0415

    day = business_day()
    parameters = planning_parameters(day)
    return derive_obligations(
        by=SYSTEM,
        at=timezone.now(),
        as_of=day,
        month=month,
        duties=duties_on(day),
        pull_forward_days=int(parameters["pull_forward_days"].value),
        no_repeat_months=int(parameters["no_repeat_months"].value),
        seed=value("QIANSHAO_SEED"),
        progress=progress,
    )


def open_account(*, username: str, name: str, role: str, unit: str, password: str) -> Any:
    """Open an account from the command line: the first administrator of an instance that holds no sample."""
    from django.utils import timezone  # noqa: PLC0415

    from qianshao.base.access import commands  # noqa: PLC0415
    from qianshao.base.access.rules import EVERYTHING  # noqa: PLC0415
    from qianshao.base.records.rules import SYSTEM  # noqa: PLC0415

    return commands.open_account(
        by=SYSTEM,
        at=timezone.now(),
        scope=EVERYTHING,
        username=username,
        display_name=name,
        role=role,
        unit=unit,
        password=password,
    )


def sample_accounts() -> list[Any]:
    """Accounts of the sample city."""
    from django.utils import timezone  # noqa: PLC0415

    from qianshao.base.access.commands import make_sample_accounts  # noqa: PLC0415

    return make_sample_accounts(password=value("QIANSHAO_SAMPLE_PASSWORD"), at=timezone.now())


@contextmanager
def step(name: str, say: Say) -> Iterator[Callable[[str], None]]:
    """One line per step: its name, what came of it, and how long it took."""
    began = time.monotonic()
    notes: list[str] = []
    yield notes.append
    say(f"✔ {name}{'：' + '，'.join(notes) if notes else ''}（{time.monotonic() - began:.1f} 秒）")


def next_month() -> date:
    """First day of the month after the business day's."""
    day = business_day()
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def plan(*, month: date, quarter: bool = False, progress: Any = None) -> dict[str, Any]:
    """Plan a month, or the quarter that begins with it, for every station."""
    from django.utils import timezone  # noqa: PLC0415

    from qianshao.base.records.rules import SYSTEM  # noqa: PLC0415
    from qianshao.flow.planning.commands.making import make_city_plan  # noqa: PLC0415

    return make_city_plan(
        month=month,
        by=SYSTEM,
        at=timezone.now(),
        today=business_day(),
        seed=int(value("QIANSHAO_SEED")),
        engine=ENGINE,
        quarter=quarter,
        progress=progress,
    )


def begin_this_month() -> int:
    """Plan what is left of the current month and approve it in the name of the sample, so that phones have work today."""
    from django.utils import timezone  # noqa: PLC0415

    from qianshao.base.access.rules import EVERYTHING  # noqa: PLC0415
    from qianshao.base.records.rules import SYSTEM  # noqa: PLC0415
    from qianshao.flow.planning.commands.running import approve_plan  # noqa: PLC0415
    from qianshao.flow.planning.queries.plans import plans  # noqa: PLC0415

    month = business_day().replace(day=1)
    made = plan_if_none(month)
    for card in plans(scope=EVERYTHING, month=month):
        if card.state == "draft":
            approve_plan(plan_id=card.id, scope=EVERYTHING, by=SYSTEM, at=timezone.now())
    return int(made["visits"]) if made else 0


def publish_next_year(people: list[Any]) -> str:
    """A district's plan of the next year as its people would bring it about: made by the district, approved by the city, public."""
    from django.utils import timezone  # noqa: PLC0415

    from qianshao.base.access.rules import EVERYTHING  # noqa: PLC0415
    from qianshao.flow.yearplans.commands import deciding, making, reckoning  # noqa: PLC0415

    named = {one.username: one.actor() for one in people}
    district, city = named["district-shunde"], named["city-leader"]
    day, now = business_day(), timezone.now()
    made = making.make_year_plan(
        unit=district.unit, year=day.year + 1, scope=EVERYTHING, by=district, at=now, today=day
    )
    assert made.run_id is not None
    reckoning.reckon_year_plan(run_id=made.run_id, clock=timezone.now, seed=int(value("QIANSHAO_SEED")))
    deciding.submit_year_plan(plan_id=made.pk, scope=EVERYTHING, by=district, at=timezone.now())
    deciding.approve_year_plan(
        plan_id=made.pk, scope=EVERYTHING, reference=f"样例〔{day.year}〕1号", by=city, at=timezone.now()
    )
    plan = deciding.publish_year_plan(plan_id=made.pk, scope=EVERYTHING, by=district, at=timezone.now())
    return f"顺德区局 {plan.year} 年"


def plan_if_none(month: date) -> dict[str, Any] | None:
    """Plan the month for the stations that have no plan; None where all have one."""
    from qianshao.base.policy.rules.refusal import Refusal  # noqa: PLC0415

    try:
        return plan(month=month)
    except Refusal as refusal:
        if refusal.code != "already_planned":
            raise
        return None


def verify(checkpoint: Path | None) -> dict[str, Any]:
    """Verify the record, against an exported checkpoint where given."""
    from qianshao.base.records.queries import verify_record  # noqa: PLC0415
    from qianshao.base.records.rules import Anchor  # noqa: PLC0415

    anchors = (
        [Anchor(**head) for head in json.loads(checkpoint.read_text(encoding="utf-8"))["heads"]]
        if checkpoint
        else []
    )
    report = verify_record(anchors=anchors)
    return {
        "intact": report.intact,
        "events": report.events,
        "rows": report.rows,
        "findings": [asdict(finding) for finding in report.findings],
        "heads": [asdict(head) for head in report.heads],
    }


def export_checkpoint(out: Path) -> None:
    """Write the heads of the chains with the time to a file."""
    from django.utils import timezone  # noqa: PLC0415

    from qianshao.base.records.queries import chain_heads  # noqa: PLC0415

    body = {"at": timezone.now().isoformat(), "heads": [asdict(head) for head in chain_heads()]}
    out.write_text(json.dumps(body, ensure_ascii=False, indent=1), encoding="utf-8")


def load_roads(file: Path) -> int:
    """Take over a road network."""
    from django.utils import timezone  # noqa: PLC0415

    from qianshao.base.places import commands as places  # noqa: PLC0415
    from qianshao.base.records.rules import SYSTEM  # noqa: PLC0415

    return places.load_roads(file=file, by=SYSTEM, at=timezone.now())


def make_ready(say: Say) -> None:
    """Everything `make run` needs before it serves, one line per step. A step whose work is done says so at once."""
    with step("数据库", say):
        start_database()
    with step("数据库升级", say) as note:
        note(f"{len(pending_migrations())} 项")
        migrate()
    refuse_unsafe()
    with step("区划与市场监管所", say) as note:
        note(seed_places())
    if not _has("access_account"):
        _fill(say)
    _greet(say)


def _fill(say: Say) -> None:
    """The sample city, from files to plans. Broken off, it is done again from the start: each step finds its work done, and
    accounts, which open the door, come last, but for the year that they plan. Where source files of one's own were taken in, no
    sample city is made."""
    own_data = _has("registry_entity") and not Paths().sample.exists()
    if own_data:
        say("✔ 已有入库数据，不再生成样例城市")
    else:
        _sample_city(say)
    with step("风险研判", say) as note:
        note("，".join(f"{name} 类 {count:,}" for name, count in classify().items()))
    with step("检查义务", say) as note:
        note(f"{sum(derive(month=next_month()).values()):,} 项")
    with step("本月检查计划（批准实施）", say) as note:
        note(f"{begin_this_month()} 次进门")
    with step("下月检查计划", say) as note:
        if report := plan_if_none(next_month()):
            note(f"{report['stations']} 个所，{report['visits']} 次进门，{report['obligations']} 项事项")
    with step("样例账号", say) as note:
        people = sample_accounts()
        note(f"{len(people)} 个")
    if not own_data:
        with step("下年度检查计划（批准公布）", say) as note:
            note(publish_next_year(people))


def _sample_city(say: Say) -> None:
    folder = Paths().sample
    with step("样例城市", say) as note:
        made = make_sample(
            out=folder,
            scale=float(value("QIANSHAO_SCALE")),
            seed=int(value("QIANSHAO_SEED")),
            today=business_day(),
        )
        note(f"{made.entities:,} 户，{len(made.rows)} 个文件")
    with step("数据汇集", say) as note:
        taken = ingest(folder=folder)
        note(f"入库 {taken.loaded:,} 行，隔离 {taken.quarantined:,} 行")


def _has(table: str) -> bool:
    """Whether the table (with a condition, where given) holds a row."""
    with address(HOME, "qianshao_app").connect() as connection:
        row = connection.execute(f"SELECT EXISTS (SELECT FROM {table})").fetchone()
        return bool(row and row[0])


_SHOWN = (
    ("city", "市局"),
    ("city-leader", "市局分管领导"),
    ("district-shunde", "顺德区局"),
    ("head-daliang", "大良所所长"),
    ("officer-daliang-1", "大良所执法人员（手机页面 /field）"),
    ("clerk-daliang", "大良所窗口"),
    ("steward", "数据管理员"),
    ("auditor", "审计员"),
    ("admin", "系统管理员"),
)


def _greet(say: Say) -> None:
    say(f"\n前哨已就绪： http://{value('QIANSHAO_HOST')}:{value('PORT')}")
    if not _has("access_account WHERE username = 'city'"):
        return
    say(f"样例账号（密码均为 {value('QIANSHAO_SAMPLE_PASSWORD')}）：")
    for name, label in _SHOWN:
        say(f"  {name:20} {label}")
