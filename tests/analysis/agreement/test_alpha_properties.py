from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from evalsite.analysis.agreement import krippendorff_alpha

LEVELS = st.sampled_from(["nominal", "ordinal", "interval", "ratio"])
RATINGS = hnp.arrays(
    np.float64,
    st.tuples(st.integers(1, 6), st.integers(1, 10)),
    elements=st.one_of(st.just(np.nan), st.integers(0, 6).map(float)),
)


def numbers(result):
    return [result.estimate, result.low, result.high, result.n]


def assert_same(one, other):
    assert one.reason == other.reason
    np.testing.assert_allclose(numbers(one), numbers(other), rtol=0, atol=1e-9)


@settings(deadline=None, max_examples=150)
@given(RATINGS, LEVELS, st.randoms(use_true_random=False))
def test_alpha_ignores_the_order_of_raters_and_items(ratings, level, random):
    raters = random.sample(range(ratings.shape[0]), ratings.shape[0])
    items = random.sample(range(ratings.shape[1]), ratings.shape[1])

    assert_same(
        krippendorff_alpha(ratings[raters][:, items], level=level),
        krippendorff_alpha(ratings, level=level),
    )


@settings(deadline=None, max_examples=150)
@given(RATINGS, LEVELS)
def test_alpha_ignores_unrated_items_and_silent_raters(ratings, level):
    padded = np.pad(ratings, ((0, 1), (1, 0)), constant_values=np.nan)

    assert_same(krippendorff_alpha(padded, level=level), krippendorff_alpha(ratings, level=level))


@settings(deadline=None, max_examples=150)
@given(RATINGS, LEVELS)
def test_alpha_estimate_ignores_an_item_rated_once(ratings, level):
    once = np.full((ratings.shape[0], 1), np.nan)
    once[0] = 5.0

    one = krippendorff_alpha(np.hstack([ratings, once]), level=level)
    other = krippendorff_alpha(ratings, level=level)

    assert one.estimate == pytest.approx(other.estimate, abs=1e-9, nan_ok=True)
    assert one.n == other.n


@settings(deadline=None, max_examples=150)
@given(RATINGS, st.lists(st.floats(0.01, 100), min_size=7, max_size=7))
def test_ordinal_alpha_ignores_a_monotone_recoding(ratings, steps):
    recoded = np.concatenate([np.cumsum(steps), [np.nan]])
    positions = np.where(np.isnan(ratings), 7, ratings).astype(int)

    assert_same(
        krippendorff_alpha(recoded[positions], level="ordinal"),
        krippendorff_alpha(ratings, level="ordinal"),
    )


@settings(deadline=None, max_examples=100)
@given(RATINGS, st.permutations(range(7)))
def test_nominal_alpha_ignores_the_names_of_the_categories(ratings, names):
    recoded = np.array([*names, np.nan])[np.where(np.isnan(ratings), 7, ratings).astype(int)]

    assert_same(
        krippendorff_alpha(recoded, level="nominal"), krippendorff_alpha(ratings, level="nominal")
    )


@settings(deadline=None, max_examples=100)
@given(RATINGS, st.floats(0.1, 50), st.floats(-50, 50))
def test_interval_alpha_ignores_unit_and_origin(ratings, unit, origin):
    assert_same(
        krippendorff_alpha(unit * ratings + origin, level="interval"),
        krippendorff_alpha(ratings, level="interval"),
    )


@settings(deadline=None, max_examples=100)
@given(RATINGS, LEVELS)
def test_alpha_lies_in_its_interval_or_says_why_not(ratings, level):
    result = krippendorff_alpha(ratings, level=level)

    if result.reason is None:
        assert result.low <= result.estimate <= result.high <= 1.0
    else:
        assert np.isnan([result.low, result.high]).all()
