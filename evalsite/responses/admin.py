"""For operators to look."""

from __future__ import annotations

from django.contrib import admin

from evalsite.responses.models import Participant, PlayEvent, Response, Sitting, Trial, Withdrawal


@admin.register(Participant)
class ParticipantAdmin(admin.ModelAdmin):
    list_display = ("pseudonym", "study", "created_at")


@admin.register(Sitting)
class SittingAdmin(admin.ModelAdmin):
    list_display = ("participant", "study", "state", "is_pilot", "started_at", "finished_at")
    list_filter = ("study", "state", "is_pilot")
    exclude = ("cookie_hash", "begin_hash", "resume_token", "invitation")


@admin.register(Trial)
class TrialAdmin(admin.ModelAdmin):
    list_display = ("sitting", "position", "is_practice", "trial_type", "presented_at")


@admin.register(Response)
class ResponseAdmin(admin.ModelAdmin):
    list_display = ("trial", "answered_at", "elapsed_ms", "n_plays")


@admin.register(PlayEvent)
class PlayEventAdmin(admin.ModelAdmin):
    list_display = ("kind", "sitting", "trial", "received_at")
    list_filter = ("kind",)


@admin.register(Withdrawal)
class WithdrawalAdmin(admin.ModelAdmin):
    list_display = ("study", "withdrawn_on", "is_pilot")
    exclude = ("link_hash",)
