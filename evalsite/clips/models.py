"""Recordings, models, explanations and clips: what is explained, by what, and what one hears."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

# All that decides an explanation's result, but for another recording.
IDENTITY = (
    "recording",
    "recipe_digest",
    "engine_version",
    "weights_digest",
    "device",
    "dtype",
)


class Recording(models.Model):
    """A sound file, stored as our own FLAC. Identified by its decoded samples."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="recordings")
    sha256 = models.CharField("sha256 of the decoded samples", max_length=64)
    title = models.CharField(max_length=200)
    file_name = models.CharField("name of the uploaded file", max_length=255)
    licence = models.CharField(max_length=200, blank=True)
    source = models.CharField(max_length=300, blank=True)
    sample_rate = models.PositiveIntegerField("sample rate in Hz")
    n_channels = models.PositiveSmallIntegerField()
    n_samples = models.PositiveBigIntegerField("samples per channel")
    n_clipped = models.PositiveBigIntegerField("samples beyond full scale, clipped", default=0)
    blob = models.CharField("sha256 of the stored file", max_length=64)
    envelope = models.JSONField("peak per slice, 0 to 1", default=list)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-created_at", "-pk")
        constraints = (
            models.UniqueConstraint(fields=("owner", "sha256"), name="recording_once_per_owner"),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def duration(self) -> float:
        return self.n_samples / self.sample_rate


class Model(models.Model):
    """A trained predictor that can be explained, as the engine describes it."""

    name = models.CharField(max_length=100, unique=True)
    title = models.CharField(max_length=200)
    targets = models.JSONField(default=list)
    sample_rate = models.PositiveIntegerField("sample rate in Hz")
    input = models.CharField("waveform, or its front end", max_length=100, default="waveform")
    licence = models.CharField(max_length=200, blank=True)
    card = models.TextField(blank=True)
    weights_digest = models.CharField(max_length=64)
    is_available = models.BooleanField(default=True)
    is_default = models.BooleanField(default=False)

    class Meta:
        ordering = ("-is_default", "name")

    def __str__(self) -> str:
        return self.title


class Explanation(models.Model):
    """Recording and recipe in, weights and clips out. The row is the job."""

    class State(models.TextChoices):
        QUEUED = "queued", "waiting"
        RUNNING = "running", "running"
        DONE = "done", "done"
        FAILED = "failed", "failed"

    recording = models.ForeignKey(Recording, models.PROTECT, related_name="explanations")
    model = models.ForeignKey(Model, models.PROTECT, related_name="explanations")
    other_recording = models.ForeignKey(
        Recording,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="what control_other_recording is cut from",
    )
    recipe = models.JSONField()
    recipe_digest = models.CharField(max_length=64)
    engine_version = models.CharField(max_length=32)
    weights_digest = models.CharField(max_length=64)
    device = models.CharField(max_length=16)
    dtype = models.CharField(max_length=16)

    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease = models.CharField("who works on it", max_length=64, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    woken_at = models.DateTimeField("when a worker was last told", null=True, blank=True)
    progress_done = models.PositiveIntegerField(default=0)
    progress_total = models.PositiveIntegerField(default=0)
    error = models.CharField("why it failed, one sentence", max_length=500, blank=True)

    manifest = models.JSONField("the engine's manifest", default=dict)
    figures = models.JSONField("target -> name -> sha256 of an SVG", default=dict)
    arrays_blob = models.CharField("sha256 of arrays.npz", max_length=64, blank=True)
    seconds = models.FloatField("working time", null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at", "-pk")
        indexes = (models.Index(fields=("state", "lease_until")),)
        constraints = (
            # Two of them: databases count each null as different.
            models.UniqueConstraint(
                fields=IDENTITY,
                condition=Q(other_recording__isnull=True),
                name="explanation_asked_twice_is_one",
            ),
            models.UniqueConstraint(
                fields=(*IDENTITY, "other_recording"),
                condition=Q(other_recording__isnull=False),
                name="explanation_with_another_asked_twice_is_one",
            ),
            models.CheckConstraint(
                condition=~Q(state="running") | Q(lease_until__isnull=False),
                name="explanation_running_has_a_lease",
            ),
        )

    def __str__(self) -> str:
        return f"{self.recording}: {', '.join(self.targets)}"

    @property
    def targets(self) -> list[str]:
        return list(self.recipe.get("targets", ()))


class Clip(models.Model):
    """A playable file made from a recording's excerpt."""

    explanation = models.ForeignKey(Explanation, models.CASCADE, related_name="clips")
    target = models.CharField(max_length=100, blank=True)
    kind = models.CharField("original, kept, removed or a control", max_length=40)
    blob = models.CharField("sha256 of the stored file", max_length=64)
    n_bytes = models.PositiveBigIntegerField()
    sample_rate = models.PositiveIntegerField("sample rate in Hz")
    n_samples = models.PositiveBigIntegerField()
    area = models.FloatField("share of the picture kept, 0 to 1", null=True)
    energy = models.FloatField("share of the energy kept, 0 to 1", null=True)
    fill = models.CharField(max_length=20, blank=True)
    phase_source = models.CharField(max_length=20, blank=True)
    loudness_before = models.FloatField("LUFS before alignment", null=True)
    loudness_after = models.FloatField("LUFS after alignment", null=True)
    true_peak = models.FloatField("dBTP after alignment", null=True)
    gain_db = models.FloatField(null=True)
    envelope = models.JSONField("peak per slice, 0 to 1", default=list)
    facts = models.JSONField("the clip's whole entry in the manifest", default=dict)

    class Meta:
        ordering = ("explanation", "target", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("explanation", "target", "kind"), name="clip_once_per_explanation"
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.target}".strip()

    @property
    def duration(self) -> float:
        return self.n_samples / self.sample_rate
