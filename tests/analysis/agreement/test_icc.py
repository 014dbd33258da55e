from __future__ import annotations

import math
from importlib import import_module

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.regression.mixed_linear_model import MixedLM

from evalsite.analysis.agreement import icc, mean_ratings
from evalsite.analysis.agreement.icc import FORMS
from evalsite.analysis.agreement.icc_anova import MeanSquares
from evalsite.analysis.agreement.icc_deviance import Deviance
from evalsite.analysis.agreement.icc_reml import fit_variance_parts
from evalsite.analysis.power import plan_raters
from tests.analysis.reference import as_matrix, load_case

SHROUT = load_case("05_shrout_fleiss_1979_icc")
COVERAGE = load_case("27_ci_coverage_simulation")
DEGENERATE = load_case("04_agreement_degenerate")
RATINGS = as_matrix(SHROUT["data"]["targets_x_judges"]).T
RUNS = 1000
NAMES = dict(
    zip(
        SHROUT["expected"]["mcgraw_wong_names"],
        ["ICC1", "ICC2", "ICC3", "ICC1k", "ICC2k", "ICC3k"],
        strict=True,
    )
)


def draw_ratings(design: dict[str, float], rng: np.random.Generator) -> np.ndarray:
    n_raters, n_items = int(design["raters"]), int(design["items"])
    return (
        rng.normal(0, np.sqrt(design["var_rater"]), (n_raters, 1))
        + rng.normal(0, np.sqrt(design["var_item"]), (1, n_items))
        + rng.normal(0, np.sqrt(design["var_resid"]), (n_raters, n_items))
    )


@pytest.mark.parametrize("form", FORMS)
def test_icc_equals_the_published_table(form):
    result = icc(RATINGS, form=form, interval="f")

    expected, tolerance = SHROUT["expected"][NAMES[form]], SHROUT["tolerance"]
    assert result.estimate == pytest.approx(expected["icc"], abs=tolerance["icc"])
    assert (result.low, result.high) == pytest.approx(expected["ci95"], abs=tolerance["ci95"])
    test = [result.details[name] for name in ("F", "df1", "df2", "p_value")]
    assert test == pytest.approx([expected[name] for name in ("F", "df1", "df2", "p")], rel=1e-9)
    assert icc(RATINGS, form=form).estimate == result.estimate


def test_variances_by_reml_equal_the_published_ones():
    parts = fit_variance_parts(RATINGS, has_raters=True)

    expected = SHROUT["expected"]["variance_components_reml"]
    found = {"target": parts.item, "judge": parts.rater, "residual": parts.residual}
    assert found == pytest.approx(expected, abs=SHROUT["tolerance"]["variance_components_reml"])


@pytest.mark.parametrize("kind", ["1", "A"])
def test_reml_of_complete_ratings_equals_mean_squares(kind):
    rng = np.random.default_rng(5)
    ratings = draw_ratings(COVERAGE["data"]["designs"][1], rng)

    parts = fit_variance_parts(ratings, has_raters=kind == "A")

    whole = parts.item + parts.rater + parts.residual
    assert parts.item / whole == pytest.approx(
        float(MeanSquares.of(ratings).correlate(kind)), abs=1e-7
    )


@pytest.mark.parametrize(
    "missing", [((0, 0), (0, 3), (3, 5)), ((0, 5), (1, 0), (3, 3))], ids=["first", "second"]
)
def test_missing_cells_do_not_drop_whole_items(missing):
    ratings = RATINGS.copy()
    for cell in missing:
        ratings[cell] = np.nan
    complete = ratings[:, ~np.isnan(ratings).any(axis=0)]

    result = icc(ratings)

    assert icc(complete).estimate == pytest.approx(0.532, abs=5e-4)
    assert result.estimate == pytest.approx(0.331, abs=5e-4)
    assert (result.n, result.details["estimator"]) == (21, "REML")
    assert result.low < result.estimate < result.high


@pytest.mark.parametrize("seed", range(3))
def test_variances_with_missing_cells_equal_statsmodels(seed):
    rng = np.random.default_rng(seed)
    ratings = draw_ratings(COVERAGE["data"]["designs"][1], rng)[:, :12]
    ratings[rng.random(ratings.shape) < 0.3] = np.nan
    rater, item = np.nonzero(~np.isnan(ratings))
    frame = pd.DataFrame({"x": ratings[rater, item], "rater": rater, "item": item, "all": 1})

    parts = fit_variance_parts(ratings, has_raters=True)

    oracle = MixedLM.from_formula(
        "x ~ 1", frame, groups="all", vc_formula={"item": "0+C(item)", "rater": "0+C(rater)"}
    ).fit(reml=True)
    assert [parts.item, parts.rater, parts.residual] == pytest.approx(
        [*oracle.vcomp, oracle.scale], rel=2e-3, abs=1e-4
    )


@pytest.mark.parametrize("share", [0.1, 0.9])
def test_slope_of_the_deviance_equals_its_differences(share):
    rng = np.random.default_rng(7)
    ratings = draw_ratings(COVERAGE["data"]["designs"][0], rng)
    ratings[rng.random(ratings.shape) < share] = np.nan
    ratings = ratings[:, (~np.isnan(ratings)).any(axis=0)][(~np.isnan(ratings)).any(axis=1)]
    model, theta, step = Deviance.of(ratings, has_raters=True), np.array([0.7, 1.3]), 1e-6

    _, slope, _ = model.evaluate(theta)

    for index, shift in enumerate(np.eye(2) * step):
        ahead, behind = model.evaluate(theta + shift)[0], model.evaluate(theta - shift)[0]
        assert slope[index] == pytest.approx((ahead - behind) / (2 * step), rel=1e-6)


@pytest.mark.parametrize("kind", ["1", "C", "A"])
def test_replicates_equal_deletion(kind):
    ratings = draw_ratings(COVERAGE["data"]["designs"][0], np.random.default_rng(1))

    by_item = MeanSquares.without_each_item(ratings).correlate(kind)
    by_rater = MeanSquares.without_each_rater(ratings).correlate(kind)

    def correlate(rest):
        return float(MeanSquares.of(rest).correlate(kind))

    items = [correlate(np.delete(ratings, i, 1)) for i in range(ratings.shape[1])]
    raters = [correlate(np.delete(ratings, r, 0)) for r in range(ratings.shape[0])]
    np.testing.assert_allclose(by_item, items, rtol=0, atol=1e-12)
    np.testing.assert_allclose(by_rater, raters, rtol=0, atol=1e-12)


@pytest.mark.parametrize("position", range(len(COVERAGE["data"]["designs"])))
def test_icc_interval_covers_the_population_agreement(position):
    design = COVERAGE["data"]["designs"][position]
    rng = np.random.default_rng(3400 + position)
    whole = design["var_item"] + design["var_rater"] + design["var_resid"]

    hits = 0
    for _ in range(RUNS):
        result = icc(draw_ratings(design, rng))
        hits += result.low <= design["var_item"] / whole <= result.high

    expected = COVERAGE["expected"]
    assert expected["coverage_min"] <= hits / RUNS <= expected["coverage_max"]


def test_k_form_is_the_single_form_stepped_up_with_the_number_of_raters():
    ratings = RATINGS.copy()
    ratings[0, :3] = np.nan

    single, mean = icc(ratings, form="ICC(A,1)"), icc(ratings, form="ICC(A,k)")

    assert mean.details["k"] == 4
    assert mean.estimate == pytest.approx(4 * single.estimate / (1 + 3 * single.estimate))
    assert icc(ratings, form="ICC(A,k)", k=1).estimate == pytest.approx(single.estimate)


def test_k_forms_with_missing_cells_equal_psych():
    """psych::ICC 2.2.9, lmer = TRUE, of the judges' ratings without three."""
    ratings = RATINGS.copy()
    ratings[[0, 0, 3], [0, 3, 5]] = np.nan

    assert icc(ratings, form="ICC(A,k)").estimate == pytest.approx(0.66447106, abs=1e-5)
    assert icc(ratings, form="ICC(C,k)").estimate == pytest.approx(0.91215410, abs=1e-5)


def test_mean_ratings_is_the_harmonic_mean_over_items():
    ratings = RATINGS.copy()
    ratings[0, :3] = np.nan

    k = mean_ratings(np.pad(ratings, 1, constant_values=np.nan))

    assert k == pytest.approx(1 / np.mean([1 / 3] * 3 + [1 / 4] * 3))
    assert icc(ratings, form="ICC(A,k)", k=k).details["k"] == k
    assert mean_ratings(RATINGS) == 4
    assert math.isnan(mean_ratings([]))


@pytest.mark.parametrize("interval", ["two_way_jackknife", "f", "two_way_bootstrap", None])
@pytest.mark.parametrize("form", ["ICC(A,1)", "ICC(A,k)"])
def test_variances_that_add_up_to_nothing_leave_no_share(form, interval):
    result = icc([[1, 2], [2, 1]], form=form, interval=interval, rng=np.random.default_rng(0))

    assert np.isnan([result.estimate, result.low, result.high]).all()
    assert result.reason == "no_total_variance"


# Item means that hardly differ: single agreement is near -1 / (k - 1).
OPPOSED = np.array([[1.0, 2, 3, 4, 5], [5, 4, 3, 2, 1.2], [3.1, 3, 3, 2.8, 3]])


@pytest.mark.parametrize("interval", ["two_way_jackknife", "f", "two_way_bootstrap"])
@pytest.mark.parametrize("form", ["ICC(k)", "ICC(C,k)", "ICC(A,k)"])
def test_ends_of_a_mean_without_bound_are_missing_with_a_reason(form, interval):
    result = icc(OPPOSED, form=form, interval=interval, k=8, rng=np.random.default_rng(0))

    assert not np.isinf([result.estimate, result.low, result.high]).any()
    assert math.isnan(result.low)
    assert result.reason == "unbounded_mean"


@pytest.mark.parametrize("form", FORMS)
def test_items_of_equal_means_have_no_f_interval(form):
    balanced = [[1, 2, 3, 1], [3, 2, 1, 3], [2, 2, 2, 2]]

    result = icc(balanced, form=form, interval="f")

    assert np.isnan([result.low, result.high]).all()
    assert result.reason in ("at_zero", "unbounded_mean", "no_total_variance")


@pytest.mark.parametrize("kind", ["item_bootstrap", "rater_bootstrap", "two_way_bootstrap"])
def test_bootstrap_repeats_with_its_seed_and_surrounds_the_estimate(kind):
    ratings = draw_ratings(COVERAGE["data"]["designs"][0], np.random.default_rng(2))

    first, second = (
        icc(ratings, interval=kind, n_resamples=200, rng=np.random.default_rng(8)) for _ in "12"
    )

    assert first == second
    assert first.low < first.estimate < first.high


def test_order_and_empty_rows_change_nothing():
    rng = np.random.default_rng(3)
    ratings = draw_ratings(COVERAGE["data"]["designs"][0], rng)
    ratings[1, 2] = np.nan
    padded = np.pad(ratings, 1, constant_values=np.nan)
    mixed = padded[rng.permutation(len(padded))][:, rng.permutation(padded.shape[1])]

    assert icc(mixed, interval=None).estimate == pytest.approx(
        icc(ratings, interval=None).estimate, abs=1e-7
    )


@pytest.mark.parametrize("name", list(DEGENERATE["data"]))
@pytest.mark.parametrize("form", FORMS)
def test_icc_of_degenerate_ratings_is_undefined_with_a_reason(form, name):
    result = icc(DEGENERATE["data"][name], form=form)

    assert np.isnan([result.estimate, result.low, result.high]).all()
    assert result.reason == DEGENERATE["expected"]["reasons"][name]


@pytest.mark.parametrize(
    ("ratings", "form", "reason"),
    [
        ([[1], [2], [4]], "ICC(1)", "one_item"),
        ([[1, 2, None], [2, 3, 4], [3, None, 5]], "ICC(A,1)", "no_residual"),
        ([[1, 2, None], [1, 2, 4], [1, None, 4]], "ICC(1)", "no_residual"),
    ],
)
def test_icc_without_spread_to_compare_is_undefined(ratings, form, reason):
    result = icc(ratings, form=form)

    assert np.isnan(result.estimate)
    assert result.reason == reason


@pytest.mark.parametrize("interval", ["two_way_jackknife", "f"])
def test_perfect_agreement_has_no_interval(interval):
    result = icc([[1, 2, 3, 5]] * 4, interval=interval)

    assert result.estimate == 1.0
    assert result.reason == "no_disagreement"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: icc(RATINGS, form="ICC(2,1)"), r"form must be one of .* got 'ICC\(2,1\)'"),
        (lambda: icc(RATINGS, form="ICC(k)", k=0.5), "k must be 1 or more, got 0.5"),
        (lambda: icc(RATINGS, interval="delta"), "interval must be one of .* got 'delta'"),
        (lambda: icc(RATINGS, interval="item_bootstrap"), "needs rng"),
        (lambda: icc([[1, None, 4], [2, 3, 1]], interval="f"), "needs complete ratings"),
        (lambda: icc([[1, np.inf]]), "ratings must be finite or NaN"),
    ],
)
def test_icc_refuses(call, message):
    with pytest.raises(ValueError, match=message):
        call()


# Raters who disagree more than by chance: no variance of items is left.
AT_ZERO = np.array([[1.0, 5, 3, np.nan], [5, 1, 3, 2], [3, 3, 3, 4], [2, 4, np.nan, 1]])


def test_reml_at_zero_is_exactly_zero_and_has_an_upper_end():
    found = icc(AT_ZERO, form="ICC(A,1)")
    of_mean = icc(AT_ZERO, form="ICC(A,k)")

    assert found.estimate == of_mean.estimate == 0.0
    assert found.reason is None and of_mean.reason is None
    assert found.low == of_mean.low == 0.0
    assert 0 < found.high < of_mean.high < 1
    assert of_mean.high == pytest.approx(4 * found.high / (1 + 3 * found.high))
    assert found.method == "ICC(A,1), REML; profile likelihood"
    plan = plan_raters(found)
    assert math.isnan(plan.estimate) and plan.reason == "no_reliability"
    assert plan.low >= 1 and math.isinf(plan.high)


@pytest.mark.parametrize("form", ["ICC(1)", "ICC(C,1)", "ICC(A,1)"])
@pytest.mark.parametrize("is_turned", [False, True])
def test_upper_end_at_zero_is_where_the_profile_leaves_the_quantile(form, is_turned):
    """By brute force over a grid of the other variance; turned, raters outnumber items."""
    rng = np.random.default_rng(11)
    ratings = rng.normal(size=(7, 5) if is_turned else (5, 7)) + rng.normal(size=(1, 1))
    ratings -= 0.9 * ratings.mean(axis=0)
    ratings[0, 0] = np.nan
    has_raters = form != "ICC(1)"

    found = icc(ratings, form=form)

    assert found.estimate == 0.0
    model = Deviance.of(ratings, has_raters=has_raters)

    def profile(share):
        best = np.inf
        for rater in np.linspace(0, 0.9, 4001) if has_raters else [0.0]:
            theta = rater / (1 - rater)
            item = share / (1 - share) * (1 + (theta if form == "ICC(A,1)" else 0))
            kappa = np.array([item / (1 + item), rater])[: model.n_free]
            best = min(best, model.measure(kappa)[0])
        return best

    rise = profile(found.high) - profile(0.0)
    assert rise == pytest.approx(stats.chi2.ppf(0.95, 1), abs=1e-3)


def test_reml_interval_stays_within_what_variances_allow():
    rng = np.random.default_rng(5)
    ratings = rng.normal(size=(8, 12)) + 0.7 * rng.normal(size=12)
    ratings[rng.random(ratings.shape) < 0.3] = np.nan

    found = icc(ratings, form="ICC(A,1)")

    assert 0.0 <= found.low < found.estimate < found.high <= 1.0


def test_replicates_from_the_whole_fit_equal_those_from_scratch(monkeypatch):
    rng = np.random.default_rng(21)
    ratings = draw_ratings(COVERAGE["data"]["designs"][0], rng)
    ratings[rng.random(ratings.shape) < 0.2] = np.nan

    warm = icc(ratings)
    # The package holds a function of the module's name.
    module = import_module("evalsite.analysis.agreement.icc")
    monkeypatch.setattr(module, "find_start", lambda *args, **options: None)
    cold = icc(ratings)

    ends = (cold.estimate, cold.low, cold.high)
    assert (warm.estimate, warm.low, warm.high) == pytest.approx(ends, abs=1e-8)


def test_fit_ends_where_the_slope_is_zero():
    rng = np.random.default_rng(22)
    ratings = draw_ratings(COVERAGE["data"]["designs"][2], rng)
    ratings[rng.random(ratings.shape) < 0.3] = np.nan

    parts = fit_variance_parts(ratings, has_raters=True)

    theta = np.array([parts.item, parts.rater]) / parts.residual
    _, slope = Deviance.of(ratings, has_raters=True).measure(theta / (1 + theta))
    assert np.abs(slope).max() < 1e-6


@pytest.mark.parametrize("share", [0.0, 0.2])
def test_order_of_many_items_and_raters_changes_no_interval(share):
    rng = np.random.default_rng(23)
    ratings = draw_ratings({**COVERAGE["data"]["designs"][0], "items": 150, "raters": 12}, rng)
    ratings = np.clip(np.round(ratings), -2, 2)
    ratings[rng.random(ratings.shape) < share] = np.nan
    mixed = ratings[rng.permutation(12)][:, rng.permutation(150)]

    first, second = icc(ratings), icc(mixed)

    ends = (first.estimate, first.low, first.high)
    assert (second.estimate, second.low, second.high) == pytest.approx(ends, abs=1e-9)


def test_reml_finds_a_small_variance_in_any_layout_of_memory():
    """The search once ran into 0, from which the deviance still fell."""
    rng = np.random.default_rng(2)
    ratings = np.clip(np.round(4 + rng.normal(size=(12, 20))), 1, 7)
    rng.normal(size=32)
    ratings[rng.random(ratings.shape) < 0.3] = np.nan
    ratings = np.delete(ratings, 3, axis=1)

    found = [
        fit_variance_parts(lay_out(ratings), has_raters=True).item
        for lay_out in (np.ascontiguousarray, np.asfortranarray)
    ]

    assert found == pytest.approx([4.0167e-4, 4.0167e-4], abs=1e-8)
