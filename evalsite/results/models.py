"""What was exported, and the key that hides listeners behind fresh pseudonyms."""

from __future__ import annotations

import secrets

from django.db import models

from evalsite.studies.models import Study


def make_key() -> str:
    """256 random bits in hexadecimal digits."""
    return secrets.token_hex(32)


class RaterKey(models.Model):
    """Turns pseudonyms into those of the exports: the same every time, different in each study."""

    study = models.OneToOneField(Study, models.CASCADE, related_name="rater_key")
    key = models.CharField(max_length=64, default=make_key)

    def __str__(self) -> str:
        return f"key of {self.study.slug}"


class Export(models.Model):
    """A data set that left the house."""

    study = models.ForeignKey(Study, models.CASCADE, related_name="exports")
    format = models.CharField(max_length=40)
    sha256 = models.CharField("sha256 of the file", max_length=64)
    n_bytes = models.PositiveBigIntegerField()
    protocol_digest = models.CharField(max_length=64)
    software_version = models.CharField(max_length=32)
    n_ratings = models.PositiveIntegerField("judgments in it")
    n_participants = models.PositiveIntegerField("listeners in it")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-created_at", "-pk")

    def __str__(self) -> str:
        return f"{self.study.slug} as {self.format}, {self.sha256[:12]}"
