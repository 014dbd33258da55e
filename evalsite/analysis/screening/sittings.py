"""Rules about a whole sitting: did it end, was a headphone check passed, do repeats agree."""

from __future__ import annotations

import numpy as np
import pandas as pd

from evalsite.analysis.screening.found import (
    Exclusion,
    Screening,
    check_columns,
    screen_share,
    sort_names,
)


def screen_unfinished(sittings: pd.DataFrame) -> Screening:
    """Rule "unfinished": the sitting did not come to its end.

    Parameters
    ----------
    sittings : pd.DataFrame
        Columns `listener`, `is_finished`.

    Returns
    -------
    Screening
        `value` is 1: all of the sitting's end is missing.
    """
    check_columns(sittings, ("listener", "is_finished"))
    return screen_share(
        sittings.assign(is_bad=~sittings["is_finished"].to_numpy(dtype=bool)),
        rule="unfinished",
        limit=0.0,
        say=lambda k, n: "did not come to the end",
    )


def screen_headphone_check(sittings: pd.DataFrame) -> Screening:
    """Rule "headphone_check": a headphone check was not passed.

    Parameters
    ----------
    sittings : pd.DataFrame
        Columns `listener`, `n_checks_failed`; missing where no check was made.

    Returns
    -------
    Screening
        `value` is the number of checks failed; only those who made a check are looked at.
    """
    check_columns(sittings, ("listener", "n_checks_failed"))
    made = sittings.dropna(subset="n_checks_failed")
    exclusions = tuple(
        Exclusion(
            name,
            "headphone_check",
            int(n_failed),
            0,
            1,
            f"Listener {name} did not pass a headphone check.",
        )
        for name, n_failed in made.set_index("listener")["n_checks_failed"].sort_index().items()
        if n_failed > 0
    )
    return Screening(sort_names(made["listener"]), exclusions, ("headphone_check",))


def screen_repeats(repeats: pd.DataFrame, *, max_difference: float) -> Screening:
    """Rule "repeats": answers to the same question about the same item differ too much.

    Parameters
    ----------
    repeats : pd.DataFrame
        One row a judgment given twice: columns `listener`, `difference` (share of the scale, 1
        for a choice that changed; missing rows are left out).
    max_difference : float
        Mean difference allowed, in [0, 1].

    Returns
    -------
    Screening
    """
    check_columns(repeats, ("listener", "difference"))
    if not 0 <= max_difference <= 1:
        raise ValueError(f"max_difference must lie between 0 and 1, got {max_difference}.")
    told = repeats.assign(
        difference=repeats["difference"].to_numpy(dtype=np.float64, na_value=np.nan)
    ).dropna(subset="difference")
    counted = told.groupby("listener", observed=True, sort=True)["difference"]
    exclusions = tuple(
        Exclusion(
            name,
            "repeats",
            float(mean),
            max_difference,
            int(n),
            f"Listener {name}'s answers to what came twice differ by {mean:.0%} of the scale on "
            f"average; the rule allows {max_difference:.0%}.",
        )
        for name, mean, n in counted.agg(["mean", "count"]).itertuples()
        if mean > max_difference
    )
    return Screening(sort_names(told["listener"]), exclusions, ("repeats",))
