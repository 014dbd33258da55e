"""Do listeners hear what the model says is there?

For each quality the correlation over recordings of listeners' mean ratings of a clip with the
model's output for the same quality on the same clip, condition by condition. Over originals it says
whether the model's quality is the listeners' at all, before anything is explained; over kept clips
and controls, whether both still hear the same in what is left.

Conventions
-----------
Judgments are a data frame with one row per judgment and the columns `listener`, `recording`,
`condition`, `quality` and `value` (a number, or NaN for "can't tell"). Outputs are a data frame
with the columns `recording`, `condition`, `quality` and `value`, one row a clip and quality.
Intervals are those of `profiles`: new listeners and new recordings; the model is given.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from evalsite.analysis.checks import check_columns
from evalsite.analysis.intervals import check_confidence
from evalsite.analysis.profiles import Profiles
from evalsite.analysis.result import Result

COLUMNS = ("recording", "condition", "quality", "value")
LISTENERS, MODEL = "listeners", "model"


def correlate_with_model(
    judgments: pd.DataFrame,
    outputs: pd.DataFrame,
    *,
    qualities: Sequence[str],
    conditions: Sequence[str],
    confidence: float = 0.95,
) -> dict[str, dict[str, Result]]:
    """Correlate mean ratings with the model's outputs.

    Parameters
    ----------
    judgments, outputs : pd.DataFrame
        See the module's conventions.
    qualities, conditions : sequence of str
        Those to compare.
    confidence : float
        Confidence level in (0, 1).

    Returns
    -------
    dict of str to dict of Result
        Pearson's r in [-1, 1] by quality and condition; undefined, with the reason, where fewer
        than four recordings have both, as for a quality that the model does not have.

    Raises
    ------
    ValueError
        If a column is missing, or the model has two outputs for one clip and quality.
    """
    check_confidence(confidence)
    for name, frame in (("judgments", judgments), ("outputs", outputs)):
        needed = ("listener", *COLUMNS) if name == "judgments" else COLUMNS
        check_columns(frame, needed, called=name)
    if outputs.duplicated(list(COLUMNS[:3])).any():
        raise ValueError("outputs must have one value a clip and quality, got two.")
    return {
        quality: {
            condition: _correlate(
                _choose(judgments, quality, condition),
                _choose(outputs, quality, condition),
                confidence,
            )
            for condition in conditions
        }
        for quality in qualities
    }


def _choose(frame: pd.DataFrame, quality: str, condition: str) -> pd.DataFrame:
    return frame[(frame["quality"] == quality) & (frame["condition"] == condition)]


def _correlate(judgments: pd.DataFrame, outputs: pd.DataFrame, confidence: float) -> Result:
    heard = Profiles.of(judgments.assign(who=LISTENERS), column="who", names=(LISTENERS,))
    said = dict(zip(outputs["recording"], outputs["value"], strict=True))
    both = heard.join(Profiles.of_model({MODEL: said}))
    return both.correlate((LISTENERS, MODEL), confidence=confidence)
