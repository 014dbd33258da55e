"""The likelihood of paired comparisons and its maximum; `pairwise` says what the model is.

Answers enter through a table of all pairs, so time grows with the clips, not with the comparisons.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import linalg

from evalsite.analysis.agreement.ratings import FloatArray, IntArray

MOST_STEPS = 100
# Smallest share of the largest curvature at which two effects can still be told apart.
SINGULAR = 1e-10
# Gain in log-likelihood below which a last step is exact to rounding.
GOOD_ENOUGH = 1e-14
# Standard error of d or t in logits that only an effect without bound has: where e.g. the first
# always wins, the likelihood grows for ever, ever more slowly.
UNBOUNDED = 100.0


@dataclass(frozen=True)
class Tally:
    """How often each ordered pair ended how.

    Parameters
    ----------
    table : np.ndarray, shape=(3, n_clips, n_clips)
        Times the first won, the second won, a tie was called, by first and second clip.
    """

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
        counts = np.bincount(cell, count, minlength=3 * k**2).astype(np.float64, copy=False)
        return cls(counts.reshape(3, k, k))

    def merge_orders(self) -> Tally:
        """The tally in which each pair was heard half the times in either order."""
        won, lost, tied = self.table
        first = (won + lost.T) / 2
        return Tally(np.stack([first, first.T, (tied + tied.T) / 2]))


@dataclass(frozen=True)
class Fit:
    """Where the likelihood is highest.

    Parameters
    ----------
    parameters : np.ndarray, shape=(n_clips + n_extras,)
        Abilities, the first clip's 0, then the extras.
    extras : tuple of str
        Which of "position" and "ties" there are, in this order.
    factor : np.ndarray, shape=(n_clips + n_extras - 1,) * 2
        Lower Cholesky factor of the curvature, without the first clip.
    tally : Tally
        What was fitted.
    """

    parameters: FloatArray
    extras: tuple[str, ...]
    factor: FloatArray
    tally: Tally

    @cached_property
    def covariance(self) -> FloatArray:
        """Inverse curvature; the first clip's row and column are 0."""
        lower = np.tril(linalg.lapack.dpotri(self.factor, lower=1)[0])
        covariance = np.zeros((len(self.parameters), len(self.parameters)))
        covariance[1:, 1:] = lower + np.tril(lower, -1).T
        return covariance

    @cached_property
    def deviance(self) -> float:
        """Twice the log-likelihood lost against a share of its own for each ordered pair."""
        given, n = self.model.given, self.model.n
        share = np.divide(given, n, out=np.ones_like(given), where=given > 0)
        best = float((given * np.log(share)).sum())
        return 2 * (best - self.model.log_likelihood(self.parameters))

    @property
    def df(self) -> int:
        """Degrees of freedom of the deviance."""
        n_pairs = int(np.count_nonzero(self.model.n))
        return n_pairs * (len(self.model.given) - 1) - (len(self.parameters) - 1)

    @cached_property
    def model(self) -> _Model:
        """The likelihood of the tally, both orders of a pair apart."""
        return _Model(self.tally, self.extras)

    def score(
        self, codes: IntArray, outcome: FloatArray, count: FloatArray, cluster: IntArray
    ) -> FloatArray:
        """Slope of each cluster's part of the log-likelihood, shape=(n_clusters, n_parameters)."""
        n_clips = len(self.parameters) - len(self.extras)
        position, tie = read_extras(self.parameters, self.extras)
        gap = self.parameters[codes[:, 0]] - self.parameters[codes[:, 1]]
        p_first, p_tie = find_shares(gap + position, gap / 2 + tie)
        answer = answer_of(outcome)
        over_first = count * ((answer == 0) - p_first)
        over_tie = count * ((answer == 2) - p_tie)
        over = over_first + over_tie / 2
        scores = np.zeros((int(cluster.max()) + 1, len(self.parameters)))
        np.add.at(scores, (cluster, codes[:, 0]), over)
        np.add.at(scores, (cluster, codes[:, 1]), -over)
        for at, name in enumerate(self.extras, start=n_clips):
            np.add.at(scores[:, at], cluster, over_first if name == "position" else over_tie)
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
    model = _Model(tally if position else tally.merge_orders(), extras)
    now = model.evaluate(np.append(_guess_abilities(tally), np.zeros(len(extras))))
    for _ in range(MOST_STEPS):
        factor, free = _solve(now.curvature[1:, 1:], now.slope[1:])
        step = np.append(0.0, free)
        # Twice the gain that the step promises; the next one's is about its square.
        promise = float(step @ now.slope)
        if not promise >= GOOD_ENOUGH:
            break
        scale, ahead = 1.0, model.evaluate(now.parameters + step)
        while not _is_better(ahead, now, step) and scale > 1e-6:
            scale /= 2
            ahead = model.evaluate(now.parameters + scale * step)
        now = ahead
    if np.isnan(promise) or not _is_steep(now.curvature[1:, 1:], factor):
        return None
    fit = Fit(now.parameters + step, extras, factor, tally)
    if extras and (np.diag(fit.covariance)[tally.n_clips :] > UNBOUNDED**2).any():
        return None
    return fit


def read_extras(parameters: FloatArray, extras: tuple[str, ...]) -> tuple[float, float]:
    """d and t; 0 and minus infinity where they are left out."""
    found = dict(zip(extras, parameters[len(parameters) - len(extras) :], strict=True))
    return float(found.get("position", 0.0)), float(found.get("ties", -np.inf))


def find_shares(first: FloatArray, same: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Probabilities of "first" and of "tie" from their logits against "second"."""
    # Beyond 500 a share is 0 or 1 to rounding, and the exponentials stay finite.
    odds = np.exp(np.clip(first, -500.0, 500.0))
    if np.isneginf(same).all():
        return odds / (1 + odds), np.array(0.0)
    of_tie = np.exp(np.clip(same, -500.0, 500.0))
    total = 1 + odds + of_tie
    return odds / total, of_tie / total


@dataclass(frozen=True)
class _Point:
    """Slope and negative curvature of the log-likelihood at some parameters, and its value."""

    model: _Model
    parameters: FloatArray
    slope: FloatArray
    curvature: FloatArray

    @cached_property
    def value(self) -> float:
        return self.model.log_likelihood(self.parameters)


def _guess_abilities(tally: Tally) -> FloatArray:
    """Logits of each clip's share of wins, stretched as its opponents are unequal too."""
    as_first, as_second = tally.table.sum(axis=2), tally.table.sum(axis=1)
    tied = (as_first[2] + as_second[2]) / 2
    won = as_first[0] + as_second[1] + tied
    lost = as_first[1] + as_second[0] + tied
    logits = 1.2 * np.log((won + 0.5) / (lost + 0.5))
    return np.asarray(logits - logits[0])


def _is_better(ahead: _Point, now: _Point, step: FloatArray) -> bool:
    """Whether a step leads up a concave likelihood, or hardly beyond its top along the step."""
    slope = float(ahead.slope @ step)
    return slope >= -0.5 * float(now.slope @ step) or ahead.value >= now.value


@dataclass(frozen=True)
class _Model:
    """The likelihood of a tally; all arrays are tables by first and second clip."""

    tally: Tally
    extras: tuple[str, ...]

    @property
    def given(self) -> FloatArray:
        """Answers of the kinds that the model has, shape=(2 or 3, n_clips, n_clips)."""
        return self.tally.table[: 3 if "ties" in self.extras else 2]

    @cached_property
    def n(self) -> FloatArray:
        """Answers to each ordered pair."""
        return self.given.sum(axis=0)

    def weigh(self, parameters: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Logits of "first" and of "tie" against "second"."""
        position, tie = read_extras(parameters, self.extras)
        abilities = parameters[: self.tally.n_clips]
        gap = abilities[:, None] - abilities
        return (gap + position if position else gap), (
            gap / 2 + tie if "ties" in self.extras else np.array(-np.inf)
        )

    def log_likelihood(self, parameters: FloatArray) -> float:
        first, same = self.weigh(parameters)
        # np.logaddexp(0, first), five times as fast.
        total = np.maximum(first, 0.0) + np.log1p(np.exp(-np.abs(first)))
        if "ties" not in self.extras:
            return float((self.given[0] * first - self.n * total).sum())
        total = np.logaddexp(total, same)
        return float((self.given[0] * first + self.given[2] * same - self.n * total).sum())

    def evaluate(self, parameters: FloatArray) -> _Point:
        """Slope and curvature in one pass.

        The features of l_i and l_j add up to 1 in all three answers, so the curvature of the
        abilities is the Laplacian of a graph with the pairs as edges.
        """
        k, n, (won, _, tied) = self.tally.n_clips, self.n, self.tally.table
        p_first, p_tie = find_shares(*self.weigh(parameters))
        mean = p_first
        expected = n * p_first
        over_first = over = won - expected
        joint = expected * (1 - p_first)
        if "ties" in self.extras:
            mean = p_first + p_tie / 2
            over_tie = tied - n * p_tie
            over = over_first + over_tie / 2
            joint = n * (p_first + p_tie / 4 - mean * mean)
        joint = joint + joint.T
        slope = np.zeros(len(parameters))
        slope[:k] = over.sum(axis=1) - over.sum(axis=0)
        curvature = np.zeros((len(parameters), len(parameters)))
        curvature[:k, :k] = -joint
        curvature[np.arange(k), np.arange(k)] += joint.sum(axis=0)
        for at, name in enumerate(self.extras, start=k):
            surplus, p, feature = (
                (over_first, p_first, 1.0) if name == "position" else (over_tie, p_tie, 0.5)
            )
            slope[at] = surplus.sum()
            flow = n * p * (feature - mean)
            curvature[at, :k] = curvature[:k, at] = flow.sum(axis=1) - flow.sum(axis=0)
            curvature[at, at] = (n * p * (1 - p)).sum()
        if len(self.extras) == 2:
            curvature[k, k + 1] = curvature[k + 1, k] = -(n * p_first * p_tie).sum()
        return _Point(self, parameters, slope, curvature)


def _solve(curvature: FloatArray, slope: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Lower Cholesky factor and Newton's step, which is NaN where some direction is flat."""
    if not np.isfinite(curvature).all():
        return curvature, np.full(len(slope), np.nan)
    factor, step, failed = linalg.lapack.dposv(curvature, slope, lower=1)
    return factor, step if not failed else np.full(len(slope), np.nan)


def _is_steep(curvature: FloatArray, factor: FloatArray) -> bool:
    """Whether no direction is flat to rounding."""
    largest = np.abs(curvature).sum(axis=0).max()
    return bool(linalg.lapack.dpocon(factor, largest, uplo="L")[0] >= SINGULAR)
