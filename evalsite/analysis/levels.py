"""Means of groups of listeners who were asked under different circumstances, and how they differ.

A factor between listeners (with or without explanations, say) gives each listener one level. Does
the level change how they answer? Listeners of different levels are different people, recordings are
the same, so in a difference recordings cancel as far as all levels heard them, and listeners do
not. Variances are those of `crossed`: jackknives over listeners, recordings, and single judgments.

Conventions
-----------
Judgments are a data frame with the columns `listener`, `recording`, `level` and `value` (a number,
or NaN, which is left out). A listener has one level.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from evalsite.analysis.checks import check_columns, read_values
from evalsite.analysis.crossed import POPULATION, CrossedMeans
from evalsite.analysis.intervals import check_confidence
from evalsite.analysis.result import Result, undefined_result

COLUMNS = ("listener", "recording", "level", "value")
MEAN = "mean of a level; crossed listeners and recordings, t"
DIFFERENCE = "difference of the means of two levels; crossed listeners and recordings, t"


@dataclass(frozen=True)
class LevelDifference:
    """Mean of the first level minus that of the second."""

    first: str
    second: str
    difference: Result


@dataclass(frozen=True)
class LevelMeans:
    """Means of the levels and differences of all pairs.

    Parameters
    ----------
    means : dict of Result
        By level, in the order given.
    differences : tuple of LevelDifference
        Each pair once, earlier levels first.
    """

    means: dict[str, Result]
    differences: tuple[LevelDifference, ...]


def compare_levels(
    judgments: pd.DataFrame,
    *,
    levels: Sequence[str],
    bounds: tuple[float, float] = (-np.inf, np.inf),
    confidence: float = 0.95,
) -> LevelMeans:
    """Compare the means of levels between listeners.

    Parameters
    ----------
    judgments : pd.DataFrame
        See the module's conventions.
    levels : sequence of str
        Two or more of them.
    bounds : tuple of float
        Lowest and highest value, where intervals of means end.
    confidence : float
        Confidence level in (0, 1).

    Returns
    -------
    LevelMeans
        In the unit of the values. A level without values has no mean ("no_data"), nor differences.

    Raises
    ------
    ValueError
        If a column or an entry is missing, a listener has two levels, or levels are fewer than two
        or named twice.
    """
    check_confidence(confidence)
    names = list(levels)
    if len(names) < 2 or len(set(names)) < len(names):
        raise ValueError(f"levels must be two or more different ones, got {', '.join(names)}.")
    told = _check(judgments)
    parts = {name: told[told["level"] == name] for name in names}
    means = {
        name: undefined_result("no_data", method=MEAN, population=POPULATION, level=confidence)
        if part.empty
        else CrossedMeans.of(part, np.ones((len(part), 1))).estimate_mean(
            method=MEAN, bounds=bounds, confidence=confidence
        )
        for name, part in parts.items()
    }
    reach = bounds[1] - bounds[0]
    differences = tuple(
        LevelDifference(
            first, second, _compare(parts[first], parts[second], reach=reach, confidence=confidence)
        )
        for first, second in itertools.combinations(names, 2)
    )
    return LevelMeans(means, differences)


def _compare(
    first: pd.DataFrame, second: pd.DataFrame, *, reach: float, confidence: float
) -> Result:
    if first.empty or second.empty:
        return undefined_result(
            "no_data", method=DIFFERENCE, population=POPULATION, level=confidence
        )
    both = pd.concat([first, second], ignore_index=True)
    is_first = np.arange(len(both)) < len(first)
    crossed = CrossedMeans.of(both, np.stack([is_first, ~is_first], axis=1).astype(float))
    n_listeners = [part["listener"].nunique() for part in (first, second)]
    return crossed.estimate_difference(
        method=DIFFERENCE,
        bounds=(-reach, reach),
        confidence=confidence,
        details={"n_first": n_listeners[0], "n_second": n_listeners[1]},
    )


def _check(judgments: pd.DataFrame) -> pd.DataFrame:
    check_columns(judgments, COLUMNS, called="judgments", named=COLUMNS[:3])
    value = read_values(judgments, "value")
    told = judgments.loc[~np.isnan(value), list(COLUMNS[:3])].assign(value=value[~np.isnan(value)])
    twice = told.groupby("listener", sort=False)["level"].nunique()
    if (twice > 1).any():
        raise ValueError(f"listener {twice.index[twice > 1][0]} must have one level, got two.")
    return told
