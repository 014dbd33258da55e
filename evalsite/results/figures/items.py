"""An item and a scale as findings tell of them."""

from __future__ import annotations

from typing import Any

from evalsite.results.figures.analysed import AnalysedBlock
from evalsite.studies.models import Item


def describe_item(item: Item) -> dict[str, Any]:
    return {
        "item": item.number,
        "recording": item.recording.title if item.recording else "",
        "recording_sha256": item.recording.sha256 if item.recording else "",
        "target": item.target,
        "condition": item.condition,
    }


def describe_scale(analysed: AnalysedBlock) -> dict[str, int]:
    lowest = getattr(analysed.trial_type, "low", 1)
    return {"points": round(analysed.trial_type.scale_width) + 1, "lowest": lowest}
