"""The likelihood of paired comparisons and its maximum; `pairwise` says what the model is.

Answers enter through the tally of each pair, so time grows with the pairs that were compared, not
with the comparisons.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import linalg, special

from evalsite.analysis.agreement.ratings import FloatArray, IntArray

MOST_STEPS = 100
# Smallest share of the largest curvature at which two effects can still be told apart.
SINGULAR = 1e-10
# Gain in log-likelihood below which a last step is exact to rounding.
GOOD_ENOUGH = 1e-8
# Standard error of d or t in logits that only an effect without bound has: where e.g. the first
# always wins, the likelihood grows for ever, ever more slowly.
UNBOUNDED = 100.0


@dataclass(frozen=True)
class Tally:
    """How often each ordered pair ended how.

    Parameters
    ----------
    pairs : np.ndarray of int, shape=(n_pairs, 2)
        Clips in the order heard, as positions.
    wins : np.ndarray, shape=(3, n_pairs)
        Times the first won, the second won, a tie was called.
    table : np.ndarray, shape=(3, n_clips, n_clips)
        The same by answer, first and second clip.
    """

    pairs: IntArray
    wins: FloatArray
    table: FloatArray

    @property
    def n_clips(self) -> int:
        """Number of clips."""
        return self.table.shape[1]

    @classmethod
    def of(cls, codes: IntArray, outcome: FloatArray, count: FloatArray, n_clips: int) -> Tally:
        """Tally rows of pairs, outcomes (1, 0, 0.5) and counts."""
        k = n_clips
        cell = answer_of(outcome) * k**2 + codes[:, 0] * k + codes[:, 1]
        return cls.of_table(_add_up(cell, count, 3 * k**2).reshape(3, k, k))

    @classmethod
    def of_table(cls, table: FloatArray) -> Tally:
        """Tally from counts of each answer to each ordered pair, shape=(3, n_clips, n_clips)."""
        pairs = np.nonzero(table[0] + table[1] + table[2])
        wins = np.stack([answers[pairs] for answers in table])
        return cls(np.stack(pairs, axis=1), wins, table)

    def merge_orders(self) -> Tally:
        """The tally in which the lower of the two clips always is the first."""
        first, second, tie = self.table
        upper = np.triu(np.ones((self.n_clips, self.n_clips)), 1)
        merged = [(a + b.T) * upper for a, b in ((first, second), (second, first), (tie, tie))]
        return Tally.of_table(np.stack(merged))


@dataclass(frozen=True)
class Fit:
    """Where the likelihood is highest.

    Parameters
    ----------
    parameters : np.ndarray, shape=(n_clips + n_extras,)
        Abilities, the first clip's 0, then the extras.
    covariance : np.ndarray, shape=(n_clips + n_extras,) * 2
        Inverse curvature; the first clip's row and column are 0.
    extras : tuple of str
        Which of "position" and "ties" there are, in this order.
    deviance : float
        Against a share of its own for each ordered pair.
    df : int
        Its degrees of freedom.
    """

    parameters: FloatArray
    covariance: FloatArray
    extras: tuple[str, ...]
    deviance: float
    df: int

    def score(
        self, codes: IntArray, outcome: FloatArray, count: FloatArray, cluster: IntArray
    ) -> FloatArray:
        """Slope of each cluster's part of the log-likelihood, shape=(n_clusters, n_parameters)."""
        n_clips = len(self.parameters) - len(self.extras)
        model = _Model(codes, n_clips, self.extras)
        wins = np.zeros((3, len(codes)))
        wins[answer_of(outcome), np.arange(len(codes))] = count
        slopes = model.slopes(wins, self.parameters)
        scores = np.zeros((int(cluster.max()) + 1, len(self.parameters)))
        np.add.at(scores, (cluster, codes[:, 0]), slopes[:, 0])
        np.add.at(scores, (cluster, codes[:, 1]), -slopes[:, 0])
        for at, name in enumerate(self.extras, start=n_clips):
            np.add.at(scores[:, at], cluster, slopes[:, 1 if name == "position" else 2])
        return scores


def answer_of(outcome: FloatArray) -> IntArray:
    """Position of outcomes 1, 0, 0.5 among first, second, tie."""
    return np.where(outcome == 1, 0, np.where(outcome == 0, 1, 2)).astype(np.intp)


def fit_tally(tally: Tally, *, position: bool, ties: bool) -> Fit | None:
    """Fit the model by Newton's method with halved steps.

    Parameters
    ----------
    tally : Tally
        Of clips that form one group.
    position, ties : bool
        Which effects there are beside the abilities.

    Returns
    -------
    Fit or None
        None when an effect has no bound or cannot be told from another.
    """
    extras = tuple(name for name, on in (("position", position), ("ties", ties)) if on)
    # Without an effect of position the two orders of a pair are one.
    counted = tally if position else tally.merge_orders()
    model = _Model(counted.pairs, tally.n_clips, extras)
    parameters = np.zeros(tally.n_clips + len(extras))
    now = model.evaluate(counted.wins, parameters)
    for _ in range(MOST_STEPS):
        step = np.append(0.0, _solve(now.curvature[1:, 1:], now.slope[1:]))
        # Twice the gain that the step promises; the next one's is about its square.
        promise = float(step @ now.slope)
        if not promise >= GOOD_ENOUGH:
            break
        scale, ahead = 1.0, model.evaluate(counted.wins, parameters + step)
        while not ahead.value >= now.value and scale > 1e-6:
            scale /= 2
            ahead = model.evaluate(counted.wins, parameters + scale * step)
        parameters, now = parameters + scale * step, ahead
    inverse = _invert(now.curvature[1:, 1:])
    if inverse is None or np.isnan(promise):
        return None
    covariance = np.zeros((len(parameters), len(parameters)))
    covariance[1:, 1:] = inverse
    if (np.diag(covariance)[tally.n_clips :] > UNBOUNDED**2).any():
        return None
    first, second, tie = tally.wins
    totals = first + second + tie
    answers = tally.wins if ties else tally.wins[:2]
    best = float(special.xlogy(answers, answers / totals).sum())
    df = len(totals) * (2 if ties else 1) - (len(parameters) - 1)
    value = now.value + promise / 2
    return Fit(parameters + step, covariance, extras, 2 * (best - value), df)


@dataclass(frozen=True)
class _Point:
    """Log-likelihood, its slope and its negative curvature."""

    value: float
    slope: FloatArray
    curvature: FloatArray


@dataclass(frozen=True)
class _Model:
    pairs: IntArray
    n_clips: int
    extras: tuple[str, ...]

    def read_extras(self, parameters: FloatArray) -> tuple[float, float]:
        """d and t; 0 and minus infinity where they are left out."""
        found = dict(zip(self.extras, parameters[self.n_clips :], strict=True))
        return float(found.get("position", 0.0)), float(found.get("ties", -np.inf))

    def weigh(self, parameters: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Logits of "first" and of "tie" against "second", and the log of the sum of weights."""
        position, tie = self.read_extras(parameters)
        gap = parameters[self.pairs[:, 0]] - parameters[self.pairs[:, 1]]
        first, same = gap + position, gap / 2 + tie
        total = np.maximum(first, 0.0) + np.log1p(np.exp(-np.abs(first)))
        if "ties" in self.extras:
            total = np.logaddexp(total, same)
        return first, same, total

    def slopes(self, wins: FloatArray, parameters: FloatArray) -> FloatArray:
        """Slope of each pair's log-likelihood towards l_i, d and t, shape=(n_pairs, 3).

        Towards l_j it is that towards l_i turned round.
        """
        first, same, total = self.weigh(parameters)
        n = wins.sum(axis=0)
        over_first = wins[0] - n * np.exp(first - total)
        over_tie = wins[2] - n * np.exp(same - total)
        return np.stack([over_first + over_tie / 2, over_first, over_tie], axis=1)

    def evaluate(self, wins: FloatArray, parameters: FloatArray) -> _Point:
        """Likelihood, slope and curvature in one pass.

        The features of l_i and l_j add up to 1 in all three answers, so the curvature of the
        abilities is the Laplacian of a graph with the pairs as edges.
        """
        k, has_ties = self.n_clips, "ties" in self.extras
        first, same, total = self.weigh(parameters)
        n = wins[0] + wins[1]
        p_first = np.exp(first - total)
        if has_ties:
            n = n + wins[2]
            p_tie = np.exp(same - total)
            mean, square = p_first + p_tie / 2, p_first + p_tie / 4
        else:
            mean = square = p_first
        value = wins[0] @ first - n @ total
        over_first = over = wins[0] - n * p_first
        if has_ties:
            value += wins[2] @ same
            over_tie = wins[2] - n * p_tie
            over = over_first + over_tie / 2
        slope = np.zeros(len(parameters))
        slope[:k] = self.flow(over)
        curvature = np.zeros((len(parameters), len(parameters)))
        joint = np.zeros((k, k))
        joint[self.pairs[:, 0], self.pairs[:, 1]] = n * (square - mean * mean)
        joint += joint.T
        curvature[:k, :k] = -joint
        curvature[np.arange(k), np.arange(k)] = joint.sum(axis=0)
        for at, name in enumerate(self.extras, start=k):
            surplus, p, feature = (
                (over_first, p_first, 1.0) if name == "position" else (over_tie, p_tie, 0.5)
            )
            slope[at] = surplus.sum()
            curvature[at, :k] = curvature[:k, at] = self.flow(n * p * (feature - mean))
            curvature[at, at] = n @ (p * (1 - p))
        if len(self.extras) == 2:
            curvature[k, k + 1] = curvature[k + 1, k] = -(n @ (p_first * p_tie))
        return _Point(float(value), slope, curvature)

    def flow(self, towards_first: FloatArray) -> FloatArray:
        """Sum what goes to the first clip of each pair and leaves the second, shape=(n_clips,)."""
        i, j = self.pairs.T
        return _add_up(i, towards_first, self.n_clips) - _add_up(j, towards_first, self.n_clips)


def _solve(curvature: FloatArray, slope: FloatArray) -> FloatArray:
    """Newton's step, NaN where the curvature is flat in some direction."""
    if not np.isfinite(curvature).all():
        return np.full(len(slope), np.nan)
    _, step, failed = linalg.lapack.dposv(curvature, slope, lower=1)
    return np.asarray(step) if not failed else np.full(len(slope), np.nan)


def _invert(curvature: FloatArray) -> FloatArray | None:
    """Inverse of a curvature, None where it is flat in some direction."""
    if not np.isfinite(curvature).all():
        return None
    factor, failed = linalg.lapack.dpotrf(curvature, lower=1)
    if failed:
        return None
    steepness = np.abs(curvature).sum(axis=0).max()
    if linalg.lapack.dpocon(factor, steepness, uplo="L")[0] < SINGULAR:
        return None
    lower = np.tril(linalg.lapack.dpotri(factor, lower=1)[0])
    return np.asarray(lower + np.tril(lower, -1).T)


def _add_up(places: IntArray, values: FloatArray, n: int) -> FloatArray:
    return np.bincount(places, values, minlength=n).astype(np.float64, copy=False)
