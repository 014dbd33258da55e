from __future__ import annotations

import numpy as np
import pytest

from evalsite.analysis.consensus import dawid_skene, weighted_mean
from tests.analysis.reference import load_case

CASE = load_case("15_dawid_skene_1979")
ITEMS, RATERS, LABELS = (list(column) for column in zip(*CASE["data"]["rows"], strict=True))


def draw_labels(rng: np.random.Generator, *, n_items: int = 300, skills=(0.9, 0.7, 0.6, 0.4)):
    truth = rng.integers(0, 3, n_items)
    rows = []
    for rater, skill in enumerate(skills):
        wrong = (truth + rng.integers(1, 3, n_items)) % 3
        labels = np.where(rng.random(n_items) < skill, truth, wrong)
        rows += [(i, rater, label) for i, label in enumerate(labels)]
    return truth, list(zip(*rows, strict=True))


def test_anaesthetists_equal_the_published_table():
    found = dawid_skene(ITEMS, RATERS, LABELS)

    expected, tolerance = CASE["expected"], CASE["tolerance"]
    assert found.marginals == pytest.approx(expected["marginals"], abs=tolerance["marginals"])
    np.testing.assert_allclose(
        found.error_rates, expected["error_rates_all"], rtol=0, atol=tolerance["error_rates"]
    )
    assert found.log_likelihood == pytest.approx(expected["loglik"], abs=tolerance["loglik"])
    assert list(found.labels) == expected["labels"]
    assert found.has_converged
    assert found.items == tuple(range(1, 46))


def test_it_overrules_the_majority_where_published():
    found = dawid_skene(ITEMS, RATERS, LABELS)

    counts = np.zeros((45, 4))
    np.add.at(counts, (np.array(ITEMS) - 1, np.array(LABELS) - 1), 1)
    # A tie between labels, as of patient 12, counts as a majority for the lower one.
    overruled = np.flatnonzero(counts.argmax(axis=1) + 1 != np.array(found.labels)) + 1
    assert overruled.tolist() == CASE["expected"]["patients_where_it_overrules_majority"]


def test_each_step_gains_likelihood():
    values = [
        dawid_skene(ITEMS, RATERS, LABELS, max_steps=steps).log_likelihood for steps in range(1, 12)
    ]

    assert np.diff(values).min() >= -1e-9
    assert not dawid_skene(ITEMS, RATERS, LABELS, max_steps=2).has_converged


def test_known_raters_are_given_back():
    truth, (items, raters, labels) = draw_labels(np.random.default_rng(1), n_items=4000)

    found = dawid_skene(items, raters, labels)

    skill = np.einsum("rcc->rc", found.error_rates).mean(axis=1)
    assert skill == pytest.approx([0.9, 0.7, 0.6, 0.4], abs=0.03)
    assert np.mean(np.array(found.labels) == truth) > 0.89


def test_order_and_names_change_nothing():
    rng = np.random.default_rng(2)
    order = rng.permutation(len(ITEMS))
    names = {1: "a", 2: "b", 3: "c", 4: "d"}

    found = dawid_skene(ITEMS, RATERS, LABELS)
    again = dawid_skene(
        np.array(ITEMS)[order], np.array(RATERS)[order], [names[LABELS[i]] for i in order]
    )

    assert again.labels == tuple(names[label] for label in found.labels)
    np.testing.assert_allclose(again.posterior, found.posterior, rtol=0, atol=1e-6)


def test_a_class_that_a_rater_never_saw_has_no_error_rate():
    found = dawid_skene([1, 1, 2, 2, 2], ["x", "y", "x", "y", "z"], ["a", "a", "b", "b", "b"])

    assert np.isnan(found.error_rates[2, 0]).all()
    assert found.error_rates[2, 1].tolist() == [0.0, 1.0]


def test_no_labels_are_no_consensus():
    assert dawid_skene([], [], []).reason == "no_data"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: dawid_skene([1], [1, 2], [1]), r"one length, got \(1, 2, 1\)"),
        (lambda: dawid_skene([1], [None], [1]), "raters must have no missing entries"),
        (lambda: dawid_skene([1], [1], [1], max_steps=0), "max_steps must be 1 or more"),
        (lambda: weighted_mean([[np.inf, 1]]), "ratings must be finite or NaN"),
    ],
)
def test_consensus_refuses(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_weights_are_correlations_with_the_others():
    ratings = np.array(
        [[1, 2, 3, 4, 5], [1, 3, 2, 5, 4], [2, 1, 5, 3, 4], [5, 4, 3, 1, 2]], dtype=float
    )

    found = weighted_mean(ratings)

    r = [np.corrcoef(ratings[k], np.delete(ratings, k, 0).mean(axis=0))[0, 1] for k in range(4)]
    weights = np.clip(r, 0, 1)
    assert found.correlations == pytest.approx(r, abs=1e-12)
    assert found.weights == pytest.approx(weights, abs=1e-12)
    assert found.values == pytest.approx(weights @ ratings / weights.sum(), abs=1e-12)


def test_weighing_comes_closer_to_the_truth_than_the_mean():
    rng = np.random.default_rng(3)
    truth = rng.normal(size=200)
    ratings = truth + np.array([0.3, 0.5, 3, 3, 3])[:, None] * rng.normal(size=(5, 200))
    ratings[rng.random(ratings.shape) < 0.1] = np.nan

    found = weighted_mean(ratings)

    plain = np.nanmean(ratings, axis=0)
    assert np.mean((found.values - truth) ** 2) < 0.6 * np.mean((plain - truth) ** 2)


def test_equal_raters_give_the_plain_mean():
    base = np.array([1.0, 4.0, 2.0, 3.0])
    ratings = np.stack([base, base, base + 1])

    found = weighted_mean(ratings)

    assert found.values == pytest.approx(base + 1 / 3)
    assert found.n_ratings.tolist() == [3, 3, 3, 3]


@pytest.mark.parametrize(
    ("ratings", "reason"),
    [
        ([[np.nan, np.nan]], "no_data"),
        ([[1, 2, 3, 4], [4, 3, 2, 1]], "no_agreeing_rater"),
        ([[1, 2], [1, 2]], "no_agreeing_rater"),
    ],
)
def test_weighted_mean_without_agreement_has_a_reason(ratings, reason):
    found = weighted_mean(ratings)

    assert np.isnan(found.values).all()
    assert found.reason == reason
