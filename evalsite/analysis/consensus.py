"""One answer per item from many raters of unequal reliability.

`dawid_skene` estimates, from labels alone, which class each item is of and how each rater
confuses the classes [1]_; `weighted_mean` weighs raters of a scale by how well each goes with the
others [2]_.

References
----------
.. [1] Dawid, A. P., & Skene, A. M. (1979). Maximum likelihood estimation of observer error-rates
   using the EM algorithm. Applied Statistics 28(1), 20-28, eq. 2.3-2.5 and section 3.
.. [2] Grimm, M., & Kroschel, K. (2005). Evaluation of natural emotions using self assessment
   manikins. IEEE ASRU, 381-385, eq. 4 and 5 (the evaluator weighted estimator).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import sparse

from evalsite.analysis.agreement.ratings import FloatArray, as_rating_matrix
from evalsite.analysis.checks import check_least, check_whole

MOST_STEPS = 10_000
# A class less likely than the likeliest by more than this, in natural logarithms, has probability
# 0: close to the smallest number there is, exponentials take ten times as long.
FARTHEST = 700.0


@dataclass(frozen=True)
class LabelConsensus:
    """What Dawid and Skene's model finds.

    Parameters
    ----------
    items, raters, classes : tuple
        Names, sorted, in the order of the arrays.
    posterior : np.ndarray, shape=(n_items, n_classes)
        Probability of each class; rows add up to 1.
    error_rates : np.ndarray, shape=(n_raters, n_classes, n_classes)
        Probability that a rater gives a label (last axis) to an item of a class; NaN where a
        class has no item that the rater saw.
    marginals : np.ndarray, shape=(n_classes,)
        How common each class is.
    log_likelihood : float
        Natural logarithm.
    n : int
        Number of labels.
    n_steps : int
        EM steps done.
    has_converged : bool
        Whether the last step gained less than the tolerance.
    reason : str or None
        Why there is nothing: "no_data".
    """

    items: tuple[Any, ...]
    raters: tuple[Any, ...]
    classes: tuple[Any, ...]
    posterior: FloatArray
    error_rates: FloatArray
    marginals: FloatArray
    log_likelihood: float
    n: int
    n_steps: int
    has_converged: bool
    reason: str | None = None

    @property
    def labels(self) -> tuple[Any, ...]:
        """The likeliest class of each item, the first of equal ones."""
        return tuple(self.classes[k] for k in self.posterior.argmax(axis=1))


@dataclass(frozen=True)
class ScaleConsensus:
    """Weighted means of ratings.

    Parameters
    ----------
    values : np.ndarray, shape=(n_items,)
        Weighted mean of each item, in rating units; NaN where no rater of some weight rated it.
    weights : np.ndarray, shape=(n_raters,)
        Of each rater, in [0, 1]; NaN where it cannot be known.
    correlations : np.ndarray, shape=(n_raters,)
        Of each rater with the mean of the others, in [-1, 1]; its negative values weigh 0.
    n_ratings : np.ndarray of int, shape=(n_items,)
        Ratings of each item.
    reason : str or None
        Why there are no values: "no_data", or "no_agreeing_rater" when nobody goes with the
        others.
    """

    values: FloatArray
    weights: FloatArray
    correlations: FloatArray
    n_ratings: np.ndarray[Any, np.dtype[np.int64]]
    reason: str | None = None


def dawid_skene(
    items: Sequence[Any],
    raters: Sequence[Any],
    labels: Sequence[Any],
    *,
    tolerance: float = 1e-10,
    max_steps: int = MOST_STEPS,
) -> LabelConsensus:
    """Estimate the true classes and the raters' error rates by EM [1]_.

    It starts from each item's shares of labels. A step is two sparse products, so time grows with
    the number of labels; a rater may label an item several times. Nothing is smoothed: a rater who
    never confuses two classes has an error rate of 0. Probabilities below 1e-304 are 0.

    Parameters
    ----------
    items, raters, labels : sequence
        One entry a label.
    tolerance : float
        Relative gain of the log-likelihood below which it stops, 0 or more.
    max_steps : int
        Most steps, 1 or more.

    Returns
    -------
    LabelConsensus

    Raises
    ------
    ValueError
        If the lengths differ, an entry is missing, or an option is out of range.
    """
    lengths = (len(items), len(raters), len(labels))
    if len(set(lengths)) > 1:
        raise ValueError(f"items, raters and labels must have one length, got {lengths}.")
    check_whole(max_steps, "max_steps", least=1)
    check_least(tolerance, "tolerance", least=0)
    (item, item_names), (rater, rater_names), (label, class_names) = (
        _number(name, values)
        for name, values in (("items", items), ("raters", raters), ("labels", labels))
    )
    n, n_raters, q = len(item), len(rater_names), len(class_names)
    if n == 0:
        nothing = np.empty((0, 0))
        return LabelConsensus(
            (), (), (), nothing, np.empty((0, 0, 0)), np.empty(0), math.nan, 0, 0, False, "no_data"
        )
    given, received, posterior = _tabulate(item, rater * q + label, label, n_raters * q)
    before, has_converged, n_steps = -math.inf, False, 0
    while n_steps < max_steps and not has_converged:
        n_steps += 1
        marginals, rates, _ = _estimate_rates(received, posterior, n_raters)
        posterior, log_likelihood = _expect_classes(given, marginals, rates)
        has_converged = log_likelihood - before <= tolerance * abs(log_likelihood)
        before = log_likelihood
    marginals, rates, totals = _estimate_rates(received, posterior, n_raters)
    error_rates = np.where(totals > 0, rates, np.nan).transpose(0, 2, 1)
    return LabelConsensus(
        item_names,
        rater_names,
        class_names,
        posterior,
        error_rates,
        marginals,
        log_likelihood,
        n,
        n_steps,
        has_converged,
    )


def weighted_mean(ratings: ArrayLike | pd.DataFrame) -> ScaleConsensus:
    """Mean of each item, raters weighed by their correlation with the others [2]_.

    x_i = sum_k r_k x_ik / sum_k r_k over the raters k of item i, with r_k the correlation of rater
    k with the mean of the *other* raters over the items both have (the mean of all, as in [2]_,
    would count a rater's agreement with himself), and 0 where it is negative.

    Parameters
    ----------
    ratings : array_like or pd.DataFrame, shape=(n_raters, n_items)
        NaN = missing.

    Returns
    -------
    ScaleConsensus
        A rater with fewer than three items in common with others, or who never varies, has no
        correlation and no weight.

    Raises
    ------
    ValueError
        If the ratings are not a matrix of finite numbers and NaN.
    """
    matrix = as_rating_matrix(ratings)
    is_rated = ~np.isnan(matrix)
    n_ratings = is_rated.sum(axis=0)
    if not is_rated.any():
        return ScaleConsensus(
            np.full(matrix.shape[1], np.nan),
            np.full(len(matrix), np.nan),
            np.full(len(matrix), np.nan),
            n_ratings,
            "no_data",
        )
    filled = np.where(is_rated, matrix, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        others = (filled.sum(axis=0) - filled) / (n_ratings - is_rated)
    correlations = np.array(
        [
            _correlate(row[both], rest[both])
            for row, rest, both in zip(matrix, others, is_rated & (n_ratings > 1), strict=True)
        ]
    )
    weights = np.where(np.isnan(correlations), np.nan, np.clip(correlations, 0, 1))
    known = np.nan_to_num(weights)[:, None] * is_rated
    room = known.sum(axis=0)
    values = np.where(room > 0, (known * filled).sum(axis=0) / np.where(room > 0, room, 1), np.nan)
    reason = None if room.any() else "no_agreeing_rater"
    return ScaleConsensus(values, weights, correlations, n_ratings, reason)


def _number(name: str, values: Sequence[Any]) -> tuple[np.ndarray, tuple[Any, ...]]:
    series = pd.Series(values if isinstance(values, np.ndarray) else list(values))
    if series.isna().any():
        raise ValueError(f"{name} must have no missing entries.")
    codes, names = pd.factorize(series, sort=True)
    return codes, tuple(names)


def _tabulate(
    item: np.ndarray, column: np.ndarray, label: np.ndarray, n_columns: int
) -> tuple[sparse.csc_array, sparse.csc_array, FloatArray]:
    """Labels by item and column (rater, label), the same transposed, and each item's shares.

    Both have columns first: as each addition of a product then goes to another row, none waits
    for the one before.
    """
    cell = item.astype(np.int32), column.astype(np.int32)
    by_item = sparse.csr_array((np.ones(len(item)), cell), shape=(item.max() + 1, n_columns))
    shares = np.zeros((by_item.shape[0], label.max() + 1))
    np.add.at(shares, (item, label), 1.0)
    shares /= shares.sum(axis=1, keepdims=True)
    return by_item.tocsc(), by_item.T, shares


def _estimate_rates(
    received: sparse.csc_array, posterior: FloatArray, n_raters: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Marginals, rates of shape=(n_raters, label, class), labels of shape=(n_raters, 1, class)."""
    n_items, q = posterior.shape
    counts = np.asarray(received @ posterior).reshape(n_raters, q, q)
    totals = np.einsum("rlc->rc", counts)[:, None]
    rates = counts / np.where(totals > 0, totals, 1.0)
    return np.ones(n_items) @ posterior / n_items, rates, totals


def _expect_classes(
    given: sparse.csc_array, marginals: FloatArray, rates: FloatArray
) -> tuple[FloatArray, float]:
    """Probability of each class, shape=(n_items, n_classes), and the log-likelihood."""
    with np.errstate(divide="ignore"):
        log_joint = given @ np.log(rates.reshape(-1, len(marginals)))
        # Classes first: numpy is ten times slower along a short last axis.
        by_class = np.ascontiguousarray(log_joint.T)
        by_class += np.log(marginals)[:, None]
    top = by_class.max(axis=0)
    by_class -= top
    is_possible = by_class > -FARTHEST
    np.exp(np.maximum(by_class, -FARTHEST, out=by_class), out=by_class)
    by_class *= is_possible
    room = by_class.sum(axis=0)
    by_class /= room
    return np.ascontiguousarray(by_class.T), float(top.sum() + np.log(room).sum())


def _correlate(first: FloatArray, second: FloatArray) -> float:
    if len(first) < 3 or np.ptp(first) == 0 or np.ptp(second) == 0:
        return np.nan
    return float(np.corrcoef(first, second)[0, 1])
