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
    wins : np.ndarray, shape=(n_pairs, 3)
        Times the first won, the second won, a tie was called.
    n_clips : int
        Number of clips.
    """

    pairs: IntArray
    wins: FloatArray
    n_clips: int

    @classmethod
    def of(cls, codes: IntArray, outcome: FloatArray, count: FloatArray, n_clips: int) -> Tally:
        """Tally rows of pairs, outcomes (1, 0, 0.5) and counts."""
        cell = (codes[:, 0] * n_clips + codes[:, 1]) * 3 + answer_of(outcome)
        totals = _add_up(cell, count, 3 * n_clips**2).reshape(-1, 3)
        seen = np.flatnonzero(totals.sum(axis=1) > 0)
        pairs = np.stack(np.divmod(seen, max(n_clips, 1)), axis=1)
        return cls(pairs, totals[seen], n_clips)

    def merge_orders(self) -> Tally:
        """The tally in which the lower of the two clips always is the first."""
        is_turned = self.pairs[:, 0] > self.pairs[:, 1]
        wins = np.where(is_turned[:, None], self.wins[:, [1, 0, 2]], self.wins)
        k = self.n_clips
        cell = self.pairs.min(axis=1) * k + self.pairs.max(axis=1)
        merged = np.stack([_add_up(cell, column, k * k) for column in wins.T], axis=1)
        seen = np.flatnonzero(merged.sum(axis=1) > 0)
        return Tally(np.stack(np.divmod(seen, k), axis=1), merged[seen], k)


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
        wins = np.zeros((len(codes), 3))
        wins[np.arange(len(codes)), answer_of(outcome)] = count
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
        inverse = _invert(now.curvature[1:, 1:])
        if inverse is None:
            return None
        step = np.append(0.0, inverse @ now.slope[1:])
        # Twice the gain that the step promises; the next one's is about its square.
        promise = float(step @ now.slope)
        if promise < GOOD_ENOUGH:
            break
        scale, ahead = 1.0, model.evaluate(counted.wins, parameters + step)
        while not ahead.value >= now.value and scale > 1e-6:
            scale /= 2
            ahead = model.evaluate(counted.wins, parameters + scale * step)
        parameters, now = parameters + scale * step, ahead
    covariance = np.zeros((len(parameters), len(parameters)))
    covariance[1:, 1:] = inverse
    if (np.diag(covariance)[tally.n_clips :] > UNBOUNDED**2).any():
        return None
    totals = tally.wins.sum(axis=1, keepdims=True)
    best = float(special.xlogy(tally.wins, tally.wins / totals).sum())
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
        n = wins.sum(axis=1)
        over_first = wins[:, 0] - n * np.exp(first - total)
        over_tie = wins[:, 2] - n * np.exp(same - total)
        return np.stack([over_first + over_tie / 2, over_first, over_tie], axis=1)

    def evaluate(self, wins: FloatArray, parameters: FloatArray) -> _Point:
        """Likelihood, slope and curvature in one pass.

        The features of l_i and l_j add up to 1 in all three answers, so the curvature of the
        abilities is the Laplacian of a graph with the pairs as edges.
        """
        k = self.n_clips
        first, same, total = self.weigh(parameters)
        n = wins[:, 0] + wins[:, 1] + wins[:, 2]
        p_first, p_tie = np.exp(first - total), np.exp(same - total)
        value = wins[:, 0] @ first - n @ total
        if "ties" in self.extras:
            value += wins[:, 2] @ same
        over_first, over_tie = wins[:, 0] - n * p_first, wins[:, 2] - n * p_tie
        mean = p_first + p_tie / 2
        slope = np.zeros(len(parameters))
        slope[:k] = self.flow(over_first + over_tie / 2)
        curvature = np.zeros((len(parameters), len(parameters)))
        edge = n * (p_first + p_tie / 4 - mean * mean)
        i, j = self.pairs.T
        joint = _add_up(i * k + j, edge, k * k).reshape(k, k)
        joint += joint.T
        curvature[:k, :k] = np.diag(joint.sum(axis=0)) - joint
        parts = {"position": (over_first, p_first), "ties": (over_tie, p_tie)}
        for at, name in enumerate(self.extras, start=k):
            over, p = parts[name]
            feature = 1.0 if name == "position" else 0.5
            slope[at] = over.sum()
            curvature[at, :k] = curvature[:k, at] = self.flow(n * p * (feature - mean))
            curvature[at, at] = n @ (p * (1 - p))
        if len(self.extras) == 2:
            curvature[k, k + 1] = curvature[k + 1, k] = -(n @ (p_first * p_tie))
        return _Point(float(value), slope, curvature)

    def flow(self, towards_first: FloatArray) -> FloatArray:
        """Sum what goes to the first clip of each pair and leaves the second, shape=(n_clips,)."""
        i, j = self.pairs.T
        return _add_up(i, towards_first, self.n_clips) - _add_up(j, towards_first, self.n_clips)


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
