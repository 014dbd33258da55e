"""Post-screening of MUSHRA scores, to the letter of the recommendation.

References
----------
.. [1] ITU-R BS.1534-3 (2015). Method for the subjective assessment of intermediate quality level of
   audio systems, section 4.1.2 (post-screening of assessors).
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from evalsite.analysis.checks import as_numbers, check_columns, read_values
from evalsite.analysis.intervals import NO_SPREAD, check_confidence, t_interval
from evalsite.analysis.result import Result, undefined_result
from evalsite.analysis.screening.found import Screening, screen_share, sort_names


def screen_mushra(
    scores: pd.DataFrame,
    *,
    reference: str = "reference",
    mid_anchor: str = "midanchor",
    limit: float = 90.0,
    max_share: float = 0.15,
    ignore_above: float = 0.25,
) -> Screening:
    """Post-screening of BS.1534-3 [1]_, to the letter: both of its rules.

    Parameters
    ----------
    scores : pd.DataFrame
        Columns `listener`, `item`, `condition`, `score` (0 to 100), each listener, item and
        condition once.
    reference, mid_anchor : str
        Names of the two conditions.
    limit, max_share, ignore_above : float
        The score, the 15 % and the 25 %; see the two rules.

    Returns
    -------
    Screening
        With the items ignored.

    Raises
    ------
    ValueError
        If a column or condition is missing, or a score is missing, out of range or given twice.
    """
    first = screen_hidden_reference(scores, condition=reference, limit=limit, max_share=max_share)
    return first | screen_mid_anchor(
        scores,
        condition=mid_anchor,
        limit=limit,
        max_share=max_share,
        ignore_above=ignore_above,
    )


def screen_hidden_reference(
    scores: pd.DataFrame, *, condition: str, limit: float = 90.0, max_share: float = 0.15
) -> Screening:
    """Rule "hidden_reference": it scored below 90 in more than 15 % of a listener's items [1]_.

    Parameters
    ----------
    scores : pd.DataFrame
        As `screen_mushra`.
    condition : str
        Name of the hidden reference's condition.
    limit, max_share : float
        The score and the 15 %.

    Returns
    -------
    Screening
    """
    _check_scores(scores, condition)
    own = scores[scores["condition"] == condition]
    return screen_share(
        own.assign(is_bad=own["score"] < limit),
        rule="hidden_reference",
        limit=max_share,
        listeners=scores["listener"],
        say=lambda k, n: f"scored the hidden reference below {limit:g} in {k} of {n} items",
    )


def screen_mid_anchor(
    scores: pd.DataFrame,
    *,
    condition: str,
    limit: float = 90.0,
    max_share: float = 0.15,
    ignore_above: float = 0.25,
) -> Screening:
    """Rule "mid_anchor": it scored above 90 in more than 15 % of a listener's items [1]_.

    Items whose anchor more than 25 % of the listeners put above 90 do not count at all.

    Parameters
    ----------
    scores : pd.DataFrame
        As `screen_mushra`.
    condition : str
        Name of the mid-range anchor's condition.
    limit, max_share, ignore_above : float
        The score, the 15 % and the 25 %.

    Returns
    -------
    Screening
        With the items ignored.
    """
    _check_scores(scores, condition)
    anchor = scores[scores["condition"] == condition]
    anchor = anchor.assign(is_bad=anchor["score"] > limit)
    by_item = anchor.groupby("item", observed=True)["is_bad"].mean()
    ignored = sort_names(by_item.index[by_item > ignore_above])
    found = screen_share(
        anchor[~anchor["item"].isin(ignored)],
        rule="mid_anchor",
        limit=max_share,
        listeners=scores["listener"],
        say=lambda k, n: f"scored the mid-range anchor above {limit:g} in {k} of {n} items",
    )
    return Screening(found.listeners, found.exclusions, found.rules, ignored)


def describe_mushra(
    scores: pd.DataFrame, screening: Screening, *, confidence: float = 0.95
) -> dict[str, Result]:
    """Mean score of each condition over the listeners kept.

    Parameters
    ----------
    scores : pd.DataFrame
        As `screen_mushra`.
    screening : Screening
        Whom to leave out.
    confidence : float
        Confidence level in (0, 1).

    Returns
    -------
    dict of Result
        By condition, sorted. The estimate is the mean of the listeners' means, t on their number
        less one, without an interval where these are equal; `details` holds `mean` and `median`
        over all scores.

    Raises
    ------
    ValueError
        If a column is missing, a listener is not named, or a score is no finite number.
    """
    check_confidence(confidence)
    check_columns(scores, ("listener", "condition", "score"), called="data", named=("listener",))
    kept, method = screening.keep(scores), "mean of listener means; t over listeners"
    population, found = "new listeners, these items", {}
    kept = kept.assign(score=read_values(kept, "score")).dropna(subset="score")
    for name in sort_names(scores["condition"].dropna()):
        own = kept[kept["condition"] == name]
        means = own.groupby("listener", observed=True)["score"].mean().to_numpy(dtype=np.float64)
        if len(means) == 0:
            found[name] = undefined_result(
                "no_data", method=method, population=population, level=confidence
            )
            continue
        low = high = np.nan
        reason = "too_few_listeners" if len(means) < 2 else None
        if reason is None:
            variance = float(means.var(ddof=1)) / len(means)
            reason = "no_variation" if math.sqrt(variance) < NO_SPREAD else None
        if reason is None:
            low, high, _ = t_interval(
                float(means.mean()), variance, df=len(means) - 1, level=confidence
            )
        details = {
            "mean": float(own["score"].mean()),
            "median": float(own["score"].median()),
            "n_listeners": len(means),
        }
        found[name] = Result(
            float(means.mean()),
            low,
            high,
            len(own),
            method,
            reason,
            population,
            confidence,
            details,
        )
    return found


def _check_scores(scores: pd.DataFrame, condition: str) -> None:
    check_columns(
        scores, ("listener", "item", "condition", "score"), called="data", named=("listener",)
    )
    if not (scores["condition"] == condition).any():
        raise ValueError(f"scores must hold the condition {condition!r}, which has none.")
    score = as_numbers(scores["score"], "score")
    is_wrong = ~((score >= 0) & (score <= 100))
    if is_wrong.any():
        raise ValueError(f"score must lie between 0 and 100, got {score[is_wrong][0]:g}.")
    repeated = scores.duplicated(["listener", "item", "condition"])
    if repeated.any():
        row = scores[repeated].iloc[0]
        raise ValueError(
            f"listener {row['listener']} scored {row['condition']} of item {row['item']} twice."
        )
