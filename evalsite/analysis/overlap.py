"""Do listeners mark where an explanation says, more than spans anywhere would?

Over many answers the mean of the excess that `spans` defines for one clip. Its p value comes from
circular shifts: all listeners' spans of a clip are shifted together, so that their agreeing with
each other is not taken for agreeing with the explanation; each clip is shifted by itself, of one
clip by all shifts, of several at random. It speaks of these listeners and clips; the interval, from
jackknives over listeners and recordings (see `crossed`), of new ones.

Shifts take it that any place of a clip is as good as any other. Where both spans and weight shun
the clips' ends that is not so: with 8 clips of 12 s and 6 listeners whose spans have nothing to do
with the profiles, both in the middle half of each clip, 59 % of 1,000 simulated studies reach
p <= .05, and the interval holds 0 in 65 % of them (7 and 96 % when both are anywhere). So with four
clips or more there is a second p value, by swapping [1]_: whether listeners' spans in a clip fit
its own profile better than those of the other clips, each stretched to one length. That is reached
by 5 % of studies in both cases. Believe in overlap when both are small.

Conventions
-----------
Those of `spans`.

References
----------
.. [1] Harris, K. D. (2021). Nonsense correlations in neuroscience. bioRxiv 2020.11.29.402719
   (why smooth series seem to go together, and permuting sessions as a remedy).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from evalsite.analysis.checks import check_columns, check_rng
from evalsite.analysis.crossed import POPULATION, CrossedMeans
from evalsite.analysis.intervals import check_confidence
from evalsite.analysis.result import Result, undefined_result
from evalsite.analysis.spans import TIE, FloatArray, mark_frames, overlap_of_shifts

COLUMNS = ("listener", "recording", "spans")
METHOD = "excess of weight in the marked spans; circular shifts, crossed jackknife"
N_DRAWS = 9999
FEWEST_TO_SWAP = 4


def describe_overlap(
    marks: pd.DataFrame,
    profiles: Mapping[object, ArrayLike],
    seconds: Mapping[object, float],
    *,
    rng: np.random.Generator,
    confidence: float = 0.95,
) -> Result:
    """Describe how much more weight than by chance lies in what listeners marked.

    Parameters
    ----------
    marks : pd.DataFrame
        One row an answer: columns `listener`, `recording`, `spans`, a list of (start, end); an
        empty one says "nowhere": it is counted and otherwise left out.
    profiles : mapping of recording to array-like, shape=(n_frames,)
        Each recording's time profile; one without weight, or marked all over, is left out.
    seconds : mapping of recording to float
        Length of each clip.
    rng : np.random.Generator
        Draws the shifts where there are two recordings or more, and the swaps.
    confidence : float
        Confidence level in (0, 1).

    Returns
    -------
    Result
        `estimate` is the mean excess over all answers, in [-1, 1], with the interval of new
        listeners and new recordings. `details` holds `captured` and `chance` (means over the same
        answers), `p_value` and `p_value_swapped` (None with fewer than four recordings; see the
        module), `n_shifts`, `n_nowhere`, `n_listeners`, `n_recordings`.

    Raises
    ------
    ValueError
        If a column or a recording's profile or length is missing.
    """
    check_confidence(confidence)
    check_rng(rng)
    _check_marks(marks, profiles, seconds)
    n_nowhere = int(sum(len(spans) == 0 for spans in marks["spans"]))
    null: dict[object, FloatArray] = {}
    marked: dict[object, FloatArray] = {}
    answers, captured, chance = [], [], []
    for listener, recording, spans in marks[list(COLUMNS)].itertuples(index=False):
        profile = np.asarray(profiles[recording], dtype=float)
        if not len(spans) or not profile.any():
            continue
        mask = mark_frames(spans, seconds=seconds[recording], n_frames=len(profile))
        shares = overlap_of_shifts(mask, profile)
        captured.append(shares[0])
        chance.append(mask.mean())
        answers.append((listener, recording, shares[0] - mask.mean()))
        null[recording] = null.get(recording, np.zeros(len(mask))) + shares - mask.mean()
        marked[recording] = marked.get(recording, np.zeros(len(mask))) + mask
    if not answers:
        reason = "no_weight" if n_nowhere < len(marks) else "nothing_marked"
        reason = reason if len(marks) else "no_data"
        return undefined_result(
            reason, method=METHOD, population=POPULATION, level=confidence, n_nowhere=n_nowhere
        )
    frame = pd.DataFrame(answers, columns=["listener", "recording", "value"])
    result = CrossedMeans.of(frame, np.ones((len(frame), 1))).estimate_mean(
        method=METHOD, bounds=(-1.0, 1.0), confidence=confidence
    )
    p_value, n_shifts = _test_shifts(list(null.values()), rng)
    details = {
        "n_nowhere": n_nowhere,
        "captured": float(np.mean(captured)),
        "chance": float(np.mean(chance)),
        "p_value": p_value,
        "p_value_swapped": _test_swaps(marked, profiles, rng),
        "n_shifts": n_shifts,
    }
    return Result(
        result.estimate,
        result.low,
        result.high,
        result.n,
        METHOD,
        result.reason,
        result.population,
        confidence,
        {**result.details, **details},
    )


def _test_shifts(null: Sequence[FloatArray], rng: np.random.Generator) -> tuple[float, int]:
    """p value and number of shifts; exact for one recording, else each drawn by itself."""
    observed = sum(float(sums[0]) for sums in null)
    if len(null) == 1:
        return float(np.mean(null[0] >= observed - TIE)), len(null[0])
    drawn = sum(sums[rng.integers(len(sums), size=N_DRAWS)] for sums in null)
    n_as_large = int(np.count_nonzero(drawn >= observed - TIE))
    return (1 + n_as_large) / (1 + N_DRAWS), N_DRAWS


def _test_swaps(
    marked: Mapping[object, FloatArray],
    profiles: Mapping[object, ArrayLike],
    rng: np.random.Generator,
) -> float | None:
    """p value of each clip's spans lying in its own profile and not just in any clip's."""
    n = len(marked)
    if n < FEWEST_TO_SWAP:
        return None
    table = np.array(
        [
            [float(mask @ _stretch(profiles[other], len(mask))) for other in marked]
            for mask in marked.values()
        ]
    )
    drawn = rng.permuted(np.tile(np.arange(n), (N_DRAWS, 1)), axis=1)
    sums = table[np.arange(n), drawn].sum(axis=1)
    return (1 + int(np.count_nonzero(sums >= np.trace(table) - TIE))) / (1 + N_DRAWS)


def _stretch(profile: ArrayLike, n_frames: int) -> FloatArray:
    """A profile in so many frames, adding up to 1."""
    profile = np.asarray(profile, dtype=float)
    mass = np.concatenate([[0], np.cumsum(profile) / profile.sum()])
    grid = np.linspace(0, 1, n_frames + 1)
    return np.diff(np.interp(grid, np.linspace(0, 1, len(mass)), mass))


def _check_marks(
    marks: pd.DataFrame, profiles: Mapping[object, ArrayLike], seconds: Mapping[object, float]
) -> None:
    check_columns(marks, COLUMNS, called="marks", named=COLUMNS[:2])
    for spans in marks["spans"]:
        if not isinstance(spans, (list, tuple, np.ndarray)):
            raise ValueError(f"spans must be lists of (start, end), got {spans!r}.")
    for recording in marks["recording"].unique():
        if recording not in profiles or recording not in seconds:
            raise ValueError(f"Each recording needs a profile and a length, {recording} has none.")
