from __future__ import annotations

import numpy as np
import pytest

from evalsite.analysis.agreement import percent_agreement
from evalsite.analysis.agreement.percent import _agree_and_leave_out
from evalsite.analysis.agreement.ratings import list_pairable_ratings
from tests.analysis.reference import as_matrix, load_case

CASE_4 = load_case("04_agreement_degenerate")
# Gwet (2014), 12 subjects x 4 raters; percent agreement .8181818 by R irrCAC.
RATINGS = as_matrix(load_case("01_krippendorff_2011")["data"]["raters_x_units"])


def test_percent_agreement_is_the_mean_share_of_agreeing_pairs():
    ratings = [[1, 2, 3, 1], [1, 2, 4, None], [1, 3, 5, None]]

    result = percent_agreement(ratings)

    assert result.estimate == pytest.approx((1 + 1 / 3 + 0) / 3, rel=1e-12)
    assert (result.n, result.details["n_items"]) == (9, 3)
    assert result.low == 0.0
    assert result.high == 1.0


def test_percent_agreement_equals_the_published_value():
    assert percent_agreement(RATINGS).estimate == pytest.approx(0.8181818181818, abs=1e-12)


def test_percent_agreement_linearised_error_equals_the_reference():
    case = load_case("09_gwet_ac1_ac2_4raters")
    ratings = as_matrix(case["data"]["subjects_x_raters"]).T

    result = percent_agreement(ratings, interval="item_linearized")

    expected = case["expected"]["unweighted"]["pa"]
    error = result.details["standard_error"]
    assert error == pytest.approx(expected["se"], abs=case["tolerance"]["se"])
    assert f"({result.low:.3f},{result.high:.0f})" == expected["ci95_printed"]
    assert result.population == "new items, these raters"


def test_percent_agreement_of_equal_ratings_is_one_without_an_interval():
    result = percent_agreement(CASE_4["data"]["constant"])

    assert result.estimate == CASE_4["expected"]["percent_agreement_constant"]
    assert result.reason == "no_disagreement"


@pytest.mark.parametrize("name", ["no_pairs", "one_rater", "empty"])
def test_percent_agreement_without_pairs_is_undefined(name):
    result = percent_agreement(CASE_4["data"][name])

    assert np.isnan(result.estimate)
    assert result.reason == CASE_4["expected"]["reasons"][name]


@pytest.mark.parametrize("seed", range(4))
def test_percent_agreement_replicates_equal_deletion(seed):
    rng = np.random.default_rng(seed)
    ratings = rng.integers(0, 3, (5, 9)).astype(float)
    ratings[rng.random(ratings.shape) < 0.35] = np.nan
    ratings = ratings[:, (~np.isnan(ratings)).sum(axis=0) >= 2]

    _, by_item, by_rater = _agree_and_leave_out(list_pairable_ratings(ratings))

    def agree(rest):
        return percent_agreement(rest, interval=None).estimate

    items = [agree(np.delete(ratings, i, 1)) for i in range(ratings.shape[1])]
    raters = [agree(np.delete(ratings, r, 0)) for r in range(ratings.shape[0])]
    np.testing.assert_allclose(by_item, items, rtol=0, atol=1e-12)
    np.testing.assert_allclose(by_rater, raters, rtol=0, atol=1e-12)


def test_percent_agreement_refuses_an_unknown_interval():
    with pytest.raises(ValueError, match="got 'delta'"):
        percent_agreement(RATINGS, interval="delta")
