"""Fills: what stands in a cell of the model's picture while its component is off.

``silence`` is what the front end makes of silence, which is not 0 where the picture is z-scored.
The others are those of Mishra et al., "Reliable local explanations for machine listening", IJCNN
2020, section III: the picture's own ``mean``, its ``minimum``, or ``noise``; here noise has the
picture's mean and spread, not falling below silence, and is drawn once: every masking, and every
clip, holds the same.
"""

from __future__ import annotations

import numpy as np

from explain_engine.analysis import PictureAnalysis

FILLS = ("silence", "mean", "minimum", "noise")


def make_fill(kind: str, analysis: PictureAnalysis, seed: int) -> np.ndarray:
    """Return a fill.

    Parameters
    ----------
    kind : str
        One of ``FILLS``.
    analysis : PictureAnalysis
        The excerpt.
    seed : int
        What noise is drawn from.

    Returns
    -------
    np.ndarray, shape=(n_bands, n_frames), float32
        On the scale of the model's picture.
    """
    picture = analysis.picture
    silence = analysis.front_end.find_silence(picture)
    if kind == "noise":
        rng = np.random.default_rng([seed, *b"fill"])
        drawn = rng.normal(float(picture.mean()), float(picture.std()), picture.shape)
        return np.maximum(drawn, silence).astype(np.float32)
    level = {"silence": silence, "mean": picture.mean(), "minimum": picture.min()}[kind]
    return np.full(picture.shape, level, dtype=np.float32)
