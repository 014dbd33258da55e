"""Power of designs in which listeners and recordings both return, by simulation.

Each run draws listeners *and* clips anew and applies the very test that the results page applies.
More listeners cannot cure too few clips: the curve shows where it flattens. The estimate carries
the Monte-Carlo error of its runs (Clopper-Pearson).

References
----------
.. [1] Westfall, J., Kenny, D. A., & Judd, C. M. (2014). Statistical power and optimal design in
   experiments in which samples of participants respond to samples of stimuli. Journal of
   Experimental Psychology: General 143(5), 2020-2045.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import optimize, special, stats

from evalsite.analysis.accuracy.exact import check_chance, clopper_pearson
from evalsite.analysis.checks import check_between, check_least, check_rng, check_whole
from evalsite.analysis.crossed import CrossedMeans
from evalsite.analysis.result import Result

FloatArray = NDArray[np.float64]
POPULATION = "studies of this design, listeners and clips drawn anew"
# Tables of one block of runs are held at a time.
BLOCK = 1_000_000


def simulate_identification_power(
    *,
    n_listeners: int,
    n_clips: int,
    chance: float,
    share: float,
    sd_listener: float,
    sd_clip: float,
    rng: np.random.Generator,
    alpha: float = 0.05,
    n_runs: int = 2000,
) -> Result:
    """Power of `identification_accuracy` when every listener answers about every clip.

    P(right) = logit^-1(a + listener + clip), both normal, with a such that the share right is met
    over all listeners and clips.

    Parameters
    ----------
    n_listeners, n_clips : int
        2 or more each.
    chance, share : float
        By guessing, and supposed.
    sd_listener, sd_clip : float
        Standard deviations in logits, 0 or more.
    rng : np.random.Generator
        Source of the draws.
    alpha : float
        Size of the one-sided test.
    n_runs : int
        Studies simulated, 100 or more.

    Returns
    -------
    Result
        Share of runs that reject.
    """
    check_chance(chance)
    check_chance(share)
    _check_size(n_listeners, n_clips, alpha, n_runs, rng)
    _check_spreads(sd_listener=sd_listener, sd_clip=sd_clip)
    middle = find_logit(share, spread=math.hypot(sd_listener, sd_clip))
    block = max(1, BLOCK // (n_listeners * n_clips))
    n_found = 0
    for start in range(0, n_runs, block):
        runs = min(block, n_runs - start)
        logit = (
            middle
            + sd_listener * rng.normal(size=(runs, n_listeners, 1))
            + sd_clip * rng.normal(size=(runs, 1, n_clips))
        )
        right = (rng.random(logit.shape) < special.expit(logit)).astype(np.float64)
        n_found += int((find_p_values(right, chance=chance) <= alpha).sum())
    return _as_power(n_found, n_runs, "identification, crossed", alpha)


def find_p_values(right: FloatArray, *, chance: float) -> FloatArray:
    """One-sided p of `identification_accuracy` for many complete tables at once.

    Of complete tables the jackknife variances are those of the margins' means.

    Parameters
    ----------
    right : np.ndarray, shape=(n_tables, n_listeners, n_clips)
        1 where right, else 0.
    chance : float
        Share right by guessing.

    Returns
    -------
    np.ndarray, shape=(n_tables,)
        NaN where nothing varies.
    """
    n_listeners, n_clips = right.shape[1:]
    v_listener = right.mean(axis=2).var(axis=1, ddof=1) / n_listeners
    v_clip = right.mean(axis=1).var(axis=1, ddof=1) / n_clips
    v_answer = right.reshape(len(right), -1).var(axis=1, ddof=1) / (n_listeners * n_clips)
    both = v_listener + v_clip
    variance = np.maximum(np.maximum(v_listener, v_clip), both - v_answer)
    with np.errstate(invalid="ignore", divide="ignore"):
        df = both**2 / (v_listener**2 / (n_listeners - 1) + v_clip**2 / (n_clips - 1))
        t = (right.mean(axis=(1, 2)) - chance) / np.sqrt(variance)
    df = np.maximum(np.nan_to_num(df), min(n_listeners, n_clips) - 1)
    return np.asarray(np.where(variance > 0, stats.t.sf(t, df), np.nan))


def simulate_contrast_power(
    *,
    n_listeners: int,
    n_recordings: int,
    difference: float,
    sd_listener: float,
    sd_recording: float,
    sd_residual: float,
    rng: np.random.Generator,
    sd_listener_difference: float = 0.0,
    sd_recording_difference: float = 0.0,
    n_conditions: int = 3,
    alpha: float = 0.05,
    n_runs: int = 500,
) -> Result:
    """Power to find a difference between two conditions of a counterbalanced rating study.

    Each listener hears each recording in one of the conditions, turning from recording to
    recording and listener to listener. The test is that of `contrast_conditions`: found where its
    two-sided interval of confidence 1 - 2 alpha lies above 0.

    Parameters
    ----------
    n_listeners, n_recordings : int
        2 or more each.
    difference : float
        Mean rating of the first condition minus that of the second, in scale points.
    sd_listener, sd_recording, sd_residual : float
        Standard deviations of levels and of single ratings, in scale points, 0 or more.
    rng : np.random.Generator
        Source of the draws.
    sd_listener_difference, sd_recording_difference : float
        Standard deviation of the difference itself among listeners, and among recordings.
    n_conditions : int
        Conditions each recording has, 2 or more; the others only take up trials.
    alpha : float
        Size of the one-sided test, below .5.
    n_runs : int
        Studies simulated, 100 or more.

    Returns
    -------
    Result
        Share of runs that find the difference.
    """
    _check_size(n_listeners, n_recordings, alpha, n_runs, rng)
    check_whole(n_conditions, "n_conditions", least=2)
    _check_spreads(
        sd_listener=sd_listener,
        sd_recording=sd_recording,
        sd_residual=sd_residual,
        sd_listener_difference=sd_listener_difference,
        sd_recording_difference=sd_recording_difference,
    )
    listener, recording = (axis.ravel() for axis in np.indices((n_listeners, n_recordings)))
    condition = (listener + recording) % n_conditions
    is_heard = condition < 2
    listener, recording = listener[is_heard], recording[is_heard]
    is_first = condition[is_heard] == 0
    frame = pd.DataFrame({"listener": listener, "recording": recording})
    groups = np.stack([is_first, ~is_first], axis=1).astype(np.float64)
    n_found = 0
    for _ in range(n_runs):
        effect = (
            difference
            + sd_listener_difference * rng.normal(size=n_listeners)[listener]
            + sd_recording_difference * rng.normal(size=n_recordings)[recording]
        )
        value = (
            np.where(is_first, effect / 2, -effect / 2)
            + sd_listener * rng.normal(size=n_listeners)[listener]
            + sd_recording * rng.normal(size=n_recordings)[recording]
            + sd_residual * rng.normal(size=len(listener))
        )
        found = CrossedMeans.of(frame.assign(value=value), groups).estimate_difference(
            method="", bounds=(-np.inf, np.inf), confidence=1 - 2 * alpha, details={}
        )
        n_found += found.low > 0
    return _as_power(n_found, n_runs, "difference of conditions, crossed", alpha)


def find_logit(share: float, *, spread: float) -> float:
    """Logit around which normal effects of this spread are right with the given share.

    Parameters
    ----------
    share : float
        In (0, 1).
    spread : float
        Standard deviation in logits, 0 or more.

    Returns
    -------
    float
    """
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    weights = weights / weights.sum()
    reach = abs(float(special.logit(share))) + 10 * spread + 1

    def miss(logit: float) -> float:
        return float(weights @ special.expit(logit + spread * nodes)) - share

    return float(optimize.brentq(miss, -reach, reach, xtol=1e-12))


def _as_power(n_found: int, n_runs: int, what: str, alpha: float) -> Result:
    low, high = clopper_pearson(n_found, n_runs, level=0.95)
    method = f"power, {what}; simulation"
    details = {"alpha": alpha, "n_found": n_found}
    return Result(n_found / n_runs, low, high, n_runs, method, None, POPULATION, details=details)


def _check_size(
    n_listeners: int, n_clips: int, alpha: float, n_runs: int, rng: np.random.Generator
) -> None:
    for name, value, least in (
        ("the number of listeners", n_listeners, 2),
        ("the number of clips", n_clips, 2),
        ("n_runs", n_runs, 100),
    ):
        check_whole(value, name, least=least)
    check_between(alpha, "alpha", 0, 0.5)
    check_rng(rng)


def _check_spreads(**spreads: float) -> None:
    for name, value in spreads.items():
        check_least(value, name, least=0)
