"""For operators to look."""

from __future__ import annotations

from django.contrib import admin

from evalsite.results.models import Export


@admin.register(Export)
class ExportAdmin(admin.ModelAdmin):
    list_display = ("study", "format", "n_ratings", "n_participants", "sha256", "created_at")
    list_filter = ("format",)
