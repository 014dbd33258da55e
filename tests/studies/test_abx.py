"""ABX by hand: which is A, which is X, what counts as right."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from evalsite.common.errors import EarwitnessError
from evalsite.studies.trial_types.abx import Abx
from evalsite.studies.trial_types.base import ItemView, Truth
from tests.studies.trials import present, present_all

VIEW = ItemView(("first", "second"), ("kept", "control_area"))


def test_each_recording_is_asked_about_in_every_pair():
    conditions = [one.plan.condition for one in present_all(Abx(), n=2)]

    pairs = ["original vs kept", "original vs control_area", "kept vs control_area"]
    assert conditions == pairs * 2


def test_degree_leaves_pairs_out_and_keeps_all_connected():
    five = ("original", "kept", "removed", "control_area", "control_energy")

    presented = present_all(Abx(degree=2), five, n=1)

    counts = Counter(c for one in presented for c in one.plan.condition.split(" vs "))
    assert counts == dict.fromkeys(five, 2)


@pytest.mark.parametrize(
    ("degree", "conditions", "message"),
    [
        (0, ("kept",), "conditions must be 2 or more to be compared, got 1"),
        (3, ("a", "b", "c"), r"degree must be 0 \(all pairs\) or from 2 to 2 with 3 conditions"),
    ],
)
def test_conditions_that_make_no_pairs_are_refused(degree, conditions, message):
    with pytest.raises(EarwitnessError, match=message):
        Abx(degree=degree).check_conditions(conditions)


def test_x_and_the_places_are_balanced_over_listeners():
    rng = np.random.default_rng(0)

    arranged = [Abx().arrange(VIEW, rng) for _ in range(4000)]

    counts = Counter((one.signals, one.key["x"]) for one in arranged)
    assert set(counts) == {
        ((0, 1, 0), "A"),
        ((0, 1, 1), "B"),
        ((1, 0, 1), "A"),
        ((1, 0, 0), "B"),
    }
    assert min(counts.values()) > 900


def test_row_says_what_was_what():
    key = {"x": "B", "conditions": {"A": "kept", "B": "original", "X": "original"}}

    [row] = Abx().rows({"choice": "A"}, {}, key)

    assert row == {
        "choice": "A",
        "x_is": "B",
        "condition_a": "kept",
        "condition_b": "original",
        "is_correct": False,
        "chance": 0.5,
    }
    assert Abx().feedback({"choice": "B"}, {}, key) == {"is_correct": True, "message": "X was B."}


def test_skilled_listener_is_right_as_often_as_the_skill_says():
    rng = np.random.default_rng(1)
    abx = Abx()

    n_right = 0
    for _ in range(2000):
        one = present(abx, present_all(abx, n=1)[0].plan, rng)
        answer = abx.simulate_answer(rng, one.shown, Truth(one.key, skill=0.6))
        n_right += answer["choice"] == one.key["x"]

    # Right when heard (.6) and in half of the guesses: .8, within 4 standard errors.
    assert abs(n_right / 2000 - 0.8) < 0.036


def test_nothing_shown_tells_x():
    shown = {str(one.shown) for one in present_all(Abx(), n=8)}

    assert len(shown) == 1
