"""`make backup` and `make restore`: database, store and key in one tar with checksums."""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import os
import shutil
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from .database_copy import (
    POSTGRES_NAME,
    check_sqlite,
    count_other_connections,
    is_sqlite,
    name_copy,
    restore_postgres,
    save_database,
)
from .errors import BackupError, StartError
from .stack import LOCK, ROOT, lock_data_dir

SUMS = "SHA256SUMS"
MANIFEST = "manifest.json"
STORE = "store"
KEY = "secret_key"
# Files being written; once complete they are in the store under their sha256.
UNFINISHED = "incoming"
CHUNK = 2**20


def load_settings() -> Any:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "evalsite.settings")
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured

    try:
        settings.DATABASES  # noqa: B018 (reads the environment now)
    except ImproperlyConfigured as error:
        raise StartError(str(error)) from error
    return settings


def list_store(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if path.is_file() and relative.parts[0] != UNFINISHED and not path.name.startswith("."):
            yield path


class Writer:
    """A tar being written, with the sha256 of every member."""

    def __init__(self, archive: tarfile.TarFile) -> None:
        self.archive = archive
        self.sums: dict[str, str] = {}

    def add_file(self, name: str, path: Path) -> None:
        with path.open("rb") as file:
            info = self.archive.gettarinfo(arcname=name, fileobj=file)
            digest = hashlib.file_digest(file, "sha256")
            file.seek(0)
            self.archive.addfile(info, file)
        self.sums[name] = digest.hexdigest()

    def add_text(self, name: str, text: str) -> None:
        data = text.encode()
        info = tarfile.TarInfo(name)
        info.size, info.mtime, info.mode = len(data), int(time.time()), 0o600
        self.archive.addfile(info, io.BytesIO(data))
        self.sums[name] = hashlib.sha256(data).hexdigest()


def save(target: Path | None = None) -> Path:
    """Write a backup; the instance may be running. Returns the file's path."""
    settings = load_settings()
    made = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
    target = target or ROOT / "backups" / f"earwitness-{made}.tar"
    if target.exists():
        raise BackupError(f"FILE must be new, and {str(target)!r} exists.")
    target.parent.mkdir(parents=True, exist_ok=True)
    database = settings.DATABASES["default"]
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=target.parent) as folder:
        copy = Path(folder) / name_copy(database)
        # The database first: whatever it names is complete in the store by then.
        save_database(database, copy)
        partial = Path(folder) / "backup.tar"
        with tarfile.open(partial, "w", format=tarfile.PAX_FORMAT) as archive:
            writer = Writer(archive)
            writer.add_text(MANIFEST, json.dumps({"earwitness": 1, "made": made}) + "\n")
            writer.add_file(copy.name, copy)
            if (settings.DATA_DIR / KEY).is_file():
                writer.add_file(KEY, settings.DATA_DIR / KEY)
            for path in list_store(settings.STORAGE_DIR):
                relative = path.relative_to(settings.STORAGE_DIR).as_posix()
                writer.add_file(f"{STORE}/{relative}", path)
            lines = [f"{digest}  {name}\n" for name, digest in writer.sums.items()]
            writer.add_text(SUMS, "".join(lines))
        partial.chmod(0o600)
        with partial.open("rb") as file:
            os.fsync(file.fileno())
        partial.replace(target)
    return target


def check_name(name: str) -> None:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        raise BackupError(f"A backup's file names must stay inside it, got {name!r}.")


def unpack(source: Path, folder: Path) -> set[str]:
    """Extract a backup whose every member has the sha256 its list says; else refuse it."""
    found: dict[str, str] = {}
    sums = ""
    try:
        with tarfile.open(source, "r:") as archive:
            for member in archive:
                check_name(member.name)
                stream = archive.extractfile(member) if member.isreg() else None
                if stream is None:
                    raise BackupError(f"A backup holds files only, got {member.name!r}.")
                if member.name == SUMS:
                    sums = stream.read().decode()
                    continue
                found[member.name] = write_member(stream, folder / member.name)
    except (tarfile.TarError, EOFError, OSError, UnicodeDecodeError) as error:
        raise BackupError(f"FILE must be a backup, and {str(source)!r} is not: {error}.") from error
    expected = {
        name: digest
        for digest, _, name in (line.partition("  ") for line in sums.split("\n") if line)
    }
    if MANIFEST not in found or not expected:
        raise BackupError(f"FILE must be a complete backup, and {str(source)!r} is not.")
    for name in sorted(found.keys() | expected.keys()):
        if found.get(name) != expected.get(name):
            raise BackupError(f"The checksum of {name!r} in the backup must match, and differs.")
    return set(found)


def write_member(stream: Any, target: Path) -> str:
    digest = hashlib.sha256()
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as file:
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
            file.write(chunk)
    return digest.hexdigest()


def restore(source: Path) -> Path:
    """Put a backup in place of what is there; returns the folder that keeps what was."""
    settings = load_settings()
    if not source.is_file():
        raise BackupError(f"FILE must be a backup, and {str(source)!r} does not exist.")
    with lock_data_dir(settings.DATA_DIR):
        try:
            return replace_all(settings, source)
        finally:
            # Taken away while it is held: nobody can hold it by its name meanwhile.
            (settings.DATA_DIR / LOCK).unlink(missing_ok=True)


def replace_all(settings: Any, source: Path) -> Path:
    database = settings.DATABASES["default"]
    if not is_sqlite(database) and (n_others := count_other_connections(database)):
        raise BackupError(
            f"Nothing may use the database while it is restored, and {n_others} connections do."
        )
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=settings.DATA_DIR) as folder:
        names = unpack(source, Path(folder))
        if name_copy(database) not in names:
            raise BackupError(
                f"The backup must hold {name_copy(database)}, as DATABASE_URL asks, and does not."
            )
        return swap_in(settings, Path(folder))


def swap_in(settings: Any, fresh: Path) -> Path:
    made = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
    aside = settings.DATA_DIR / f"before-restore-{made}"
    aside.mkdir()
    database = settings.DATABASES["default"]
    moves: list[tuple[Path, Path]] = []
    if is_sqlite(database):
        check_sqlite(fresh / name_copy(database))
        place = Path(str(database["NAME"]))
        for suffix in ("", "-wal", "-shm"):
            moves.append((place.with_name(place.name + suffix), aside / (place.name + suffix)))
        moves.append((fresh / name_copy(database), place))
    else:
        save_database(database, aside / POSTGRES_NAME)
        restore_postgres(database, fresh / POSTGRES_NAME)
    (fresh / STORE).mkdir(exist_ok=True)
    moves += [(settings.STORAGE_DIR, aside / STORE), (fresh / STORE, settings.STORAGE_DIR)]
    if (fresh / KEY).is_file():
        moves += [
            (settings.DATA_DIR / KEY, aside / KEY),
            (fresh / KEY, settings.DATA_DIR / KEY),
        ]
    move_all(moves)
    return aside


def move_all(moves: list[tuple[Path, Path]]) -> None:
    """All moves, or none: the first that fails undoes those before it."""
    done: list[tuple[Path, Path]] = []
    try:
        for old, new in moves:
            if old.exists():
                # Not rename: the store may lie on another disk.
                shutil.move(old, new)
                done.append((old, new))
    except OSError as error:
        for old, new in reversed(done):
            shutil.move(new, old)
        raise BackupError(f"The backup could not be put in place: {error}.") from error


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m evalsite.processes.backup")
    parser.add_argument("action", choices=["save", "restore"])
    parser.add_argument("file", nargs="?", default="")
    given = parser.parse_args()
    try:
        if given.action == "save":
            print(f"Saved {save(Path(given.file) if given.file else None)}")
        elif not given.file:
            raise BackupError("FILE must name the backup: make restore FILE=backups/….tar")
        else:
            print(f"Restored {given.file}; what was there before is in {restore(Path(given.file))}")
    except (BackupError, StartError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
