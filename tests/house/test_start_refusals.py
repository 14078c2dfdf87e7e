"""The application does not start where it could lose or leak a record, and says why (BARS O1)."""

from __future__ import annotations

import shutil
import socket
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from qianshao.site import serving, setup
from qianshao.site.cluster import load_secrets
from qianshao.site.database import Address, address, folders_open_to_others, reasons_to_refuse
from qianshao.site.settings import HOME


@pytest.fixture
def superuser() -> Iterator[psycopg.Connection[Any]]:
    secrets = load_secrets(HOME)
    where = Address("127.0.0.1", secrets.port, "qianshao", "postgres", secrets.postgres, {})
    with where.connect() as connection:
        yield connection


def reasons(role: str = "qianshao_app", database: str = "qianshao") -> list[str]:
    where = address(HOME, role)
    with Address(where.host, where.port, database, where.user, where.password, {}).connect() as connection:
        return reasons_to_refuse(connection)


def test_the_application_role_on_a_sound_database_starts() -> None:
    assert reasons() == []


def test_a_superuser_is_refused(superuser: psycopg.Connection[Any]) -> None:
    assert reasons_to_refuse(superuser)[0].startswith("数据库角色 postgres 是超级用户")


def test_the_owner_of_the_tables_is_refused() -> None:
    assert reasons("qianshao_owner") == ["数据库角色 qianshao_owner 拥有库或表，应用只能以普通角色运行。"]


def test_a_role_that_passes_row_level_security_is_refused(superuser: psycopg.Connection[Any]) -> None:
    superuser.execute("ALTER ROLE qianshao_app BYPASSRLS")
    try:
        assert reasons() == ["数据库角色 qianshao_app 可绕过行级安全，应用拒绝启动。"]
    finally:
        superuser.execute("ALTER ROLE qianshao_app NOBYPASSRLS")


@pytest.mark.parametrize("setting", ["synchronous_commit"])
def test_a_database_that_forgets_acknowledged_records_is_refused(
    superuser: psycopg.Connection[Any], setting: str
) -> None:
    superuser.execute(f"ALTER ROLE qianshao_app SET {setting} = off")  # type: ignore[arg-type]
    try:
        assert reasons() == ["synchronous_commit 已关闭，已确认的记录可能丢失，应用拒绝启动。"]
    finally:
        superuser.execute(f"ALTER ROLE qianshao_app RESET {setting}")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "how", "words"),
    [
        (
            "o1_ascii",
            "ENCODING 'SQL_ASCII' LOCALE_PROVIDER libc LOCALE 'C'",
            "数据库编码为 SQL_ASCII，必须为 UTF8。",
        ),
        ("o1_bare", "", "数据库缺少 pg_trgm 扩展，无法检索。请运行 qianshao migrate。"),
    ],
)
def test_a_database_that_cannot_hold_or_find_chinese_is_refused(
    superuser: psycopg.Connection[Any], name: str, how: str, words: str
) -> None:
    superuser.execute(f"DROP DATABASE IF EXISTS {name}")  # type: ignore[arg-type]
    superuser.execute(f"CREATE DATABASE {name} TEMPLATE template0 {how}")  # type: ignore[arg-type]
    try:
        assert reasons(database=name) == [words]
    finally:
        superuser.execute(f"DROP DATABASE {name} WITH (FORCE)")  # type: ignore[arg-type]


def test_secrets_that_others_can_read_are_refused(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir(mode=0o755)
    (tmp_path / "secrets").chmod(0o755)
    assert folders_open_to_others(tmp_path) == [
        "文件夹 secrets 可被其他账户读取，请改为仅本人可读（chmod 700）。"
    ]
    (tmp_path / "secrets").chmod(0o700)
    assert folders_open_to_others(tmp_path) == []


def test_a_taken_port_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        monkeypatch.setenv("PORT", str(port))
        with pytest.raises(setup.CannotStart, match=f"端口 {port} 已被占用"):
            serving.refuse_taken_port()


def test_a_full_disk_is_said_before_anything_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(1, 1, 3 * 1_048_576))
    with pytest.raises(setup.CannotStart, match="只剩 3 MB"):
        setup.check_room_on_disk()


def test_a_database_newer_than_the_code_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "_applied", lambda: {("registry", "0099_from_the_future")})
    monkeypatch.setattr(setup, "_shipped", lambda: {("registry", "0001_tables")})
    with pytest.raises(setup.CannotStart, match="数据库版本比程序新"):
        setup.migrate()


def test_a_wrong_database_address_is_said_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://somewhere/else")
    with pytest.raises(setup.CannotStart, match="DATABASE_URL 应形如"):
        setup.start_database()
