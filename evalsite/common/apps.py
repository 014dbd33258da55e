"""The common app: loads Celery with Django, so that tasks know their broker."""

from __future__ import annotations

from django.apps import AppConfig


class CommonConfig(AppConfig):
    name = "evalsite.common"
    label = "common"

    def ready(self) -> None:
        # App ready: the settings must be loaded before Celery reads them.
        from evalsite import celery  # noqa: F401
        from evalsite.common import checks  # noqa: F401
