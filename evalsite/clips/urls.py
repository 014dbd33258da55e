"""Addresses."""

from __future__ import annotations

from django.urls import path

from evalsite.clips.views import explanations, library, recordings

urlpatterns = [
    path("", library.library, name="library"),
    path("queue/", library.queue, name="queue"),
    path("upload/", library.upload, name="upload"),
    path("recordings/<int:pk>/", recordings.recording, name="recording"),
    path("recordings/<int:pk>/describe/", recordings.describe_recording, name="describe_recording"),
    path("recordings/<int:pk>/delete/", recordings.delete_recording, name="delete_recording"),
    path("recordings/<int:pk>/audio.flac", recordings.recording_audio, name="recording_audio"),
    path("explanations/<int:pk>/", explanations.explanation, name="explanation"),
    path("explanations/<int:pk>/state/", explanations.explanation_state, name="explanation_state"),
    path("explanations/<int:pk>/retry/", explanations.retry_explanation, name="retry_explanation"),
    path(
        "explanations/<int:pk>/delete/", explanations.delete_explanation, name="delete_explanation"
    ),
    path(
        "explanations/<int:pk>/reseed/", explanations.reseed_explanation, name="reseed_explanation"
    ),
    path(
        "explanations/<int:pk>/deepen/", explanations.deepen_explanation, name="deepen_explanation"
    ),
    path(
        "explanations/<int:pk>/manifest.json",
        explanations.explanation_manifest,
        name="explanation_manifest",
    ),
    path(
        "explanations/<int:pk>/arrays.npz",
        explanations.explanation_arrays,
        name="explanation_arrays",
    ),
    path("clips/<int:pk>.wav", explanations.clip_audio, name="clip_audio"),
]
