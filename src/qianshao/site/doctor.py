"""检查安装 whether this instance is sound, and what it holds."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from qianshao.site.database import address, folders_open_to_others, given_url, reasons_to_refuse
from qianshao.site.settings import HOME, WEB_DIST
from qianshao.site.setup import pending_migrations, unknown_migrations

_COUNTS = {
    "entities": "SELECT coalesce(sum(count), 0)::bigint FROM registry_facet_count WHERE unit = '4406' AND facet = 'all'",
    "obligations": "SELECT count(*) FROM duties_obligation",
    "open_obligations": "SELECT count(*) FROM duties_obligation WHERE state = 'open'",
    "visits": "SELECT count(*) FROM planning_visit WHERE state <> 'cancelled'",
    "visits_done": "SELECT count(*) FROM planning_visit WHERE state = 'done'",
    "open_rectifications": "SELECT count(*) FROM cases_rectification_order WHERE state = 'open'",
    "quarantined": "SELECT count(*) FROM sources_quarantined_row WHERE state = 'open'",
    "events": "SELECT count(*) FROM records_event",
}


def examine() -> dict[str, Any]:
    """The state of the instance: `ok`, `problems` in words, the version, the database, and what it holds."""
    report: dict[str, Any] = {
        "ok": False,
        "version": version("qianshao"),
        "home": str(HOME),
        "database": {"kind": "given" if given_url() else "embedded", "answers": False},
        "problems": [],
    } | dict.fromkeys(_COUNTS, 0)
    try:
        with address(HOME, "qianshao_app").connect() as connection:
            report["database"]["answers"] = True
            report["database"]["version"] = connection.info.server_version
            report["problems"] += reasons_to_refuse(connection)
            pending, unknown = pending_migrations(), unknown_migrations()
            if pending:
                report["problems"].append(
                    f"数据库尚有 {len(pending)} 项升级未执行，请运行 qianshao migrate。"
                )
            if unknown:
                report["problems"].append(f"数据库版本比程序新（{unknown[0]}），请升级程序。")
            if not pending:
                if connection.execute("SELECT FROM registry_put_aside LIMIT 1").fetchone() is not None:
                    report["problems"].append("首次入库曾中断，外键尚未恢复，请再次运行 qianshao ingest。")
                for name, query in _COUNTS.items():
                    row = connection.execute(query).fetchone()
                    report[name] = int(row[0]) if row else 0
    except Exception as failure:
        report["problems"].append(
            f"数据库无法连接：{str(failure).strip().splitlines()[0]}。请运行 qianshao up 或检查 DATABASE_URL。"
        )
    report["problems"] += folders_open_to_others(HOME)
    if not (WEB_DIST / "index.html").is_file():
        report["problems"].append("网页尚未构建，请运行 make run。")
    report["ok"] = not report["problems"]
    return report
