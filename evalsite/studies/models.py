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
    piece_blob = models.CharField("sha256 of the piece that sets the volume", max_length=64)
    piece_seconds = models.FloatField(default=0)
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
    """What one trial asks about: its signals, its question's own parts, its hidden condition."""

    class Kind(models.TextChoices):
        MAIN = "main", "main"
        PRACTICE = "practice", "practice"
        TRAINING = "training", "training"
        CATCH = "catch", "catch"

    study = models.ForeignKey(Study, models.CASCADE, related_name="items")
    block = models.CharField("name of its block", max_length=40, default="main")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.MAIN)
    condition = models.CharField(max_length=100)
    target = models.CharField(max_length=100, blank=True)
    recording = models.ForeignKey(Recording, models.PROTECT, null=True, related_name="items")
    explanation = models.ForeignKey(Explanation, models.PROTECT, null=True, related_name="items")
    shown = models.JSONField("what listeners see of it beside its signals", default=dict)
    key = models.JSONField("the known answer, never shown", default=dict)

    class Meta:
        ordering = ("study", "number")
        constraints = (
            models.UniqueConstraint(fields=("study", "number"), name="item_number_once"),
        )

    def __str__(self) -> str:
        return f"{self.study.slug} {self.number}"

    @property
    def is_practice(self) -> bool:
        return self.kind in UNCOUNTED


# Their answers are kept and never counted.
UNCOUNTED = (Item.Kind.PRACTICE, Item.Kind.TRAINING)


class Signal(models.Model):
    """One sound of an item: a clip, or a file of our own such as an anchor."""

    item = models.ForeignKey(Item, models.CASCADE, related_name="signals")
    number = models.PositiveIntegerField("place in the item's plan")
    role = models.CharField(max_length=40)
    condition = models.CharField(max_length=100)
    clip = models.ForeignKey(Clip, models.PROTECT, null=True, related_name="signals")
    blob = models.CharField("sha256 of the stored file", max_length=64)
    n_bytes = models.PositiveBigIntegerField()
    duration = models.FloatField("seconds")

    class Meta:
        ordering = ("item", "number")
        constraints = (
            models.UniqueConstraint(fields=("item", "number"), name="signal_number_once"),
        )

    def __str__(self) -> str:
        return f"{self.item} {self.role}"


class Arm(models.Model):
    """A row of the design: which conditions of which recordings, in which order of blocks."""

    study = models.ForeignKey(Study, models.CASCADE, related_name="arms")
    row = models.PositiveIntegerField()
    square_row = models.PositiveIntegerField("row of the squares of conditions", default=0)
    order_row = models.PositiveIntegerField("row of the squares of orders", default=0)
    levels = models.JSONField("level of each factor between listeners", default=dict)

    class Meta:
        ordering = ("study", "row")
        constraints = (models.UniqueConstraint(fields=("study", "row"), name="arm_row_once"),)

    def __str__(self) -> str:
        return f"{self.study.slug} row {self.row}"
