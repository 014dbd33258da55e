from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from evalsite.analysis.accuracy import compare_confusions, count_confusions
from evalsite.analysis.accuracy.confusion import ConfusionMatrix

FEATURES = ("articulation", "dissonance", "modality", "rhythm")


def make_matrix(counts: np.ndarray) -> ConfusionMatrix:
    names = tuple(f"feature {index}" for index in range(len(counts)))
    return ConfusionMatrix(names, counts.astype(np.int64), 0)


def test_answers_are_counted_by_what_was_there():
    truth = ["rhythm", "rhythm", "modality", None, "dissonance", "rhythm"]
    answers = ["rhythm", "articulation", "modality", "rhythm", float("nan"), "articulation"]

    matrix = count_confusions(truth, answers, categories=FEATURES)

    assert matrix.categories == FEATURES
    assert matrix.counts.tolist() == [[0] * 4, [0] * 4, [0, 0, 1, 0], [2, 0, 0, 1]]
    assert matrix.n_missing == 2
    assert matrix.shares[3].tolist() == [2 / 3, 0, 0, 1 / 3]
    assert np.isnan(matrix.shares[0]).all()


def test_recalls_and_precisions_have_wilson_intervals():
    matrix = make_matrix(np.array([[8, 2], [3, 7]]))

    recalls, precisions = matrix.describe_recalls(), matrix.describe_precisions()

    wilson = stats.binomtest(8, 10).proportion_ci(method="wilson")
    assert recalls["feature 0"].estimate == 0.8
    assert (recalls["feature 0"].low, recalls["feature 0"].high) == pytest.approx(
        (wilson.low, wilson.high), abs=1e-12
    )
    assert precisions["feature 0"].estimate == pytest.approx(8 / 11)
    assert precisions["feature 1"].n == 9


def test_a_category_never_shown_has_no_recall():
    recall = make_matrix(np.array([[3, 1], [0, 0]])).describe_recalls()["feature 1"]

    assert np.isnan(recall.estimate)
    assert recall.reason == "no_data"


def test_comparison_is_spearmans_correlation_beside_the_diagonal():
    rng = np.random.default_rng(1)
    human, model = (make_matrix(rng.integers(1, 30, (5, 5))) for _ in "12")

    result = compare_confusions(human, model)

    beside = ~np.eye(5, dtype=bool)
    oracle = stats.spearmanr(human.shares[beside], model.shares[beside]).statistic
    assert result.estimate == pytest.approx(oracle, abs=1e-12)
    assert (result.details["n_orders"], result.details["is_exact"]) == (120, True)


def test_the_same_confusions_are_the_likeliest_order_of_all():
    human = make_matrix(np.random.default_rng(2).integers(1, 500, (5, 5)))

    result = compare_confusions(human, human)

    assert result.estimate == pytest.approx(1.0)
    assert result.details["p_value"] == 1 / 120


def test_unrelated_confusions_are_seldom_called_alike():
    rng = np.random.default_rng(3)
    p_values = [
        compare_confusions(*(make_matrix(rng.integers(1, 500, (5, 5))) for _ in "12")).details[
            "p_value"
        ]
        for _ in range(300)
    ]

    assert 0.02 <= np.mean(np.array(p_values) <= 0.05) <= 0.08


def test_many_categories_are_dealt_at_random_with_a_seed():
    rng = np.random.default_rng(4)
    human, model = (make_matrix(rng.integers(1, 30, (9, 9))) for _ in "12")

    first, second = (
        compare_confusions(human, model, n_permutations=200, rng=np.random.default_rng(5))
        for _ in "12"
    )

    assert first == second
    assert first.details["n_orders"] == 200
    with pytest.raises(ValueError, match="rng must be given to deal 9 categories anew"):
        compare_confusions(human, model)


@pytest.mark.parametrize(
    ("counts", "reason"),
    [
        ([[1, 2], [2, 1]], "too_few_categories"),
        ([[1, 2, 1], [0, 0, 0], [1, 1, 5]], "category_never_shown"),
        ([[4, 1, 1], [1, 4, 1], [1, 1, 4]], "no_variation"),
    ],
)
def test_comparison_without_confusions_has_a_reason(counts, reason):
    human = make_matrix(np.array(counts))

    result = compare_confusions(human, human)

    assert np.isnan(result.estimate)
    assert result.reason == reason


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: count_confusions(["a"], []), "must have one length, got 1 and 0"),
        (lambda: count_confusions(["a"], ["b"], categories=["a"]), "among the categories, got 'b'"),
        (lambda: count_confusions(["a"], ["a"], categories=["a", "a"]), "each category once"),
        (
            lambda: compare_confusions(
                count_confusions(["a"], ["b"]), count_confusions(["a"], ["c"])
            ),
            "need the same categories",
        ),
    ],
)
def test_confusions_refuse(call, message):
    with pytest.raises(ValueError, match=message):
        call()
