"""Settings, each read from one environment variable; `SETTINGS` documents them and `qianshao doctor` prints them."""

from __future__ import annotations

import os
import secrets
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

from qianshao.base.tables.rules.spreading import Engine
from qianshao.site.database import connection_settings


class Setting(NamedTuple):
    """One setting of an instance."""

    name: str
    default: str
    help: str


SETTINGS = (
    Setting("QIANSHAO_HOME", ".qianshao", "data folder: embedded database, lake, attachments, secrets"),
    Setting("PORT", "8000", "port of the web server on 127.0.0.1"),
    Setting("QIANSHAO_HOST", "127.0.0.1", "address the web server listens on"),
    Setting("DATABASE_URL", "", "any PostgreSQL 15 or newer instead of the embedded one"),
    Setting("DATABASE_OWNER_URL", "", "role that migrates, where DATABASE_URL names an ordinary role"),
    Setting(
        "QIANSHAO_SCALE", "0.02", "size of the sample city that `make run` makes; 1 is 1.5 million businesses"
    ),
    Setting("QIANSHAO_SEED", "7", "seed of the sample city"),
    Setting("QIANSHAO_TODAY", "", "fixes the business day (YYYY-MM-DD) for demonstrations and tests"),
    Setting("QIANSHAO_SAMPLE_PASSWORD", "Qianshao-2026", "password of the sample accounts"),
    Setting(
        "QIANSHAO_JOB_PATIENCE", "30", "seconds of silence after which a background act is given to another"
    ),
    Setting(
        "QIANSHAO_ENGINE",
        "processes",
        "where many stations are reckoned: processes on this machine, or spark (needs pyspark and Java 17)",
    ),
    Setting("QIANSHAO_WORKERS", "2", "stations reckoned at once"),
    Setting("QIANSHAO_SPARK", "", "address of a Spark master; empty is one on this machine"),
    Setting(
        "QIANSHAO_BEACON",
        "",
        "a relay of the public beacon drand, or `sample` for demonstrations; empty: people hand its files in",
    ),
    Setting("QIANSHAO_ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]", "host names the web server answers to"),
)


def value(name: str) -> str:
    """The setting's value: from the environment, else its default."""
    default = next(setting.default for setting in SETTINGS if setting.name == name)
    return os.environ.get(name) or default


ROOT = Path(__file__).resolve().parents[3]
HOME = Path(value("QIANSHAO_HOME")).expanduser().resolve()
POLICY_DIR = ROOT / "policy"
WEB_DIST = ROOT / "web" / "dist"
LAKE_ROOT = HOME / "lake"
MEDIA_ROOT = HOME / "media"
DRAWS_ROOT = HOME / "draws"
ENGINE = Engine(value("QIANSHAO_ENGINE"), int(value("QIANSHAO_WORKERS")), value("QIANSHAO_SPARK"))
PLAN_SEED = int(value("QIANSHAO_SEED"))
TODAY = date.fromisoformat(value("QIANSHAO_TODAY")) if value("QIANSHAO_TODAY") else None
BEACON = value("QIANSHAO_BEACON")
JOB_PATIENCE = timedelta(seconds=float(value("QIANSHAO_JOB_PATIENCE")))
SEALED_WHOLE = (
    "campaigns_campaign",
    "cases_rectification_order",
    "draws_change",
    "draws_draw",
    "draws_result",
    "fieldwork_check_result",
    "fieldwork_dispute",
    "fieldwork_inspection",
    "fieldwork_submission",
    "offsite_check",
    "planning_month_plan",
    "records_attachment",
    "undisturbed_business",
    "registry_conflict",
    "yearplans_change",
    "yearplans_year_plan",
)
"""Tables whose every row an event names: a row that no event names was put in by hand."""


def _secret_key() -> str:
    """The instance's own secret, made once and kept readable by its owner alone."""
    file = HOME / "secrets" / "django-key"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(50), encoding="utf-8")
    return file.read_text(encoding="utf-8")


SECRET_KEY = _secret_key()
DEBUG = False
ALLOWED_HOSTS = value("QIANSHAO_ALLOWED_HOSTS").split(",")
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.postgres",
    "procrastinate.contrib.django",
    "csp",
    "qianshao.base.places",
    "qianshao.base.records",
    "qianshao.base.stations",
    "qianshao.base.access",
    "qianshao.flow.sources",
    "qianshao.flow.registry",
    "qianshao.flow.risk",
    "qianshao.flow.undisturbed",
    "qianshao.flow.duties",
    "qianshao.flow.campaigns",
    "qianshao.flow.draws",
    "qianshao.flow.yearplans",
    "qianshao.flow.planning",
    "qianshao.flow.offsite",
    "qianshao.flow.scenarios",
    "qianshao.flow.fieldwork",
    "qianshao.flow.cases",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "qianshao.site.middleware.QuietCache",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "qianshao.site.urls"
WSGI_APPLICATION = "qianshao.site.wsgi.application"
AUTH_USER_MODEL = "access.Account"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": connection_settings(HOME)}
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"
PROCRASTINATE_READONLY_MODELS = True

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
STATIC_URL = "/static/"
WHITENOISE_ROOT = str(WEB_DIST) if WEB_DIST.is_dir() else None
WHITENOISE_INDEX_FILE = True

SESSION_COOKIE_NAME = "qianshao_session"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_SAVE_EVERY_REQUEST = False
CSRF_COOKIE_NAME = "qianshao_csrf"
CSRF_COOKIE_SAMESITE = "Lax"
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200
FILE_UPLOAD_PERMISSIONS = 0o600

X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "style-src-attr": ["'unsafe-inline'"],
        "img-src": ["'self'", "data:", "blob:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "worker-src": ["'self'", "blob:"],
        "manifest-src": ["'self'"],
        "media-src": ["'self'", "blob:"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "require-trusted-types-for": ["'script'"],
        "trusted-types": ["default", "vue", "qianshao", "'allow-duplicates'"],
    }
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
}
