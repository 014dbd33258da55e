"""What the model says of the clips of a block, as stored with them."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from evalsite.analysis.retention import OUTPUT_COLUMNS
from evalsite.clips.models import Clip
from evalsite.results.figures.analysed import AnalysedBlock
from evalsite.studies.models import Item


def read_outputs(analysed: AnalysedBlock) -> pd.DataFrame:
    """One row a recording, condition and output. Several excerpts of one recording: their mean,
    as with ratings."""
    recordings = dict(analysed.rows[["item", "recording"]].drop_duplicates().to_numpy(dtype=int))
    conditions = analysed.item_conditions
    rows = [
        (recordings[item], conditions[item], name, value)
        for item, outputs in read_item_outputs(analysed).items()
        if item in recordings
        for name, value in outputs.items()
    ]
    frame = pd.DataFrame(rows, columns=list(OUTPUT_COLUMNS))
    return frame.groupby(list(OUTPUT_COLUMNS[:3]), as_index=False, sort=True)["value"].mean()


def read_item_outputs(analysed: AnalysedBlock) -> dict[int, dict[str, float]]:
    """The model's outputs on the clip of each item, by the item's number."""
    return {
        item.number: {
            name: float(value)
            for name, value in (clip.facts.get("output_after_alignment") or {}).items()
            if isinstance(value, int | float)
        }
        for item, clip in _list_clips(analysed)
    }


def read_gaps(analysed: AnalysedBlock, condition: str) -> list[float]:
    """Listening gap of each clip of a condition whose explanation has one."""
    gaps = [
        (clip.facts.get("gap_after_alignment") or {}).get(item.target)
        for item, clip in _list_clips(analysed)
        if item.condition == condition
    ]
    return [abs(float(gap)) for gap in gaps if isinstance(gap, int | float)]


def list_explained(analysed: AnalysedBlock) -> set[str]:
    """Outputs that the explanations behind the block's clips are about."""
    return {
        name
        for item in analysed.items
        if item.explanation is not None
        for name in item.explanation.manifest.get("targets", ())
    }


def read_head(analysed: AnalysedBlock, target: str) -> pd.Series | None:
    """Weights of the model's linear head for a target, by feature; None without such a head, or
    where the block's clips come from different weights."""
    explanations = [item.explanation for item in analysed.items if item.explanation is not None]
    heads = [explanation.manifest.get("level1") or {} for explanation in explanations]
    one_model = len({explanation.weights_digest for explanation in explanations}) == 1
    if not one_model or target not in heads[0].get("emotions", ()):
        return None
    column = heads[0]["emotions"].index(target)
    weights = [row[column] for row in heads[0]["weights"]]
    return pd.Series(weights, index=heads[0]["features"], dtype=float)


def _list_clips(analysed: AnalysedBlock) -> Iterator[tuple[Item, Clip]]:
    """Items of one clip: of several nobody could say which one was rated."""
    for item in analysed.items:
        clips = [signal.clip for signal in item.signals.all() if signal.clip is not None]
        if len(clips) == 1:
            yield item, clips[0]
