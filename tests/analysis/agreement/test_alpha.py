from __future__ import annotations

import krippendorff
import numpy as np
import pandas as pd
import pytest
from scipy import stats

from evalsite.analysis.agreement import krippendorff_alpha
from tests.analysis.reference import as_matrix, load_case

LEVELS = ("nominal", "ordinal", "interval", "ratio")
CASE_1 = load_case("01_krippendorff_2011")
CASE_2 = load_case("02_krippendorff_2observers")
CASE_9 = load_case("09_gwet_ac1_ac2_4raters")
CASE_4 = load_case("04_agreement_degenerate")
RATINGS = as_matrix(CASE_1["data"]["raters_x_units"])


@pytest.mark.parametrize("level", LEVELS)
def test_alpha_equals_krippendorff_2011(level):
    result = krippendorff_alpha(RATINGS, level=level)

    expected = CASE_1["expected"]
    assert result.estimate == pytest.approx(expected[level], abs=CASE_1["tolerance"]["alpha"])
    assert round(result.estimate, 3) == expected["published_3dp"][level]
    assert result.details["n_items"] == expected["n_units_pairable"]
    assert result.n == expected["n_values_pairable"]
    assert result.reason is None


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval"])
def test_alpha_jackknife_error_over_items_equals_the_reference(level):
    result = krippendorff_alpha(RATINGS, level=level)

    expected = CASE_1["expected"]["jackknife_se_over_units"][level]
    error = result.details["standard_error_items"]
    assert error == pytest.approx(expected, abs=CASE_1["tolerance"]["jackknife_se"])


@pytest.mark.parametrize(
    ("level", "weights"),
    [("nominal", "unweighted"), ("interval", "quadratic"), ("ratio", "ratio")],
)
def test_alpha_linearised_error_equals_the_reference(level, weights):
    ratings = as_matrix(CASE_9["data"]["subjects_x_raters"]).T

    result = krippendorff_alpha(ratings, level=level, interval="item_linearized")

    expected, tolerance = CASE_9["expected"][weights]["kripp"], CASE_9["tolerance"]
    assert result.estimate == pytest.approx(expected["value"], abs=tolerance["value"])
    assert result.details["standard_error"] == pytest.approx(expected["se"], abs=tolerance["se"])
    assert f"({result.low:.3f},{result.high:.0f})" == expected["ci95_printed"]
    assert result.population == "new items, these raters"


@pytest.mark.parametrize("level", LEVELS)
def test_alpha_linearised_interval_has_reasons(level):
    alike = krippendorff_alpha([[1, 2, 3]] * 2, level=level, interval="item_linearized")
    single = krippendorff_alpha([[1], [2]], level=level, interval="item_linearized")

    assert (alike.estimate, alike.reason) == (1.0, "no_disagreement")
    assert single.reason == "too_few_items"


def test_alpha_jackknife_error_over_raters_equals_the_reference():
    result = krippendorff_alpha(RATINGS, level="interval")

    expected = CASE_1["expected"]["jackknife_se_over_raters_interval"]
    error = result.details["standard_error_raters"]
    assert error == pytest.approx(expected, abs=CASE_1["tolerance"]["jackknife_se"])


def test_alpha_interval_adds_both_variances_with_t_on_the_smaller_number():
    result = krippendorff_alpha(RATINGS, level="interval", confidence=0.8)

    expected = CASE_1["expected"]
    error = np.hypot(
        expected["jackknife_se_over_units"]["interval"],
        expected["jackknife_se_over_raters_interval"],
    )
    reach = stats.t.ppf(0.9, 3) * error
    assert result.details["df"] == 3
    assert result.low == pytest.approx(result.estimate - reach, abs=1e-8)
    assert result.high == 1.0
    assert result.level == 0.8
    assert result.population == "new items and new raters"


@pytest.mark.parametrize("name", ["binary", "nominal"])
def test_alpha_equals_the_two_observer_examples(name):
    result = krippendorff_alpha(CASE_2["data"][name], level="nominal")

    expected = CASE_2["expected"][name]
    assert result.estimate == pytest.approx(expected, abs=CASE_2["tolerance"]["alpha"])


def test_alpha_of_two_raters_has_no_interval_and_says_why():
    result = krippendorff_alpha(CASE_2["data"]["binary"], level="nominal")

    assert np.isnan([result.low, result.high]).all()
    assert result.reason == "too_few_raters"


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", list(CASE_4["data"]))
def test_alpha_of_degenerate_ratings_is_undefined_with_a_reason(name, level):
    result = krippendorff_alpha(CASE_4["data"][name], level=level)

    assert np.isnan([result.estimate, result.low, result.high]).all()
    assert result.reason == CASE_4["expected"]["reasons"][name]


@pytest.mark.parametrize("ratings", [[[]], np.full((3, 4), np.nan), np.empty((0, 5))])
def test_alpha_without_a_value_has_no_data(ratings):
    assert krippendorff_alpha(ratings, level="interval").reason == "no_data"


def test_alpha_of_values_that_vary_only_where_unpaired_has_no_variation():
    ratings = [[3, 3, 5], [3, 3, None]]

    assert krippendorff_alpha(ratings, level="ordinal").reason == "no_variation"


@pytest.mark.parametrize("level", LEVELS)
def test_alpha_of_perfect_agreement_is_one_without_an_interval(level):
    result = krippendorff_alpha([[1, 2, 4]] * 3, level=level)

    assert result.estimate == 1.0
    assert np.isnan(result.low)
    assert result.reason == "no_disagreement"


def test_alpha_that_hangs_on_one_item_has_no_interval():
    ratings = [[1, 1, 1], [1, 1, 2], [1, 1, 1]]

    result = krippendorff_alpha(ratings, level="nominal")

    assert result.estimate == pytest.approx(0.0, abs=1e-12)
    assert result.reason == "one_rater_or_item_decides"


def test_alpha_of_one_item_has_no_interval():
    assert krippendorff_alpha([[1], [2], [2]], level="nominal").reason == "too_few_items"


def test_alpha_without_interval_says_so():
    result = krippendorff_alpha(RATINGS, level="nominal", interval=None)

    assert np.isnan([result.low, result.high]).all()
    assert result.reason is None
    assert result.method == "Krippendorff's alpha, nominal; no interval"
    assert result.population == "these items, these raters"


def test_alpha_reads_a_data_frame_with_missing_entries():
    frame = pd.DataFrame(RATINGS).astype("Float64")

    result = krippendorff_alpha(frame, level="interval")

    assert result == krippendorff_alpha(RATINGS, level="interval")


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("seed", range(8))
def test_alpha_equals_the_krippendorff_package(level, seed):
    rng = np.random.default_rng(seed)
    n_raters, n_items = rng.integers(2, 15), rng.integers(2, 60)
    ratings = rng.integers(0, rng.integers(2, 102), (n_raters, n_items)).astype(float)
    ratings += 0.25 * rng.integers(0, 3)
    ratings[rng.random(ratings.shape) < 0.3] = np.nan
    ratings[:2, :2] = [[1, 2], [3, 2]]

    ours = krippendorff_alpha(ratings, level=level, interval=None).estimate

    oracle = krippendorff.alpha(ratings, level_of_measurement=level)
    assert ours == pytest.approx(oracle, abs=1e-9)


@pytest.mark.parametrize("offset", [1e6, 1e9])
def test_interval_alpha_keeps_its_digits_far_from_zero(offset):
    far = krippendorff_alpha(RATINGS + offset, level="interval")

    near = krippendorff_alpha(RATINGS, level="interval")
    assert far.estimate == pytest.approx(near.estimate, abs=1e-9)
    assert far.low == pytest.approx(near.low, abs=1e-9)


@pytest.mark.parametrize(
    ("ratings", "options", "message"),
    [
        ([1, 2, 3], {"level": "nominal"}, r"shape \(n_raters, n_items\), got \(3,\)"),
        ([[1, 2], [3]], {"level": "nominal"}, "ratings must be numbers in rows of one length"),
        ([["a", "b"]], {"level": "ordinal"}, "ratings must be numbers"),
        ([[1, np.inf]], {"level": "interval"}, "ratings must be finite or NaN"),
        ([[1, -2], [1, 2]], {"level": "ratio"}, "needs ratings of 0 or more, got -2"),
        (RATINGS, {"level": "cardinal"}, "level must be one of .* got 'cardinal'"),
        (RATINGS, {"level": "nominal", "interval": "fisher"}, "interval must be one of"),
        (RATINGS, {"level": "nominal", "interval": "item_bootstrap"}, "needs rng"),
        (
            RATINGS,
            {"level": "nominal", "confidence": 95},
            "confidence must lie between 0 and 1, got 95",
        ),
        (
            RATINGS,
            {
                "level": "nominal",
                "interval": "item_bootstrap",
                "rng": np.random.default_rng(0),
                "n_resamples": 10,
            },
            "n_resamples must be 100 or more, got 10",
        ),
    ],
)
def test_alpha_refuses(ratings, options, message):
    with pytest.raises(ValueError, match=message):
        krippendorff_alpha(ratings, **options)
