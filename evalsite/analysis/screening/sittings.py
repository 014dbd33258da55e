"""Rules about a whole sitting: did it end, was a headphone check passed, do repeats agree."""

from __future__ import annotations

from typing import Any

import pandas as pd

from evalsite.analysis.checks import as_numbers, check_between, check_columns, read_values
from evalsite.analysis.screening.found import (
    Exclusion,
    Screening,
    order_name,
    screen_share,
    sort_names,
)


def screen_unfinished(sittings: pd.DataFrame) -> Screening:
    """Rule "unfinished": the sitting did not come to its end.

    Parameters
    ----------
    sittings : pd.DataFrame
        Columns `listener`, `is_finished` (missing: not finished).

    Returns
    -------
    Screening
        `value` is 1: all of the sitting's end is missing.
    """
    check_columns(sittings, ("listener", "is_finished"), called="data", named=("listener",))
    return screen_share(
        # What is not known to have come to its end has not.
        sittings.assign(is_bad=as_numbers(sittings["is_finished"], "is_finished") != 1),
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
    check_columns(sittings, ("listener", "n_checks_failed"), called="data", named=("listener",))
    failed = read_values(sittings, "n_checks_failed")
    made = sittings.assign(n_checks_failed=failed).dropna(subset="n_checks_failed")
    by_listener = made.set_index("listener")["n_checks_failed"]
    exclusions = tuple(
        Exclusion(
            name,
            "headphone_check",
            int(n_failed),
            0,
            1,
            f"Listener {name} did not pass a headphone check.",
        )
        for name, n_failed in sorted(by_listener.items(), key=lambda one: order_name(one[0]))
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
    check_columns(repeats, ("listener", "difference"), called="data", named=("listener",))
    check_between(max_difference, "max_difference", has_ends=True)
    told = repeats.assign(difference=read_values(repeats, "difference"))
    told = told.dropna(subset="difference")
    grouped = told.groupby("listener", observed=True, sort=False)["difference"]
    counted: dict[Any, tuple[float, int]] = {
        name: (float(own.mean()), len(own)) for name, own in grouped
    }
    exclusions = tuple(
        Exclusion(
            name,
            "repeats",
            mean,
            max_difference,
            n,
            f"Listener {name}'s answers to what came twice differ by {mean:.0%} of the scale on "
            f"average; the rule allows {max_difference:.0%}.",
        )
        for name, (mean, n) in sorted(counted.items(), key=lambda one: order_name(one[0]))
        if mean > max_difference
    )
    return Screening(sort_names(told["listener"]), exclusions, ("repeats",))
