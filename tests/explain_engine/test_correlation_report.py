"""Reports of correlations: what they are certain of, what they warn of, what they refuse."""

from __future__ import annotations

import math

import numpy as np
import pytest

from explain_engine.correlations import (
    CorrelationError,
    describe_correlations,
)
from tests.explain_engine.test_correlations import X, Y, explain_by_regression, make_music


def test_report_is_certain_of_the_pair_but_not_of_its_split():
    features = make_music(3)
    noise = np.random.default_rng(4).normal(size=110)
    target = features @ [0.5, 0.4, 0, 0.6, 0] + noise

    report = describe_correlations(
        features, target, names=list("abcde"), rng=np.random.default_rng(0)
    )

    pair = next(group for group in report.groups if group.names == ("a", "b"))
    assert pair.share.estimate == pytest.approx(sum(row.owen.estimate for row in report.rows[:2]))
    assert report.r2 == pytest.approx(explain_by_regression(features, target), abs=1e-12)
    assert pair.share.low > 0.15
    assert report.rows[0].twins == ("b",)
    assert "twins" in report.rows[0].warnings
    assert "unstable" in report.rows[4].warnings
    assert report.rows[3].warnings == ()
    assert report.rows[3].sign_stability == 1.0
    assert report.reason is None
    for row in report.rows:
        for figure in (row.r, row.beta, row.lmg, row.owen):
            assert figure.low <= figure.estimate <= figure.high


def test_report_intervals_of_slopes_cover_the_truth():
    covered = 0
    for seed in range(60):
        features = make_music(seed, n=60, n_features=3)
        target = features @ [0.6, 0.0, 0.4] + np.random.default_rng(seed + 999).normal(size=60)
        report = describe_correlations(
            features, target, rng=np.random.default_rng(seed), n_resamples=200
        )
        # Standardised by the sample's spread, as the report does.
        truth = 0.4 * features[:, 2].std(ddof=1) / target.std(ddof=1)
        covered += report.rows[2].beta.low <= truth <= report.rows[2].beta.high
    assert 52 <= covered <= 60


def test_report_with_the_models_own_weights_flags_a_sign_against_the_correlation():
    features = make_music(5, n_features=2)
    weights = [1.0, -0.3]

    report = describe_correlations(
        features, features @ weights, weights=weights, rng=np.random.default_rng(0)
    )

    assert [row.weight for row in report.rows] == weights
    assert report.r2 == pytest.approx(1.0, abs=1e-9)
    assert "sign" in report.rows[1].warnings
    assert report.rows[1].sentence == (
        "Changing only feature 2 would lower the target; in this music it travels together with "
        "feature 1, and the target goes up with it."
    )


def test_report_of_a_singular_table_keeps_shares_and_says_why_weights_are_missing():
    features = np.hstack([X[:, :2], X[:, :1] + 2 * X[:, 1:2]])

    report = describe_correlations(
        features, Y, names=["a", "b", "c"], rng=np.random.default_rng(0), n_resamples=100
    )

    assert report.reason == (
        "Features 'a' and 'b' and 'c' determine each other exactly, so their weights cannot be "
        "told apart; leave one out."
    )
    assert all(math.isnan(row.vif) and math.isnan(row.beta.low) for row in report.rows)
    assert report.r2 == pytest.approx(explain_by_regression(X[:, :2], Y), abs=1e-9)


def test_report_of_few_rows_trusts_no_sign():
    features = np.random.default_rng(0).normal(size=(20, 12))

    report = describe_correlations(
        features, features[:, 0], rng=np.random.default_rng(0), n_resamples=200
    )

    assert report.reason is None
    assert math.isnan(report.rows[0].sign_stability)
    assert {row.name for row in report.rows if "unstable" not in row.warnings} == set()


def test_report_is_the_same_with_the_same_seed():
    reports = [describe_correlations(X, Y, rng=np.random.default_rng(7)) for _ in range(2)]

    assert reports[0].rows == reports[1].rows


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"names": ["a"]}, "names must be 5, one a feature, got 1"),
        ({"names": list("abcda")}, "names must differ, got 'a' more than once"),
        ({"threshold": 1.0}, "threshold must lie between 0 and 1, got 1.0"),
        ({"n_resamples": 99}, "n_resamples must be 100 or more, got 99"),
        ({"confidence": 95}, "confidence must lie between 0 and 1, got 95"),
        ({"weights": [1, 2]}, "weights must be 5 finite numbers"),
    ],
)
def test_report_refuses(options, message):
    with pytest.raises(CorrelationError, match=message):
        describe_correlations(X, Y, rng=np.random.default_rng(0), **options)
