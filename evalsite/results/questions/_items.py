"""An item as findings tell of it."""

from __future__ import annotations

from typing import Any

from evalsite.studies.models import Item


def describe_item(item: Item) -> dict[str, Any]:
    return {
        "item": item.number,
        "recording": item.recording.title if item.recording else "",
        "recording_sha256": item.recording.sha256 if item.recording else "",
        "target": item.target,
        "condition": item.condition,
    }
