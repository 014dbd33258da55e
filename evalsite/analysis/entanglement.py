"""Are the mid-level qualities tangled up in the ear as they are in the model?

A model's features travel together in real music, so its weights alone mislead. Listeners' ratings
travel together too. Here both sides stand beside each other: correlations among the qualities over
the same recordings, their difference, and what each quality does, tells and shares for a target
(`explain_engine.correlations`), once from the model's features and output, once from mean ratings.

Mean ratings correlate also because one listener's mood or use of the scale touches all of their
ratings of a recording (halo); intervals that draw listeners anew show how much that can be.

Conventions
-----------
Ratings are a data frame with one row per rating and the columns `listener`, `recording`, `quality`,
`value` (a number, or NaN for "can't tell"). Features are a data frame with one row per recording
(its index) and one column per quality; the target is a series on the same index. A rated quality of
the target's name is the listeners' side of the target.
Intervals of correlations are those of `profiles`; those of the reports are percentiles of draws of
recordings, which take the listeners as they are.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalsite.analysis.checks import check_columns, check_rng, check_whole
from evalsite.analysis.intervals import check_confidence
from evalsite.analysis.profiles import Profiles
from evalsite.analysis.result import Result
from explain_engine.correlations import (
    CorrelationError,
    CorrelationReport,
    compute_conditional_effects,
    compute_marginal_effects,
    compute_variance_inflation,
    describe_correlations,
)

FloatArray = NDArray[np.float64]

RATING_COLUMNS = ("listener", "recording", "quality", "value")
MODEL = "model: "


@dataclass(frozen=True)
class PairOfQualities:
    """How two qualities go together.

    Parameters
    ----------
    first, second : str
        Their names.
    listeners, model : Result
        Correlation over recordings of mean ratings, and of the model's features, in [-1, 1].
    difference : Result
        The first minus the second, on the recordings both sides know.
    """

    first: str
    second: str
    listeners: Result
    model: Result
    difference: Result


@dataclass(frozen=True, eq=False)
class TargetSide:
    """What each quality has to do with the target, on one side.

    Parameters
    ----------
    report : CorrelationReport or None
        Correlations, weights, shares, groups and warnings; None when there is a reason.
    marginal, conditional : np.ndarray, shape=(n_recordings, n_qualities)
        What each quality does to the target if it alone moves, and what knowing it tells, in the
        target's unit; NaN where weights cannot be told apart, no rows without a report.
    recordings : tuple, length n_recordings
        The recordings of the rows.
    reason : str or None
        Sentence that says why there is no report, or no weights.
    """

    report: CorrelationReport | None
    marginal: FloatArray
    conditional: FloatArray
    recordings: tuple[object, ...]
    reason: str | None


@dataclass(frozen=True)
class Entanglement:
    """The listeners' qualities beside the model's.

    Parameters
    ----------
    qualities : tuple of str
        Those that were rated and are features of the model, in the features' order.
    pairs : tuple of PairOfQualities
        Each pair once.
    model : TargetSide or None
        The target from the model's features; None when no target was given.
    listeners : TargetSide or None
        The target from mean ratings; None when no target was given or it was not rated.
    """

    qualities: tuple[str, ...]
    pairs: tuple[PairOfQualities, ...]
    model: TargetSide | None
    listeners: TargetSide | None


def describe_entanglement(
    ratings: pd.DataFrame,
    features: pd.DataFrame,
    *,
    rng: np.random.Generator,
    target: pd.Series | None = None,
    weights: pd.Series | None = None,
    confidence: float = 0.95,
    n_resamples: int = 1000,
) -> Entanglement:
    """Put the listeners' correlations among qualities beside the model's.

    Parameters
    ----------
    ratings : pd.DataFrame
        See the module's conventions.
    features : pd.DataFrame, shape=(n_recordings, n_features)
        The model's features.
    rng : np.random.Generator
        Made from a stored seed.
    target : pd.Series, optional
        The model's output on the same recordings; its name is the target's.
    weights : pd.Series, optional
        The model's own weights by quality; by default those of least squares.
    confidence : float
        Confidence level in (0, 1).
    n_resamples : int
        Draws of recordings for the reports, 100 or more.

    Returns
    -------
    Entanglement

    Raises
    ------
    ValueError
        If a column or an entry is missing, recordings are named twice, fewer than two features were
        rated, or the target's index is another.
    """
    check_confidence(confidence)
    check_rng(rng)
    check_whole(n_resamples, "n_resamples", least=100)
    _check(ratings, features, target, weights)
    rated = set(ratings["quality"])
    qualities = tuple(name for name in features.columns if name in rated)
    if len(qualities) < 2:
        raise ValueError(
            "ratings and features must share at least two qualities, got "
            f"{', '.join(qualities) or 'none'}."
        )
    outputs = {name: features[name].to_dict() for name in qualities}
    pairs = compare_qualities(ratings, outputs, qualities, confidence=confidence)
    if target is None:
        return Entanglement(qualities, pairs, None, None)
    name = str(target.name or "target")
    options = {"target_name": name, "confidence": confidence, "n_resamples": n_resamples}
    own = None if weights is None else weights.reindex(features.columns).to_numpy(dtype=np.float64)
    model = _describe_target(features, target.reindex(features.index), own, rng, options)
    listeners = None
    if name in rated:
        means = average_ratings(ratings, [*dict.fromkeys([*qualities, name])]).dropna()
        listeners = _describe_target(
            means[[q for q in qualities if q != name]], means[name], None, rng, options
        )
    return Entanglement(qualities, pairs, model, listeners)


def compare_qualities(
    ratings: pd.DataFrame,
    outputs: Mapping[str, Mapping[Any, float]],
    qualities: Sequence[str],
    *,
    confidence: float = 0.95,
) -> tuple[PairOfQualities, ...]:
    """Compare each pair of qualities, listeners beside the model.

    Parameters
    ----------
    ratings : pd.DataFrame
        See the module's conventions.
    outputs : mapping of str to mapping of recording to float
        The model's output for each quality on each recording; a quality it has none for may be
        missing or empty, its figures are then undefined.
    qualities : sequence of str
        Those to compare.
    confidence : float
        Confidence level in (0, 1).

    Returns
    -------
    tuple of PairOfQualities
    """
    heard = Profiles.of(ratings, column="quality", names=qualities)
    of_model = Profiles.of_model({MODEL + name: outputs.get(name, {}) for name in qualities})
    return tuple(
        _compare(first, second, heard, of_model, confidence)
        for first, second in itertools.combinations(qualities, 2)
    )


def _compare(
    first: str, second: str, heard: Profiles, of_model: Profiles, confidence: float
) -> PairOfQualities:
    human, machine = (first, second), (MODEL + first, MODEL + second)
    return PairOfQualities(
        first=first,
        second=second,
        listeners=heard.correlate(human, confidence=confidence),
        model=of_model.correlate(machine, confidence=confidence),
        difference=heard.join(of_model).contrast(human, machine, confidence=confidence),
    )


def average_ratings(ratings: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Mean rating of each recording (row) on each quality (column)."""
    heard = Profiles.of(ratings, column="quality", names=names)
    return pd.DataFrame(heard.means.T, index=list(heard.recordings), columns=list(names))


def describe_inflation(table: pd.DataFrame) -> tuple[dict[str, float], str]:
    """Variance inflation of each column; none, and a sentence that says why, where undefined."""
    try:
        _check_size(table)
        R = np.corrcoef(table.to_numpy(dtype=np.float64), rowvar=False)
        factors = compute_variance_inflation(R)
    except CorrelationError as error:
        return {}, str(error)
    return dict(zip(table.columns, factors.tolist(), strict=True)), ""


def describe_target(
    table: pd.DataFrame,
    *,
    target: str,
    rng: np.random.Generator,
    weights: pd.Series | None = None,
) -> TargetSide:
    """What the other columns have to do with the target's.

    Parameters
    ----------
    table : pd.DataFrame, shape=(n_recordings, n_qualities + 1)
        One column a quality, one the target; nothing missing.
    target : str
        Name of the target's column.
    rng : np.random.Generator
        Made from a stored seed.
    weights : pd.Series, optional
        A model's own weights by quality; by default those of least squares.

    Returns
    -------
    TargetSide
        Without a report, and with the reason, where there are too few recordings or a column does
        not vary.
    """
    features = table.drop(columns=target)
    try:
        _check_size(table)
    except CorrelationError as error:
        nothing = np.empty((0, features.shape[1]))
        return TargetSide(None, nothing, nothing, (), str(error))
    own = None if weights is None else weights.reindex(features.columns).to_numpy(dtype=np.float64)
    return _describe_target(features, table[target], own, rng, {"target_name": target})


def _check_size(table: pd.DataFrame) -> None:
    n, n_columns = table.shape
    if n < n_columns + 2:
        raise CorrelationError(
            f"{n_columns} qualities need at least {n_columns + 2} recordings that have all of "
            f"them, there are {n}."
        )
    for name in table.columns:
        if np.ptp(table[name].to_numpy(dtype=np.float64)) < 1e-12:
            raise CorrelationError(f"{name} is the same in all recordings.")


def _describe_target(
    features: pd.DataFrame,
    target: pd.Series,
    weights: FloatArray | None,
    rng: np.random.Generator,
    options: dict[str, object],
) -> TargetSide:
    X, y = features.to_numpy(dtype=np.float64), target.to_numpy(dtype=np.float64)
    names = [str(name) for name in features.columns]
    try:
        report = describe_correlations(
            X,
            y,
            names=names,
            weights=weights,
            rng=rng,
            **options,  # type: ignore[arg-type]
        )
    except CorrelationError as error:
        nothing = np.empty((0, len(names)))
        return TargetSide(None, nothing, nothing, (), str(error))
    w = np.array([row.weight for row in report.rows])
    recordings = tuple(features.index)
    if np.isnan(w).any():
        nan = np.full(X.shape, np.nan)
        return TargetSide(report, nan, nan, recordings, report.reason)
    marginal = compute_marginal_effects(X, w, mean=X.mean(axis=0))
    conditional = compute_conditional_effects(X, w, reference=X)
    return TargetSide(report, marginal, conditional, recordings, report.reason)


def _check(
    ratings: pd.DataFrame,
    features: pd.DataFrame,
    target: pd.Series | None,
    weights: pd.Series | None,
) -> None:
    check_columns(ratings, RATING_COLUMNS, called="ratings", named=RATING_COLUMNS[:3])
    for what, names in (("recordings", features.index), ("qualities", features.columns)):
        if not names.is_unique:
            twice = names[names.duplicated()][0]
            raise ValueError(f"features must name {what} once, got {twice!r} more than once.")
    if features.isna().to_numpy().any():
        raise ValueError("features must have no missing entries.")
    if target is not None and set(target.index) != set(features.index):
        raise ValueError("target must have one value for each recording of features.")
    if target is not None and target.name in features.columns:
        raise ValueError(f"target must not be a feature too, got {target.name!r}.")
    if weights is not None and set(weights.index) != set(features.columns):
        raise ValueError("weights must have one value for each quality of features.")
