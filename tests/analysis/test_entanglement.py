from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from evalsite.analysis.entanglement import describe_entanglement

QUALITIES = ("articulation", "complexity", "minorness")
RNG = np.random.default_rng


def make_features(seed: int, *, n: int = 40) -> pd.DataFrame:
    """The first two travel together, the third alone."""
    rng = RNG(seed)
    values = rng.normal(size=(n, 3))
    values[:, 1] = 0.9 * values[:, 0] + 0.4 * values[:, 1]
    return pd.DataFrame(values, columns=list(QUALITIES), index=[f"song {k}" for k in range(n)])


def make_target(features: pd.DataFrame) -> pd.Series:
    return (features @ [0.5, 0.4, -0.6]).rename("valence")


def rate(values: pd.DataFrame, seed: int, *, n_listeners: int = 8) -> pd.DataFrame:
    rng = RNG(seed)
    rows = [
        (listener, recording, quality, values.loc[recording, quality] + rng.normal(0, 0.5))
        for listener in range(n_listeners)
        for recording in values.index
        for quality in values.columns
    ]
    return pd.DataFrame(rows, columns=["listener", "recording", "quality", "value"])


def test_listeners_who_keep_twins_apart_differ_from_the_model():
    features = make_features(0)
    heard = make_features(0).assign(complexity=RNG(9).normal(size=40))

    result = describe_entanglement(rate(heard, 1), features, rng=RNG(0))

    assert result.qualities == QUALITIES
    assert [(pair.first, pair.second) for pair in result.pairs] == [
        ("articulation", "complexity"),
        ("articulation", "minorness"),
        ("complexity", "minorness"),
    ]
    twins, others, _ = result.pairs
    assert twins.model.low > 0.7
    assert twins.listeners.high < 0.5
    assert twins.difference.high < 0
    assert others.difference.low < 0 < others.difference.high
    assert twins.difference.estimate == pytest.approx(
        twins.listeners.estimate - twins.model.estimate
    )


def test_correlations_are_those_of_mean_ratings_and_of_features():
    features = make_features(2)
    ratings = rate(features, 3)

    twins = describe_entanglement(ratings, features, rng=RNG(0)).pairs[0]

    means = ratings.pivot_table(index="recording", columns="quality", values="value")
    assert twins.listeners.estimate == pytest.approx(
        means["articulation"].corr(means["complexity"])
    )
    assert twins.model.estimate == pytest.approx(
        features["articulation"].corr(features["complexity"])
    )


def test_target_is_explained_on_both_sides():
    features = make_features(4)
    target = make_target(features)
    weights = pd.Series([-0.6, 0.4, 0.5], index=QUALITIES[::-1])

    result = describe_entanglement(
        rate(features.assign(valence=target), 5),
        features,
        target=target.iloc[::-1],
        weights=weights,
        rng=RNG(0),
        n_resamples=200,
    )

    assert [row.weight for row in result.model.report.rows] == [0.5, 0.4, -0.6]
    assert result.model.report.groups[0].names == ("articulation", "complexity")
    centred = (target - target.mean()).to_numpy()
    assert result.model.marginal.sum(axis=1) == pytest.approx(centred, abs=1e-9)
    assert result.model.conditional.sum(axis=1) == pytest.approx(centred, abs=1e-9)
    assert result.listeners.report.target == "valence"
    assert result.listeners.report.n == 40
    assert result.listeners.report.r2 > 0.8
    assert result.listeners.recordings == tuple(sorted(features.index))


def test_least_squares_weights_stand_in_for_unknown_ones():
    features = make_features(6)

    result = describe_entanglement(
        rate(features, 7), features, target=make_target(features), rng=RNG(0), n_resamples=100
    )

    assert [row.weight for row in result.model.report.rows] == pytest.approx([0.5, 0.4, -0.6])
    assert result.listeners is None


def test_features_that_determine_each_other_have_shares_but_no_effects():
    features = make_features(8).assign(complexity=lambda frame: 2 * frame["articulation"])

    result = describe_entanglement(
        rate(features, 9), features, target=make_target(features), rng=RNG(0), n_resamples=100
    )

    assert "determine each other exactly" in result.model.reason
    assert np.isnan(result.model.marginal).all()
    assert result.model.report.r2 == pytest.approx(1)
    assert result.pairs[0].model.reason == "perfect_correlation"


def test_target_that_never_varies_has_no_report_and_says_why():
    features = make_features(10)

    result = describe_entanglement(
        rate(features, 11), features, target=make_target(features) * 0, rng=RNG(0)
    )

    assert result.model.report is None
    assert result.model.reason == "The target must vary, but is 0 in all 40 rows."


def test_ratings_nobody_could_give_leave_a_reason():
    features = make_features(12)
    ratings = rate(features.assign(valence=1.0), 13).assign(value=math.nan)

    result = describe_entanglement(ratings, features, target=make_target(features), rng=RNG(0))

    assert {pair.listeners.reason for pair in result.pairs} == {"too_few_shared_recordings"}
    assert result.listeners.reason == "Correlations need at least 3 rows, got 0."


def name_recording_twice(features: pd.DataFrame) -> pd.DataFrame:
    return features.set_axis(["song 0", *features.index[:-1]])


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        (lambda f: f[["minorness"]], {}, "must share at least two qualities, got minorness"),
        (lambda f: f.add_prefix("x"), {}, "must share at least two qualities, got none"),
        (name_recording_twice, {}, "must name recordings once, got 'song 0' more than once"),
        (lambda f: f * math.nan, {}, "features must have no missing entries"),
        (lambda f: f, {"target": pd.Series([1.0])}, "target must have one value for each"),
        (lambda f: f, {"weights": pd.Series([1.0])}, "weights must have one value for each"),
        (lambda f: f, {"target": make_features(0)["minorness"]}, "must not be a feature too"),
        (lambda f: f, {"confidence": 95}, "confidence must lie between 0 and 1, got 95"),
    ],
)
def test_entanglement_refuses(change, options, message):
    features = make_features(0)

    with pytest.raises(ValueError, match=message):
        describe_entanglement(rate(features, 0), change(features), rng=RNG(0), **options)


@pytest.mark.parametrize("column", ["listener", "recording", "quality"])
def test_entanglement_refuses_ratings_without(column):
    features = make_features(0)
    ratings = rate(features, 0)

    with pytest.raises(ValueError, match=f"ratings needs the column '{column}'"):
        describe_entanglement(ratings.drop(columns=column), features, rng=RNG(0))
    with pytest.raises(ValueError, match=f"column '{column}' must have no missing entries"):
        describe_entanglement(ratings.assign(**{column: None}), features, rng=RNG(0))
