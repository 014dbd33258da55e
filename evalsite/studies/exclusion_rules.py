"""The rules by which listeners can be left out of an analysis: what each says, and its limits.

A protocol names them, `evalsite.analysis.screening` applies them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

EXCLUDE, FLAG = "exclude", "flag"
ACTIONS = (EXCLUDE, FLAG)


@dataclass(frozen=True)
class Limit:
    """A number that a rule takes. Exactly the limit is still allowed."""

    default: float
    low: float
    high: float
    meaning: str


@dataclass(frozen=True)
class RuleKind:
    """`sentence` says who breaks the rule; `{max_share}` and so on stand for its limits."""

    title: str
    sentence: str
    limits: Mapping[str, Limit]
    action: str
    version: int = 1


def share(default: float, meaning: str) -> Limit:
    return Limit(default, 0, 1, meaning)


RULES: Mapping[str, RuleKind] = {
    "unfinished": RuleKind("Did not finish", "The sitting did not come to its end.", {}, EXCLUDE),
    "catch_trials": RuleKind(
        "Failed catch trials",
        "More than {max_wrong:.0%} of the catch trials were answered wrong.",
        {"max_wrong": share(0.5, "share of catch trials that may be wrong")},
        EXCLUDE,
    ),
    "headphone_check": RuleKind(
        "Failed the headphone check", "A headphone check was not passed.", {}, FLAG
    ),
    "hidden_reference": RuleKind(
        "Missed the hidden reference",
        "The hidden reference was scored below {limit:g} in more than {max_share:.0%} of the "
        "items (ITU-R BS.1534-3).",
        {
            "limit": Limit(90, 0, 100, "score that the hidden reference should reach"),
            "max_share": share(0.15, "share of items that may lie below it"),
        },
        EXCLUDE,
    ),
    "mid_anchor": RuleKind(
        "Took the mid-range anchor for good",
        "The mid-range anchor was scored above {limit:g} in more than {max_share:.0%} of the "
        "items, those left out that more than {ignore_above:.0%} of the listeners scored so "
        "(ITU-R BS.1534-3).",
        {
            "limit": Limit(90, 0, 100, "score that the mid-range anchor should not exceed"),
            "max_share": share(0.15, "share of items that may lie above it"),
            "ignore_above": share(0.25, "share of listeners above it that makes an item not count"),
        },
        EXCLUDE,
    ),
    "time": RuleKind(
        "Answered too fast",
        "More than {max_share:.0%} of the trials were answered within {min_seconds:g} s.",
        {
            "min_seconds": Limit(2, 0, 3600, "seconds that a trial takes at least"),
            "max_share": share(0.1, "share of trials that may be faster"),
        },
        FLAG,
    ),
    "straight_lining": RuleKind(
        "Gave the same answer over and over",
        "The same answer was given in more than {max_run:g} trials in a row.",
        {"max_run": Limit(8, 1, 1000, "trials in a row that may have the same answer")},
        FLAG,
    ),
    "coverage": RuleKind(
        "Did not hear enough",
        "In more than {max_share:.0%} of the trials less than {min_heard:.0%} of a clip was heard.",
        {
            "min_heard": share(0.9, "share of a clip that counts as heard"),
            "max_share": share(0.1, "share of trials in which less may have been heard"),
        },
        FLAG,
    ),
    "repeats": RuleKind(
        "Answered repeats differently",
        "Answers to what came twice differed by more than {max_difference:.0%} of the scale on "
        "average (a choice that changed counts as all of it).",
        {"max_difference": share(0.33, "mean difference that is allowed")},
        FLAG,
    ),
}
