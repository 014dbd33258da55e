from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import integrate, interpolate, special, stats

from evalsite.analysis.accuracy import (
    binomial_share,
    convert_to_d_prime,
    d_prime,
    d_prime_yes_no,
    unbias_share,
)
from evalsite.analysis.accuracy.tasks import invert_share, predict_share
from tests.analysis.reference import load_case

CASE = load_case("17_dprime_forced_choice")
EXPECTED, TOLERANCE = CASE["expected"], CASE["tolerance"]
CURVES = {
    "2afc": ("2AFC", "pc_mafc"),
    "3afc": ("3AFC", "pc_mafc"),
    "4afc": ("4AFC", "pc_mafc"),
    "abx_differencing": ("ABX_differencing", "pc_abx_unbiased"),
    "abx_independent": ("ABX_independent_observation", "pc_abx_unbiased"),
}
TESTS = {"2afc": "twoAFC", "3afc": "threeAFC", "triangle": "triangle", "duo_trio": "duotrio"}
# The reference's own interpolation is 1.2e-4 from the solution here; see below.
INTERPOLATED_TOO_FAR = ("duo_trio", "high")
TASKS = [*CURVES, "triangle", "duo_trio", "7afc"]


@pytest.mark.parametrize("task", list(CURVES))
def test_share_turns_into_the_published_d_prime(task):
    name, shares = CURVES[task]

    found = [invert_share(share, task) for share in CASE["data"][shares]]

    assert found == pytest.approx(EXPECTED[name], abs=TOLERANCE["d"])


@pytest.mark.parametrize("strategy", ["differencing", "independent"])
def test_abx_rates_turn_into_the_published_d_prime(strategy):
    rates = CASE["data"]["abx_hit_false_alarm"]

    found = [
        invert_share(unbias_share(hit, false), f"abx_{strategy}")
        for hit, false in zip(rates["H"], rates["F"], strict=True)
    ]

    name = {"differencing": "differencing", "independent": "independent_observation"}[strategy]
    assert found == pytest.approx(EXPECTED[f"ABX_HF_{name}"], abs=TOLERANCE["d"])


@pytest.mark.parametrize("task", list(TESTS))
def test_answers_equal_the_reference_with_both_intervals(task):
    counts, expected = CASE["data"]["discrim"], EXPECTED["discrim"][TESTS[task]]

    exact = d_prime(counts["correct"], counts["total"], task=task)
    likelihood = d_prime(counts["correct"], counts["total"], task=task, interval="likelihood")

    d = expected["d_prime"]
    assert exact.estimate == pytest.approx(d["estimate"], abs=TOLERANCE["d"])
    assert exact.details["standard_error"] == pytest.approx(d["se"], abs=TOLERANCE["d"])
    assert (exact.low, exact.high) == pytest.approx(d["ci_exact"], abs=TOLERANCE["ci"])
    ends = {"low": likelihood.low, "high": likelihood.high}
    published = dict(zip(ends, expected["ci_likelihood_dprime"], strict=True))
    for name, end in ends.items():
        shares = predict_share(end, task), predict_share(published[name], task)
        assert shares[0] == pytest.approx(shares[1], abs=TOLERANCE["ci"])
        if (task, name) != INTERPOLATED_TOO_FAR:
            assert end == pytest.approx(published[name], abs=TOLERANCE["ci"])
    assert exact.details["p_value"] == pytest.approx(expected["p_exact"], abs=TOLERANCE["p"])
    assert exact.details["known"] == pytest.approx(expected["pd"]["estimate"], abs=1e-12)


def interpolate_ends(n_correct: int, n: int) -> list[float]:
    """Ends of the share as sensR finds them: on a spline of its profile, drawn with straight lines.

    The signed root of the deviance at 100 shares and the estimate, over their logistic function; a
    cubic spline of it at three times as many places; straight lines between these.
    """
    shares = np.sort(np.append(np.linspace(1e-8, 1 - 1e-8, 100), n_correct / n))
    lost = stats.binom.logpmf(n_correct, n, n_correct / n) - stats.binom.logpmf(
        n_correct, n, shares
    )
    root = np.sign(n_correct / n - shares) * np.sqrt(2 * np.maximum(lost, 0))
    places = special.expit(shares)
    spline = interpolate.CubicSpline(places, root, bc_type="not-a-knot")
    dense = np.linspace(places[0], places[-1], 3 * len(places))
    z = stats.norm.ppf(0.975)
    return [float(special.logit(np.interp(-end, -spline(dense), dense))) for end in (z, -z)]


@pytest.mark.parametrize("task", list(TESTS))
def test_reference_interpolates_the_profile_whose_equation_is_solved_here(task):
    counts = CASE["data"]["discrim"]
    published = EXPECTED["discrim"][TESTS[task]]["ci_likelihood_dprime"]

    found = d_prime(counts["correct"], counts["total"], task=task, interval="likelihood")

    ends = [invert_share(share, task) for share in interpolate_ends(24, 32)]
    assert ends == pytest.approx(published, abs=1e-7 if task == "2afc" else 5e-5)
    for end in (found.low, found.high):
        lost = stats.binom.logpmf(24, 32, 0.75) - stats.binom.logpmf(
            24, 32, predict_share(end, task)
        )
        assert 2 * lost == pytest.approx(stats.chi2.ppf(0.95, 1), abs=1e-8)


@pytest.mark.parametrize("d", [0.0, 0.3, 1.0, 2.5, 6.0])
def test_integrals_equal_adaptive_ones(d):
    def afc(z):
        return stats.norm.pdf(z - d) * stats.norm.cdf(z) ** 6

    def triangle(z):
        shift, spread = d * math.sqrt(2 / 3), -z * math.sqrt(3)
        inner = stats.norm.cdf(spread + shift) + stats.norm.cdf(spread - shift)
        return 2 * inner * stats.norm.pdf(z)

    assert predict_share(d, "7afc") == pytest.approx(
        integrate.quad(afc, -12, 18, epsabs=1e-13)[0], abs=1e-11
    )
    assert predict_share(d, "triangle") == pytest.approx(
        integrate.quad(triangle, 0, 12, epsabs=1e-13)[0], abs=1e-11
    )


@pytest.mark.parametrize("task", TASKS)
def test_share_and_d_prime_are_inverse_and_rise_together(task):
    grid = np.linspace(0.05, 5, 12)

    shares = [predict_share(d, task) for d in grid]

    assert np.diff(shares).min() > 0
    assert [invert_share(share, task) for share in shares] == pytest.approx(grid, abs=1e-6)


@pytest.mark.parametrize(
    ("task", "seed"), [("abx_independent", 1), ("abx_differencing", 2), ("triangle", 3)]
)
def test_simulated_observers_are_right_as_often_as_predicted(task, seed):
    rng, n, d = np.random.default_rng(seed), 400_000, 1.5
    # Sounds of kind 0, 0, 1 for the triangle; A (0), B (1) and X of either kind for ABX.
    x_kind = rng.integers(0, 2, n)
    a, b = rng.normal(0, 1, n), rng.normal(d, 1, n)
    x = rng.normal(0, 1, n) + d * x_kind
    if task == "abx_differencing":
        right = (np.abs(x - b) < np.abs(x - a)) == x_kind
    elif task == "abx_independent":
        # X's kind by its side of the criterion; A and B by their order.
        right = ((x > d / 2) == (b > a)) == x_kind
    else:
        c = rng.normal(0, 1, n)
        right = np.abs(a - c) < np.minimum(np.abs(a - b), np.abs(c - b))

    assert right.mean() == pytest.approx(predict_share(d, task), abs=4 * 0.5 / math.sqrt(n))


def test_interval_covers_an_observer_of_known_sensitivity():
    share = predict_share(1.2, "3afc")
    draws = np.random.default_rng(4).binomial(40, share, 300)

    results = {k: d_prime(int(k), 40, task="3afc") for k in np.unique(draws)}

    covered = [results[k].low <= 1.2 and not results[k].high < 1.2 for k in draws]
    assert np.mean(covered) >= 0.93


def test_guessing_or_worse_is_a_d_prime_of_zero():
    result = d_prime(3, 12, task="2afc")

    assert (result.estimate, result.low) == (0.0, 0.0)
    assert result.high > 0
    assert result.details["standard_error"] is None


@pytest.mark.parametrize("interval", ["exact", "likelihood"])
def test_all_right_has_a_lower_end_only(interval):
    result = d_prime(12, 12, task="triangle", interval=interval)

    assert np.isnan([result.estimate, result.high]).all()
    assert result.low > 1
    assert result.reason == "all_correct"


def test_result_of_a_share_turns_into_d_prime_end_by_end():
    share = binomial_share(24, 32, chance=0.5)

    result = convert_to_d_prime(share, task="2afc")

    direct = d_prime(24, 32, task="2afc")
    assert (result.estimate, result.low, result.high) == (direct.estimate, direct.low, direct.high)


def test_yes_no_equals_the_textbook():
    # Log-linear rates (20.5 / 26, 10.5 / 26); Hautus (1995).
    result = d_prime_yes_no(20, 25, 10, 25)

    hit, false = stats.norm.ppf(20.5 / 26), stats.norm.ppf(10.5 / 26)
    assert result.estimate == pytest.approx(hit - false, abs=1e-12)
    assert result.details["criterion"] == pytest.approx(-(hit + false) / 2, abs=1e-12)
    assert result.details["hit_rate"] == pytest.approx(0.7884615, abs=1e-6)


def test_yes_no_interval_covers_an_observer_of_known_sensitivity():
    rng = np.random.default_rng(5)
    hits = rng.binomial(60, stats.norm.cdf(0.5), 400)
    false = rng.binomial(60, stats.norm.cdf(-0.7), 400)

    results = [d_prime_yes_no(int(h), 60, int(f), 60) for h, f in zip(hits, false, strict=True)]

    assert 0.92 <= np.mean([result.low <= 1.2 <= result.high for result in results]) <= 0.985


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        (d_prime(0, 0, task="2afc"), "no_data"),
        (d_prime_yes_no(0, 0, 0, 0), "no_data"),
        (d_prime_yes_no(3, 5, 0, 0), "one_kind_of_trial"),
    ],
)
def test_d_prime_without_answers_has_a_reason(result, reason):
    assert np.isnan(result.estimate)
    assert result.reason == reason


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: d_prime(3, 4, task="same_different"), "task must be one of .* 'same_different'"),
        (lambda: d_prime(3, 4, task="1afc"), "task must be one of .* got '1afc'"),
        (lambda: d_prime(3, 4, task="2afc", interval="wald"), "interval must be .* got 'wald'"),
        (lambda: d_prime_yes_no(6, 5, 1, 5), "n_correct must be at most n, got 6 of 5"),
        (lambda: unbias_share(1.0, 0.2), "hit_rate must lie between 0 and 1, got 1.0"),
    ],
)
def test_d_prime_refuses(call, message):
    with pytest.raises(ValueError, match=message):
        call()
