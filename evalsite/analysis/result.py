"""The one shape in which every statistic is returned.

Conventions
-----------
An undefined number is NaN and comes with a reason: a short code, whose sentence is in `REASONS`.
When only the interval is undefined, `estimate` is a number, `low` and `high` are NaN, and the
reason says why there is no interval.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np

REASONS: dict[str, str] = {
    "no_data": "There are no values.",
    "no_pairable_values": "No item was rated by two or more raters.",
    "no_variation": "All values are equal, so there is no spread to compare with.",
    "too_few_clips": "The interval needs at least two clips.",
    "too_few_categories": "Confusions can be compared only among three categories or more.",
    "category_never_shown": "One of the categories was never shown.",
    "all_correct": "All answers are right, so the data set no upper bound.",
    "unbounded_sensitivity": (
        "The interval of the share reaches 1, so no sensitivity is too high to agree with it."
    ),
    "worse_than_guessing": (
        "The interval of the share lies below guessing, which no sensitivity explains."
    ),
    "one_kind_of_trial": "There are trials with a signal only, or without only.",
    "not_compared": "Some clips were never compared with the others, so there is no common scale.",
    "unbounded_scale": (
        "Some clips won, or lost, every comparison with the others, so their distance has no bound."
    ),
    "unbounded_difficulty": (
        "Some items were right whenever others were wrong, so their distance has no bound."
    ),
    "nothing_marked": "Nothing was marked, so nothing can overlap.",
    "no_weight": "The explanation kept nothing that has a weight.",
    "not_identified": "The answers cannot tell the effects of the model apart or bound them.",
    "given_by_design": (
        "The design gives it away: it does not change within a listener and an item."
    ),
    "no_repeats": "Nothing was judged twice.",
    "no_ties": "Nobody called a tie.",
    "no_agreeing_rater": "No rater goes with the others, so nobody can be given a weight.",
    "no_reliability": "Raters agree no better than by chance, so no number of them is reliable.",
    "one_group_undefined": "The figure is undefined in one of the two groups.",
    "one_item": "There is one item only, so items cannot be told apart.",
    "incomplete_ranks": "Fewer than two items were rated by every rater.",
    "no_residual": (
        "Items and raters explain every rating exactly, so there is no residual to compare with."
    ),
    "no_total_variance": (
        "The variances of items, raters and residual do not add up to more than 0, so items have "
        "no share in them."
    ),
    "unbounded_mean": (
        "Ratings of one item may differ so much more than those of several that the reliability of "
        "their mean has no lower bound."
    ),
    "no_disagreement": "The raters never differ, so the data do not show how uncertain this is.",
    "too_few_items": "The interval needs at least two items.",
    "too_few_raters": "The interval needs at least three raters.",
    "too_few_listeners": "The interval needs at least two listeners.",
    "too_few_recordings": "The interval needs at least two recordings.",
    "too_few_shared_recordings": (
        "A correlation needs at least four recordings that have both values."
    ),
    "conditions_missing": (
        "It needs the original, the kept clips and a control in one block, and not all are there."
    ),
    "no_target_rated": (
        "It needs ratings of the quality a clip was made for and of others, and one of them is "
        "missing."
    ),
    "too_few_levels": "Each group of a mixed model needs at least two levels.",
    "no_residual_left": (
        "The model's effects explain every value, so there is no residual to compare with."
    ),
    "separated": "An effect tells the answers apart exactly, so it has no finite estimate.",
    "no_clear_peak": (
        "The likelihood has no clear peak, so the data do not show how uncertain this is."
    ),
    "at_zero": (
        "The variance is estimated as 0 or nearly so, the edge of what it can be: no interval."
    ),
    "perfect_correlation": (
        "The two go together without exception, so the data do not show how uncertain this is."
    ),
    "one_rater_or_item_decides": (
        "Without one of the raters or items the figure is undefined, so it has no interval."
    ),
    "one_listener_or_recording_decides": (
        "Without one of the listeners or recordings the figure is undefined, so it has no interval."
    ),
}


@dataclass(frozen=True)
class Result:
    """One statistic with its interval and what it speaks of.

    Parameters
    ----------
    estimate : float
        The figure, in the unit of the statistic; NaN when undefined.
    low, high : float
        Ends of the interval; NaN when it is undefined or was not asked for.
    n : int
        Number of values (ratings, judgments) the estimate was computed from.
    method : str
        Name of the statistic and of its interval.
    reason : str or None
        None, or the code (key of `REASONS`) that says why `estimate` or the interval is NaN.
    population : str
        What the interval generalises to.
    level : float
        Confidence level of the interval, in (0, 1).
    details : mapping
        Further numbers and words, such as counts and the standard error.
    """

    estimate: float
    low: float
    high: float
    n: int
    method: str
    reason: str | None = None
    population: str = ""
    level: float = 0.95
    details: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # Counts come from arrays, whose numbers JSON and users' eyes take for something else.
        object.__setattr__(self, "n", int(self.n))
        if not 0.0 < self.level < 1.0:
            raise ValueError(f"level must lie between 0 and 1, got {self.level}.")
        if self.reason is not None and self.reason not in REASONS:
            raise ValueError(f"reason must be None or a key of REASONS, got {self.reason!r}.")
        if math.isnan(self.estimate) and self.reason is None:
            raise ValueError("reason must say why the estimate is undefined, got None.")

    @property
    def is_defined(self) -> bool:
        """True when the estimate is a number."""
        return not math.isnan(self.estimate)

    @property
    def reason_text(self) -> str:
        """The sentence of the reason, empty when there is none."""
        return "" if self.reason is None else REASONS[self.reason]

    def to_dict(self) -> dict[str, Any]:
        """All fields as values that JSON can hold; NaN and infinity become None."""
        return {f.name: make_json_safe(getattr(self, f.name)) for f in fields(self)}


def make_json_safe(value: Any) -> Any:
    """Turn numpy scalars, arrays, mappings and sequences into what JSON can hold.

    Parameters
    ----------
    value : object
        A number, string, None, or any nesting of mappings, sequences, arrays and `Result`.

    Returns
    -------
    object
        The same built of dict, list, str, int, float, bool and None; no NaN, no infinity.

    Raises
    ------
    TypeError
        If a value has no JSON form.
    """
    if value is None or isinstance(value, (str, bool)):
        return value
    if isinstance(value, Result):
        return value.to_dict()
    if isinstance(value, np.bool_):
        return bool(value)
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating)):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): make_json_safe(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [make_json_safe(item) for item in value]
    raise TypeError(f"details must hold numbers, strings and their collections, got {value!r}.")


def undefined_result(
    reason: str,
    *,
    method: str,
    n: int = 0,
    population: str = "",
    level: float = 0.95,
    **details: Any,
) -> Result:
    """Return a result whose estimate and interval are NaN for the given reason."""
    nan = float("nan")
    return Result(nan, nan, nan, n, method, reason, population, level, details)
