"""Pseudonyms that say nothing outside this study's exports, and stay the same in each of them."""

from __future__ import annotations

import hashlib
import hmac

from evalsite.common.transactions import write_transaction
from evalsite.results.models import RaterKey
from evalsite.studies.models import Study
from evalsite.studies.trial_types.base import Column

PARTICIPANT = Column(
    "participant", "text", "Pseudonym, as in raters.csv", "P and 12 hexadecimal digits"
)


def make_rater_key(study: Study) -> bytes:
    """The study's random key, made the first time it is needed."""
    row = RaterKey.objects.filter(study=study).first()
    if row is None:
        with write_transaction():
            row, _ = RaterKey.objects.get_or_create(study=study)
    return bytes.fromhex(row.key)


def hide_pseudonym(key: bytes, pseudonym: str) -> str:
    return "P" + hmac.new(key, pseudonym.encode("utf-8"), hashlib.sha256).hexdigest()[:12]
