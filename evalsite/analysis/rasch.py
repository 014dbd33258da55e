"""How hard each item is, freed from who happened to answer it: Rasch's model.

A listener of ability t is right on an item of difficulty b with the odds exp(t - b). Given how many
answers of a listener are right, which ones they are depends on the difficulties alone; the product
of these conditional probabilities is maximised [1]_, so nothing is assumed of the listeners. It
wants about a hundred listeners; below, a mixed model with crossed effects is the better behaved.

With e_i = exp(-b_i) and g_r the elementary symmetric functions, the sum over all sets of r items of
the product of their e, a pattern of answers with r right has the probability prod_right e_i / g_r.

References
----------
.. [1] Andersen, E. B. (1972). The numerical solution of a set of conditional estimation equations.
   Journal of the Royal Statistical Society B 34, 42-54.
.. [2] Fischer, G. H. (1981). On the existence and uniqueness of maximum-likelihood estimates in the
   Rasch model. Psychometrika 46, 59-77 (when the difficulties are finite).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import sparse, special

from evalsite.analysis.agreement.ratings import FloatArray, as_rating_matrix
from evalsite.analysis.intervals import check_confidence
from evalsite.analysis.result import Result, undefined_result

METHOD = "Rasch model, conditional maximum likelihood; normal interval"
POPULATION = "new listeners, these items"
MOST_STEPS = 50


@dataclass(frozen=True)
class RaschScale:
    """Difficulties of all items.

    Parameters
    ----------
    difficulties : tuple of Result
        Of each item, in logits; they add up to 0.
    log_likelihood : float
        Conditional, natural logarithm; NaN when undefined.
    n_listeners : int
        Listeners with right *and* wrong answers: the others say nothing of the items.
    reason : str or None
        Why there are no difficulties: "no_data", "too_few_items" or "unbounded_difficulty".
    """

    difficulties: tuple[Result, ...]
    log_likelihood: float
    n_listeners: int
    reason: str | None = None


def fit_rasch(answers: ArrayLike | pd.DataFrame, *, confidence: float = 0.95) -> RaschScale:
    """Estimate the difficulties of items from right and wrong answers.

    Parameters
    ----------
    answers : array_like or pd.DataFrame, shape=(n_listeners, n_items)
        1 right, 0 wrong, NaN not asked.
    confidence : float
        Confidence level in (0, 1).

    Returns
    -------
    RaschScale

    Raises
    ------
    ValueError
        If an answer is not 0, 1 or missing.
    """
    check_confidence(confidence)
    matrix = as_rating_matrix(answers)
    is_wrong_value = ~np.isnan(matrix) & (matrix != 0) & (matrix != 1)
    if is_wrong_value.any():
        raise ValueError(f"answers must be 0, 1 or missing, got {matrix[is_wrong_value][0]:g}.")
    asked = ~np.isnan(matrix)
    right, wrong = (matrix == 1).sum(axis=1), (matrix == 0).sum(axis=1)
    matrix, asked = (part[(right > 0) & (wrong > 0)] for part in (matrix, asked))
    n, k = int(asked.sum()), matrix.shape[1]
    reason = _explain_undefined(matrix)
    if reason is not None:
        nothing = undefined_result(
            reason, method=METHOD, n=n, population=POPULATION, level=confidence
        )
        return RaschScale((nothing,) * k, math.nan, len(matrix), reason)
    groups = _group(np.nan_to_num(matrix), asked)
    difficulties = np.zeros(k)
    for _ in range(MOST_STEPS):
        value, slope, curvature = _evaluate(groups, difficulties)
        # The sum of all difficulties is free: the matrix of ones fixes it at 0.
        step = np.linalg.solve(curvature + 1.0, slope)
        difficulties = difficulties + step * min(1.0, 2.0 / max(np.abs(step).max(), 1e-300))
        if np.abs(step).max() < 1e-10:
            break
    value, _, curvature = _evaluate(groups, difficulties)
    variances = np.diag(np.linalg.inv(curvature + 1.0) - 1.0 / k**2)
    z = float(special.ndtri(0.5 + confidence / 2))
    results = tuple(
        Result(
            float(b),
            float(b - z * error),
            float(b + z * error),
            int(asked[:, i].sum()),
            METHOD,
            None,
            POPULATION,
            confidence,
            {"standard_error": float(error), "n_listeners": len(matrix)},
        )
        for i, (b, error) in enumerate(zip(difficulties, np.sqrt(variances), strict=True))
    )
    return RaschScale(results, value, len(matrix))


@dataclass(frozen=True)
class _Group:
    """Listeners who were asked the same items."""

    items: np.ndarray[tuple[int], np.dtype[np.intp]]
    n_right: FloatArray  # of each item
    n_of_score: FloatArray  # listeners with 0, 1, ... right answers


def _group(matrix: FloatArray, asked: np.ndarray) -> list[_Group]:
    patterns, member = np.unique(asked, axis=0, return_inverse=True)
    groups = []
    for index, pattern in enumerate(patterns):
        items = np.flatnonzero(pattern)
        rows = matrix[member.ravel() == index][:, items]
        scores = np.bincount(rows.sum(axis=1).astype(np.intp), minlength=len(items) + 1)
        groups.append(_Group(items, rows.sum(axis=0), scores.astype(np.float64)))
    return groups


def _explain_undefined(matrix: FloatArray) -> str | None:
    if matrix.shape[1] < 2 and len(matrix):
        return "too_few_items"
    if len(matrix) == 0:
        return "no_data"
    # An item that was right where another was wrong is below it somewhere.
    beats = sparse.csr_array(((matrix == 1).astype(float).T @ (matrix == 0).astype(float)) > 0)
    n_groups = sparse.csgraph.connected_components(beats, connection="strong")[0]
    return "unbounded_difficulty" if n_groups > 1 else None


def _evaluate(
    groups: list[_Group], difficulties: FloatArray
) -> tuple[float, FloatArray, FloatArray]:
    """Conditional log-likelihood, its slope and negative curvature."""
    k, value = len(difficulties), 0.0
    slope, curvature = np.zeros(k), np.zeros((k, k))
    for group in groups:
        easiness = np.exp(-difficulties[group.items])
        symmetric = _multiply(easiness)
        one, both = _find_chances(easiness, symmetric)
        value += float(group.n_right @ np.log(easiness))
        value -= float(group.n_of_score @ np.log(symmetric))
        expected = one @ group.n_of_score
        slope[group.items] += expected - group.n_right
        joint = both @ group.n_of_score - (one * group.n_of_score) @ one.T
        curvature[np.ix_(group.items, group.items)] += joint
    return float(value), slope, curvature


def _find_chances(easiness: FloatArray, symmetric: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Chance that an item, and that a pair, is right given the score.

    Shapes (k, k + 1) and (k, k, k + 1); the diagonal pairs are the items themselves.
    """
    k = len(easiness)
    one, both = np.zeros((k, k + 1)), np.zeros((k, k, k + 1))
    for i in range(k):
        rest = np.delete(easiness, i)
        one[i, 1:] = easiness[i] * _multiply(rest) / symmetric[1:]
        both[i, i] = one[i]
        for j in range(i + 1, k):
            without = _multiply(np.delete(rest, j - 1))
            both[i, j, 2:] = easiness[i] * easiness[j] * without / symmetric[2:]
            both[j, i] = both[i, j]
    return one, both


def _multiply(easiness: FloatArray) -> FloatArray:
    """Elementary symmetric functions of order 0 to k: coefficients of prod (1 + e_i x)."""
    found = np.ones(1)
    for e in easiness:
        found = np.append(found, 0.0) + e * np.append(0.0, found)
    return found
