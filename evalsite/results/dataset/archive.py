"""Zip files that come out the same, byte for byte, whenever the same is packed.

Nothing is compressed: sound gains little, and the bytes would hang on the machine's zlib.
"""

from __future__ import annotations

import hashlib
import shutil
import zipfile
from pathlib import Path
from typing import BinaryIO

EARLIEST = (1980, 1, 1, 0, 0, 0)
CHECKSUMS = "CHECKSUMS"


class Archive:
    """Takes files one by one; closing it adds their checksums as the last."""

    def __init__(self, file: BinaryIO) -> None:
        self._zip = zipfile.ZipFile(file, "w")
        self._checksums: dict[str, str] = {}

    def add_bytes(self, name: str, data: bytes) -> None:
        self._checksums[name] = hashlib.sha256(data).hexdigest()
        self._zip.writestr(_describe(name), data)

    def add_file(self, name: str, path: Path) -> None:
        digest = hashlib.sha256()
        with (
            open(path, "rb") as source,
            self._zip.open(_describe(name, path.stat().st_size), "w") as target,
        ):
            shutil.copyfileobj(source, _Tee(target, digest), 2**20)
        self._checksums[name] = digest.hexdigest()

    def close(self) -> None:
        lines = [f"{digest}  {name}\n" for name, digest in sorted(self._checksums.items())]
        self._zip.writestr(_describe(CHECKSUMS), "".join(lines).encode("utf-8"))
        self._zip.close()


class _Tee:
    def __init__(self, target, digest) -> None:
        self._target, self._digest = target, digest

    def write(self, data: bytes) -> int:
        self._digest.update(data)
        return self._target.write(data)


def _describe(name: str, size: int = 0) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, EARLIEST)
    info.compress_type = zipfile.ZIP_STORED
    info.create_system = 3
    info.external_attr = 0o644 << 16
    info.file_size = size
    return info
