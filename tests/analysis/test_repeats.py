"""What was said twice: known pairs, planted noise, and too little of either."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalsite.analysis.repeats import describe_repeats


def make_pairs(*rows: tuple[str, float, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["listener", "first", "second"])


def draw_pairs(rng: np.random.Generator, *, noise: float, n_listeners: int = 15) -> pd.DataFrame:
    """Each listener hears eight items of variance 1 twice."""
    listener = np.repeat(np.arange(n_listeners), 8)
    true = rng.normal(size=len(listener))
    first, second = (true + noise * rng.normal(size=len(true)) for _ in range(2))
    return pd.DataFrame({"listener": listener, "first": first, "second": second})


def test_known_pairs_give_known_figures():
    found = describe_repeats(make_pairs(("a", 1, 1), ("a", 2, 4), ("b", 3, 3), ("b", 5, 4)))

    assert found.same.estimate == 0.5
    assert found.difference.estimate == 0.75
    assert found.correlation.estimate == pytest.approx(
        np.corrcoef([1, 2, 3, 5], [1, 4, 3, 4])[0, 1]
    )
    assert found.same.n == 4


def test_the_interval_holds_the_reliability_as_often_as_it_says():
    rng = np.random.default_rng(0)
    held = 0
    for _ in range(200):
        found = describe_repeats(draw_pairs(rng, noise=0.5)).correlation
        held += found.low <= 1 / 1.25 <= found.high

    assert 0.9 <= held / 200 <= 0.99


@pytest.mark.parametrize(
    ("pairs", "same", "correlation"),
    [
        (make_pairs(), "no_repeats", "no_repeats"),
        (
            make_pairs(("a", 1, 2), ("a", 2, 1), ("a", 3, 1)),
            "too_few_listeners",
            "too_few_listeners",
        ),
        (make_pairs(("a", 1, 1), ("b", 1, 1), ("c", 1, 1)), "no_variation", "no_variation"),
        (make_pairs(("a", 1, 1), ("b", 2, 2), ("c", 3, 3)), "no_variation", "perfect_correlation"),
    ],
)
def test_too_little_is_a_reason(pairs, same, correlation):
    found = describe_repeats(pairs)

    assert (found.same.reason, found.correlation.reason) == (same, correlation)


def test_pairs_with_a_missing_answer_are_left_out():
    pairs = draw_pairs(np.random.default_rng(1), noise=1.0)
    holed = pd.concat([pairs, make_pairs((3, np.nan, 1.0))])

    assert describe_repeats(holed) == describe_repeats(pairs)
