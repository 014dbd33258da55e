"""What a rule of screening found, and the rule all others are made of.

A rule excludes where a share lies *above* its limit: exactly the limit is still allowed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from evalsite.analysis.checks import check_between


@dataclass(frozen=True)
class Exclusion:
    """One listener who broke one rule.

    Parameters
    ----------
    listener : object
        Name.
    rule : str
        Name of the rule, such as "hidden_reference".
    value : float
        What was found.
    limit : float
        What the rule allows.
    n : int
        Judgments the value was computed from.
    sentence : str
        All of this in words.
    """

    listener: Any
    rule: str
    value: float
    limit: float
    n: int
    sentence: str


@dataclass(frozen=True)
class Screening:
    """What one rule, or several, found.

    Parameters
    ----------
    listeners : tuple
        All listeners looked at, sorted.
    exclusions : tuple of Exclusion
        By rule, then listener; a listener may be in several.
    rules : tuple of str
        The rules applied, also those nobody broke.
    ignored_items : tuple
        Items that a rule did not count.
    """

    listeners: tuple[Any, ...]
    exclusions: tuple[Exclusion, ...]
    rules: tuple[str, ...]
    ignored_items: tuple[Any, ...] = ()

    @property
    def excluded(self) -> tuple[Any, ...]:
        """Listeners who broke a rule."""
        broke = {exclusion.listener for exclusion in self.exclusions}
        return tuple(name for name in self.listeners if name in broke)

    @property
    def kept(self) -> tuple[Any, ...]:
        """Listeners who broke none."""
        return tuple(name for name in self.listeners if name not in set(self.excluded))

    def count_by_rule(self) -> dict[str, int]:
        """How many listeners broke each rule, 0 included."""
        return {
            rule: sum(exclusion.rule == rule for exclusion in self.exclusions)
            for rule in self.rules
        }

    def list_excluded_by(self, rule: str) -> tuple[Any, ...]:
        """Listeners who broke one rule."""
        return tuple(e.listener for e in self.exclusions if e.rule == rule)

    def keep(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Rows of the listeners who broke no rule."""
        return frame[~frame["listener"].isin(self.excluded)]

    def __or__(self, other: Screening) -> Screening:
        """Both screenings together."""
        repeated = set(self.rules) & set(other.rules)
        if repeated:
            raise ValueError(f"each rule can be applied once, got {sorted(repeated)[0]!r} twice.")
        return Screening(
            sort_names({*self.listeners, *other.listeners}),
            self.exclusions + other.exclusions,
            self.rules + other.rules,
            self.ignored_items + other.ignored_items,
        )


def screen_share(
    frame: pd.DataFrame,
    *,
    rule: str,
    limit: float,
    say: Callable[[int, int], str],
    listeners: pd.Series | None = None,
) -> Screening:
    """Exclude listeners whose share of bad rows lies above the limit.

    Parameters
    ----------
    frame : pd.DataFrame
        Columns `listener`, `is_bad`: the rows that count.
    rule : str
        Its name.
    limit : float
        Share allowed, in [0, 1].
    say : callable
        Words for numbers of bad rows and of rows.
    listeners : pd.Series, optional
        Everybody looked at; by default those of `frame`.

    Returns
    -------
    Screening
    """
    check_between(limit, f"the limit of rule {rule!r}", has_ends=True)
    grouped = frame.groupby("listener", observed=True, sort=False)["is_bad"]
    counted = {name: (int(own.sum()), len(own)) for name, own in grouped}
    exclusions = []
    for name in sort_names(counted):
        n_bad, n = counted[name]
        if n_bad / n > limit:
            sentence = f"Listener {name} {say(n_bad, n)}; the rule allows {limit:.0%}."
            exclusions.append(Exclusion(name, rule, n_bad / n, limit, n, sentence))
    known = frame["listener"] if listeners is None else listeners
    return Screening(sort_names(known), tuple(exclusions), (rule,))


def sort_names(names: Any) -> tuple[Any, ...]:
    """Each name once, sorted, also where their types differ."""
    return tuple(sorted(set(names), key=order_name))


def order_name(name: Any) -> tuple[str, Any]:
    """What a name is sorted by: its type first, since types have no order among them."""
    return str(type(name)), name
