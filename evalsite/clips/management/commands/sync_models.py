"""Bring the table of models up to date with what is installed."""

from __future__ import annotations

from django.core.management.base import BaseCommand

from evalsite.clips.services import sync_models


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: object, **options: object) -> None:
        models = sync_models()
        names = ", ".join(model.name for model in models) or "none"
        self.stdout.write(f"Models that can be explained: {names}.")
