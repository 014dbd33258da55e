"""Fleiss' kappa, for any number of ratings an item.

References
----------
.. [1] Fleiss, J. L. (1971). Measuring nominal scale agreement among many raters. Psychological
   Bulletin 76, 378-382.
.. [2] Fleiss, J. L., Nee, J. C. M., & Landis, J. R. (1979). Large sample variance of kappa in the
   case of different sets of raters. Psychological Bulletin 86, 974-977.
.. [3] Gwet, K. L. (2014). Handbook of Inter-Rater Reliability, 4th ed., chapters 2 and 3.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from typing import Unpack

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from evalsite.analysis.agreement.categories import list_categories
from evalsite.analysis.agreement.chance import ChanceOptions, compute_chance_corrected
from evalsite.analysis.agreement.chance_sums import ChanceSums
from evalsite.analysis.agreement.ratings import FloatArray
from evalsite.analysis.result import Result


def fleiss_kappa(
    ratings: ArrayLike | pd.DataFrame,
    *,
    weights: str = "unweighted",
    **options: Unpack[ChanceOptions],
) -> Result:
    """Fleiss' kappa [1]_, with unequal numbers of ratings and weights as in [3]_.

    p_e = sum_kl w_kl pi_k pi_l.

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
        For unweighted ratings of which every item has the same number, `details` also holds `z`,
        the test that agreement is as by chance [2]_, and `per_category`, kappa of each category
        against the rest.

    Raises
    ------
    ValueError
        If the ratings are not a matrix of finite numbers or words and NaN, or an option is not
        known.
    """
    result = compute_chance_corrected(
        ratings,
        sum_up=partial(ChanceSums.of, rule=expect_fleiss),
        name="Fleiss' kappa",
        weights=weights,
        **options,
    )
    listed = list_categories(ratings, options.get("categories"))
    is_balanced = result.is_defined and np.ptp(listed.counts.sum(axis=1)) == 0
    if weights != "unweighted" or not is_balanced:
        return result
    z, per_category = _test_balanced(listed.counts, result.estimate)
    return replace(
        result,
        details={
            **result.details,
            "z": z,
            "per_category": dict(zip(listed.names, per_category, strict=True)),
        },
    )


def expect_fleiss(pi: FloatArray, weights: FloatArray) -> FloatArray:
    """Chance agreement sum_kl w_kl pi_k pi_l of each row of `pi`, shape=(k, q)."""
    return np.asarray(((pi @ weights) * pi).sum(axis=1))


def _test_balanced(counts: FloatArray, kappa: float) -> tuple[float, list[float]]:
    n_items, m = len(counts), counts[0].sum()
    p = counts.mean(axis=0) / m
    spread = p * (1 - p)
    scale = math.sqrt(2.0 / (n_items * m * (m - 1)))
    error = scale / spread.sum() * math.sqrt(spread.sum() ** 2 - (spread * (1 - 2 * p)).sum())
    apart = (counts * (m - counts)).sum(axis=0) / (n_items * m * (m - 1))
    per_category = np.where(spread > 0, 1 - apart / np.where(spread > 0, spread, 1.0), np.nan)
    return float(kappa / error), [float(value) for value in per_category]
