"""Writes: figures are computed, a blind is lifted, an export is made and noted down."""

from __future__ import annotations

import hashlib
import logging
import tempfile
import time
from typing import BinaryIO

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser

from evalsite import __version__
from evalsite.common.errors import EarwitnessError, NotAllowedNow
from evalsite.common.transactions import write_transaction
from evalsite.results import store
from evalsite.results.by_worker import compute_models
from evalsite.results.dataset.contents import gather_dataset
from evalsite.results.exporters import make_exporter
from evalsite.results.models import Analysis, Export, Unblinding
from evalsite.results.queries import count_flow
from evalsite.studies.models import Study

logger = logging.getLogger(__name__)


SHORTEST_REASON = 10


def run_analysis(*, pk: int) -> None:
    store.run(pk, {Analysis.MODELS: compute_models})


def unblind_study(*, study: Study, who: AbstractBaseUser, reason: str) -> Unblinding:
    """Let the conditions of a running study be seen; who did it, when and why is kept for good."""
    reason = " ".join(reason.split())
    if not SHORTEST_REASON <= len(reason) <= 500:
        raise EarwitnessError(
            f"A reason must have {SHORTEST_REASON} to 500 characters, got {len(reason)}."
        )
    with write_transaction():
        study = Study.objects.select_for_update().get(pk=study.pk)
        if study.state != Study.State.OPEN:
            raise NotAllowedNow(
                f"Only a running study is blind, “{study.title}” is {study.get_state_display()}."
            )
        unblinding = Unblinding.objects.create(
            study=study, who=who, reason=reason, n_finished=count_flow(study)["finished"]
        )
    logger.warning("study %s unblinded by user %s", study.pk, who.pk)
    return unblinding


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
