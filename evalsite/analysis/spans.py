"""Marked spans of one clip, an explanation's profile over its time, and how much they overlap.

The overlap is the share of the explanation's weight that lies in the marked spans. Who marks more
catches more, so what counts is the excess over the share of time that was marked: that is exactly
the mean overlap over all circular shifts of the spans along the clip. Shifting keeps the number,
the lengths and the distances of the spans and the shape of the profile, both of which are smooth
in time: frames are no independent trials. The p value is exact: the share of all shifts, the one
observed included, that overlap as much. `overlap` tells what that takes for granted.

Conventions
-----------
Times are seconds from the clip's start. A clip is cut into frames of equal length. A mask holds the
marked share of each frame, 0 to 1; a profile the weight that falls into each, 0 or more; both of
shape=(n_frames,).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evalsite.analysis.intervals import check_confidence
from evalsite.analysis.result import Result, undefined_result

FloatArray = NDArray[np.float64]
METHOD = "weight in the marked spans; all circular shifts"
POPULATION = "this clip and these spans, shifted"
# Sums of the same numbers in another order are equal within this.
TIE = 1e-9


def mark_frames(spans: Sequence[Sequence[float]], *, seconds: float, n_frames: int) -> FloatArray:
    """Turn spans into the marked share of each frame.

    Parameters
    ----------
    spans : sequence of (start, end)
        Seconds; what lies beyond the clip is cut off, what overlaps counts once.
    seconds : float
        The clip's length.
    n_frames : int
        How many frames it is cut into.

    Returns
    -------
    np.ndarray, shape=(n_frames,)
        Shares in [0, 1].

    Raises
    ------
    ValueError
        If there is no frame, the clip has no length, or a span ends before it starts.
    """
    _check_grid(seconds, n_frames)
    edges = np.linspace(0, seconds, n_frames + 1)
    reached, covered = 0.0, np.zeros(n_frames)
    for start, end in sorted((float(start), float(end)) for start, end in spans):
        if end < start:
            raise ValueError(f"A span must end after its start, got {start:g} to {end:g}.")
        first, reached = max(start, reached), max(end, reached)
        last = max(end, first)
        covered += np.clip(np.minimum(edges[1:], last) - np.maximum(edges[:-1], first), 0, None)
    return np.clip(covered * n_frames / seconds, 0, 1)


def spread_weights(
    shares: ArrayLike, weights: ArrayLike, edges: ArrayLike, *, n_frames: int
) -> FloatArray:
    """Spread the components' absolute weights over time.

    Each component's weight is spread over the frames as its cells are, then over frames of equal
    length.

    Parameters
    ----------
    shares : array-like, shape=(n_components, n_given)
        How much of each component lies in each given frame (its number of cells), 0 or more.
    weights : array-like, shape=(n_components,)
        Their weights; a component without cells counts nothing.
    edges : array-like, shape=(n_given + 1,)
        Where the given frames begin and end, seconds from 0, never falling.
    n_frames : int
        How many frames of equal length to return.

    Returns
    -------
    np.ndarray, shape=(n_frames,)
        Adds up to the sum of absolute weights.

    Raises
    ------
    ValueError
        If the shapes do not fit or edges do not go up from 0.
    """
    shares, weights, edges = (np.asarray(one, dtype=float) for one in (shares, weights, edges))
    if shares.ndim != 2 or weights.shape != shares.shape[:1] or len(edges) != shares.shape[1] + 1:
        raise ValueError(
            "shares, weights and edges must be of shapes (n, m), (n,) and (m + 1,), got "
            f"{shares.shape}, {weights.shape} and {edges.shape}."
        )
    if edges[0] != 0 or (np.diff(edges) < 0).any():
        raise ValueError("edges must go up from 0.")
    _check_grid(float(edges[-1]), n_frames)
    totals = shares.sum(axis=1, keepdims=True)
    spread = np.divide(shares, totals, out=np.zeros_like(shares), where=totals > 0)
    mass = np.concatenate([[0], np.cumsum(np.abs(weights) @ spread)])
    grid = np.linspace(0, edges[-1], n_frames + 1)
    return np.maximum(np.diff(np.interp(grid, edges, mass)), 0)


def overlap_of_shifts(mask: ArrayLike, profile: ArrayLike) -> FloatArray:
    """Return the share of the profile in the mask, for every circular shift of the mask.

    Parameters
    ----------
    mask, profile : array-like, shape=(n_frames,)
        See the module's conventions; the profile must hold some weight.

    Returns
    -------
    np.ndarray, shape=(n_frames,)
        Shares in [0, 1]; the first is that of the mask as it is, the k-th that of the mask k - 1
        frames later.
    """
    mask, profile = np.asarray(mask, dtype=float), np.asarray(profile, dtype=float)
    _check_pair(mask, profile)
    spectrum = np.conj(np.fft.rfft(mask)) * np.fft.rfft(profile)
    shares: FloatArray = np.fft.irfft(spectrum, n=len(mask)) / profile.sum()
    return np.clip(shares, 0, 1)


def measure_overlap(mask: ArrayLike, profile: ArrayLike, *, confidence: float = 0.95) -> Result:
    """Compare one clip's marked spans with an explanation's time profile.

    Parameters
    ----------
    mask, profile : array-like, shape=(n_frames,)
        See the module's conventions.
    confidence : float
        How much of the shifts `chance_low` and `chance_high` enclose, in (0, 1).

    Returns
    -------
    Result
        `estimate` is the share of the weight in the marked spans, in [0, 1]; there is no interval
        (`too_few_listeners`). `details` holds `chance` (the mean over all shifts: the share of time
        that is marked), `excess`, `chance_low`, `chance_high`, `p_value`, `correlation` of mask and
        profile (point-biserial where frames are marked or not; its p value is the same), `iou`, the
        sum of the smaller over the sum of the larger of mask and profile over its maximum, and
        `n_shifts`.

    Raises
    ------
    ValueError
        If the shapes differ, a mask is not in [0, 1], or a profile is negative.
    """
    check_confidence(confidence)
    mask, profile = np.asarray(mask, dtype=float), np.asarray(profile, dtype=float)
    _check_pair(mask, profile, is_empty_fine=True)
    n = len(mask)
    if not mask.any() or not profile.any():
        reason = "no_weight" if mask.any() else "nothing_marked"
        return undefined_result(reason, method=METHOD, population=POPULATION, level=confidence)
    shares = overlap_of_shifts(mask, profile)
    if np.ptp(shares) < TIE:
        return undefined_result(
            "no_variation", method=METHOD, n=n, population=POPULATION, level=confidence
        )
    tail = (1 - confidence) / 2
    peak = profile / profile.max()
    details = {
        "chance": float(mask.mean()),
        "excess": float(shares[0] - mask.mean()),
        "chance_low": float(np.quantile(shares, tail)),
        "chance_high": float(np.quantile(shares, 1 - tail)),
        "p_value": float(np.mean(shares >= shares[0] - TIE)),
        "correlation": float(np.corrcoef(mask, profile)[0, 1]),
        "iou": float(np.minimum(mask, peak).sum() / np.maximum(mask, peak).sum()),
        "n_shifts": n,
    }
    nan = math.nan
    return Result(
        float(shares[0]),
        nan,
        nan,
        n,
        METHOD,
        "too_few_listeners",
        POPULATION,
        level=confidence,
        details=details,
    )


def _check_grid(seconds: float, n_frames: int) -> None:
    if n_frames < 1 or not seconds > 0:
        raise ValueError(
            f"A clip must have a length and a frame or more, got {seconds:g} s, {n_frames} frames."
        )


def _check_pair(mask: FloatArray, profile: FloatArray, *, is_empty_fine: bool = False) -> None:
    if mask.ndim != 1 or mask.shape != profile.shape or not len(mask):
        raise ValueError(
            f"mask and profile must be of one shape (n_frames,), got {mask.shape} and "
            f"{profile.shape}."
        )
    if not ((mask >= 0) & (mask <= 1)).all():
        raise ValueError("mask must lie in [0, 1].")
    if not (np.isfinite(profile) & (profile >= 0)).all():
        raise ValueError("profile must hold finite numbers of 0 or more.")
    if not is_empty_fine and not profile.any():
        raise ValueError("profile must hold some weight, it is 0 everywhere.")
