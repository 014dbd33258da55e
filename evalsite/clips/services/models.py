"""The table of models follows what the engine finds installed."""

from __future__ import annotations

from evalsite.clips import engine
from evalsite.clips.models import Model
from evalsite.common.transactions import write_transaction

DEFAULT_MODEL = "a2mid2e"


def sync_models() -> list[Model]:
    """One row per installed model; rows of models that are gone stay, but are not offered."""
    descriptions = engine.describe_models()
    with write_transaction():
        Model.objects.exclude(name__in=[found.name for found in descriptions]).update(
            is_available=False
        )
        return [
            Model.objects.update_or_create(
                name=found.name,
                defaults={
                    "title": found.title,
                    "targets": list(found.targets),
                    "sample_rate": found.sr,
                    "input": found.input,
                    "licence": found.licence,
                    "card": found.card,
                    "weights_digest": found.weights_digest,
                    "is_available": True,
                    "is_default": found.name == DEFAULT_MODEL,
                },
            )[0]
            for found in descriptions
        ]
