"""What the model says of each clip, where in time an explanation lies, and the model's linear head:
three tables.

Listeners against the model can be compared from these and the ratings alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from evalsite.results.dataset.contents import find_source, name_clip_file
from evalsite.results.figures.overlap import read_profile
from evalsite.studies.models import Signal
from evalsite.studies.protocol import Protocol
from evalsite.studies.trial_types.base import Column

OUTPUT_COLUMNS = (
    Column("item", "whole number", "Number of the item, as in ratings.csv", "1…"),
    Column("block", "text", "The protocol's block that asks about it", ""),
    Column("clip_file", "text", "The sound, as in items.csv", ""),
    Column("condition", "text", "What was done to the recording", ""),
    Column("target", "text", "The model's output that was explained", ""),
    Column(
        "recording", "text", "sha256 of the recording's decoded samples", "64 hexadecimal digits"
    ),
    Column("output", "text", "Name of the model's output", ""),
    Column("value", "number", "The output on the clip as played", ""),
    Column("value_raw", "number", "The same before loudness was aligned", ""),
    Column(
        "listening_gap",
        "number",
        "The output on the clip as played minus that on what the explanation scored",
        "",
    ),
)
PROFILE_COLUMNS = (
    Column("item", "whole number", "Number of the item, as in ratings.csv", "1…"),
    Column("start", "number", "Seconds from the clip's start", "0…"),
    Column("end", "number", "Seconds from the clip's start", "0…"),
    Column("weight", "number", "Absolute weight of the kept components in this frame", "0…"),
)
HEAD_COLUMNS = (
    Column("weights_digest", "text", "sha256 of the model's weights", "64 hexadecimal digits"),
    Column("emotion", "text", "Output of the model that is a weighted sum of its features", ""),
    Column("feature", "text", "Output of the model that is summed", ""),
    Column("weight", "number", "What one more of the feature adds to the emotion", ""),
    Column("intercept", "number", "The emotion where all features are 0", ""),
)
# As the engine names them in a clip's facts, in the order of the last columns.
FACTS = ("output_after_alignment", "output_before_alignment", "gap_after_alignment")


def list_outputs(signals: Sequence[Signal]) -> Iterator[list[object]]:
    """Rows of outputs.csv, by item, sound and name of the output."""
    for signal in signals:
        if signal.clip is None:
            continue
        _, recording = find_source(signal)
        said = [signal.clip.facts.get(name) or {} for name in FACTS]
        for output in sorted(set().union(*said)):
            yield [
                signal.item.number,
                signal.item.block,
                name_clip_file(signal),
                signal.condition,
                signal.item.target,
                recording.sha256 if recording else "",
                output,
                *(_read_number(part, output) for part in said),
            ]


def list_profiles(signals: Sequence[Signal], protocol: Protocol) -> Iterator[list[object]]:
    """Rows of profiles.csv, by item and time: of blocks in which spans are marked. An explanation
    that kept no arrays, or nothing with a weight, has none."""
    marked = {
        block.name for block in protocol.blocks if block.make_trial_type().analysed_as == "spans"
    }
    for signal in signals:
        if signal.item.block not in marked or signal.number:
            continue
        weights = read_profile(signal.item, signal.duration)
        if weights.any():
            edges = np.linspace(0, signal.duration, len(weights) + 1).tolist()
            for row in zip(edges, edges[1:], weights.tolist(), strict=False):
                yield [signal.item.number, *row]


def list_heads(signals: Sequence[Signal]) -> Iterator[list[object]]:
    """Rows of heads.csv, by model, emotion and feature in the model's order. A model without a
    linear head has none."""
    heads: dict[tuple[str, str], list[list[object]]] = {}
    for signal in signals:
        explanation = signal.item.explanation
        head = (explanation.manifest.get("level1") if explanation else None) or {"emotions": ()}
        for column, emotion in enumerate(head["emotions"]):
            key = (explanation.weights_digest, emotion)
            if key not in heads:
                weights = [row[column] for row in head["weights"]]
                heads[key] = [
                    [*key, feature, float(weight), float(head["intercepts"][column])]
                    for feature, weight in zip(head["features"], weights, strict=True)
                ]
    for digest in sorted({digest for digest, _ in heads}):
        for key, rows in heads.items():
            if key[0] == digest:
                yield from rows


def _read_number(facts: Mapping[str, Any], output: str) -> float | None:
    value = facts.get(output)
    return float(value) if isinstance(value, int | float) else None
