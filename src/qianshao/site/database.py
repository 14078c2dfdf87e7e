"""Which database, as which role; making the roles; and the reasons to refuse to start (BARS O1)."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import psycopg
from psycopg import sql

from qianshao.site.cluster import Secrets, load_secrets

DATABASE = "qianshao"
OLDEST_SERVER = 150_000
ROLE = "QIANSHAO_DB_ROLE"
"""Environment variable: the role this process works as, `qianshao_app` unless set-up asks for `qianshao_owner`."""


class DatabaseRefused(Exception):
    """The application does not start on this database; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a database is, and as whom."""

    host: str
    port: int
    name: str
    user: str
    password: str
    options: dict[str, str]

    @classmethod
    def parse(cls, url: str) -> Address:
        """From a `postgresql://` address."""
        parts = urlsplit(url)
        if parts.scheme not in {"postgres", "postgresql"} or not parts.path.strip("/"):
            raise DatabaseRefused("DATABASE_URL 应形如 postgresql://用户:密码@主机:5432/数据库。")
        return cls(
            host=unquote(parts.hostname or "127.0.0.1"),
            port=parts.port or 5432,
            name=unquote(parts.path.strip("/")),
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            options=dict(parse_qsl(parts.query)),
        )

    def as_role(self, user: str, password: str) -> Address:
        """The same database as somebody else."""
        return Address(self.host, self.port, self.name, user, password, self.options)

    def connect(self) -> psycopg.Connection[Any]:
        """An autocommit connection."""
        return psycopg.connect(
            host=self.host,
            port=self.port,
            dbname=self.name,
            user=self.user,
            password=self.password,
            autocommit=True,
            connect_timeout=10,
            **self.options,  # type: ignore[arg-type]
        )


def given_url() -> str:
    """DATABASE_URL, or nothing for the embedded database."""
    return os.environ.get("DATABASE_URL", "")


def address(home: Path, role: str) -> Address:
    """The instance's database as one of its roles."""
    secrets = load_secrets(home)
    if not given_url():
        return Address("127.0.0.1", secrets.port, DATABASE, role, getattr(secrets, role), {})
    given = Address.parse(given_url())
    if (home / "secrets" / "own-roles").exists():
        return given.as_role(role, getattr(secrets, role))
    owner_url = os.environ.get("DATABASE_OWNER_URL", "")
    return Address.parse(owner_url) if role == "qianshao_owner" and owner_url else given


def connection_settings(home: Path) -> dict[str, Any]:
    """Django's settings of the database. Statements are bound on the client: a server-side generic plan makes a
    two-character search forty times slower."""
    where = address(home, os.environ.get(ROLE, "qianshao_app"))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": where.name,
        "HOST": where.host,
        "PORT": str(where.port),
        "USER": where.user,
        "PASSWORD": where.password,
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": 10, "application_name": "qianshao", **where.options},
        "TEST": {"NAME": os.environ.get("QIANSHAO_TEST_DATABASE", "qianshao_test")},
    }


def make_roles(home: Path) -> None:
    """Make the database and its three roles: owner (migrates), app (reads and writes rows), audit (reads).

    On the embedded server as its superuser; on a given server only when DATABASE_URL names a role that may.
    """
    secrets = load_secrets(home)
    if not given_url():
        admin = Address("127.0.0.1", secrets.port, "postgres", "postgres", secrets.postgres, {})
        with admin.connect() as connection:
            _ensure_roles(connection, secrets)
            connection.execute(
                "ALTER ROLE qianshao_owner CREATEDB"
            )  # for test databases, on our own server only
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                connection.execute(
                    sql.SQL("CREATE DATABASE {} OWNER qianshao_owner").format(sql.Identifier(DATABASE))
                )
        with Address(
            "127.0.0.1", secrets.port, DATABASE, "postgres", secrets.postgres, {}
        ).connect() as connection:
            _grant(connection)
        return
    with Address.parse(given_url()).connect() as connection:
        mighty = connection.execute(
            "SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
        if mighty and mighty[0]:
            _ensure_roles(connection, secrets)
            _grant(connection)
            (home / "secrets" / "own-roles").touch(mode=0o600)


def _ensure_roles(connection: psycopg.Connection[Any], secrets: Secrets) -> None:
    for role in ("qianshao_owner", "qianshao_app", "qianshao_audit"):
        known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
        statement = "ALTER ROLE {} LOGIN PASSWORD {}" if known else "CREATE ROLE {} LOGIN PASSWORD {}"
        connection.execute(
            sql.SQL(statement).format(sql.Identifier(role), sql.Literal(getattr(secrets, role)))
        )
    connection.execute("ALTER ROLE qianshao_audit SET default_transaction_read_only = on")


def _grant(connection: psycopg.Connection[Any]) -> None:
    connection.execute("GRANT qianshao_owner TO CURRENT_USER")
    for extension in ("pg_trgm", "btree_gin"):
        connection.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(extension)))
    for statement in (
        "GRANT ALL ON SCHEMA public TO qianshao_owner",
        "GRANT USAGE ON SCHEMA public TO qianshao_app, qianshao_audit",
        "CREATE SCHEMA IF NOT EXISTS staging AUTHORIZATION qianshao_owner",
        "GRANT ALL ON SCHEMA staging TO qianshao_app",
        "SET ROLE qianshao_owner",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO qianshao_app",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO qianshao_app",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO qianshao_audit",
        "RESET ROLE",
    ):
        connection.execute(statement)


_FACTS = """
SELECT current_setting('server_version_num')::int, r.rolsuper, r.rolbypassrls, r.rolname,
       pg_get_userbyid(d.datdba) = current_user,
       EXISTS (SELECT FROM pg_class c WHERE c.relname = 'django_migrations' AND pg_get_userbyid(c.relowner) = current_user),
       pg_encoding_to_char(d.encoding), current_setting('fsync'), current_setting('full_page_writes'),
       current_setting('synchronous_commit')
FROM pg_roles r, pg_database d WHERE r.rolname = current_user AND d.datname = current_database()
"""


def reasons_to_refuse(connection: psycopg.Connection[Any]) -> list[str]:
    """Why the application must not start on this connection; empty when all is well."""
    facts = connection.execute(_FACTS).fetchone()
    if facts is None:
        return ["无法读取数据库设置。"]
    version, superuser, bypass, role, owns_database, owns_tables, encoding, fsync, pages, commit = facts
    if isinstance(encoding, bytes):  # a database without an encoding answers in bytes
        encoding, role = encoding.decode(), role.decode()
        fsync, pages, commit = (setting.decode() for setting in (fsync, pages, commit))
    checks = [
        (version < OLDEST_SERVER, f"PostgreSQL 版本过低（{version // 10_000}），需要 15 或更高。"),
        (superuser, f"数据库角色 {role} 是超级用户，应用拒绝以超级用户运行。请改用普通角色。"),
        (bypass, f"数据库角色 {role} 可绕过行级安全，应用拒绝启动。"),
        (owns_database or owns_tables, f"数据库角色 {role} 拥有库或表，应用只能以普通角色运行。"),
        (encoding != "UTF8", f"数据库编码为 {encoding}，必须为 UTF8。"),
        (fsync == "off", "fsync 已关闭，断电会丢失已确认的记录，应用拒绝启动。"),
        (pages == "off", "full_page_writes 已关闭，断电会损坏数据，应用拒绝启动。"),
        (commit == "off", "synchronous_commit 已关闭，已确认的记录可能丢失，应用拒绝启动。"),
    ]
    found = [message for wrong, message in checks if wrong]
    return found or _search_reasons(connection)


def _search_reasons(connection: psycopg.Connection[Any]) -> list[str]:
    """Trigrams of Chinese are silently empty under a wrong LC_CTYPE: search would find nothing and say nothing."""
    if not connection.execute("SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'").fetchone():
        return ["数据库缺少 pg_trgm 扩展，无法检索。请运行 qianshao migrate。"]
    trigrams = connection.execute("SELECT cardinality(show_trgm('佛山市'))").fetchone()
    if not trigrams or trigrams[0] == 0:
        return ["数据库区域设置（LC_CTYPE）不支持中文检索，请以 C.UTF-8 建库。"]
    return []


def folders_open_to_others(home: Path) -> list[str]:
    """Folders of secrets and attachments that other accounts of the machine could read."""
    wrong = []
    for name in ("secrets", "media"):
        folder = home / name
        if folder.exists() and folder.stat().st_mode & (stat.S_IROTH | stat.S_IWOTH | stat.S_IRGRP):
            wrong.append(f"文件夹 {name} 可被其他账户读取，请改为仅本人可读（chmod 700）。")
    return wrong
