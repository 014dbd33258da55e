"""Which listeners to leave out, by which rule, and how far they broke it.

Every rule returns all it found, so that results can be shown with and without it. Nothing is
removed here: `Screening.keep` does that when asked. `a | b` joins the findings of two rules.

Conventions
-----------
Data frames have a column `listener` and one row per judgment; shares lie in [0, 1]. Exactly the
limit of a rule is still allowed.
"""

from __future__ import annotations

from evalsite.analysis.screening.apply import RULE_NAMES, Tables, apply_rule
from evalsite.analysis.screening.found import Exclusion, Screening
from evalsite.analysis.screening.mushra import (
    describe_mushra,
    screen_hidden_reference,
    screen_mid_anchor,
    screen_mushra,
)
from evalsite.analysis.screening.rules import (
    screen_catch_trials,
    screen_coverage,
    screen_straight_lining,
    screen_time,
)
from evalsite.analysis.screening.sittings import (
    screen_headphone_check,
    screen_repeats,
    screen_unfinished,
)

__all__ = [
    "RULE_NAMES",
    "Exclusion",
    "Screening",
    "Tables",
    "apply_rule",
    "describe_mushra",
    "screen_catch_trials",
    "screen_coverage",
    "screen_headphone_check",
    "screen_hidden_reference",
    "screen_mid_anchor",
    "screen_mushra",
    "screen_repeats",
    "screen_straight_lining",
    "screen_time",
    "screen_unfinished",
]
