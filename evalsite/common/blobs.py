"""Files by content: written under a temporary name, synced, renamed to their sha256."""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path

from django.conf import settings


def find_blob(sha256: str) -> Path:
    """Where the file with this digest is or would be."""
    return settings.STORAGE_DIR / sha256[:2] / sha256[2:4] / sha256


def publish_file(path: Path) -> str:
    """Copy a file into the store; return its sha256. Readers see all of it or nothing."""
    digest = hashlib.sha256()
    temporary = _temporary_path()
    with open(path, "rb") as source, open(temporary, "wb") as copy:
        while chunk := source.read(2**20):
            digest.update(chunk)
            copy.write(chunk)
        _sync(copy)
    return _rename_into_place(temporary, digest.hexdigest())


def publish_bytes(data: bytes) -> str:
    temporary = _temporary_path()
    with open(temporary, "wb") as copy:
        copy.write(data)
        _sync(copy)
    return _rename_into_place(temporary, hashlib.sha256(data).hexdigest())


def _temporary_path() -> Path:
    folder = settings.STORAGE_DIR / "incoming"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / secrets.token_hex(16)


def _sync(file) -> None:
    file.flush()
    os.fsync(file.fileno())


def _rename_into_place(temporary: Path, sha256: str) -> str:
    final = find_blob(sha256)
    final.parent.mkdir(parents=True, exist_ok=True)
    os.replace(temporary, final)
    descriptor = os.open(final.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return sha256
