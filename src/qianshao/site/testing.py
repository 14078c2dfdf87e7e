"""pytest plug-in: tests run on a real PostgreSQL in a data folder of their own, as the role that may make databases."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
TEST_HOME = Path(os.environ.get("QIANSHAO_TEST_HOME") or ROOT / ".qianshao" / "test").resolve()
os.environ["QIANSHAO_HOME"] = str(TEST_HOME)
os.environ["QIANSHAO_DB_ROLE"] = "qianshao_owner"
os.environ["QIANSHAO_TODAY"] = ""


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Start the database before anyone looks for it; once, by the first process."""
    if hasattr(config, "workerinput"):
        return
    from qianshao.site.cluster import Cluster  # noqa: PLC0415 (after the environment is set)
    from qianshao.site.database import make_roles  # noqa: PLC0415

    if not os.environ.get("DATABASE_URL"):
        Cluster(TEST_HOME).start()
    make_roles(TEST_HOME)


@pytest.fixture(autouse=True)
def _cheap_passwords(request: pytest.FixtureRequest) -> None:
    """Hashing that takes no time, where a test touches the database at all."""
    if "django_db_setup" in request.fixturenames or request.node.get_closest_marker("django_db"):
        settings = request.getfixturevalue("settings")
        settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
