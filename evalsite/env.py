"""Settings from the environment: a bad value stops the start with a sentence."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from urllib.parse import urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off", ""}


def read_bool(name: str, default: bool) -> bool:
    value = os.environ.get(name)
    if value is None:
        return default
    if value.lower() in TRUE:
        return True
    if value.lower() in FALSE:
        return False
    raise ImproperlyConfigured(f"{name} must be true or false, got {value!r}.")


def read_whole_number(name: str, default: int) -> int:
    value = os.environ.get(name) or str(default)
    if not (value.isascii() and value.isdecimal() and len(value) <= 9):
        raise ImproperlyConfigured(
            f"{name} must be a whole number from 0 to 999999999, got {value!r}."
        )
    return int(value)


def read_list(name: str, default: list[str]) -> list[str]:
    value = os.environ.get(name)
    if value is None:
        return default
    return [part.strip() for part in value.split(",") if part.strip()]


def read_files(name: str) -> list[str]:
    paths = [Path(part).expanduser().resolve() for part in read_list(name, [])]
    for path in paths:
        if not path.is_file():
            raise ImproperlyConfigured(f"{name} must name files, {str(path)!r} is none.")
    return [str(path) for path in paths]


def read_choice(name: str, choices: tuple[str, ...], default: str) -> str:
    value = os.environ.get(name) or default
    if value not in choices:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(choices)}, got {value!r}.")
    return value


def read_data_dir(default: Path) -> Path:
    path = Path(os.environ.get("DATA_DIR") or default).expanduser().resolve()
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(
            f"DATA_DIR must be a folder that can be written, got {str(path)!r}: {error.strerror}."
        ) from error
    if not os.access(path, os.W_OK):
        raise ImproperlyConfigured(f"DATA_DIR must be writable, got {str(path)!r}.")
    return path


def read_secret_key(data_dir: Path) -> str:
    value = os.environ.get("SECRET_KEY")
    if value is not None:
        if len(value) < 32:
            raise ImproperlyConfigured(
                f"SECRET_KEY must have at least 32 characters, got {len(value)}."
            )
        return value
    path = data_dir / "secret_key"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(48))
    return path.read_text(encoding="ascii").strip()


SQLITE_OPTIONS = {
    # Writers queue for the lock at BEGIN instead of failing at the first write; readers never wait.
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    # FULL: an acknowledged answer survives a power cut.
    "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;",
}


def read_database(data_dir: Path) -> dict[str, object]:
    url = os.environ.get("DATABASE_URL") or f"sqlite:///{data_dir / 'earwitness.sqlite3'}"
    scheme = urlsplit(url).scheme
    if scheme not in {"sqlite", "postgres", "postgresql"}:
        raise ImproperlyConfigured(
            f"DATABASE_URL must begin with sqlite:// or postgresql://, got {scheme + '://'!r}."
        )
    database: dict[str, object] = dict(dj_database_url.parse(url, conn_max_age=60))
    if scheme == "sqlite":
        database["OPTIONS"] = dict(SQLITE_OPTIONS)
        # A file also in tests: threads, the worker and the web server share one database.
        database["TEST"] = {"NAME": str(data_dir / "test.sqlite3")}
    else:
        database["CONN_HEALTH_CHECKS"] = True
    return database


def read_broker_url() -> str:
    url = os.environ.get("BROKER_URL") or "redis://127.0.0.1:6379/0"
    scheme = urlsplit(url).scheme
    allowed = ("redis", "rediss", "redis+socket", "sentinel", "amqp", "amqps")
    if scheme not in allowed:
        raise ImproperlyConfigured(
            f"BROKER_URL must begin with one of {', '.join(allowed)}, got {scheme + '://'!r}."
        )
    return url


def read_storage_dir(data_dir: Path) -> Path:
    url = os.environ.get("STORAGE_URL")
    if not url:
        return data_dir / "store"
    parts = urlsplit(url)
    if parts.scheme not in {"", "file"}:
        raise ImproperlyConfigured(
            f"STORAGE_URL must be a folder (a path or file://…), got {parts.scheme + '://'!r}."
        )
    return Path(parts.path).expanduser().resolve()
