"""All rules of a study at once: for each listener which rules fired, with value and limit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pandas as pd

from evalsite.analysis.screening.found import Screening
from evalsite.analysis.screening.mushra import screen_hidden_reference, screen_mid_anchor
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


@dataclass(frozen=True)
class Tables:
    """What the rules read. Each has a column `listener`.

    Parameters
    ----------
    sittings : pd.DataFrame
        One row a listener: `is_finished`, `n_checks_failed` (missing: no check made).
    trials : pd.DataFrame
        One row an answered trial, in the order answered: `seconds`, `heard` (share of the clips),
        `answer` (as given; missing ends a run), `is_catch`, `is_correct`.
    repeats : pd.DataFrame
        One row a judgment given twice: `difference`, in [0, 1].
    scores : pd.DataFrame
        MUSHRA scores: `item`, `condition`, `score`.
    reference, mid_anchor : str
        Conditions of the hidden reference and the mid-range anchor among the scores.
    """

    sittings: pd.DataFrame
    trials: pd.DataFrame
    repeats: pd.DataFrame
    scores: pd.DataFrame
    reference: str = "reference"
    mid_anchor: str = "midanchor"

    @property
    def main(self) -> pd.DataFrame:
        """Trials that are no catch trials."""
        return self.trials[~self.trials["is_catch"].to_numpy(dtype=bool)]

    @property
    def catch(self) -> pd.DataFrame:
        return self.trials[self.trials["is_catch"].to_numpy(dtype=bool)]

    def has_condition(self, name: str) -> bool:
        return bool((self.scores["condition"] == name).any())


Limits = Mapping[str, float]


def apply_rule(tables: Tables, name: str, limits: Limits) -> Screening:
    """One rule.

    Parameters
    ----------
    tables : Tables
        The study's.
    name : str
        Of the rule.
    limits : mapping of str to float
        As its function takes them.

    Returns
    -------
    Screening
        `listeners` are those whom the rule could judge: none where the study has nothing of the
        kind, such as catch trials.

    Raises
    ------
    ValueError
        If there is no such rule.
    """
    if name not in _RULES:
        raise ValueError(f"rule must be one of {', '.join(_RULES)}, got {name!r}.")
    return _RULES[name](tables, limits)


def _apply_hidden_reference(tables: Tables, limits: Limits) -> Screening:
    if not tables.has_condition(tables.reference):
        return Screening((), (), ("hidden_reference",))
    return screen_hidden_reference(tables.scores, condition=tables.reference, **limits)


def _apply_mid_anchor(tables: Tables, limits: Limits) -> Screening:
    if not tables.has_condition(tables.mid_anchor):
        return Screening((), (), ("mid_anchor",))
    return screen_mid_anchor(tables.scores, condition=tables.mid_anchor, **limits)


_RULES: Mapping[str, Callable[[Tables, Limits], Screening]] = {
    "unfinished": lambda tables, limits: screen_unfinished(tables.sittings, **limits),
    "catch_trials": lambda tables, limits: screen_catch_trials(tables.catch, **limits),
    "headphone_check": lambda tables, limits: screen_headphone_check(tables.sittings, **limits),
    "hidden_reference": _apply_hidden_reference,
    "mid_anchor": _apply_mid_anchor,
    "time": lambda tables, limits: screen_time(tables.main, **limits),
    "straight_lining": lambda tables, limits: screen_straight_lining(
        tables.main.assign(value=tables.main["answer"]), **limits
    ),
    "coverage": lambda tables, limits: screen_coverage(
        tables.main.dropna(subset="heard"), **limits
    ),
    "repeats": lambda tables, limits: screen_repeats(tables.repeats, **limits),
}
RULE_NAMES = tuple(_RULES)
