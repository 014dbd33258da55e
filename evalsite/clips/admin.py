"""For operators: looking at rows."""

from __future__ import annotations

from django.contrib import admin

from evalsite.clips.models import Clip, Explanation, Model, Recording


@admin.register(Recording)
class RecordingAdmin(admin.ModelAdmin):
    list_display = ("title", "owner", "sample_rate", "n_channels", "created_at")
    search_fields = ("title", "sha256")
    exclude = ("envelope",)


@admin.register(Model)
class ModelAdmin(admin.ModelAdmin):
    list_display = ("name", "title", "licence", "is_available", "is_default")


@admin.register(Explanation)
class ExplanationAdmin(admin.ModelAdmin):
    list_display = ("recording", "model", "state", "attempts", "lease_until", "created_at")
    list_filter = ("state",)
    exclude = ("manifest",)


@admin.register(Clip)
class ClipAdmin(admin.ModelAdmin):
    list_display = ("explanation", "target", "kind", "loudness_after", "gain_db")
    list_filter = ("kind",)
    exclude = ("envelope", "facts")
