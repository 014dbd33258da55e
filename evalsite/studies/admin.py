"""For operators to look."""

from __future__ import annotations

from django.contrib import admin

from evalsite.studies.models import Arm, Item, Study


@admin.register(Study)
class StudyAdmin(admin.ModelAdmin):
    list_display = ("title", "owner", "state", "created_at")
    list_filter = ("state",)


@admin.register(Item)
class ItemAdmin(admin.ModelAdmin):
    list_display = ("study", "number", "condition", "target", "recording")
    list_filter = ("study",)


@admin.register(Arm)
class ArmAdmin(admin.ModelAdmin):
    list_display = ("study", "row", "levels")
    list_filter = ("study",)
