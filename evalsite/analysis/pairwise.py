"""A scale from paired comparisons: Bradley-Terry with ties and an effect of position.

Of two clips i (heard first) and j, the weights of the three answers are

first: exp(l_i + d), second: exp(l_j), tie: exp(t + (l_i + l_j) / 2),

with l the abilities, d the advantage of being heard first [3]_ and exp(t) = nu Davidson's
tendency to call a tie [2]_; d and t are left out unless asked for. Fitted by Newton's method on the
whole likelihood; standard errors from its curvature or, where listeners are named, by the sandwich
that lets answers of a listener go together [4]_.

Conventions
-----------
Comparisons are a data frame with the columns `first`, `second` (clips in the order heard) and
`outcome`: 1 the first won, 0 the second, 0.5 a tie; further `listener` and `count` (equal rows),
both optional. Abilities are logits: a clip wins against one of l lower by 1 in 73 % of answers.

References
----------
.. [1] Bradley, R. A., & Terry, M. E. (1952). Rank analysis of incomplete block designs. Biometrika
   39, 324-345.
.. [2] Davidson, R. R. (1970). On extending the Bradley-Terry model to accommodate ties in paired
   comparison experiments. JASA 65, 317-328, eq. 2.3.
.. [3] Davidson, R. R., & Beaver, R. J. (1977). On extending the Bradley-Terry model to incorporate
   within-pair order effects. Biometrics 33, 693-702, eq. 2.4.
.. [4] Liang, K.-Y., & Zeger, S. L. (1986). Longitudinal data analysis using generalized linear
   models. Biometrika 73, 13-22, theorem 2.
.. [5] Ford, L. R. (1957). Solution of a ranking problem from binary comparisons. American
   Mathematical Monthly 64, 28-33 (abilities are finite when each can be reached from each).
"""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse, special, stats

from evalsite.analysis.agreement.ratings import FloatArray, IntArray
from evalsite.analysis.checks import as_numbers, check_columns
from evalsite.analysis.intervals import NO_SPREAD, check_confidence
from evalsite.analysis.pairwise_fit import Fit, Tally, fit_tally
from evalsite.analysis.result import Result, undefined_result

COLUMNS = ("first", "second", "outcome")
# Variances between listeners below this share of those within are rounding noise.
SAME = 1e-12


@dataclass(frozen=True)
class PairwiseScale:
    """Abilities of all clips.

    Parameters
    ----------
    abilities : dict of Result
        Of each clip, in logits above the reference clip, or above the mean of all.
    position : Result or None
        Advantage d of being heard first, in logits.
    ties : Result or None
        t = log nu; 0 = between equals a tie is as likely as a win of the first.
    covariance : np.ndarray, shape=(n_clips, n_clips)
        Of the abilities; NaN when undefined.
    deviance : float
        Twice the log-likelihood lost against shares of their own for each ordered pair.
    df : int
        Degrees of freedom of the deviance.
    n : int
        Comparisons.
    groups : tuple of tuple
        Clips of which each can be reached from each through wins and ties. One group: the scale
        is defined.
    level, method, population
        As in `Result`.
    df_t : float
        Degrees of freedom of the intervals; infinite when normal.
    """

    abilities: dict[Any, Result]
    position: Result | None
    ties: Result | None
    covariance: FloatArray
    deviance: float
    df: int
    n: int
    groups: tuple[tuple[Any, ...], ...]
    level: float
    method: str
    population: str
    df_t: float

    @cached_property
    def quantile(self) -> float:
        """Standard errors from an estimate to the ends of its interval."""
        tail = 0.5 + self.level / 2
        return float(special.ndtri(tail) if math.isinf(self.df_t) else stats.t.ppf(tail, self.df_t))

    def compare(self, clip: Hashable, other: Hashable) -> Result:
        """Ability of one clip minus another's, whatever the reference is."""
        names = list(self.abilities)
        for name in (clip, other):
            if name not in self.abilities:
                raise ValueError(f"clip must be one of the scale, got {name!r}.")
        a, b = names.index(clip), names.index(other)
        first, second = self.abilities[clip], self.abilities[other]
        if not first.is_defined:
            return first
        v = self.covariance[a, a] + self.covariance[b, b] - 2 * self.covariance[a, b]
        return _as_result(first.estimate - second.estimate, float(v), self, is_given=a == b)


def fit_bradley_terry(
    comparisons: pd.DataFrame,
    *,
    position: bool = False,
    ties: bool = False,
    reference: Hashable | None = None,
    confidence: float = 0.95,
) -> PairwiseScale:
    """Fit a scale to paired comparisons [1]_.

    Parameters
    ----------
    comparisons : pd.DataFrame
        See the module's conventions.
    position : bool
        Whether being heard first has an effect.
    ties : bool
        Whether listeners could answer "the same"; needed if there are outcomes of 0.5.
    reference : hashable, optional
        The clip whose ability is 0; by default the mean of all is.
    confidence : float
        Confidence level in (0, 1).

    Returns
    -------
    PairwiseScale
        With listeners named, intervals by the sandwich with t on n_listeners - 1 degrees of
        freedom, else normal ones of independent answers. All figures are NaN with a reason when
        some clips were never compared with the others ("not_compared"), won or lost all
        comparisons with them ("unbounded_scale"), or the effects cannot be told apart
        ("not_identified"). Where all listeners answer alike, intervals are NaN
        ("no_disagreement"); the reference clip's is its 0 alone.

    Raises
    ------
    ValueError
        If a column is missing, a clip is compared with itself, or an outcome is not allowed.
    """
    check_confidence(confidence)
    frame = _check_comparisons(comparisons, ties)
    names, codes = _number_clips(frame)
    if reference is not None and reference not in names:
        raise ValueError(f"reference must be one of the clips, got {reference!r}.")
    tally = Tally.of(codes, frame["outcome"].to_numpy(), frame["count"].to_numpy(), len(names))
    groups, reason = _find_groups(tally)
    listener = pd.factorize(frame["listener"])[0] if "listener" in frame else None
    n_listeners = 0 if listener is None else int(listener.max(initial=-1) + 1)
    has_listeners = n_listeners > 1
    fit = None
    if reason is None:
        has_ties = ties and bool(tally.table[2].any())
        fit = fit_tally(tally, position=position, ties=has_ties)
        reason = None if fit is not None else "not_identified"
    covariance = _find_covariance(fit, frame, codes, listener if has_listeners else None)
    base = PairwiseScale(
        abilities={},
        position=None,
        ties=None,
        covariance=np.full((len(names), len(names)), math.nan),
        deviance=math.nan if fit is None else fit.deviance,
        df=0 if fit is None else fit.df,
        n=int(frame["count"].sum()),
        groups=tuple(tuple(names[i] for i in group) for group in groups),
        level=confidence,
        method="Bradley-Terry" + (", sandwich by listener" if has_listeners else ""),
        population="new listeners, these clips" if has_listeners else "new independent answers",
        df_t=n_listeners - 1.0 if has_listeners else math.inf,
    )
    return _fill(base, names, fit, covariance, reference, reason, position=position, ties=ties)


def _fill(
    base: PairwiseScale,
    names: list[Any],
    fit: Fit | None,
    covariance: FloatArray,
    reference: Hashable | None,
    reason: str | None,
    *,
    position: bool,
    ties: bool,
) -> PairwiseScale:
    extras: dict[str, Result | None] = {"position": None, "ties": None}
    wanted = [name for name, asked in (("position", position), ("ties", ties)) if asked]
    if fit is None:
        nothing = undefined_result(
            reason or "no_data",
            method=base.method,
            n=base.n,
            population=base.population,
            level=base.level,
        )
        filled = {name: nothing for name in names}
        return _replace(base, filled, extras | dict.fromkeys(wanted, nothing), base.covariance)
    p = len(names)
    centre = np.full(p, 1 / p)
    if reference is not None:
        centre = (np.arange(p) == names.index(reference)).astype(np.float64)
    abilities = fit.parameters[:p] - centre @ fit.parameters[:p]
    joint = covariance[:p, :p] @ centre
    of_abilities = covariance[:p, :p] - joint[:, None] - joint + centre @ joint
    filled = {
        name: _as_result(
            float(abilities[i]), float(of_abilities[i, i]), base, is_given=name == reference
        )
        for i, name in enumerate(names)
    }
    for name in wanted:
        if name in fit.extras:
            at = p + fit.extras.index(name)
            extras[name] = _as_result(float(fit.parameters[at]), float(covariance[at, at]), base)
        else:
            extras[name] = undefined_result(
                "no_ties",
                method=base.method,
                n=base.n,
                population=base.population,
                level=base.level,
            )
    return _replace(base, filled, extras, of_abilities)


def _replace(
    base: PairwiseScale,
    abilities: dict[Any, Result],
    extras: dict[str, Result | None],
    covariance: FloatArray,
) -> PairwiseScale:
    same = {f.name: getattr(base, f.name) for f in fields(base)}
    changed = {**extras, "abilities": abilities, "covariance": covariance}
    return PairwiseScale(**{**same, **changed})


def _as_result(
    estimate: float, variance: float, scale: PairwiseScale, *, is_given: bool = False
) -> Result:
    """`is_given`: what is 0 by definition has an interval of that alone."""
    error, reason = math.sqrt(max(variance, 0.0)), None
    if is_given:
        error = 0.0
    elif error < NO_SPREAD:
        error, reason = math.nan, "no_disagreement"
    reach = scale.quantile * error
    details = {"standard_error": error, "df": scale.df_t}
    return Result(
        estimate,
        estimate - reach,
        estimate + reach,
        scale.n,
        scale.method,
        reason,
        scale.population,
        scale.level,
        details,
    )


def _check_comparisons(comparisons: pd.DataFrame, ties: bool) -> pd.DataFrame:
    named = ["first", "second", *(["listener"] if "listener" in comparisons else [])]
    check_columns(comparisons, COLUMNS, called="comparisons", named=named)
    frame = comparisons if "count" in comparisons.columns else comparisons.assign(count=1)
    same = frame["first"] == frame["second"]
    if same.any():
        raise ValueError(
            f"a clip cannot be compared with itself, got {frame.loc[same, 'first'].iloc[0]!r}."
        )
    outcome = as_numbers(frame["outcome"], "outcome")
    is_wrong = (outcome != 0) & (outcome != 1)
    if ties:
        is_wrong &= outcome != 0.5
    if is_wrong.any():
        allowed = "0, 0.5 or 1" if ties else "0 or 1 unless ties=True"
        raise ValueError(f"outcome must be {allowed}, got {outcome[is_wrong][0]:g}.")
    count = as_numbers(frame["count"], "count")
    is_count = (count >= 0) & (count < np.inf)
    if not is_count.all():
        raise ValueError(f"count must be 0 or more and finite, got {count[~is_count][0]:g}.")
    return frame.assign(outcome=outcome, count=count)


def _number_clips(frame: pd.DataFrame) -> tuple[list[Any], IntArray]:
    """Sorted names of the clips and their positions, shape=(n_rows, 2)."""
    pair = pd.concat([frame["first"], frame["second"]])
    codes, names = pd.factorize(pair, sort=True)
    return list(names), codes.reshape(2, -1).T


def _find_groups(tally: Tally) -> tuple[list[IntArray], str | None]:
    """Groups within which the scale is bounded [5]_, and why there is more than one."""
    p = tally.n_clips
    if p == 0:
        return [], "no_data"
    won, lost, tied = tally.table
    beats = won + lost.T + tied + tied.T > 0
    if _reaches_all(beats) and _reaches_all(beats.T):
        return [np.arange(p)], None
    graph = sparse.csr_array(beats)
    n_strong, label = sparse.csgraph.connected_components(graph, connection="strong")
    n_weak = sparse.csgraph.connected_components(graph, connection="weak")[0]
    groups = [np.flatnonzero(label == index) for index in range(n_strong)]
    groups.sort(key=lambda group: int(group[0]))
    if n_weak > 1:
        return groups, "not_compared"
    return groups, "unbounded_scale"


def _reaches_all(beats: NDArray[np.bool_]) -> bool:
    """Whether wins lead from the first clip to every other."""
    reached = np.zeros(len(beats), dtype=bool)
    reached[0], n_before = True, 0
    while (n_now := int(reached.sum())) > n_before:
        n_before, reached = n_now, reached | beats[reached].any(axis=0)
    return bool(reached.all())


def _find_covariance(
    fit: Fit | None, frame: pd.DataFrame, codes: IntArray, listener: IntArray | None
) -> FloatArray:
    if fit is None:
        return np.empty((0, 0))
    if listener is None:
        return fit.covariance
    scores = fit.score(codes, frame["outcome"].to_numpy(), frame["count"].to_numpy(), listener)
    n_listeners = len(scores)
    spread = fit.covariance @ scores.T
    covariance = np.asarray(n_listeners / (n_listeners - 1) * spread @ spread.T)
    if np.diag(covariance).max() < SAME * np.diag(fit.covariance).max():
        # Listeners answer alike: what is left of their scores is rounding.
        return np.zeros_like(covariance)
    return covariance
