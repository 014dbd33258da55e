"""Brennan and Prediger's coefficient: chance is an even choice among the categories.

References
----------
.. [1] Brennan, R. L., & Prediger, D. J. (1981). Coefficient kappa: some uses, misuses, and
   alternatives. Educational and Psychological Measurement 41, 687-699.
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


def brennan_prediger(
    ratings: ArrayLike | pd.DataFrame,
    *,
    weights: str = "unweighted",
    **options: Unpack[ChanceOptions],
) -> Result:
    """Brennan-Prediger coefficient [1]_; unweighted it is Randolph's free-marginal kappa.

    p_e = sum_kl w_kl / q^2 [2]_.

    Parameters
    ----------
    ratings : array_like or pd.DataFrame, shape=(n_raters, n_items)
        Numbers or words; NaN = missing.
    weights : {"unweighted", "linear", "quadratic", "ordinal", "radical", "ratio"}
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
        sum_up=partial(ChanceSums.of, rule=expect_evenly),
        name="Brennan-Prediger coefficient",
        weights=weights,
        **options,
    )


def expect_evenly(pi: FloatArray, weights: FloatArray) -> FloatArray:
    """Chance agreement sum_kl w_kl / q^2, the same for each row of `pi`, shape=(k, q)."""
    return np.full(len(pi), weights.sum() / len(weights) ** 2)
