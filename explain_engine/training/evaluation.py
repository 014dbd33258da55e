"""How well a network's outputs follow the ratings.

Convention: arrays shape=(n_examples, n_targets); NaN ratings are left out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Correlation:
    """Pearson's r with its 95 % interval (Fisher's z).

    Parameters
    ----------
    estimate, low, high : float
        NaN when undefined.
    n : int
        Examples.
    reason : str or None
        Why it is undefined.
    """

    estimate: float
    low: float
    high: float
    n: int
    reason: str | None = None


def correlate(outputs: np.ndarray, ratings: np.ndarray) -> Correlation:
    """Correlate one output with its ratings.

    Parameters
    ----------
    outputs, ratings : numpy.ndarray, shape=(n,)
        NaN ratings do not count.

    Returns
    -------
    Correlation
        Undefined for fewer than 4 examples or when either side is constant.
    """
    known = ~np.isnan(ratings)
    x, y, n = outputs[known], ratings[known], int(known.sum())
    nan = math.nan
    if n < 4:
        return Correlation(nan, nan, nan, n, f"A correlation needs 4 examples or more, got {n}.")
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return Correlation(nan, nan, nan, n, "A correlation needs values that differ.")
    r = float(np.corrcoef(x, y)[0, 1])
    z, width = math.atanh(min(max(r, -0.999999), 0.999999)), 1.96 / math.sqrt(n - 3)
    return Correlation(r, math.tanh(z - width), math.tanh(z + width), n)


def correlate_targets(
    outputs: np.ndarray, ratings: np.ndarray, targets: tuple[str, ...]
) -> dict[str, Correlation]:
    """Correlate every output with its ratings.

    Parameters
    ----------
    outputs, ratings : numpy.ndarray, shape=(n, n_targets)
        In the order of `targets`.
    targets : tuple of str
        Their names.

    Returns
    -------
    dict
        Name to correlation.
    """
    return {
        target: correlate(outputs[:, column], ratings[:, column])
        for column, target in enumerate(targets)
    }
