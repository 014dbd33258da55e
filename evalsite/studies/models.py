"""Studies, their items and the arms of their design."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.db import models
from django.db.models import Q

from evalsite.clips.models import Clip, Explanation, Recording


def make_token() -> str:
    """128 random bits, safe in a URL."""
    return secrets.token_urlsafe(16)


class Study(models.Model):
    """A listening study. Its protocol is frozen when it opens."""

    class State(models.TextChoices):
        DRAFT = "draft", "draft"
        OPEN = "open", "running"
        CLOSED = "closed", "closed"

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="studies")
    slug = models.SlugField(max_length=80, unique=True)
    title = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    protocol = models.JSONField()
    protocol_version = models.PositiveIntegerField(default=1)
    protocol_digest = models.CharField("sha256 of the frozen protocol", max_length=64, blank=True)
    link_token = models.CharField(max_length=32, unique=True, default=make_token)
    pilot_token = models.CharField(max_length=32, unique=True, default=make_token)
    created_at = models.DateTimeField(auto_now_add=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at", "-pk")
        verbose_name_plural = "studies"
        constraints = (
            models.CheckConstraint(
                condition=Q(state="draft") | ~Q(protocol_digest=""),
                name="study_opened_is_frozen",
            ),
        )

    def __str__(self) -> str:
        return self.title


class Item(models.Model):
    """What one trial asks about: a clip and its hidden condition."""

    study = models.ForeignKey(Study, models.CASCADE, related_name="items")
    number = models.PositiveIntegerField()
    is_practice = models.BooleanField(default=False)
    condition = models.CharField(max_length=40)
    target = models.CharField(max_length=100, blank=True)
    recording = models.ForeignKey(Recording, models.PROTECT, null=True, related_name="items")
    explanation = models.ForeignKey(Explanation, models.PROTECT, null=True, related_name="items")
    clip = models.ForeignKey(Clip, models.PROTECT, null=True, related_name="items")
    blob = models.CharField("sha256 of the stored file", max_length=64)
    n_bytes = models.PositiveBigIntegerField()
    duration = models.FloatField("seconds")

    class Meta:
        ordering = ("study", "number")
        constraints = (
            models.UniqueConstraint(fields=("study", "number"), name="item_number_once"),
            models.UniqueConstraint(
                fields=("study", "recording", "target", "condition"),
                name="item_once_per_condition",
            ),
            models.CheckConstraint(
                condition=Q(is_practice=True) | Q(clip__isnull=False), name="item_has_a_clip"
            ),
        )

    def __str__(self) -> str:
        return f"{self.study.slug} {self.number}"


class Arm(models.Model):
    """One row of the Latin square, and how many sittings have taken it."""

    study = models.ForeignKey(Study, models.CASCADE, related_name="arms")
    row = models.PositiveIntegerField()
    n_taken = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ("study", "row")
        constraints = (models.UniqueConstraint(fields=("study", "row"), name="arm_row_once"),)

    def __str__(self) -> str:
        return f"{self.study.slug} row {self.row}"
