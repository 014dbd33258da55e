from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from statsmodels.stats.inter_rater import cohens_kappa
from statsmodels.stats.inter_rater import fleiss_kappa as oracle_fleiss

from evalsite.analysis.agreement import (
    brennan_prediger,
    cohen_kappa,
    conger_kappa,
    fleiss_kappa,
    gwet_ac1,
    gwet_ac2,
)
from evalsite.analysis.agreement.categories import list_categories
from evalsite.analysis.agreement.chance_sums import ChanceSums
from evalsite.analysis.agreement.conger import CongerSums
from evalsite.analysis.agreement.fleiss import expect_fleiss
from evalsite.analysis.agreement.gwet import expect_gwet
from evalsite.analysis.agreement.weights import WEIGHTS, make_weights
from tests.analysis.reference import as_matrix, load_case

DEGENERATE = load_case("04_agreement_degenerate")
FLEISS = load_case("08_fleiss_1971")
GWET = load_case("09_gwet_ac1_ac2_4raters")
PARADOX = load_case("11_kappa_paradox")
DIAGNOSES = as_matrix(FLEISS["data"]["patients_x_raters"]).T
RATINGS = as_matrix(GWET["data"]["subjects_x_raters"]).T
COEFFICIENTS = {
    "ac": gwet_ac2,
    "fleiss": fleiss_kappa,
    "bp": brennan_prediger,
    "conger": conger_kappa,
}
SUMS = [
    partial(ChanceSums.of, rule=expect_fleiss),
    partial(ChanceSums.of, rule=expect_gwet),
    CongerSums.of,
]


def list_paradox() -> np.ndarray:
    table = np.array(PARADOX["data"]["table"])
    first, second = np.indices(table.shape)
    return np.stack([first.repeat(table.ravel()), second.ravel().repeat(table.ravel())])


@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize("name", list(COEFFICIENTS))
def test_coefficient_equals_the_reference(name, weights):
    result = COEFFICIENTS[name](RATINGS, weights=weights, interval="item_linearized")

    expected, tolerance = GWET["expected"][weights][name], GWET["tolerance"]
    assert result.estimate == pytest.approx(expected["value"], abs=tolerance["value"])
    assert result.details["standard_error"] == pytest.approx(expected["se"], abs=tolerance["se"])
    assert result.details["percent_agreement"] == pytest.approx(expected["pa"], abs=1e-12)
    assert result.details["chance_agreement"] == pytest.approx(expected["pe"], abs=1e-12)
    assert f"({result.low:.3g},{result.high:.3g})" == expected["ci95_printed"]
    assert result.population == "new items, these raters"


def test_ac1_is_unweighted_ac2():
    assert gwet_ac1(RATINGS).estimate == gwet_ac2(RATINGS, weights="unweighted").estimate


def test_fleiss_kappa_equals_the_published_diagnoses():
    result = fleiss_kappa(DIAGNOSES)

    expected, tolerance = FLEISS["expected"], FLEISS["tolerance"]
    assert result.estimate == pytest.approx(expected["kappa"], abs=tolerance["kappa"])
    assert result.details["z"] == pytest.approx(expected["z"], abs=tolerance["z"])
    assert list(result.details["per_category"].values()) == pytest.approx(
        list(expected["per_category_3dp"].values()), abs=tolerance["per_category"]
    )
    assert result.population == "new items and new raters"


def test_brennan_prediger_equals_randolphs_kappa():
    assert brennan_prediger(DIAGNOSES).estimate == pytest.approx(
        FLEISS["expected"]["randolph"], abs=1e-12
    )


def test_fleiss_kappa_equals_statsmodels():
    counts = list_categories(DIAGNOSES).counts

    assert fleiss_kappa(DIAGNOSES).estimate == pytest.approx(oracle_fleiss(counts), abs=1e-12)


def test_ac1_stays_high_where_kappa_breaks_down():
    ratings, expected = list_paradox(), PARADOX["expected"]

    ac1 = gwet_ac1(ratings, interval="item_linearized")
    kappa = cohen_kappa(ratings)

    tolerance = PARADOX["tolerance"]
    assert ac1.estimate == pytest.approx(expected["ac1"], abs=tolerance["value"])
    # From a table of two raters the published error divides by n, from raw ratings by n - 1.
    error = ac1.details["standard_error"] * np.sqrt(124 / 125)
    assert error == pytest.approx(expected["ac1_se"], abs=tolerance["se"])
    assert kappa.estimate == pytest.approx(expected["kappa"], abs=tolerance["value"])
    assert kappa.details["standard_error"] == pytest.approx(
        expected["kappa_se"], abs=tolerance["se"]
    )
    assert kappa.details["percent_agreement"] == pytest.approx(expected["percent_agreement"])


@pytest.mark.parametrize(
    ("weights", "oracle"), [("unweighted", None), ("linear", "linear"), ("quadratic", "quadratic")]
)
def test_cohen_kappa_equals_statsmodels(weights, oracle):
    rng = np.random.default_rng(9)
    first = rng.integers(1, 5, 40)
    second = np.clip(first + rng.integers(-1, 2, 40), 1, 4)
    table = np.zeros((4, 4))
    np.add.at(table, (first - 1, second - 1), 1)

    result = cohen_kappa([first, second], weights=weights)

    expected = cohens_kappa(table, wt=oracle)
    assert result.estimate == pytest.approx(expected.kappa, abs=1e-12)
    assert result.details["standard_error"] == pytest.approx(expected.std_kappa, abs=1e-12)
    assert result.low < result.estimate < result.high


def test_cohen_kappa_uses_the_items_both_rated():
    whole = cohen_kappa([[1, 2, 2, 1], [1, 2, 1, 1]])

    assert cohen_kappa([[1, 2, None, 2, 1, 3], [1, 2, 3, 1, 1, None]]) == whole


@pytest.mark.parametrize("weights", ["unweighted", "ordinal"])
@pytest.mark.parametrize("sum_up", SUMS, ids=["fleiss", "gwet", "conger"])
@pytest.mark.parametrize("seed", range(4))
def test_replicates_equal_deletion(sum_up, weights, seed):
    rng = np.random.default_rng(seed)
    ratings = rng.integers(0, 4, (5, 12)).astype(float)
    ratings[rng.random(ratings.shape) < 0.5] = np.nan
    ratings[:, 0], ratings[0, 0] = np.nan, 3.0
    ratings = ratings[:, (~np.isnan(ratings)).any(axis=0)]
    categories = [0.0, 1.0, 2.0, 3.0]

    def agree(rest):
        listed = list_categories(rest, categories)
        return sum_up(listed, make_weights(listed.categories, weights))

    agreement = agree(ratings)
    by_item = [agree(np.delete(ratings, i, 1)).estimate for i in range(ratings.shape[1])]
    by_rater = [agree(np.delete(ratings, r, 0)).estimate for r in range(ratings.shape[0])]

    np.testing.assert_allclose(agreement.leave_out_items(), by_item, rtol=0, atol=1e-12)
    np.testing.assert_allclose(agreement.leave_out_raters(), by_rater, rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", list(DEGENERATE["data"]))
@pytest.mark.parametrize("coefficient", [*COEFFICIENTS.values(), gwet_ac1])
def test_coefficient_of_degenerate_ratings_is_undefined_with_a_reason(coefficient, name):
    result = coefficient(DEGENERATE["data"][name])

    assert np.isnan([result.estimate, result.low, result.high]).all()
    assert result.reason == DEGENERATE["expected"]["reasons"][name]


@pytest.mark.parametrize(
    ("ratings", "reason"),
    [
        ([], "no_data"),
        ([[np.nan, np.nan], [np.nan, np.nan]], "no_data"),
        ([[1, None], [None, 2]], "no_pairable_values"),
        ([[3, 3], [3, 3]], "no_variation"),
    ],
)
def test_cohen_kappa_of_degenerate_ratings_is_undefined_with_a_reason(ratings, reason):
    result = cohen_kappa(ratings)

    assert np.isnan(result.estimate)
    assert result.reason == reason


def test_conger_kappa_equals_the_published_diagnoses():
    result = conger_kappa(DIAGNOSES)

    assert result.estimate == pytest.approx(FLEISS["expected"]["conger_exact"], abs=1e-12)
    assert result.low < result.estimate < result.high


def test_conger_kappa_of_two_raters_is_cohens():
    rng = np.random.default_rng(2)
    ratings = rng.integers(1, 5, (2, 30))

    found = conger_kappa(ratings, weights="linear", interval=None)

    assert found.estimate == pytest.approx(cohen_kappa(ratings, weights="linear").estimate)


def test_categories_nobody_chose_raise_the_number_q():
    ratings = [[1, 1, 2], [1, 2, 2], [1, 2, 2]]

    assert brennan_prediger(ratings).details["chance_agreement"] == 0.5
    assert brennan_prediger(ratings, categories=range(1, 6)).details[
        "chance_agreement"
    ] == pytest.approx(0.2)


@pytest.mark.parametrize("interval", ["two_way_jackknife", "item_linearized"])
def test_perfect_agreement_has_no_interval(interval):
    result = gwet_ac1([[1, 2, 3, 1]] * 3, interval=interval)

    assert result.estimate == 1.0
    assert result.reason == "no_disagreement"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: fleiss_kappa(RATINGS, weights="cubic"), "weights must be one of .* got 'cubic'"),
        (lambda: gwet_ac1(RATINGS, categories=[1, 2]), "must be among the categories, got 3"),
        (lambda: gwet_ac1(RATINGS, interval="bca"), "interval must be one of"),
        (lambda: gwet_ac1(RATINGS, interval="item_bootstrap"), "needs rng"),
        (lambda: cohen_kappa(DIAGNOSES[:2], interval="item_bootstrap"), "needs rng"),
        (lambda: cohen_kappa(DIAGNOSES[:2], interval="rater_bootstrap"), "interval must be one of"),
        (lambda: gwet_ac2(RATINGS - 3, weights="ratio"), "need categories of 0 or more, got -2"),
        (lambda: gwet_ac1([[1, np.inf]]), "ratings must be finite or NaN"),
        (lambda: cohen_kappa(RATINGS), "ratings must have two rows, one a rater, got 4"),
    ],
)
def test_coefficient_refuses(call, message):
    with pytest.raises(ValueError, match=message):
        call()
