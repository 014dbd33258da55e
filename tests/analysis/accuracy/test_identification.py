from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, special, stats

from evalsite.analysis.accuracy import (
    binomial_share,
    correct_for_guessing,
    identification_accuracy,
)
from tests.analysis.reference import load_case

CASE = load_case("28_type1_clustered_identification")
CHANCE, N_CLIPS = 1 / 7, 14


def find_intercept(share: float, spread: float) -> float:
    """Logit whose normal mixture of this spread is right with the given share."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    weights = weights / weights.sum()

    def miss(intercept: float) -> float:
        return float(weights @ special.expit(intercept + spread * nodes)) - share

    return float(optimize.brentq(miss, -15, 15))


def draw_answers(
    rng: np.random.Generator,
    *,
    n_listeners: int = 20,
    sd_listener: float = 0.5,
    sd_clip: float = 0.5,
    share: float = CHANCE,
) -> pd.DataFrame:
    logit = find_intercept(share, float(np.hypot(sd_listener, sd_clip)))
    logit = logit + sd_listener * rng.normal(size=(n_listeners, 1))
    logit = logit + sd_clip * rng.normal(size=N_CLIPS)
    listener, clip = np.indices(logit.shape)
    is_correct = rng.random(logit.shape) < special.expit(logit)
    return pd.DataFrame(
        {"listener": listener.ravel(), "clip": clip.ravel(), "is_correct": is_correct.ravel()}
    )


def count_rejections(runs: int, seed: int, *, method: str = "crossed", **design: float) -> float:
    rng = np.random.default_rng(seed)
    return float(
        np.mean(
            [
                identification_accuracy(
                    draw_answers(rng, **design), chance=CHANCE, method=method
                ).details["p_value"]
                <= 0.05
                for _ in range(runs)
            ]
        )
    )


@pytest.mark.parametrize("n_listeners", [20, 50, 100])
@pytest.mark.parametrize("position", range(len(CASE["data"]["designs"])))
def test_chance_is_seldom_rejected_when_answers_cluster(position, n_listeners):
    design = CASE["data"]["designs"][position]

    rate = count_rejections(250, 2800 + position, n_listeners=n_listeners, **design)

    # 250 runs of a true rate of 2 to 4 %.
    assert rate <= CASE["expected"]["default_test_max"]


def test_listeners_above_chance_are_found():
    assert count_rejections(250, 1, share=0.25) >= 0.80


def test_pooled_answers_would_reject_too_often():
    rates = {
        method: count_rejections(300, 4, method=method, n_listeners=100)
        for method in ("binomial", "listeners")
    }

    assert rates["binomial"] > 0.12
    assert rates["listeners"] > 0.09


def test_interval_covers_the_share_of_new_listeners_and_clips():
    rng = np.random.default_rng(3)
    results = [
        identification_accuracy(draw_answers(rng, share=0.4), chance=CHANCE) for _ in range(250)
    ]

    assert 0.91 <= np.mean([result.low <= 0.4 <= result.high for result in results]) <= 0.99
    assert results[0].population == "new listeners and new clips"


def test_t_over_listeners_equals_scipy():
    answers = draw_answers(np.random.default_rng(5), share=0.3)
    answers = answers.drop(index=[3, 17, 40])

    result = identification_accuracy(answers, chance=CHANCE, method="listeners")

    shares = answers.groupby("listener")["is_correct"].mean()
    oracle = stats.ttest_1samp(shares, CHANCE, alternative="greater")
    assert result.estimate == pytest.approx(shares.mean(), abs=1e-12)
    assert result.details["p_value"] == pytest.approx(oracle.pvalue, abs=1e-12)
    assert result.population == "new listeners, these clips"


def test_binomial_equals_the_exact_test_of_the_totals():
    answers = draw_answers(np.random.default_rng(6))

    result = identification_accuracy(answers, chance=CHANCE, method="binomial")

    exact = binomial_share(int(answers["is_correct"].sum()), len(answers), chance=CHANCE)
    assert (result.estimate, result.low, result.high) == (exact.estimate, exact.low, exact.high)
    assert result.details["p_value"] == exact.details["p_value"]
    crossed = identification_accuracy(answers, chance=CHANCE)
    assert crossed.details["p_value_pooled"] == exact.details["p_value"]


def test_order_and_unanswered_trials_change_nothing():
    answers = draw_answers(np.random.default_rng(7))
    more = pd.concat(
        [answers, pd.DataFrame({"listener": [99], "clip": [99], "is_correct": [None]})]
    ).sample(frac=1, random_state=1)

    result, again = (identification_accuracy(x, chance=CHANCE) for x in (answers, more))

    assert (again.estimate, again.n) == (result.estimate, result.n)
    assert again.low == pytest.approx(result.low, abs=1e-12)


def test_alternatives_share_one_t():
    answers = draw_answers(np.random.default_rng(8), share=0.2)

    p = {
        name: identification_accuracy(answers, chance=CHANCE, alternative=name).details["p_value"]
        for name in ("greater", "less", "two-sided")
    }

    assert p["greater"] + p["less"] == pytest.approx(1)
    assert p["two-sided"] == pytest.approx(2 * min(p["greater"], p["less"]))


def test_guessing_is_taken_off_the_share_and_its_interval():
    share = binomial_share(24, 32, chance=0.5)

    known = correct_for_guessing(share, chance=0.5)

    # R sensR 1.5-3, discrim(24, 32, method = "twoAFC").
    assert known.estimate == 0.5
    assert (known.low, known.high) == pytest.approx((0.1319012501555, 0.7707679897948), abs=1e-9)


@pytest.mark.parametrize(
    ("rows", "method", "reason"),
    [
        ([], "crossed", "no_data"),
        ([(1, 1, None)], "crossed", "no_data"),
        ([(1, 1, 1), (1, 2, 0)], "crossed", "too_few_listeners"),
        ([(1, 1, 1), (2, 1, 0)], "crossed", "too_few_clips"),
        ([(1, 1, 1), (1, 2, 0)], "listeners", "too_few_listeners"),
        ([(1, 1, 1), (1, 2, 1), (2, 1, 1), (2, 2, 1)], "crossed", "no_variation"),
    ],
)
def test_few_answers_have_no_interval_and_a_reason(rows, method, reason):
    answers = pd.DataFrame(rows, columns=["listener", "clip", "is_correct"])

    result = identification_accuracy(answers, chance=CHANCE, method=method)

    assert result.reason == reason
    assert np.isnan([result.low, result.high]).all()


@pytest.mark.parametrize(
    ("rows", "options", "message"),
    [
        ([(1, 1, 2)], {}, "is_correct must be 0, 1 or missing, got 2"),
        ([(None, 1, 1)], {}, "column 'listener' must have no missing entries"),
        ([(1, 1, 1)], {"chance": 0}, "chance must lie between 0 and 1, got 0"),
        ([(1, 1, 1)], {"method": "glmm"}, "method must be one of .* got 'glmm'"),
    ],
)
def test_identification_refuses(rows, options, message):
    answers = pd.DataFrame(rows, columns=["listener", "clip", "is_correct"])

    with pytest.raises(ValueError, match=message):
        identification_accuracy(answers, **({"chance": 0.5} | options))


def test_identification_names_a_missing_column():
    with pytest.raises(ValueError, match="answers needs the column 'clip'"):
        identification_accuracy(pd.DataFrame({"listener": [1]}), chance=0.5)
