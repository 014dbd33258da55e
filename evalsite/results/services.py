"""Writes: an export is made and noted down."""

from __future__ import annotations

import hashlib
import logging
import tempfile
import time
from typing import BinaryIO

from django.conf import settings

from evalsite import __version__
from evalsite.common.transactions import write_transaction
from evalsite.results.dataset import gather_dataset
from evalsite.results.exporters import make_exporter
from evalsite.results.models import Export
from evalsite.studies.models import Study

logger = logging.getLogger(__name__)


def make_export(*, study: Study, format: str, file: BinaryIO) -> Export:
    """Write the study's data set into `file` (open for reading and writing) and note it down."""
    began = time.monotonic()
    exporter = make_exporter(format)
    dataset = gather_dataset(study)
    exporter(dataset, file)
    n_bytes = file.tell()
    file.seek(0)
    digest = hashlib.file_digest(file, "sha256").hexdigest()
    file.seek(0)
    with write_transaction():
        export = Export.objects.create(
            study=study,
            format=format,
            sha256=digest,
            n_bytes=n_bytes,
            protocol_digest=study.protocol_digest,
            software_version=__version__,
            n_ratings=len(dataset.ratings),
            n_participants=dataset.ratings["participant"].nunique(),
        )
    seconds = time.monotonic() - began
    logger.info("study %s exported as %s in %.1f s: %s", study.pk, format, seconds, digest)
    return export


def open_export_file() -> BinaryIO:
    """A nameless file beside the data: closing it, or the process's death, removes it."""
    return tempfile.TemporaryFile(dir=settings.DATA_DIR / "tmp")
