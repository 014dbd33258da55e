"""Headphone checks: adding one is adding one file here."""

from __future__ import annotations

from functools import lru_cache

from evalsite.common.blobs import publish_bytes
from evalsite.studies.checks.base import HeadphoneCheck, Interval, write_wav
from explain_engine.registry import Registry

__all__ = ["HeadphoneCheck", "Interval", "publish_rounds", "registry"]

registry = Registry("evalsite.studies.checks", noun="headphone check")

SR = 44_100


@lru_cache(maxsize=16)
def publish_rounds(kind: str, level: float | None) -> tuple[tuple[str, int, float], ...]:
    """All files of a check, none louder than `level` LUFS: digest, right answer, seconds."""
    check = registry.get(kind)()
    published = []
    for stimulus in check.make_all(SR, level=level):
        data = write_wav(stimulus.y, SR)
        published.append((publish_bytes(data), stimulus.answer, len(stimulus.y) / SR))
    return tuple(published)
