"""What was computed, who looked behind the blind, what was exported, and the listeners' key."""

from __future__ import annotations

import json
import secrets
from typing import Any

from django.conf import settings
from django.db import models

from evalsite.studies.models import Study


def make_key() -> str:
    """256 random bits in hexadecimal digits."""
    return secrets.token_hex(32)


class OrderedJSONField(models.TextField):
    """JSON whose keys keep their order: PostgreSQL's own type sorts them, and pages and scripts
    would tell things in another order than on SQLite."""

    def from_db_value(self, value: str, expression: object, connection: object) -> Any:
        return json.loads(value)

    def to_python(self, value: Any) -> Any:
        return json.loads(value) if isinstance(value, str) else value

    def get_prep_value(self, value: Any) -> str:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)

    def value_to_string(self, obj: models.Model) -> str:
        return self.get_prep_value(self.value_from_object(obj))


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


class Analysis(models.Model):
    """Figures of one state of a study's data, computed once. The row is the job."""

    # Kinds; charts have "chart" and their name.
    FINDINGS = "findings"
    MODELS = "models"

    class State(models.TextChoices):
        QUEUED = "queued", "queued"
        RUNNING = "running", "running"
        DONE = "done", "done"
        FAILED = "failed", "failed"

    study = models.ForeignKey(Study, models.CASCADE, related_name="analyses")
    kind = models.CharField("findings, models, or a chart's name", max_length=80)
    data_version = models.CharField("digest of what it was computed from", max_length=64)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    value = OrderedJSONField(default=dict)
    error = models.CharField(max_length=500, blank=True)
    lease = models.CharField("who computes it", max_length=64, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    woken_at = models.DateTimeField("when a worker was last told", null=True)
    seconds = models.FloatField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "analyses"
        constraints = (
            models.UniqueConstraint(
                fields=("study", "kind", "data_version"), name="analysis_once_a_data_version"
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} of {self.study.slug}, {self.state}"


class Unblinding(models.Model):
    """Somebody looked at the conditions of a running study, and said why. Only ever added to."""

    study = models.ForeignKey(Study, models.CASCADE, related_name="unblindings")
    who = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    reason = models.CharField(max_length=500)
    n_finished = models.PositiveIntegerField("listeners who had finished by then")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("created_at", "pk")

    def __str__(self) -> str:
        return f"{self.study.slug} unblinded by {self.who}"
