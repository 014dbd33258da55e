"""A consistent copy of the database, taken while it is in use, and its way back."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from .errors import BackupError

SQLITE_NAME = "database.sqlite3"
POSTGRES_NAME = "database.pgdump"


def is_sqlite(database: Mapping[str, Any]) -> bool:
    return "sqlite" in str(database["ENGINE"])


def name_copy(database: Mapping[str, Any]) -> str:
    return SQLITE_NAME if is_sqlite(database) else POSTGRES_NAME


def save_database(database: Mapping[str, Any], target: Path) -> None:
    if is_sqlite(database):
        save_sqlite(Path(str(database["NAME"])), target)
    else:
        run_postgres_tool("pg_dump", database, "--format=custom", "--file", str(target))


def save_sqlite(source: Path, target: Path) -> None:
    if not source.is_file():
        raise BackupError(f"There must be a database to save, and {str(source)!r} does not exist.")
    with (
        contextlib.closing(sqlite3.connect(source, timeout=60)) as live,
        contextlib.closing(sqlite3.connect(target)) as copy,
    ):
        live.backup(copy)


def check_sqlite(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as copy:
        try:
            state = copy.execute("PRAGMA integrity_check").fetchone()[0]
        except sqlite3.DatabaseError as error:
            state = str(error)
    if state != "ok":
        raise BackupError(f"The database in the backup must be sound, and is not: {state}.")


def restore_postgres(database: Mapping[str, Any], source: Path) -> None:
    run_postgres_tool(
        "pg_restore",
        database,
        *("--clean", "--if-exists", "--no-owner", "--single-transaction", "--exit-on-error"),
        str(source),
    )


def make_postgres_url(database: Mapping[str, Any]) -> str:
    """Without the password: every user of the machine may read a process's arguments."""

    def escape(name: str) -> str:
        return quote(str(database.get(name) or ""), safe="")

    port = f":{database['PORT']}" if database.get("PORT") else ""
    return f"postgresql://{escape('USER')}@{escape('HOST')}{port}/{escape('NAME')}"


def count_other_connections(database: Mapping[str, Any]) -> int:
    import psycopg

    password = str(database.get("PASSWORD") or "") or None
    with psycopg.connect(make_postgres_url(database), password=password) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchone()
    return int(row[0]) if row else 0


def run_postgres_tool(name: str, database: Mapping[str, Any], *arguments: str) -> None:
    program = shutil.which(name)
    if program is None:
        raise BackupError(
            f"Saving and restoring PostgreSQL needs {name} on the PATH: "
            "install PostgreSQL's client programs."
        )
    command = [program, "--dbname", make_postgres_url(database), *arguments]
    env = dict(os.environ)
    if database.get("PASSWORD"):
        env["PGPASSWORD"] = str(database["PASSWORD"])
    done = subprocess.run(command, capture_output=True, text=True, env=env)
    if done.returncode:
        raise BackupError(f"{name} failed: {done.stderr.strip()}")
