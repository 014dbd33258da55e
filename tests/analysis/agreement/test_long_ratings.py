"""Long data frames give what the matrix gives."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
import pytest

from evalsite.analysis.agreement import (
    brennan_prediger,
    cohen_kappa,
    fleiss_kappa,
    gwet_ac1,
    gwet_ac2,
    icc,
    kendall_w,
    krippendorff_alpha,
    percent_agreement,
)

COEFFICIENTS = [
    partial(krippendorff_alpha, level="ordinal"),
    percent_agreement,
    fleiss_kappa,
    gwet_ac1,
    gwet_ac2,
    brennan_prediger,
    icc,
    kendall_w,
]


def make_long(ratings: np.ndarray) -> pd.DataFrame:
    """Rows in no order, without the missing ratings, with a column that does not count."""
    rater, item = np.nonzero(~np.isnan(ratings))
    frame = pd.DataFrame(
        {
            "item": [f"clip {number:02}" for number in item],
            "value": ratings[rater, item],
            "rater": [f"listener {number}" for number in rater],
            "elapsed_ms": 100,
        }
    )
    return frame.sample(frac=1, random_state=0)


@pytest.fixture
def ratings() -> np.ndarray:
    rng = np.random.default_rng(2)
    ratings = np.clip(rng.integers(1, 6, 12) + rng.integers(-1, 2, (5, 12)), 1, 5).astype(float)
    ratings[0, 0] = ratings[3, 5] = np.nan
    return ratings


@pytest.mark.parametrize("coefficient", COEFFICIENTS)
def test_a_long_frame_is_the_matrix(coefficient, ratings):
    assert coefficient(make_long(ratings)) == coefficient(ratings)


def test_a_long_frame_of_two_raters_is_the_matrix(ratings):
    assert cohen_kappa(make_long(ratings[1:3])) == cohen_kappa(ratings[1:3])


def test_a_long_frame_without_rows_has_no_data(ratings):
    assert krippendorff_alpha(make_long(ratings)[:0], level="nominal").reason == "no_data"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda long: pd.concat([long, long[:1]]),
            "one row a rater and item, got two of rater 'listener .' and item 'clip ..'",
        ),
        (lambda long: long.assign(rater=None), "'rater' must have no missing entries"),
    ],
)
def test_a_long_frame_must_be_unambiguous(ratings, change, message):
    with pytest.raises(ValueError, match=message):
        percent_agreement(change(make_long(ratings)))
