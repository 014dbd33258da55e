"""Where listeners marked and where the explanation lies: the overlap in a block of `regions`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from evalsite.analysis.overlap import describe_overlap
from evalsite.analysis.spans import spread_weights
from evalsite.clips.models import Explanation
from evalsite.common.blobs import find_blob
from evalsite.results.figures.analysed import AnalysedBlock
from evalsite.results.figures.items import describe_item
from evalsite.studies.design import derive_seed
from evalsite.studies.models import Item

# Frames of a profile: finer than anybody marks, few enough for all shifts.
FRAMES_PER_SECOND = 20


def measure_overlaps(analysed: AnalysedBlock) -> dict[str, list[dict[str, Any]]]:
    """`overlaps`, of each prompt and condition, and `clips`, of each prompt and item.

    A clip is what varies beside listeners: a recording with several targets is several. Tells of
    conditions: not for the blind.
    """
    items, rows = analysed.items, analysed.rows
    seconds = {item.number: item.signals.all()[0].duration for item in items}
    profiles = {item.number: read_profile(item, seconds[item.number]) for item in items}
    found: dict[str, list[dict[str, Any]]] = {"overlaps": [], "clips": []}
    for prompt in analysed.trial_type.prompts:
        marks = gather_marks(rows[rows["prompt"] == prompt.name])
        for condition in analysed.block.conditions:
            names = {"prompt": prompt.name, "condition": condition}
            rng = np.random.default_rng(find_seed(analysed.block.name, prompt.name, condition))
            own = marks[marks["recording"].map(analysed.item_conditions) == condition]
            overlap = describe_overlap(own, profiles, seconds, rng=rng)
            entry = {**names, "label": prompt.label, "n": len(own), "overlap": overlap}
            found["overlaps"].append(entry)
        for item in items:
            own = marks[marks["recording"] == item.number]
            # One clip is tried against all of its shifts: nothing is drawn.
            overlap = describe_overlap(own, profiles, seconds, rng=np.random.default_rng(0))
            found["clips"].append(
                {
                    **describe_item(item),
                    "prompt": prompt.name,
                    "label": prompt.label,
                    "n": len(own),
                    "overlap": overlap,
                }
            )
    return found


def find_seed(block: str, prompt: str, condition: str) -> int:
    """Of the shifts and swaps: the same for the same question."""
    return derive_seed(0, f"{block} {prompt} {condition}")


def gather_marks(rows: pd.DataFrame) -> pd.DataFrame:
    """One row an answer with all its spans; the item stands where the analysis has recordings."""
    marks = [
        (listener, int(item), _list_spans(answer))
        for (listener, item), answer in rows.groupby(["participant", "item"], sort=True)
    ]
    return pd.DataFrame(marks, columns=["listener", "recording", "spans"])


def _list_spans(answer: pd.DataFrame) -> list[list[float]]:
    return answer.loc[~answer["is_none"].astype(bool), ["start", "end"]].to_numpy(float).tolist()


def read_profile(item: Item, seconds: float) -> np.ndarray:
    """Absolute weight of the kept components in each frame of equal length, for the item's target.

    All zero where the explanation keeps no arrays: nothing can be compared with it then.
    """
    n_frames = max(1, round(seconds * FRAMES_PER_SECOND))
    explanation = item.explanation
    if explanation is None or not explanation.arrays_blob:
        return np.zeros(n_frames)
    with np.load(find_blob(explanation.arrays_blob)) as arrays:
        if "labels" in arrays:
            labels = arrays["labels"]
            shares = np.stack([(labels == i).sum(0) for i in range(int(arrays["n_components"]))])
            edges = find_edges(explanation, labels, seconds)
        else:
            shares = arrays["cell_shares"].sum(axis=1, dtype=float)
            edges = np.linspace(0, seconds, shares.shape[1] + 1)
    found = explanation.manifest["targets"][item.target]
    kept = list(found["selected"])
    weights = np.asarray(found["weights"], dtype=float)[kept]
    return spread_weights(shares[kept], weights, edges, n_frames=n_frames)


def find_edges(explanation: Explanation, labels: np.ndarray, seconds: float) -> np.ndarray:
    """When the picture's frames begin and end: components tell of theirs, the rest lies between."""
    n_frames = labels.shape[1]
    known = {0: 0.0, n_frames: seconds}
    for component in explanation.manifest["components"]:
        frames = np.flatnonzero((labels == component["component"]).any(axis=0))
        start, end = component["seconds"]
        known.setdefault(int(frames[0]), start)
        known.setdefault(int(frames[-1]) + 1, end)
    at = sorted(known)
    edges = np.interp(np.arange(n_frames + 1), at, [known[frame] for frame in at])
    return np.clip(edges, 0, seconds)
