"""Correlations over recordings of mean ratings, with intervals for new listeners and recordings.

A profile is one number a recording: the mean of what listeners said of it (in one condition, or on
one quality), or the output of a model. Two profiles are compared by Pearson's r over the recordings
that have both.

Mean ratings of few listeners are noisy, and noise pulls a correlation towards 0: these figures say
what means of so many listeners show, not what those of endlessly many would.

Conventions
-----------
Judgments are a data frame with the columns `listener`, `recording`, `value` (NaN = no judgment) and
one that names the profile. The variance of a figure is, as in `crossed`,

v = max(v_L, v_R, v_L + v_R - v_LR),

from delete-one jackknives over listeners (L), recordings (R) and listener-recording pairs (LR). A
correlation's interval is made on Fisher's scale z = artanh r [1]_ and turned back, that of a
difference of correlations on the scale of r; both use t with Satterthwaite's degrees of freedom,
(v_L + v_R)^2 / (v_L^2 / (n_L - 1) + v_R^2 / (n_R - 1)), at least min(n_L, n_R) - 1.

References
----------
.. [1] Fisher, R. A. (1915). Frequency distribution of the values of the correlation coefficient in
   samples from an indefinitely large population. Biometrika 10(4), 507-521.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalsite.analysis.checks import as_numbers, check_columns, check_finite, read_values
from evalsite.analysis.crossed import POPULATION
from evalsite.analysis.intervals import NO_SPREAD, jackknife_variance, t_interval
from evalsite.analysis.result import Result, undefined_result

FloatArray = NDArray[np.float64]
Pair = tuple[str, str]

MIN_RECORDINGS = 4
MODEL_POPULATION = "new recordings"


@dataclass(frozen=True, eq=False)
class Profiles:
    """Profiles of the same recordings, whole and with one listener left out.

    Parameters
    ----------
    names : tuple of str, length n_profiles
        What the profiles are called.
    recordings : tuple, length n_recordings
        The recordings.
    means : np.ndarray, shape=(n_profiles, n_recordings)
        NaN where a profile has no value.
    without : np.ndarray, shape=(n_profiles, n_listeners, n_recordings)
        The means with one listener left out; n_listeners is 0 when no listener is involved.
    counts : np.ndarray, shape=(n_profiles, n_listeners, n_recordings)
        Number of judgments behind each cell; 0 in a model's profile.
    """

    names: tuple[str, ...]
    recordings: tuple[Any, ...]
    means: FloatArray
    without: FloatArray
    counts: FloatArray

    @classmethod
    def of(cls, judgments: pd.DataFrame, *, column: str, names: Sequence[str]) -> Profiles:
        """Profiles of listeners.

        Parameters
        ----------
        judgments : pd.DataFrame
            See the module's conventions.
        column : str
            The column that names the profile, such as "condition".
        names : sequence of str
            Profiles wanted; other rows are left out.

        Returns
        -------
        Profiles

        Raises
        ------
        ValueError
            If a column is missing, a listener or a recording is not named, or a value is infinite.
        """
        named = ("listener", "recording")
        check_columns(judgments, (*named, column, "value"), called="judgments", named=named)
        frame = judgments[judgments[column].isin(list(names))]
        frame = frame.assign(value=read_values(frame, "value")).dropna(subset="value")
        listener, listeners = pd.factorize(frame["listener"], sort=True)
        recording, recordings = pd.factorize(frame["recording"], sort=True)
        profile = pd.Categorical(frame[column].astype(object), categories=list(names)).codes
        shape = (len(names), len(listeners), len(recordings))
        cell = np.ravel_multi_index((profile, listener, recording), shape)
        size = math.prod(shape)
        counts = np.bincount(cell, minlength=size).reshape(shape).astype(np.float64)
        value = frame["value"].to_numpy(dtype=np.float64)
        sums = np.bincount(cell, value, minlength=size).reshape(shape)
        total, n = sums.sum(axis=1), counts.sum(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            # A count of 0 gives NaN: differences of equal sums leave rounding, not 0.
            without = (total[:, None] - sums) / (n[:, None] - counts)
            without[n[:, None] == counts] = np.nan
            means = total / n
        return cls(tuple(names), tuple(recordings), means, without, counts)

    @classmethod
    def of_model(cls, values: Mapping[str, Mapping[Any, float]]) -> Profiles:
        """Profiles of a model's outputs, one value a recording.

        Parameters
        ----------
        values : mapping of str to mapping of recording to float
            Name of each profile, and its value for each recording.

        Returns
        -------
        Profiles
        """
        frame = pd.DataFrame({name: pd.Series(dict(of)) for name, of in values.items()})
        means = as_numbers(frame, "outputs").T
        check_finite(means, "outputs")
        nothing = np.empty((len(means), 0, means.shape[1]))
        return cls(tuple(frame.columns), tuple(frame.index), means, nothing, nothing)

    def join(self, model: Profiles) -> Profiles:
        """These profiles and, after them, a model's, on the recordings that both have."""
        at = {recording: k for k, recording in enumerate(model.recordings)}
        own = [k for k, recording in enumerate(self.recordings) if recording in at]
        shared = [self.recordings[k] for k in own]
        other = [at[recording] for recording in shared]
        n_listeners = self.without.shape[1]
        fixed = np.repeat(model.means[:, None, other], n_listeners, axis=1)
        return Profiles(
            self.names + model.names,
            tuple(shared),
            np.concatenate([self.means[:, own], model.means[:, other]]),
            np.concatenate([self.without[:, :, own], fixed]),
            np.concatenate([self.counts[:, :, own], np.zeros_like(fixed)]),
        )

    def correlate(self, pair: Pair, *, confidence: float = 0.95) -> Result:
        """Pearson's r of two profiles over recordings.

        Parameters
        ----------
        pair : tuple of two str
            Names of the profiles.
        confidence : float
            Confidence level in (0, 1).

        Returns
        -------
        Result
            `estimate` in [-1, 1]; `n` is the number of recordings with both.
        """
        return self._estimate([pair], [1.0], "correlation over recordings", confidence)

    def contrast(self, first: Pair, second: Pair, *, confidence: float = 0.95) -> Result:
        """Pearson's r of one pair of profiles minus that of another.

        Parameters
        ----------
        first, second : tuple of two str
            Names of the profiles.
        confidence : float
            Confidence level in (0, 1).

        Returns
        -------
        Result
            `estimate` in [-2, 2]; `details` holds both correlations.
        """
        method = "difference of correlations over recordings"
        return self._estimate([first, second], [1.0, -1.0], method, confidence)

    def _estimate(
        self, pairs: Sequence[Pair], weights: Sequence[float], method: str, confidence: float
    ) -> Result:
        involved = [[self.names.index(name) for name in pair] for pair in pairs]
        is_human = bool(self.counts[np.unique(involved)].any())
        population = POPULATION if is_human else MODEL_POPULATION
        method = f"{method}; {'two way' if is_human else 'recording'} jackknife"
        replicates = [_Replicates.of(self, a, b) for a, b in involved]
        n = min(replicate.n for replicate in replicates)
        options: dict[str, Any] = {"n": n, "population": population, "level": confidence}
        if n < MIN_RECORDINGS:
            return undefined_result("too_few_shared_recordings", method=method, **options)
        r = np.array([replicate.r for replicate in replicates])
        estimate = float(np.dot(r, weights))
        if math.isnan(estimate):
            return undefined_result("no_variation", method=method, **options)
        is_single = len(pairs) == 1
        details = {} if is_single else {"r_first": float(r[0]), "r_second": float(r[1])}
        spread = _Spread.of(replicates, weights, is_human=is_human, on_fisher_scale=is_single)
        reason = spread.reason
        if reason is not None:
            nan = math.nan
            return Result(estimate, nan, nan, n, method, reason, population, confidence, details)
        centre = math.atanh(estimate) if is_single else estimate
        low, high, standard_error = t_interval(
            centre, spread.variance, df=spread.df, level=confidence
        )
        if is_single:
            low, high = math.tanh(low), math.tanh(high)
        details |= {"df": spread.df, "standard_error": standard_error}
        low, high = max(low, -2.0), min(high, 2.0)
        return Result(estimate, low, high, n, method, None, population, confidence, details)


@dataclass(frozen=True, eq=False)
class _Replicates:
    """A correlation, whole and with one unit left out.

    Each recording adds (1, a, b, a^2, b^2, ab) to six sums, so that a replicate without a
    recording, or with another mean of it, costs a subtraction. `is_shared`, shape=(n_recordings,),
    tells which recordings have both profiles; `is_judged`, shape=(n_listeners, n_recordings), which
    pairs gave a judgment to one of them.
    """

    r: float
    by_recording: FloatArray
    by_listener: FloatArray
    by_pair: FloatArray
    is_shared: NDArray[np.bool_]
    is_judged: NDArray[np.bool_]

    @classmethod
    def of(cls, profiles: Profiles, a: int, b: int) -> _Replicates:
        means, without = profiles.means[[a, b]], profiles.without[[a, b]]
        is_shared = np.asarray(np.isfinite(means).all(axis=0))
        # Centred, so that differences of sums stay exact.
        centre = means[:, is_shared].mean(axis=1) if is_shared.any() else np.zeros(2)
        own = _make_terms(means - centre[:, None])
        changed = _make_terms(without - centre[:, None, None])
        total = own.sum(axis=0)
        return cls(
            r=float(_correlate(total)),
            by_recording=_correlate(total - own),
            by_listener=_correlate(changed.sum(axis=1)),
            by_pair=_correlate(total - own + changed),
            is_shared=is_shared,
            is_judged=(profiles.counts[[a, b]].sum(axis=0) > 0) & is_shared,
        )

    @property
    def n(self) -> int:
        """Number of recordings with both profiles."""
        return int(self.is_shared.sum())


@dataclass(frozen=True)
class _Spread:
    variance: float
    df: float
    reason: str | None

    @classmethod
    def of(
        cls,
        replicates: Sequence[_Replicates],
        weights: Sequence[float],
        *,
        is_human: bool,
        on_fisher_scale: bool,
    ) -> _Spread:
        if on_fisher_scale and abs(replicates[0].r) > 1 - NO_SPREAD:
            return cls(math.nan, math.nan, "perfect_correlation")

        def combine(name: str) -> FloatArray:
            parts = np.stack([getattr(replicate, name) for replicate in replicates])
            with np.errstate(divide="ignore"):
                scaled = np.arctanh(parts) if on_fisher_scale else parts
            return np.asarray(np.tensordot(weights, scaled, axes=1))

        is_shared = np.any([replicate.is_shared for replicate in replicates], axis=0)
        is_judged = np.any([replicate.is_judged for replicate in replicates], axis=0)
        by_recording = combine("by_recording")[is_shared]
        v_recording = jackknife_variance(by_recording)
        if not is_human:
            return cls._judge(v_recording, len(by_recording) - 1)
        by_listener = combine("by_listener")[is_judged.any(axis=1)]
        if len(by_listener) < 2:
            return cls(math.nan, math.nan, "too_few_listeners")
        v_listener = jackknife_variance(by_listener)
        v_pair = jackknife_variance(combine("by_pair")[is_judged])
        df = float(min(len(by_listener), len(by_recording)) - 1)
        if v_listener + v_recording > 0:
            parts = v_listener**2 / (len(by_listener) - 1) + v_recording**2 / (
                len(by_recording) - 1
            )
            df = max(df, (v_listener + v_recording) ** 2 / parts)
        if math.isnan(v_listener + v_recording + v_pair):
            return cls(math.nan, math.nan, "one_listener_or_recording_decides")
        return cls._judge(max(v_listener, v_recording, v_listener + v_recording - v_pair), df)

    @classmethod
    def _judge(cls, variance: float, df: float) -> _Spread:
        if not math.isfinite(variance):
            return cls(math.nan, math.nan, "one_listener_or_recording_decides")
        return cls(variance, df, "no_variation" if math.sqrt(variance) < NO_SPREAD else None)


def _make_terms(means: FloatArray) -> FloatArray:
    """What each recording adds to the six sums, shape=(..., 6); nothing where one is NaN."""
    a, b = means
    terms = np.stack([np.ones_like(a), a, b, a * a, b * b, a * b], axis=-1)
    return np.where(np.isnan(terms).any(axis=-1, keepdims=True), 0.0, terms)


def _correlate(sums: FloatArray) -> FloatArray:
    """Pearson's r from the six sums; NaN with fewer than 3 recordings or without variation.

    What is 1 but for rounding is 1: on Fisher's scale the one is infinite, the other any number.
    """
    n, a, b, aa, bb, ab = np.moveaxis(sums, -1, 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        var_a, var_b = aa - a * a / n, bb - b * b / n
        r = (ab - a * b / n) / np.sqrt(var_a * var_b)
    is_defined = (n >= 3) & (var_a > NO_SPREAD * aa) & (var_b > NO_SPREAD * bb)
    r = np.where(np.abs(r) > 1 - NO_SPREAD, np.sign(r), r)
    return np.where(is_defined, r, np.nan)
