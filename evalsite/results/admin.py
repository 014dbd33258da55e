"""For operators to look."""

from __future__ import annotations

from django.contrib import admin

from evalsite.results.models import Analysis, Export, Unblinding


@admin.register(Export)
class ExportAdmin(admin.ModelAdmin):
    list_display = ("study", "format", "n_ratings", "n_participants", "sha256", "created_at")
    list_filter = ("format",)


@admin.register(Analysis)
class AnalysisAdmin(admin.ModelAdmin):
    list_display = ("study", "kind", "state", "attempts", "seconds", "created_at")
    list_filter = ("kind", "state")


@admin.register(Unblinding)
class UnblindingAdmin(admin.ModelAdmin):
    list_display = ("study", "who", "reason", "n_finished", "created_at")
