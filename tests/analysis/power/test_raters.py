from __future__ import annotations

import math

import pytest

from evalsite.analysis.agreement import icc
from evalsite.analysis.power import plan_raters, predict_reliability
from evalsite.analysis.result import Result, undefined_result
from tests.analysis.reference import as_matrix, load_case

CASE = load_case("05_shrout_fleiss_1979_icc")


def test_raters_needed_equal_the_reference():
    single = icc(as_matrix(CASE["data"]["targets_x_judges"]).T, interval="f")

    result = plan_raters(single)

    assert result.estimate == CASE["expected"]["raters_for_reliability_0.80_from_ICC2"]
    assert result.low == math.ceil(4 * (1 - single.high) / single.high)
    assert result.high == math.ceil(4 * (1 - single.low) / single.low)


@pytest.mark.parametrize(
    ("correlation", "expected"), [(0.2, (0.56, 0.71, 0.83)), (0.35, (0.73, 0.84, 0.92))]
)
def test_reliability_of_means_of_5_10_and_20(correlation, expected):
    found = [predict_reliability(correlation, k=k) for k in (5, 10, 20)]

    assert found == pytest.approx(expected, abs=0.005)


@pytest.mark.parametrize("correlation", [0.05, 0.2, 0.5, 0.79, 0.95])
def test_one_rater_fewer_would_not_do(correlation):
    single = Result(correlation, math.nan, math.nan, 10, "ICC(A,1)")

    k = plan_raters(single).estimate

    assert predict_reliability(correlation, k=k) >= 0.8 - 1e-12
    assert k == 1 or predict_reliability(correlation, k=k - 1) < 0.8


def test_an_interval_that_reaches_zero_has_no_upper_end():
    assert plan_raters(Result(0.3, -0.1, 0.6, 10, "ICC(A,1)")).high == math.inf


@pytest.mark.parametrize(
    ("single", "reason"),
    [
        (Result(-0.1, -0.3, 0.2, 10, "ICC(A,1)"), "no_reliability"),
        (undefined_result("no_variation", method="ICC(A,1)"), "no_variation"),
    ],
)
def test_no_number_of_raters_is_enough_without_agreement(single, reason):
    result = plan_raters(single)

    assert math.isnan(result.estimate)
    assert result.reason == reason


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: plan_raters(Result(0.3, 0, 1, 9, ""), reliability=1), "between 0 and 1, got 1"),
        (lambda: predict_reliability(0.3, k=0), "k must be 1 or more, got 0"),
        (lambda: predict_reliability(-0.5, k=4), "correlation must lie in .* got -0.5"),
    ],
)
def test_raters_refuse(call, message):
    with pytest.raises(ValueError, match=message):
        call()
