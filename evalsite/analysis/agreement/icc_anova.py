"""Mean squares of complete ratings, whole and with one item or rater left out.

A table of n items and k raters has the sums of squares n k sum((mean_i - mean)^2) / n of items, the
same of raters, and the rest. All follow from row sums, column sums and the sum of squares, so the
tables without one item (or rater) take no more time than the whole.

References
----------
.. [1] McGraw, K. O., & Wong, S. P. (1996). Forming inferences about some intraclass correlation
   coefficients. Psychological Methods 1(1), 30-46, tables 4, 7 and 8.
.. [2] Shrout, P. E., & Fleiss, J. L. (1979). Intraclass correlations. Psychological Bulletin 86,
   420-428, p. 424 (the interval of absolute agreement).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from evalsite.analysis.agreement.ratings import FloatArray
from evalsite.analysis.intervals import NO_SPREAD

# Below this share of the whole a sum of squares is rounding noise.
NOISE = 1e-13


@dataclass(frozen=True)
class MeanSquares:
    """Mean squares; arrays of one shape, or numbers.

    Parameters
    ----------
    item, rater, within, residual : np.ndarray or float
        In squared rating units, 0 or more.
    n_items, n_raters : int
        Size of the tables.
    """

    item: FloatArray
    rater: FloatArray
    within: FloatArray
    residual: FloatArray
    n_items: int
    n_raters: int

    @classmethod
    def of(cls, matrix: FloatArray) -> MeanSquares:
        """Of complete ratings, shape=(n_raters, n_items)."""
        x = matrix - matrix.mean()
        k, n = x.shape
        # Products with ones add up faster than sums along an axis.
        by_item, by_rater = np.ones(k) @ x, x @ np.ones(n)
        return cls._from_sums(
            np.array(np.vdot(x, x)),
            np.array(by_item.sum()),
            np.array(by_item @ by_item),
            np.array(by_rater @ by_rater),
            (n, k),
        )

    @classmethod
    def without_each_item(cls, matrix: FloatArray) -> MeanSquares:
        """Of the tables without one item, arrays of shape=(n_items,)."""
        x = matrix - matrix.mean()
        k, n = x.shape
        by_item, by_rater, squares = x.sum(axis=0), x.sum(axis=1), (x * x).sum(axis=0)
        return cls._from_sums(
            squares.sum() - squares,
            x.sum() - by_item,
            by_item @ by_item - by_item**2,
            by_rater @ by_rater - 2 * by_rater @ x + squares,
            (n - 1, k),
        )

    @classmethod
    def without_each_rater(cls, matrix: FloatArray) -> MeanSquares:
        """Of the tables without one rater, arrays of shape=(n_raters,)."""
        turned = cls.without_each_item(matrix.T)
        # Turning swaps the roles of items and raters, also in the variation within items.
        n, k = turned.n_raters, turned.n_items
        with np.errstate(divide="ignore", invalid="ignore"):
            rest = turned.residual * (n - 1) * (k - 1)
            within = (turned.item * (k - 1) + rest) / np.float64(n * (k - 1))
        return cls(turned.rater, turned.item, within, turned.residual, n, k)

    @classmethod
    def weighted(cls, matrix: FloatArray, of_rater: FloatArray, of_item: FloatArray) -> MeanSquares:
        """Where raters and items count so often, from the pairs of distinct raters.

        With C the mean covariance over such pairs, V their mean variance and D half their mean
        squared difference of rater means: residual = V - C, item = V + (k - 1) C, rater = n D. A
        rater who counts twice is not paired with itself; where all count once, it equals `of`.

        Parameters
        ----------
        matrix : np.ndarray, shape=(n_raters, n_items)
            Complete ratings.
        of_rater, of_item : np.ndarray, shape=(n_raters,), (n_items,)
            Whole numbers.

        Returns
        -------
        MeanSquares
            NaN where fewer than two distinct raters count.
        """
        x = matrix - matrix.mean()
        k, n = of_rater.sum(), of_item.sum()
        own = of_rater**2
        means, total = x @ of_item / n, of_rater @ x
        with np.errstate(divide="ignore", invalid="ignore"):
            pairs = k**2 - own.sum()
            variances = ((x * x) @ of_item - n * means**2) / (n - 1)
            together = (total**2 @ of_item - (total @ of_item) ** 2 / n) / (n - 1)
            covariance = (together - own @ variances) / pairs
            variance = (k * of_rater - own) @ variances / pairs
            apart = (k * (of_rater @ means**2) - (of_rater @ means) ** 2) / pairs
            residual = _drop_noise(variance - covariance, variance + apart)
        within = apart + (n - 1) / n * residual
        return cls(
            np.asarray(variance + (k - 1) * covariance),
            np.asarray(n * apart),
            np.asarray(within),
            residual,
            int(n),
            int(k),
        )

    @classmethod
    def _from_sums(
        cls,
        squares: FloatArray,
        total: FloatArray,
        items_squared: FloatArray,
        raters_squared: FloatArray,
        size: tuple[int, int],
    ) -> MeanSquares:
        n, k = size
        with np.errstate(divide="ignore", invalid="ignore"):
            mean_part = total**2 / np.float64(n * k)
            whole = squares - mean_part
            item = _drop_noise(items_squared / np.float64(k) - mean_part, whole)
            rater = _drop_noise(raters_squared / np.float64(n) - mean_part, whole)
            within = _drop_noise(whole - item, whole)
            residual = _drop_noise(within - rater, whole)
            return cls(
                item / np.float64(n - 1),
                rater / np.float64(k - 1),
                within / np.float64(n * (k - 1)),
                residual / np.float64((n - 1) * (k - 1)),
                n,
                k,
            )

    def correlate(self, kind: str) -> FloatArray:
        """The single form "1", "C" or "A", NaN where undefined."""
        k, n = self.n_raters, self.n_items
        noise = self.within if kind == "1" else self.residual
        above = self.item - noise
        below = self.item + (k - 1) * noise
        if kind == "A":
            below = below + k / max(n, 1) * (self.rater - noise)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.where(below > 0, above / below, np.nan))

    def list_variances(self, has_raters: bool) -> dict[str, float | None]:
        """Variances by the method of moments, negative ones as 0."""
        k, n = self.n_raters, self.n_items
        noise = self.residual if has_raters else self.within
        return {
            "variance_item": max(0.0, float((self.item - noise) / k)),
            "variance_rater": max(0.0, float((self.rater - noise) / n)) if has_raters else None,
            "variance_residual": float(noise),
        }


def f_interval(
    squares: MeanSquares, kind: str, estimate: float, confidence: float
) -> tuple[float, float, str | None, dict[str, float]]:
    """Interval of a single form from F distributions [1]_ [2]_.

    Parameters
    ----------
    squares : MeanSquares
        Of one table.
    kind : {"1", "C", "A"}
        Which single form.
    estimate : float
        The single form.
    confidence : float
        Confidence level in (0, 1).

    Returns
    -------
    low, high : float
        NaN with a reason where there is no residual, or items do not differ at all.
    reason : str or None
    test : dict
        F, df1, df2 and p of the test that the correlation is 0.
    """
    n, k = squares.n_items, squares.n_raters
    noise = float(squares.within if kind == "1" else squares.residual)
    if noise == 0:
        return np.nan, np.nan, "no_disagreement", {}
    tail = 0.5 + confidence / 2
    df1, df2 = n - 1, n * (k - 1) if kind == "1" else (n - 1) * (k - 1)
    item, rater = float(squares.item), float(squares.rater)
    ratio = item / noise
    test = {"F": ratio, "df1": df1, "df2": df2, "p_value": float(stats.f.sf(ratio, df1, df2))}
    if kind != "A":
        ends = (ratio / stats.f.ppf(tail, df1, df2), ratio * stats.f.ppf(tail, df2, df1))
        low, high = (float((end - 1) / (end + k - 1)) for end in ends)
        return _give_width(low, high, test)
    ratio_raters, rest = rater / noise, n * (1 + (k - 1) * estimate) - k * estimate
    above = (k - 1) * (n - 1) * (k * estimate * ratio_raters + rest) ** 2
    below = (n - 1) * k**2 * estimate**2 * ratio_raters**2 + rest**2
    df = above / below
    upper, lower = stats.f.ppf(tail, n - 1, df), stats.f.ppf(tail, df, n - 1)
    spread = k * rater + (k * n - k - n) * noise
    low = n * (item - upper * noise) / (upper * spread + n * item)
    high = n * (lower * item - noise) / (spread + n * lower * item)
    return _give_width(float(low), float(high), test)


def _give_width(
    low: float, high: float, test: dict[str, float]
) -> tuple[float, float, str | None, dict[str, float]]:
    """An interval; none where items have equal means, so that its ends fall together."""
    if high - low < NO_SPREAD:
        return np.nan, np.nan, "at_zero", test
    return low, high, None, test


def _drop_noise(part: FloatArray, whole: FloatArray) -> FloatArray:
    return np.asarray(np.where(part > NOISE * whole, part, 0.0))
