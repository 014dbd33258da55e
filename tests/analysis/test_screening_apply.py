"""All rules of a study: who fired them, and that a study without the thing breaks none."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalsite.analysis.screening import (
    RULE_NAMES,
    Tables,
    apply_rule,
    screen_headphone_check,
    screen_repeats,
    screen_straight_lining,
)

LIMITS = {
    "unfinished": {},
    "catch_trials": {"max_wrong": 0.5},
    "headphone_check": {},
    "hidden_reference": {"limit": 90, "max_share": 0.15},
    "mid_anchor": {"limit": 90, "max_share": 0.15, "ignore_above": 0.9},
    "time": {"min_seconds": 2, "max_share": 0.1},
    "straight_lining": {"max_run": 3},
    "coverage": {"min_heard": 0.9, "max_share": 0.1},
    "repeats": {"max_difference": 0.33},
}


def make_trials(listener: str, **bad: object) -> pd.DataFrame:
    trials = pd.DataFrame(
        {
            "listener": listener,
            "seconds": 9.0,
            "heard": 1.0,
            "answer": [1.0, 2.0, 1.0, 2.0, 1.0, 2.0],
            "is_catch": [False] * 5 + [True],
            "is_correct": [False] * 5 + [True],
        }
    )
    return trials.assign(**bad)


def make_tables() -> Tables:
    """One listener for each rule, who breaks that rule alone, and "good"."""
    names = [*RULE_NAMES, "good"]
    bad = {
        "catch_trials": {"is_correct": False},
        "time": {"seconds": [1.0, 1.0, 9.0, 9.0, 9.0, 9.0]},
        "straight_lining": {"answer": 4.0},
        "coverage": {"heard": 0.5},
    }
    scores = [
        (name, item, condition, score)
        for name in names
        for item in range(5)
        for condition, score in (
            ("reference", 50 if name == "hidden_reference" else 100),
            ("midanchor", 95 if name == "mid_anchor" else 40),
        )
    ]
    return Tables(
        sittings=pd.DataFrame(
            {
                "listener": names,
                "is_finished": [name != "unfinished" for name in names],
                "n_checks_failed": [float(name == "headphone_check") for name in names],
            }
        ),
        trials=pd.concat([make_trials(name, **bad.get(name, {})) for name in names]),
        repeats=pd.DataFrame(
            {"listener": names, "difference": [0.5 * (name == "repeats") for name in names]}
        ),
        scores=pd.DataFrame(scores, columns=["listener", "item", "condition", "score"]),
    )


@pytest.mark.parametrize("rule", RULE_NAMES)
def test_each_rule_finds_who_breaks_it_and_nobody_else(rule):
    screening = apply_rule(make_tables(), rule, LIMITS[rule])

    assert screening.excluded == (rule,)
    assert screening.rules == (rule,)
    [found] = screening.exclusions
    assert found.value > found.limit or rule == "unfinished"
    assert rule in found.sentence


@pytest.mark.parametrize("rule", RULE_NAMES)
def test_no_rule_fires_on_nothing(rule):
    nothing = Tables(
        *(table.iloc[:0] for table in vars(make_tables()).values() if hasattr(table, "iloc"))
    )

    screening = apply_rule(nothing, rule, LIMITS[rule])

    assert screening.exclusions == ()
    assert screening.listeners == ()


def test_an_unknown_rule_is_refused():
    with pytest.raises(ValueError, match=r"rule must be one of unfinished, .* got 'mood'"):
        apply_rule(make_tables(), "mood", {})


def test_runs_end_with_another_listener_and_with_a_missing_answer():
    ratings = pd.DataFrame({"listener": list("aabbb"), "value": [4.0, 4.0, 4.0, np.nan, 4.0]})

    assert screen_straight_lining(ratings, max_run=1).excluded == ("a",)
    assert screen_straight_lining(ratings, max_run=2).excluded == ()


def test_who_made_no_check_is_not_judged_by_it():
    sittings = pd.DataFrame({"listener": ["a", "b"], "n_checks_failed": [np.nan, 0.0]})

    assert screen_headphone_check(sittings).listeners == ("b",)


@pytest.mark.parametrize(("difference", "excluded"), [(0.33, ()), (0.34, ("a",))])
def test_repeats_may_differ_by_the_very_limit(difference, excluded):
    repeats = pd.DataFrame({"listener": ["a", "a"], "difference": [difference, np.nan]})

    assert screen_repeats(repeats, max_difference=0.33).excluded == excluded
