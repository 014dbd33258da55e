"""What identifies a file: the sha256 of its bytes, computed again only when the file changed."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from pathlib import Path

from explain_engine.errors import ModelError


def digest_file(path: Path) -> str:
    """Return the sha256 of a file's bytes in hexadecimal.

    Raises
    ------
    ModelError
        If it cannot be read.
    """
    try:
        stat = path.stat()
        return _digest_version(path, stat.st_mtime_ns, stat.st_size)
    except OSError as error:
        raise ModelError(
            f"A file of a model must be readable, {path.name!r} is not: {error.strerror}."
        ) from error


def digest_data(data: object) -> str:
    """Return the sha256 of the canonical JSON of `data`: sorted keys, no spaces."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


@lru_cache(maxsize=32)
def _digest_version(path: Path, mtime_ns: int, size: int) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
