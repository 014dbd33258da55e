"""The clips app."""

from __future__ import annotations

from django.apps import AppConfig
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


class ClipsConfig(AppConfig):
    name = "evalsite.clips"
    label = "clips"

    def ready(self) -> None:
        # app ready: every process, web and worker, knows the operator's models before it serves.
        from evalsite.clips import engine

        try:
            engine.use_model_files(settings.MODEL_FILES)
        except engine.EngineError as error:
            raise ImproperlyConfigured(f"MODELS: {error}") from error
