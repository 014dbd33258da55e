"""Does what the explanation kept still carry the quality, better than a control does?

Retention is the correlation over recordings of mean ratings of the original with those of the kept
clip, minus its correlation with those of the control: a control of the same size or energy keeps
something too, and only what is above it is the explanation's. The same figure of the model's own
outputs on the same clips says what the model still hears; their difference, whether the ear finds
what the model used.

Conventions
-----------
Judgments are a data frame with one row per judgment and the columns `listener`, `recording`,
`condition`, `quality` and `value`: a whole number in 1..points, or NaN for "can't tell any more",
which counts in no correlation but in a share of its own.
Outputs are a data frame with the columns `recording`, `condition`, `quality` and `value`: the
model's output for that quality on that clip.
Intervals are those of `profiles`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from evalsite.analysis.checks import check_columns, read_values
from evalsite.analysis.describe import check_judgments, describe_conditions
from evalsite.analysis.intervals import check_confidence
from evalsite.analysis.profiles import Profiles
from evalsite.analysis.result import Result

OUTPUT_COLUMNS = ("recording", "condition", "quality", "value")
MODEL = "model: "


@dataclass(frozen=True)
class RetentionFigures:
    """Correlations of the original with the kept clip and with its control.

    Parameters
    ----------
    kept, control : Result
        Correlation over recordings with the original, in [-1, 1].
    retention : Result
        The first minus the second, in [-2, 2].
    """

    kept: Result
    control: Result
    retention: Result


@dataclass(frozen=True)
class Retention:
    """Retention of one quality.

    Parameters
    ----------
    quality : str
        Its name.
    listeners : RetentionFigures
        From mean ratings.
    model : RetentionFigures or None
        From the model's outputs; None when there are none for this quality.
    listeners_minus_model : Result or None
        The listeners' correlation of original and kept minus the model's, on the recordings both
        know.
    cant_tell : mapping of str to Result
        Share of "can't tell any more" in each condition, in [0, 1].
    """

    quality: str
    listeners: RetentionFigures
    model: RetentionFigures | None
    listeners_minus_model: Result | None
    cant_tell: Mapping[str, Result]


def describe_retention(
    judgments: pd.DataFrame,
    *,
    control: str,
    kept: str = "kept",
    original: str = "original",
    outputs: pd.DataFrame | None = None,
    points: int = 7,
    confidence: float = 0.95,
) -> tuple[Retention, ...]:
    """Describe the retention of each quality.

    Parameters
    ----------
    judgments : pd.DataFrame
        See the module's conventions.
    control, kept, original : str
        Names of the three conditions.
    outputs : pd.DataFrame, optional
        The model's outputs; see the module's conventions.
    points : int
        Number of scale points, 2 or more.
    confidence : float
        Confidence level in (0, 1).

    Returns
    -------
    tuple of Retention
        One a quality, sorted by name.

    Raises
    ------
    ValueError
        If conditions are not different, a column or an entry is missing, a value is not a point of
        the scale, or the model has two outputs for one clip.
    """
    conditions = (original, kept, control)
    if len(set(conditions)) < 3:
        raise ValueError(f"original, kept and control must differ, got {', '.join(conditions)}.")
    check_confidence(confidence)
    check_judgments(judgments, points=points)
    check_columns(judgments, ("quality",), called="judgments", named=("quality",))
    if outputs is not None:
        _check_outputs(outputs)
    return tuple(
        _describe(
            str(quality),
            frame,
            conditions,
            None if outputs is None else outputs[outputs["quality"] == quality],
            points,
            confidence,
        )
        for quality, frame in judgments.groupby("quality", sort=True)
    )


def _describe(
    quality: str,
    judgments: pd.DataFrame,
    conditions: tuple[str, str, str],
    outputs: pd.DataFrame | None,
    points: int,
    confidence: float,
) -> Retention:
    heard = Profiles.of(judgments, column="condition", names=conditions)
    described = describe_conditions(
        judgments, conditions=conditions, points=points, confidence=confidence
    )
    model, difference = None, None
    if outputs is not None and not outputs.empty:
        predicted = Profiles.of_model(_list_outputs(outputs, conditions))
        of_model = tuple(MODEL + name for name in conditions)
        model = _correlate(predicted, of_model, confidence)
        difference = heard.join(predicted).contrast(
            (conditions[0], conditions[1]), (of_model[0], of_model[1]), confidence=confidence
        )
    return Retention(
        quality=quality,
        listeners=_correlate(heard, conditions, confidence),
        model=model,
        listeners_minus_model=difference,
        cant_tell={one.condition: one.cant_tell for one in described},
    )


def _correlate(
    profiles: Profiles, conditions: tuple[str, ...], confidence: float
) -> RetentionFigures:
    original, kept, control = conditions
    return RetentionFigures(
        kept=profiles.correlate((original, kept), confidence=confidence),
        control=profiles.correlate((original, control), confidence=confidence),
        retention=profiles.contrast((original, kept), (original, control), confidence=confidence),
    )


def _list_outputs(
    outputs: pd.DataFrame, conditions: tuple[str, str, str]
) -> dict[str, dict[object, float]]:
    return {
        MODEL + name: dict(zip(clips["recording"], clips["value"], strict=True))
        for name in conditions
        for clips in [outputs[outputs["condition"] == name]]
    }


def _check_outputs(outputs: pd.DataFrame) -> None:
    check_columns(outputs, OUTPUT_COLUMNS, called="outputs", named=OUTPUT_COLUMNS)
    read_values(outputs, "value")
    twice = outputs.duplicated(list(OUTPUT_COLUMNS[:3]))
    if twice.any():
        recording, condition, quality = outputs.loc[twice, list(OUTPUT_COLUMNS[:3])].iloc[0]
        raise ValueError(
            f"outputs must have one value a clip and quality, got two for {quality!r} "
            f"of {recording} {condition}."
        )
