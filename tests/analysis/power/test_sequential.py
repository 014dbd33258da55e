from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import integrate, stats

from evalsite.analysis.power import find_anytime_interval, follow_evidence
from tests.analysis.reference import load_case

CASE = load_case("26_sequential_e_process")
ANSWERS, EXPECTED = CASE["data"]["responses"], CASE["expected"]


def test_evidence_equals_the_reference():
    found = follow_evidence(ANSWERS, chance=CASE["data"]["p0"])

    assert found.log_e == pytest.approx(EXPECTED["log_e"], abs=CASE["tolerance"]["log_e"])
    assert found.find_stop(0.05) == EXPECTED["stops_at_alpha_.05"]
    assert found.find_stop(0.20) == EXPECTED["stops_at_alpha_.20"]
    assert found.p_values[-1] == pytest.approx(EXPECTED["anytime_p_final"], abs=1e-9)


@pytest.mark.parametrize("alternative", ["two-sided", "greater"])
def test_evidence_is_the_likelihood_averaged_over_the_prior(alternative):
    chance, prior = 0.25, stats.beta(0.5, 0.5)
    lowest = chance if alternative == "greater" else 0.0

    found = follow_evidence(ANSWERS, chance=chance, alternative=alternative)

    n, k = len(ANSWERS), sum(ANSWERS)
    # p = sin^2(x) takes the poles off the prior: its density is flat in x.
    ends = math.asin(math.sqrt(lowest)), math.pi / 2

    def likelihood(x):
        return math.sin(x) ** (2 * k) * math.cos(x) ** (2 * (n - k)) * 2 / math.pi

    mean = integrate.quad(likelihood, *ends, epsabs=1e-18)[0] / prior.sf(lowest)
    expected = math.log(mean) - k * math.log(chance) - (n - k) * math.log(1 - chance)
    assert found.log_e[-1] == pytest.approx(expected, abs=1e-7)


@pytest.mark.parametrize("alternative", ["two-sided", "greater"])
@pytest.mark.parametrize("chance", [0.5, 1 / 7])
def test_evidence_is_fair_under_chance(alternative, chance):
    # The mean of e over all 2^8 series, each weighed by its probability, is 1.
    series = (np.arange(256)[:, None] >> np.arange(8)) & 1

    e = [
        math.exp(follow_evidence(row, chance=chance, alternative=alternative).log_e[-1])
        for row in series
    ]

    right = series.sum(axis=1)
    assert np.dot(e, chance**right * (1 - chance) ** (8 - right)) == pytest.approx(1, abs=1e-10)


@pytest.mark.parametrize("alternative", ["two-sided", "greater"])
def test_a_look_after_every_answer_finds_too_much_in_few_studies(alternative):
    answers = np.random.default_rng(1).integers(0, 2, (2000, 200))

    stops = [
        follow_evidence(row, chance=0.5, alternative=alternative).find_stop(0.05) for row in answers
    ]

    rate = np.mean([stop is not None for stop in stops])
    looks = np.arange(10, 201, 10)
    p = stats.binom.sf(np.cumsum(answers, axis=1)[:, looks - 1] - 1, looks, 0.5)
    assert rate <= 0.05
    # A fixed-n test with a look every ten answers.
    assert np.mean((p <= 0.05).any(axis=1)) > 0.12


def test_listeners_above_chance_stop_early():
    answers = np.random.default_rng(2).random((500, 400)) < 0.7

    stops = [follow_evidence(row, chance=0.5).find_stop(0.05) for row in answers]

    assert 40 <= np.median([stop or 401 for stop in stops]) <= 56


def test_greater_does_not_count_answers_below_chance():
    wrong = [0] * 60

    assert follow_evidence(wrong, chance=0.5).find_stop(0.05) is not None
    assert follow_evidence(wrong, chance=0.5, alternative="greater").find_stop(0.05) is None


def test_interval_holds_at_every_look():
    rng, held = np.random.default_rng(3), 0
    for _ in range(150):
        result = find_anytime_interval((rng.random(120) < 0.3).astype(int))
        held += result.low <= 0.3 <= result.high

    assert held / 150 >= 0.95


def test_interval_is_where_the_evidence_stays_small():
    result = find_anytime_interval(ANSWERS)

    for share, sign in ((result.low, -1), (result.high, 1)):
        outside = follow_evidence(ANSWERS, chance=share + sign * 1e-4)
        inside = follow_evidence(ANSWERS, chance=share - sign * 1e-4)
        assert outside.find_stop(0.05) is not None
        assert inside.find_stop(0.05) is None


def test_no_answers_are_no_evidence():
    assert len(follow_evidence([], chance=0.5).log_e) == 0
    assert follow_evidence([], chance=0.5).find_stop(0.05) is None
    assert find_anytime_interval([]).reason == "no_data"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: follow_evidence([1, 2], chance=0.5), "answers must be 0 or 1, got 2"),
        (lambda: follow_evidence([1], chance=1), "chance must lie between 0 and 1, got 1"),
        (lambda: follow_evidence([1], chance=0.5, alternative="less"), "got 'less'"),
        (lambda: follow_evidence([1], chance=0.5).find_stop(0), "alpha must lie .* got 0"),
        (lambda: find_anytime_interval([1], confidence=95), "confidence must lie .* got 95"),
    ],
)
def test_evidence_refuses(call, message):
    with pytest.raises(ValueError, match=message):
        call()
