"""Settings from the environment: a bad value is a sentence at the start."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured

from evalsite import env


@pytest.mark.parametrize(
    ("read", "name", "value", "sentence"),
    [
        (lambda: env.read_bool("X", False), "X", "maybe", "X must be true or false, got 'maybe'."),
        (
            lambda: env.read_whole_number("STARTS_PER_HOUR", 300),
            "STARTS_PER_HOUR",
            "-5",
            "STARTS_PER_HOUR must be a whole number from 0 to 999999999, got '-5'.",
        ),
        (
            lambda: env.read_choice("DEVICE", ("auto", "cpu"), "auto"),
            "DEVICE",
            "tpu",
            "DEVICE must be one of auto, cpu, got 'tpu'.",
        ),
        (
            lambda: env.read_database(Path("/nowhere")),
            "DATABASE_URL",
            "mysql://x/y",
            "DATABASE_URL must begin with sqlite:// or postgresql://, got 'mysql://'.",
        ),
        (
            env.read_broker_url,
            "BROKER_URL",
            "ftp://x",
            "BROKER_URL must begin with one of redis, rediss, redis+socket, sentinel, amqp, "
            "amqps, got 'ftp://'.",
        ),
        (
            lambda: env.read_storage_dir(Path("/nowhere")),
            "STORAGE_URL",
            "s3://bucket",
            "STORAGE_URL must be a folder (a path or file://…), got 's3://'.",
        ),
        (
            lambda: env.read_files("MODELS"),
            "MODELS",
            "/nowhere/own.toml",
            "MODELS must name files, '/nowhere/own.toml' is none.",
        ),
        (
            lambda: env.read_secret_key(Path("/nowhere")),
            "SECRET_KEY",
            "short",
            "SECRET_KEY must have at least 32 characters, got 5.",
        ),
    ],
)
def test_bad_value_is_refused_with_name_and_value(
    monkeypatch: pytest.MonkeyPatch, read, name: str, value: str, sentence: str
) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(ImproperlyConfigured) as refusal:
        read()

    assert str(refusal.value) == sentence


def test_secret_key_is_made_once_and_kept_private(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("SECRET_KEY", raising=False)

    first, second = env.read_secret_key(tmp_path), env.read_secret_key(tmp_path)

    assert first == second
    assert len(first) >= 64
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600


def test_data_dir_that_is_a_file_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "file"
    path.write_text("")
    monkeypatch.setenv("DATA_DIR", str(path))

    with pytest.raises(ImproperlyConfigured, match="DATA_DIR must be a folder"):
        env.read_data_dir(tmp_path)


def test_sqlite_without_its_options_fails_the_checks(settings) -> None:
    settings.DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "x"}}

    found = {error.id for error in run_checks(tags=["database"]) if error.id}

    assert {"common.E001", "common.E002"} <= found
