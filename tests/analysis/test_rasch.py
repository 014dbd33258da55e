from __future__ import annotations

import numpy as np
import pytest

from evalsite.analysis.rasch import fit_rasch
from tests.analysis.reference import as_matrix, load_case

CASE = load_case("23_rasch_raschdat1")


def test_difficulties_equal_the_published_ones():
    scale = fit_rasch(CASE["data"]["persons_x_items"])

    expected, tolerance = CASE["expected"], CASE["tolerance"]
    assert [b.estimate for b in scale.difficulties] == pytest.approx(
        expected["difficulty"], abs=tolerance["difficulty"]
    )
    assert [b.details["standard_error"] for b in scale.difficulties] == pytest.approx(
        expected["se"], abs=tolerance["se"]
    )
    assert scale.log_likelihood == pytest.approx(expected["cll"], abs=tolerance["cll"])


def test_two_items_differ_by_the_log_odds_of_their_discordant_answers():
    scale = fit_rasch([[1, 0]] * 12 + [[0, 1]] * 4 + [[1, 1]] * 9 + [[0, 0]] * 2)

    first, second = scale.difficulties
    assert second.estimate - first.estimate == pytest.approx(np.log(12 / 4), abs=1e-9)
    assert first.details["standard_error"] == pytest.approx(np.sqrt(1 / 12 + 1 / 4) / 2, abs=1e-9)
    assert scale.n_listeners == 16


def test_items_that_were_not_asked_give_the_truth_back():
    rng = np.random.default_rng(6)
    truth = np.linspace(-1.5, 1.5, 7)
    chance = 1 / (1 + np.exp(truth - rng.normal(size=(1500, 1))))
    answers = (rng.random(chance.shape) < chance).astype(float)
    answers[np.arange(1500), rng.integers(7, size=1500)] = np.nan

    scale = fit_rasch(answers)

    z = [
        (b.estimate - t) / b.details["standard_error"]
        for b, t in zip(scale.difficulties, truth, strict=True)
    ]
    assert np.abs(z).max() < 3.5


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ([], "no_data"),
        ([[1, 1], [0, 0]], "no_data"),
        ([[1, 0], [1, 0]], "unbounded_difficulty"),
        ([[1, 0, np.nan], [0, 1, np.nan]], "unbounded_difficulty"),
    ],
)
def test_undefined_difficulties_say_why(answers, reason):
    scale = fit_rasch(answers)

    assert scale.reason == reason
    assert all(b.reason == reason and not b.is_defined for b in scale.difficulties)


def test_rasch_refuses_answers_that_are_neither_right_nor_wrong():
    with pytest.raises(ValueError, match=r"answers must be 0, 1 or missing, got 2\."):
        fit_rasch(as_matrix([[0, 2]]))
