"""Backups: out of a running instance, into another, and what is refused."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from tests.support.environment import ROOT
from tests.support.stack import PRIVATE, Stack

USERS = (
    "from django.contrib.auth.models import User;"
    "print(sorted(User.objects.values_list('username', flat=True)))"
)


def run_backup(env: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "evalsite.processes.backup", *arguments]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)


def make_env(data_dir: Path, **more: str) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if name not in PRIVATE}
    return {**inherited, "DATA_DIR": str(data_dir), **more}


def manage(env: dict[str, str], *arguments: str) -> str:
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def add_user(env: dict[str, str], name: str) -> None:
    code = f"from django.contrib.auth.models import User; User.objects.create_user({name!r})"
    manage(env, "shell", "--no-imports", "-c", code)


def read_users(env: dict[str, str]) -> str:
    return manage(env, "shell", "--no-imports", "-c", USERS)


@pytest.fixture
def filled(tmp_path: Path) -> dict[str, str]:
    """The environment of an instance with one user and one file in the store."""
    env = make_env(tmp_path / "data")
    manage(env, "migrate", "--verbosity", "0")
    add_user(env, "first")
    blob = tmp_path / "data" / "store" / "ab" / "cd" / "abcd"
    blob.parent.mkdir(parents=True)
    blob.write_bytes(b"sound")
    unfinished = tmp_path / "data" / "store" / "incoming" / "half"
    unfinished.parent.mkdir()
    unfinished.write_bytes(b"so")
    return env


def test_round_trip_brings_back_database_store_and_key(filled: dict[str, str], tmp_path: Path):
    data, backup = tmp_path / "data", tmp_path / "backup.tar"
    key = (data / "secret_key").read_text()
    assert run_backup(filled, "save", str(backup)).returncode == 0
    assert backup.stat().st_mode & 0o777 == 0o600

    add_user(filled, "second")
    (data / "store" / "ab" / "cd" / "abcd").write_bytes(b"other")
    (data / "secret_key").write_text("x" * 50)
    done = run_backup(filled, "restore", str(backup))
    assert done.returncode == 0, done.stderr

    assert read_users(filled) == "['first']"
    assert (data / "store" / "ab" / "cd" / "abcd").read_bytes() == b"sound"
    assert not (data / "store" / "incoming").exists()
    assert (data / "secret_key").read_text() == key
    (aside,) = data.glob("before-restore-*")
    assert (aside / "store" / "ab" / "cd" / "abcd").read_bytes() == b"other"
    with sqlite3.connect(aside / "earwitness.sqlite3") as old:
        assert old.execute("SELECT count(*) FROM auth_user").fetchone() == (2,)


def test_restore_into_an_empty_folder(filled: dict[str, str], tmp_path: Path):
    backup = tmp_path / "backup.tar"
    run_backup(filled, "save", str(backup))
    other = make_env(tmp_path / "other")
    assert run_backup(other, "restore", str(backup)).returncode == 0
    assert read_users(other) == "['first']"
    assert not (tmp_path / "other" / "run.lock").exists()


def test_changed_byte_is_refused_and_nothing_is_touched(filled: dict[str, str], tmp_path: Path):
    backup = tmp_path / "backup.tar"
    run_backup(filled, "save", str(backup))
    add_user(filled, "second")
    content = backup.read_bytes()
    assert content.count(b"sound") == 1
    backup.write_bytes(content.replace(b"sound", b"Sound"))
    done = run_backup(filled, "restore", str(backup))
    assert (done.returncode, done.stderr) == (
        2,
        "The checksum of 'store/ab/cd/abcd' in the backup must match, and differs.\n",
    )
    assert read_users(filled) == "['first', 'second']"
    assert list((tmp_path / "data").glob("before-restore-*")) == []


@pytest.mark.parametrize("name", ["../outside", "/outside"])
def test_member_outside_is_refused(filled: dict[str, str], tmp_path: Path, name: str):
    backup = tmp_path / "evil.tar"
    with tarfile.open(backup, "w") as archive:
        archive.addfile(tarfile.TarInfo(name))
    done = run_backup(filled, "restore", str(backup))
    assert done.returncode == 2
    assert done.stderr == f"A backup's file names must stay inside it, got {name!r}.\n"


def test_link_in_a_backup_is_refused(filled: dict[str, str], tmp_path: Path):
    backup = tmp_path / "evil.tar"
    link = tarfile.TarInfo("store/link")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    with tarfile.open(backup, "w") as archive:
        archive.addfile(link)
    done = run_backup(filled, "restore", str(backup))
    assert (done.returncode, done.stderr) == (2, "A backup holds files only, got 'store/link'.\n")


def test_what_is_no_backup_is_refused(filled: dict[str, str], tmp_path: Path):
    (tmp_path / "text.tar").write_text("not a tar")
    done = run_backup(filled, "restore", str(tmp_path / "text.tar"))
    assert done.returncode == 2
    assert done.stderr.startswith("FILE must be a backup, and ")
    missing = run_backup(filled, "restore", str(tmp_path / "missing.tar"))
    assert missing.stderr.endswith("does not exist.\n")
    unnamed = run_backup(filled, "restore", "")
    assert unnamed.stderr.startswith("FILE must name the backup")


def test_backup_overwrites_nothing(filled: dict[str, str], tmp_path: Path):
    (tmp_path / "there.tar").write_text("mine")
    done = run_backup(filled, "save", str(tmp_path / "there.tar"))
    assert done.returncode == 2
    assert (tmp_path / "there.tar").read_text() == "mine"


def test_running_instance_can_be_saved_but_not_restored(
    run_stack: Callable[..., Stack], tmp_path: Path
):
    stack = run_stack()
    env = make_env(stack.data_dir)
    backup = tmp_path / "backup.tar"
    assert run_backup(env, "save", str(backup)).returncode == 0
    done = run_backup(env, "restore", str(backup))
    assert done.returncode == 2
    assert "must belong to one running instance" in done.stderr
    assert stack.stop() == 0
    assert run_backup(env, "restore", str(backup)).returncode == 0


def test_postgres_round_trip(postgres_url: str, postgres_programs: Path, tmp_path: Path):
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS saved")
        connection.execute("CREATE DATABASE saved")
    url = postgres_url.rsplit("/", 1)[0] + "/saved"
    path = f"{postgres_programs}{os.pathsep}{os.environ['PATH']}"
    env = make_env(tmp_path / "data", DATABASE_URL=url, PATH=path)
    manage(env, "migrate", "--verbosity", "0")
    add_user(env, "first")
    saved = run_backup(env, "save", str(tmp_path / "backup.tar"))
    assert saved.returncode == 0, saved.stderr
    add_user(env, "second")

    with psycopg.connect(url):
        busy = run_backup(env, "restore", str(tmp_path / "backup.tar"))
    assert busy.returncode == 2
    assert busy.stderr.startswith("Nothing may use the database while it is restored, and 1 ")

    done = run_backup(env, "restore", str(tmp_path / "backup.tar"))
    assert done.returncode == 0, done.stderr
    assert read_users(env) == "['first']"
    (aside,) = (tmp_path / "data").glob("before-restore-*")
    assert (aside / "database.pgdump").stat().st_size > 0


def test_postgres_without_its_client_programs_is_a_sentence(postgres_url: str, tmp_path: Path):
    env = make_env(tmp_path / "data", DATABASE_URL=postgres_url, PATH=str(tmp_path))
    done = run_backup(env, "save", str(tmp_path / "backup.tar"))
    assert done.returncode == 2
    assert done.stderr == (
        "Saving and restoring PostgreSQL needs pg_dump on the PATH: "
        "install PostgreSQL's client programs.\n"
    )
