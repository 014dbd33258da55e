"""Where listeners marked and where the explanation lies: the overlap in each block of `regions`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from evalsite.analysis.overlap import describe_overlap
from evalsite.analysis.spans import spread_weights
from evalsite.clips.models import Explanation
from evalsite.common.blobs import find_blob
from evalsite.results.frames import items_of, ratings_frame
from evalsite.studies.design import derive_seed
from evalsite.studies.models import Item, Study
from evalsite.studies.queries import protocol_of

TRIAL_TYPE = "regions"
# Frames of a profile: finer than anybody marks, few enough for all shifts.
FRAMES_PER_SECOND = 20


def measure_overlaps(study: Study) -> list[dict[str, Any]]:
    """One entry a block of `regions`, prompt and condition: their names and `overlap`, a Result.

    Of finished sittings the first occasions, without catch trials. A clip is what varies beside
    listeners: a recording with several targets is several. Tells of conditions: not for the blind.
    """
    blocks = [one for one in protocol_of(study).blocks if one.trial_type == TRIAL_TYPE]
    if not blocks:
        return []
    frame = ratings_frame(study)
    is_first = (frame["kind"] == Item.Kind.MAIN) & (frame["occasion"] == 1)
    rows = frame[frame["sitting_finished"] & is_first]
    items = [item for item in items_of(study) if item.block in {block.name for block in blocks}]
    seconds = {item.number: item.signals.all()[0].duration for item in items}
    profiles = {item.number: read_profile(item, seconds[item.number]) for item in items}
    found = []
    for block in blocks:
        for prompt in block.make_trial_type().prompts:  # type: ignore[attr-defined]
            for condition in block.conditions:
                names = {"block": block.name, "prompt": prompt.name, "condition": condition}
                marks = gather_marks(rows, names)
                rng = np.random.default_rng(derive_seed(0, " ".join(names.values())))
                overlap = describe_overlap(marks, profiles, seconds, rng=rng)
                found.append({**names, "label": prompt.label, "overlap": overlap})
    return found


def gather_marks(rows: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """One row an answer with all its spans; the item stands where the analysis has recordings."""
    chosen = rows
    for column, name in names.items():
        chosen = chosen[chosen[column] == name]
    marks = [
        (listener, item, _list_spans(answer))
        for (listener, item), answer in chosen.groupby(["participant", "item"], sort=True)
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
