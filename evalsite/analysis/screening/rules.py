"""Rules for any study: catch trials, coverage, time, straight-lining.

References
----------
.. [1] Curran, P. G. (2016). Methods for the detection of carelessly invalid responses in survey
   data. Journal of Experimental Social Psychology 66, 4-19 (long strings, response times).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from evalsite.analysis.checks import as_numbers, check_columns, check_least, read_values
from evalsite.analysis.screening.found import (
    Exclusion,
    Screening,
    screen_share,
    sort_names,
)


def screen_catch_trials(answers: pd.DataFrame, *, max_wrong: float = 0.0) -> Screening:
    """Rule "catch_trials": too many catch trials wrong.

    Parameters
    ----------
    answers : pd.DataFrame
        Catch trials alone: columns `listener`, `is_correct` (a missing answer is wrong).
    max_wrong : float
        Share allowed, in [0, 1].

    Returns
    -------
    Screening
    """
    check_columns(answers, ("listener", "is_correct"), called="data", named=("listener",))
    right = as_numbers(answers["is_correct"], "is_correct") == 1
    return screen_share(
        answers.assign(is_bad=~right),
        rule="catch_trials",
        limit=max_wrong,
        say=lambda k, n: f"answered {k} of {n} catch trials wrong",
    )


def screen_coverage(
    trials: pd.DataFrame, *, min_heard: float = 1.0, max_share: float = 0.1
) -> Screening:
    """Rule "coverage": too many clips not heard far enough.

    Parameters
    ----------
    trials : pd.DataFrame
        Columns `listener`, `heard`: share of the clip that was played at least once, in [0, 1]
        (missing is 0).
    min_heard : float
        Share of a clip that counts as heard, in (0, 1].
    max_share : float
        Share of trials allowed below it, in [0, 1].

    Returns
    -------
    Screening
    """
    check_columns(trials, ("listener", "heard"), called="data", named=("listener",))
    heard = np.nan_to_num(as_numbers(trials["heard"], "heard"), posinf=np.inf, neginf=-np.inf)
    if ((heard < 0) | (heard > 1)).any():
        wrong = heard[(heard < 0) | (heard > 1)][0]
        raise ValueError(f"heard must lie between 0 and 1, got {wrong:g}.")
    return screen_share(
        trials.assign(is_bad=heard < min_heard),
        rule="coverage",
        limit=max_share,
        say=lambda k, n: f"heard less than {min_heard:.0%} of the clip in {k} of {n} trials",
    )


def screen_time(trials: pd.DataFrame, *, min_seconds: float, max_share: float = 0.1) -> Screening:
    """Rule "time": too many answers faster than anybody can listen [1]_.

    Parameters
    ----------
    trials : pd.DataFrame
        Columns `listener`, `seconds`: from the trial's appearance to its answer; missing times
        are left out.
    min_seconds : float
        Fastest time that counts, such as the clip's length.
    max_share : float
        Share of answers allowed below it, in [0, 1].

    Returns
    -------
    Screening
    """
    check_columns(trials, ("listener", "seconds"), called="data", named=("listener",))
    seconds = read_values(trials, "seconds")
    check_least(min_seconds, "min_seconds", least=0)
    return screen_share(
        trials.assign(is_bad=seconds < min_seconds)[~np.isnan(seconds)],
        rule="time",
        limit=max_share,
        listeners=trials["listener"],
        say=lambda k, n: f"answered {k} of {n} trials in less than {min_seconds:g} s",
    )


def screen_straight_lining(ratings: pd.DataFrame, *, max_run: float) -> Screening:
    """Rule "straight_lining": the same answer too often in a row [1]_.

    Parameters
    ----------
    ratings : pd.DataFrame
        Columns `listener`, `value`, rows of a listener in the order answered; a missing value
        ends a run.
    max_run : float
        Longest run of equal answers allowed, 1 or more.

    Returns
    -------
    Screening
        `value` is the longest run.
    """
    check_columns(ratings, ("listener", "value"), called="data", named=("listener",))
    check_least(max_run, "max_run", least=1)
    longest = _find_longest_runs(ratings)
    counts = ratings["listener"].value_counts().to_dict()
    exclusions = tuple(
        Exclusion(
            name,
            "straight_lining",
            int(run),
            max_run,
            int(counts[name]),
            f"Listener {name} gave the same answer {run} times in a row; the rule allows "
            f"{max_run:g}.",
        )
        for name, run in longest.items()
        if run > max_run
    )
    return Screening(sort_names(ratings["listener"]), exclusions, ("straight_lining",))


def _find_longest_runs(ratings: pd.DataFrame) -> dict[Any, int]:
    """By listener, sorted; all listeners at once."""
    # By number, since names may be of several types that have no order.
    codes, names = pd.factorize(ratings["listener"])
    order = np.argsort(codes, kind="stable")
    owners, values = codes[order], pd.factorize(ratings["value"])[0][order]
    is_told = values >= 0
    is_new = ~is_told | (values != np.roll(values, 1)) | (owners != np.roll(owners, 1))
    is_new[:1] = True
    # A missing value is a run of its own, of length 0.
    lengths = np.bincount(is_new.cumsum() - 1, is_told).astype(np.intp)
    longest = pd.Series(lengths).groupby(owners[is_new]).max()
    found = dict(zip(names[longest.index.to_numpy()], longest.to_numpy().tolist(), strict=True))
    return {name: found[name] for name in sort_names(found)}
