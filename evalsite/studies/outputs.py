"""The model's stored outputs as known answers: which class, which target, up or down."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from evalsite.clips.models import Clip
from evalsite.common.errors import EarwitnessError
from evalsite.studies.trial_types.base import Material

UP, DOWN, SAME = "up", "down", "same"


def read_output(material: Material) -> float:
    """The output for the target on the unchanged excerpt, as played where that is known."""
    original = material.clips.get("original")
    played = None if original is None else read_clip_output(original, material.target)
    value = played if played is not None else _read_predictions(material).get(material.target)
    if value is None:
        raise EarwitnessError(
            f"The explanation of “{material.explanation.recording}” must hold the model's output "
            f"for {material.target}, it has none."
        )
    return float(value)


def read_clip_output(clip: Clip, target: str) -> float | None:
    value = (clip.facts.get("output_after_alignment") or {}).get(target)
    return float(value) if isinstance(value, int | float) else None


def _read_predictions(material: Material) -> Mapping[str, float]:
    manifest = material.explanation.manifest
    return {**manifest.get("prediction", {}), **manifest.get("all_predictions", {})}


def name_levels(materials: Sequence[Material], levels: Sequence[str]) -> list[str]:
    """Each source's level among all sources of its target: as many of each level as can be.

    Cuts lie half-way between neighbours in order; equal outputs are of one level.
    """
    outputs = [read_output(material) for material in materials]
    of_target: dict[str, list[float]] = defaultdict(list)
    for material, output in zip(materials, outputs, strict=True):
        of_target[material.target].append(output)
    cuts = {target: _find_cuts(values, len(levels)) for target, values in of_target.items()}
    return [
        levels[sum(output > cut for cut in cuts[material.target])]
        for material, output in zip(materials, outputs, strict=True)
    ]


def _find_cuts(values: Sequence[float], n_levels: int) -> list[float]:
    ordered = sorted(values)
    places = [round(len(ordered) * k / n_levels) for k in range(1, n_levels)]
    last = len(ordered) - 1
    return [(ordered[max(0, p - 1)] + ordered[min(last, p)]) / 2 for p in places]


def name_foremost(materials: Sequence[Material], targets: Sequence[str]) -> list[str]:
    """The target whose output stands out most in each source, in standard deviations over all."""
    table = []
    for material in materials:
        found = _read_predictions(material)
        missing = [target for target in targets if target not in found]
        if missing:
            raise EarwitnessError(
                f"The explanation of “{material.explanation.recording}” must hold the model's "
                f"output for each choice, {missing[0]} is missing."
            )
        table.append([found[target] for target in targets])
    outputs = np.asarray(table, dtype=float)
    spread = outputs.std(axis=0)
    scores = (outputs - outputs.mean(axis=0)) / np.where(spread > 0, spread, 1)
    return [targets[i] for i in scores.argmax(axis=1)]


def name_change(before: float, after: float, *, same_within: float) -> str | None:
    """Up, down, or the same where it changes no more than that; None: no change to foretell."""
    if same_within and abs(after - before) <= same_within:
        return SAME
    if after == before:
        return None
    return UP if after > before else DOWN


def choose_evenly(classes: Sequence[str], n: int, order: Sequence[int]) -> list[int]:
    """n of the places in this order, of each class as many as can be; larger classes first."""
    waiting: dict[str, list[int]] = defaultdict(list)
    for place in order:
        waiting[classes[place]].append(place)
    chosen: list[int] = []
    while len(chosen) < n:
        for name in sorted(waiting, key=lambda one: (-len(waiting[one]), one)):
            if waiting[name] and len(chosen) < n:
                chosen.append(waiting[name].pop(0))
    return sorted(chosen)
