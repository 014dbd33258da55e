"""The processes of one machine: what each is started with."""

from __future__ import annotations

import fcntl
import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from .children import ChildSpec
from .errors import StartError
from .network import is_any_address, list_addresses, list_allowed_hosts, parse_port

ROOT = Path(__file__).resolve().parents[2]
LOCK = "run.lock"


@dataclass(frozen=True)
class Options:
    host: str
    port: int
    data_dir: Path
    music: Path | None

    @property
    def base_url(self) -> str:
        host = "127.0.0.1" if is_any_address(self.host) else self.host
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def network_urls(self) -> list[str]:
        if not is_any_address(self.host):
            return []
        return [f"http://{address}:{self.port}" for address in list_addresses()]


def read_options(host: str, port: str, music: str, environ: Mapping[str, str]) -> Options:
    data_dir = Path(environ.get("DATA_DIR") or ROOT / "data").expanduser().resolve()
    folder = Path(music).expanduser().resolve() if music else None
    if folder is not None and not folder.is_dir():
        raise StartError(f"MUSIC must be a folder with recordings, got {music!r}.")
    for name in ("WEB_WORKERS", "WEB_THREADS"):
        check_count(name, environ.get(name) or "1")
    return Options(host=host, port=parse_port(port), data_dir=data_dir, music=folder)


def check_count(name: str, text: str) -> None:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 64):
        raise StartError(f"{name} must be a number from 1 to 64, got {text!r}.")


def lock_data_dir(data_dir: Path) -> IO[str]:
    """Hold DATA_DIR for this process; the lock goes with the process, however that ends."""
    lock = take_lock(data_dir)
    while not is_in_place(lock, data_dir):
        # Who held it before took the file away in between.
        lock.close()
        lock = take_lock(data_dir)
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def take_lock(data_dir: Path) -> IO[str]:
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = (data_dir / LOCK).open("a+", encoding="ascii")
    except OSError as error:
        raise StartError(
            f"DATA_DIR must be a folder that can be written, got {str(data_dir)!r}: "
            f"{error.strerror}."
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.seek(0)
        pid = lock.read().strip() or "unknown"
        lock.close()
        raise StartError(
            f"DATA_DIR must belong to one running instance, "
            f"and process {pid} already uses {str(data_dir)!r}."
        ) from error
    return lock


def is_in_place(lock: IO[str], data_dir: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(lock.fileno()), (data_dir / LOCK).stat())
    except FileNotFoundError:
        return False


def make_environment(options: Options, environ: Mapping[str, str]) -> dict[str, str]:
    """The children's environment: every file they write lies in DATA_DIR."""
    cache = options.data_dir / "cache"
    folders = {
        "NUMBA_CACHE_DIR": cache / "numba",
        "MPLCONFIGDIR": cache / "matplotlib",
        "XDG_CACHE_HOME": cache,
        "TMPDIR": options.data_dir / "tmp",
    }
    # What a killed process left unfinished; nothing runs here now that could want it.
    shutil.rmtree(folders["TMPDIR"], ignore_errors=True)
    for folder in folders.values():
        folder.mkdir(parents=True, exist_ok=True)
    return {
        **environ,
        **{name: str(folder) for name, folder in folders.items()},
        "DATA_DIR": str(options.data_dir),
        "ALLOWED_HOSTS": ",".join(list_allowed_hosts(options.host, environ.get("ALLOWED_HOSTS"))),
        "PYTHONUNBUFFERED": "1",
        "TQDM_DISABLE": "1",
    }


def describe_django(name: str, *arguments: str, env: Mapping[str, str], logs: Path) -> ChildSpec:
    command = (sys.executable, str(ROOT / "manage.py"), *arguments)
    return ChildSpec(name, command, env, logs / f"{name}.log", is_restarted=False)


def describe_web(descriptor: int, *, env: Mapping[str, str], logs: Path) -> ChildSpec:
    command = (
        *(sys.executable, "-m", "gunicorn", "--chdir", str(ROOT)),
        *("--config", "python:evalsite.processes.gunicorn_conf"),
        *("--bind", f"fd://{descriptor}"),
    )
    return ChildSpec("web", command, env, logs / "web.log", pass_fds=(descriptor,))


def describe_workers(*, env: Mapping[str, str], logs: Path) -> list[ChildSpec]:
    celery = (sys.executable, "-m", "celery", "--workdir", str(ROOT), "-A", "evalsite.celery:app")
    quiet = ("--without-gossip", "--without-mingle", "--loglevel", "INFO")
    commands = {
        # One explanation at a time, in the process itself: no child can be orphaned.
        "worker-engine": (*celery, "worker", "-Q", "engine", "-P", "solo", "-n", "engine@%h"),
        "worker-default": (
            *(*celery, "worker", "-Q", "default", "-P", "threads", "-c", "2", "-n", "default@%h"),
        ),
    }
    specs = [
        ChildSpec(name, (*command, *quiet), env, logs / f"{name}.log")
        for name, command in commands.items()
    ]
    beat = (*celery, "beat", "--loglevel", "WARNING")
    return [*specs, ChildSpec("beat", beat, env, logs / "beat.log")]
