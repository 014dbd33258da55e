"""The likelihood of paired comparisons and its maximum; `pairwise` says what the model is.

Of each ordered pair the parameters enter through four numbers, l_i, l_j, d and t, so slope and
curvature are sums of 4 x 4 blocks: time grows with the pairs that were compared, not with the
comparisons.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from evalsite.analysis.agreement.ratings import FloatArray, IntArray

# How l_i, l_j, d, t enter the weight of "first", "second", "tie".
FEATURES = np.array([[1.0, 0.0, 1.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.5, 0.5, 0.0, 1.0]])
MOST_STEPS = 100
# Smallest share of the largest curvature at which two effects can still be told apart.
SINGULAR = 1e-10
# Abilities beyond this many logits grow without bound.
UNBOUNDED = 40.0


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
        model = _Model(codes, len(self.parameters) - len(self.extras), self.extras)
        wins = np.zeros((len(codes), 3))
        wins[np.arange(len(codes)), answer_of(outcome)] = count
        slopes, places = model.slopes(wins, self.parameters), model.places
        scores = np.zeros((int(cluster.max()) + 1, len(self.parameters) + 1))
        np.add.at(scores, (cluster[:, None], places), slopes)
        return scores[:, :-1]


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
    model = _Model(tally.pairs, tally.n_clips, extras)
    n_parameters = tally.n_clips + len(extras)
    parameters = np.zeros(n_parameters)
    value = model.likelihood(tally.wins, parameters)
    for _ in range(MOST_STEPS):
        slope, curvature = model.derive(tally.wins, parameters)
        values, vectors = np.linalg.eigh(curvature[1:, 1:])
        if values[0] <= SINGULAR * max(values[-1], 1.0) or np.abs(parameters).max() > UNBOUNDED:
            return None
        step = np.zeros(n_parameters)
        step[1:] = vectors @ ((vectors.T @ slope[1:]) / values)
        # Twice the gain that Newton's step promises.
        promise = float(step @ slope)
        if promise < 1e-16 * max(tally.wins.sum(), 1.0):
            break
        scale = 1.0
        while model.likelihood(tally.wins, parameters + scale * step) < value and scale > 1e-6:
            scale /= 2
        parameters = parameters + scale * step
        value = model.likelihood(tally.wins, parameters)
    covariance = np.zeros((n_parameters, n_parameters))
    covariance[1:, 1:] = (vectors / values) @ vectors.T
    n_answers = 3 if ties else 2
    totals = tally.wins.sum(axis=1, keepdims=True)
    best = float(special.xlogy(tally.wins, tally.wins / totals).sum())
    df = len(totals) * (n_answers - 1) - (n_parameters - 1)
    return Fit(parameters, covariance, extras, 2 * (best - value), df)


@dataclass(frozen=True)
class _Model:
    pairs: IntArray
    n_clips: int
    extras: tuple[str, ...]

    @property
    def places(self) -> IntArray:
        """Where l_i, l_j, d, t stand among the parameters; those left out behind all of them."""
        n = self.n_clips + len(self.extras)
        columns = [self.pairs[:, 0], self.pairs[:, 1]]
        for name in ("position", "ties"):
            at = self.n_clips + self.extras.index(name) if name in self.extras else n
            columns.append(np.full(len(self.pairs), at))
        return np.stack(columns, axis=1)

    def weigh(self, parameters: FloatArray) -> FloatArray:
        """Log-probabilities of the three answers, shape=(n_pairs, 3)."""
        full = np.append(parameters, 0.0)
        logits = full[self.places] @ FEATURES.T
        if "ties" not in self.extras:
            logits[:, 2] = -np.inf
        return np.asarray(special.log_softmax(logits, axis=1))

    def likelihood(self, wins: FloatArray, parameters: FloatArray) -> float:
        log_p = self.weigh(parameters)
        return float((wins * np.where(wins > 0, log_p, 0.0)).sum())

    def slopes(self, wins: FloatArray, parameters: FloatArray) -> FloatArray:
        """Slope of each pair's log-likelihood towards its four numbers, shape=(n_pairs, 4)."""
        expected = wins.sum(axis=1, keepdims=True) * np.exp(self.weigh(parameters))
        return np.asarray((wins - expected) @ FEATURES)

    def derive(self, wins: FloatArray, parameters: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Slope of the log-likelihood and its negative curvature."""
        n, places = len(parameters) + 1, self.places
        p, totals = np.exp(self.weigh(parameters)), wins.sum(axis=1)
        mean = p @ FEATURES
        square = np.einsum("ka,ao,ap->kop", p, FEATURES, FEATURES)
        blocks = totals[:, None, None] * (square - mean[:, :, None] * mean[:, None, :])
        slope = _add_up(places.ravel(), self.slopes(wins, parameters).ravel(), n)
        flat = (places[:, :, None] * n + places[:, None, :]).ravel()
        curvature = _add_up(flat, blocks.ravel(), n * n).reshape(n, n)
        return slope[:-1], curvature[:-1, :-1]


def _add_up(places: IntArray, values: FloatArray, n: int) -> FloatArray:
    return np.bincount(places, values, minlength=n).astype(np.float64)
