"""Taking in recordings: no uploaded byte is read by this process or ever served."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import tempfile
import unicodedata
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser

from evalsite.clips.models import Explanation, Recording
from evalsite.common.blobs import publish_file
from evalsite.common.errors import EarwitnessError, NotAllowedNow
from evalsite.common.transactions import write_transaction

logger = logging.getLogger(__name__)

WALL_SECONDS = 30
MAX_NAME_BYTES = 150
# What the child needs to start; above all not the secret key or the database's address.
PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV", "LD_LIBRARY_PATH")


def store_recording(
    *,
    owner: AbstractBaseUser,
    path: Path,
    file_name: str,
    title: str = "",
    licence: str = "",
    source: str = "",
) -> tuple[Recording, bool]:
    """Decode a file, keep it as FLAC; the same samples twice are one recording (False)."""
    name = clean_file_name(file_name)
    size = path.stat().st_size
    if size > settings.UPLOAD_MAX_BYTES:
        raise EarwitnessError(
            f"A file may be {settings.UPLOAD_MAX_BYTES >> 20} MB, "
            f'"{name}" is {size / 2**20:.0f} MB.'
        )
    with tempfile.TemporaryDirectory(dir=settings.FILE_UPLOAD_TEMP_DIR, prefix="intake-") as folder:
        facts = decode_in_child(path, name, Path(folder))
        known = Recording.objects.filter(owner=owner, sha256=facts["sha256"]).first()
        if known is not None:
            return known, False
        values = {
            "title": (title.strip() or Path(name).stem)[:200],
            "file_name": name,
            "licence": licence[:200],
            "source": source[:300],
            "blob": publish_file(Path(folder) / "recording.flac"),
        }
        for field in ("sample_rate", "n_channels", "n_samples", "n_clipped", "envelope"):
            values[field] = facts[field]
        with write_transaction():
            return Recording.objects.get_or_create(
                owner=owner, sha256=facts["sha256"], defaults=values
            )


def describe_recording(
    *,
    recording: Recording,
    title: str | None = None,
    licence: str | None = None,
    source: str | None = None,
) -> Recording:
    """Other words for a recording; None leaves them. Its samples never change."""
    given = {"title": title, "licence": licence, "source": source}
    for name, value in given.items():
        if value is None:
            continue
        most = Recording._meta.get_field(name).max_length
        has_controls = any(unicodedata.category(c)[0] == "C" for c in value)
        if has_controls or len(value.strip()) > most:
            raise EarwitnessError(
                f"{name} must be one line of {most} characters or fewer, got {ascii(value)[:60]}."
            )
        setattr(recording, name, value.strip())
    if not recording.title:
        raise EarwitnessError("title must have 1 character or more, got 0.")
    with write_transaction():
        recording.save(update_fields=list(given))
    return recording


def delete_recording(*, recording: Recording) -> None:
    """Take a recording out of the library with its explanations, unless something needs it."""
    with write_transaction():
        recording = Recording.objects.select_for_update().get(pk=recording.pk)
        # Studies are known here by their reverse name only.
        item = recording.items.select_related("study").first()
        if item is not None:
            raise NotAllowedNow(
                f"A recording must be in no study to be deleted, “{recording}” is in "
                f"“{item.study}”."
            )
        others = Explanation.objects.filter(other_recording=recording)
        other = others.exclude(recording=recording).select_related("recording").first()
        if other is not None:
            raise NotAllowedNow(
                f"A recording must be in no other one's controls to be deleted, “{recording}” is "
                f"in those of “{other.recording}”."
            )
        if recording.explanations.filter(state=Explanation.State.RUNNING).exists():
            raise NotAllowedNow(
                f"A recording must not be explained while it is deleted, “{recording}” is."
            )
        recording.explanations.all().delete()
        recording.delete()
    logger.info("recording %s deleted", recording.sha256[:12])


def clean_file_name(name: str) -> str:
    """The last part of a path, without control and direction marks, of bearable length."""
    name = name.replace("\\", "/").rsplit("/", 1)[-1]
    name = unicodedata.normalize("NFC", name)
    name = "".join(c for c in name if unicodedata.category(c)[0] != "C").strip(" .")
    stem, extension = os.path.splitext(name)
    extension = extension if len(extension.encode()) <= 10 else ""
    room = MAX_NAME_BYTES - len(extension.encode())
    stem = stem.encode()[:room].decode("utf-8", "ignore").strip()
    return f"{stem}{extension}" if stem else f"recording{extension}"


def decode_in_child(path: Path, name: str, folder: Path) -> dict[str, Any]:
    """Let a limited process read the file; return its facts or raise its sentence."""
    # The file under its own name, so that sentences about it can name it.
    link = folder / "in" / name
    link.parent.mkdir()
    link.symlink_to(path.resolve())
    environment = {key: os.environ[key] for key in PASSED_ON if key in os.environ}
    environment |= {"OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(settings.BASE_DIR)}
    command = [sys.executable, "-m", "evalsite.clips.intake", str(link), str(folder)]
    with open(folder / "stderr", "wb") as complaints:
        try:
            child = subprocess.run(
                command,
                cwd=settings.BASE_DIR,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=complaints,
                timeout=WALL_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise EarwitnessError(
                f'A recording must decode within {WALL_SECONDS} s, "{name}" does not.'
            ) from None
    facts_path = folder / "facts.json"
    if child.returncode or not facts_path.exists():
        logger.warning(
            "intake ended with %s: %s",
            child.returncode,
            (folder / "stderr").read_bytes()[-2000:].decode("utf-8", "replace"),
        )
        raise EarwitnessError(
            f'"{name}" cannot be decoded: reading it broke the decoder. '
            "Choose WAV, FLAC, OGG or MP3."
        )
    facts = json.loads(facts_path.read_text(encoding="utf-8"))
    logger.info("intake: %s bytes, peak memory %s kB", path.stat().st_size, facts["peak_rss_kb"])
    if "error" in facts:
        raise EarwitnessError(facts["error"])
    return facts
