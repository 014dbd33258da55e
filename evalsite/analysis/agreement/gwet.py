"""Gwet's AC1 and AC2, which do not collapse when nearly all ratings fall in one category.

References
----------
.. [1] Gwet, K. L. (2008). Computing inter-rater reliability and its variance in the presence of
   high agreement. British Journal of Mathematical and Statistical Psychology 61, 29-48.
.. [2] Gwet, K. L. (2014). Handbook of Inter-Rater Reliability, 4th ed., chapters 2 to 5.
"""

from __future__ import annotations

from functools import partial
from typing import Unpack

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from evalsite.analysis.agreement.chance import ChanceOptions, compute_chance_corrected
from evalsite.analysis.agreement.chance_sums import ChanceSums
from evalsite.analysis.agreement.ratings import FloatArray
from evalsite.analysis.result import Result


def gwet_ac1(
    ratings: ArrayLike | pd.DataFrame,
    **options: Unpack[ChanceOptions],
) -> Result:
    """Gwet's AC1 for unordered categories [1]_.

    p_e = sum_k pi_k (1 - pi_k) / (q - 1).

    Parameters
    ----------
    ratings : array_like or pd.DataFrame, shape=(n_raters, n_items)
        Numbers or words; NaN = missing.
    **options
        `categories`, `interval`, `confidence`, `n_resamples`, `rng`: see
        `chance.compute_chance_corrected`.

    Returns
    -------
    Result

    Raises
    ------
    ValueError
        If the ratings are not a matrix of finite numbers or words and NaN, or an option is not
        known.
    """
    return compute_chance_corrected(
        ratings,
        sum_up=partial(ChanceSums.of, rule=expect_gwet),
        name="Gwet's AC1",
        weights="unweighted",
        **options,
    )


def gwet_ac2(
    ratings: ArrayLike | pd.DataFrame,
    *,
    weights: str = "quadratic",
    **options: Unpack[ChanceOptions],
) -> Result:
    """Gwet's AC2 for ordered categories [2]_.

    p_e = T / (q (q - 1)) * sum_k pi_k (1 - pi_k), T = sum_kl w_kl.

    Parameters
    ----------
    ratings : array_like or pd.DataFrame, shape=(n_raters, n_items)
        Numbers or words; NaN = missing.
    weights : {"linear", "quadratic", "ordinal", "radical", "ratio", "unweighted"}
        Agreement of two categories; see `weights.make_weights`.
    **options
        `categories`, `interval`, `confidence`, `n_resamples`, `rng`: see
        `chance.compute_chance_corrected`.

    Returns
    -------
    Result

    Raises
    ------
    ValueError
        If the ratings are not a matrix of finite numbers or words and NaN, or an option is not
        known.
    """
    return compute_chance_corrected(
        ratings,
        sum_up=partial(ChanceSums.of, rule=expect_gwet),
        name="Gwet's AC2",
        weights=weights,
        **options,
    )


def expect_gwet(pi: FloatArray, weights: FloatArray) -> FloatArray:
    """Chance agreement T / (q (q - 1)) sum_k pi_k (1 - pi_k) of each row of `pi`, shape=(k, q)."""
    q = len(weights)
    return np.asarray(weights.sum() / (q * (q - 1)) * (pi * (1 - pi)).sum(axis=1))
