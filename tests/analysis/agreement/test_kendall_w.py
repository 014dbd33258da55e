from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from evalsite.analysis.agreement import kendall_w
from tests.analysis.reference import load_case

DEGENERATE = load_case("04_agreement_degenerate")
# Siegel & Castellan (1988), table 9.6: three executives rank six applicants; W = .162.
APPLICANTS = [[1, 6, 3, 2, 5, 4], [1, 5, 6, 4, 2, 3], [6, 3, 2, 5, 4, 1]]


def test_w_equals_the_published_ranking():
    result = kendall_w(APPLICANTS)

    assert result.estimate == pytest.approx(0.162, abs=5e-4)
    assert result.details["chi_square"] == pytest.approx(3 * 5 * result.estimate)


@pytest.mark.parametrize("n_values", [3, 1000])
def test_w_equals_friedmans_chi_square_with_and_without_ties(n_values):
    ratings = np.random.default_rng(n_values).integers(0, n_values, (7, 9)).astype(float)

    result = kendall_w(ratings)

    oracle = stats.friedmanchisquare(*ratings.T)
    assert result.details["chi_square"] == pytest.approx(oracle.statistic, abs=1e-10)
    assert result.details["p_value"] == pytest.approx(oracle.pvalue, abs=1e-12)


def test_mean_rank_correlation_is_the_mean_of_spearmans():
    ratings = np.random.default_rng(2).random((5, 8))

    result = kendall_w(ratings)

    pairs = stats.spearmanr(ratings, axis=1).statistic[np.triu_indices(5, 1)]
    assert result.details["mean_rank_correlation"] == pytest.approx(pairs.mean(), abs=1e-12)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), n_raters=st.integers(2, 6), n_items=st.integers(2, 8))
def test_order_of_raters_and_items_and_each_raters_scale_change_nothing(seed, n_raters, n_items):
    rng = np.random.default_rng(seed)
    ratings = rng.random((n_raters, n_items))

    changed = np.exp(ratings * rng.uniform(1, 5, (n_raters, 1)))
    changed = changed[rng.permutation(n_raters)][:, rng.permutation(n_items)]

    assert kendall_w(changed, interval=None).estimate == pytest.approx(
        kendall_w(ratings, interval=None).estimate, abs=1e-12
    )
    assert 0 <= kendall_w(ratings, interval=None).estimate <= 1


def test_items_not_rated_by_all_are_left_aside_and_counted():
    ratings = np.array([*APPLICANTS], dtype=float)
    more = np.column_stack([ratings, [9, np.nan, 2], [np.nan] * 3])

    result = kendall_w(more)

    assert result.estimate == kendall_w(APPLICANTS).estimate
    assert (result.details["n_items"], result.details["n_items_incomplete"]) == (6, 1)


def test_interval_covers_the_concordance_of_many_raters_and_items():
    rng = np.random.default_rng(12)

    def draw(n_raters, n_items):
        return rng.normal(size=n_items) + 1.2 * rng.normal(size=(n_raters, n_items))

    # W of few raters includes 1/m of chance agreement, so the truth is that of 10 raters.
    truth = np.mean([kendall_w(draw(10, 2000), interval=None).estimate for _ in range(20)])

    results = [kendall_w(draw(10, 20)) for _ in range(200)]

    hits = np.mean([result.low <= truth <= result.high for result in results])
    assert 0.90 <= hits <= 0.995


@pytest.mark.parametrize(
    ("ratings", "reason"),
    [
        *[
            (DEGENERATE["data"][name], DEGENERATE["expected"]["reasons"][name])
            for name in DEGENERATE["data"]
        ],
        ([[1], [2], [3]], "one_item"),
        ([[1, 2, None], [None, 1, 2]], "incomplete_ranks"),
    ],
)
def test_w_of_degenerate_ratings_is_undefined_with_a_reason(ratings, reason):
    result = kendall_w(ratings)

    assert np.isnan([result.estimate, result.low, result.high]).all()
    assert result.reason == reason


def test_one_order_has_no_interval():
    result = kendall_w([[1, 2, 3, 4], [1, 5, 6, 9], [0, 1, 2, 3]])

    assert (result.estimate, result.reason) == (1.0, "no_disagreement")


def test_w_refuses_an_unknown_interval():
    with pytest.raises(ValueError, match="got 'f'"):
        kendall_w(APPLICANTS, interval="f")


def test_order_of_many_items_changes_no_interval():
    rng = np.random.default_rng(23)
    ratings = np.round(rng.normal(size=(9, 150)) + rng.normal(size=150))

    first = kendall_w(ratings)
    second = kendall_w(ratings[rng.permutation(9)][:, rng.permutation(150)])

    ends = (first.estimate, first.low, first.high)
    assert (second.estimate, second.low, second.high) == pytest.approx(ends, abs=1e-12)
