"""Gwet's weights: how much two categories agree, from 0 to 1.

The "ordinal" weights here count the pairs of categories between two ranks. They are not
Krippendorff's ordinal distance, which depends on how often each value was chosen: alpha of the
same ratings differs by either.

References
----------
.. [1] Gwet, K. L. (2014). Handbook of Inter-Rater Reliability, 4th ed., chapter 3.
"""

from __future__ import annotations

import numpy as np

from evalsite.analysis.agreement.ratings import FloatArray

WEIGHTS = ("unweighted", "linear", "quadratic", "ordinal", "radical", "ratio")


def make_weights(categories: FloatArray, name: str) -> FloatArray:
    """Agreement of each pair of categories [1]_.

    Parameters
    ----------
    categories : np.ndarray, shape=(n_categories,)
        Sorted distinct numbers, two or more.
    name : {"unweighted", "linear", "quadratic", "ordinal", "radical", "ratio"}
        With a, b two categories and r the range: 1 where equal, 1 - |a - b| / r,
        1 - (|a - b| / r)^2, 1 - C(|rank difference| + 1, 2) / C(n_categories, 2),
        1 - sqrt(|a - b| / r), 1 - ((a - b) / (a + b))^2 / ((max - min) / (max + min))^2.

    Returns
    -------
    np.ndarray, shape=(n_categories, n_categories)
        Symmetric, 1 on the diagonal, in [0, 1].

    Raises
    ------
    ValueError
        If the name is not known, or "ratio" meets a negative category.
    """
    if name not in WEIGHTS:
        raise ValueError(f"weights must be one of {', '.join(WEIGHTS)}, got {name!r}.")
    n = len(categories)
    if name == "unweighted":
        return np.eye(n)
    if name == "ordinal":
        steps = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
        return np.asarray(1 - steps * (steps + 1) / (n * (n - 1)))
    apart = np.abs(np.subtract.outer(categories, categories))
    span = apart.max()
    if name == "ratio":
        if categories[0] < 0:
            raise ValueError(
                f"weights 'ratio' need categories of 0 or more, got {categories[0]:g}."
            )
        total = np.add.outer(categories, categories)
        apart = np.divide(apart, total, out=np.zeros_like(apart), where=total > 0)
        return np.asarray(1 - (apart / apart.max()) ** 2)
    exponent = {"linear": 1.0, "quadratic": 2.0, "radical": 0.5}[name]
    return np.asarray(1 - (apart / span) ** exponent)
