"""Paired comparison by hand: which pairs, what is recorded, what fits a scale."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import pytest

from evalsite.analysis.pairwise import fit_bradley_terry
from evalsite.common.errors import EarwitnessError
from evalsite.studies.trial_types.base import ItemView, Truth
from evalsite.studies.trial_types.pair import Pair
from tests.studies.trials import present, present_all

FIVE = ("original", "kept", "removed", "control_area", "control_energy")
KEY = {"conditions": {"A": "kept", "B": "control_area"}}
ALL = Pair(offer_tie=True, strength=("a little", "much"))


def test_every_pair_of_a_recording_is_compared():
    conditions = [one.plan.condition for one in present_all(Pair(), n=1)]

    assert conditions == ["original vs kept", "original vs control_area", "kept vs control_area"]


def test_degree_leaves_pairs_out_and_keeps_all_connected():
    presented = present_all(Pair(degree=2), FIVE, n=1)

    counts = Counter(c for one in presented for c in one.plan.condition.split(" vs "))
    assert counts == dict.fromkeys(FIVE, 2)


def test_reference_is_open_and_in_no_pair():
    presented = present_all(Pair(reference="original"), n=1)

    assert [one.plan.condition for one in presented] == ["kept vs control_area"]
    assert presented[0].shown["labels"] == ["R", "A", "B"]
    assert presented[0].key["conditions"]["R"] == "original"
    assert "reference" not in presented[0].shown


@pytest.mark.parametrize(
    ("parameters", "conditions", "message"),
    [
        ({"reference": "original"}, ("kept", "removed"), "conditions kept, removed, got original"),
        ({"reference": "kept"}, ("kept", "removed"), "must be 2 or more to be compared, got 1"),
        ({"degree": 3}, ("kept", "removed", "original"), r"from 2 to 2 with 3 conditions, got 3"),
    ],
)
def test_conditions_that_make_no_pairs_are_refused(parameters, conditions, message):
    with pytest.raises(EarwitnessError, match=message):
        Pair.from_parameters(parameters).check_conditions(conditions)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"offer_tie": 1}, "parameters.offer_tie must be true or false, got 1"),
        ({"reference": "A B"}, "parameters.reference must be a name"),
        ({"ties": True}, "parameters may hold prompt, reference, offer_tie, strength, degree"),
    ],
)
def test_parameters_are_refused_with_a_sentence(parameters, message):
    with pytest.raises(EarwitnessError, match=message):
        Pair.from_parameters(parameters)


def test_sides_are_balanced_over_listeners():
    rng = np.random.default_rng(0)
    view = ItemView(("reference", "first", "second"), ("original", "kept", "control_area"))

    counts = Counter(Pair().arrange(view, rng).signals for _ in range(2000))

    assert set(counts) == {(0, 1, 2), (0, 2, 1)}
    assert min(counts.values()) > 900


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("A2", ("A", "kept", False, 1.0, 2)),
        ("A1", ("A", "kept", False, 1.0, 1)),
        ("tie", ("tie", "", True, 0.5, None)),
        ("B1", ("B", "control_area", False, 0.0, 1)),
    ],
)
def test_row_says_what_was_preferred_and_by_how_much(answer, expected):
    [row] = ALL.rows({"choice": answer}, {}, KEY)

    names = ("choice", "preferred", "is_tie", "outcome", "strength")
    assert tuple(row[name] for name in names) == expected
    assert (row["condition_a"], row["condition_b"]) == ("kept", "control_area")


@pytest.mark.parametrize("answer", ["tie", "A1", "C", 1, None])
def test_answer_that_was_not_offered_is_refused(answer):
    errors = Pair().answer_form({"choice": answer}, {}).errors

    assert list(errors) == ["choice"]
    assert errors["choice"].startswith("choice must be one of A, B, got ")


@pytest.mark.parametrize("pair", [Pair(), ALL, Pair(reference="original")])
@pytest.mark.parametrize("what", ["practice", "catch"])
def test_muffled_one_is_known_to_those_who_listen(pair, what):
    rng = np.random.default_rng(2)
    [one] = present_all(pair, what=what)
    for _ in range(20):
        again = present(pair, one.plan, rng)
        answer = pair.simulate_answer(rng, again.shown, Truth(again.key, 1.0))

        assert pair.answer_form(answer, again.shown).cleaned == answer
        assert pair.feedback(answer, again.shown, again.key)["is_correct"]
        assert again.key["conditions"][answer["choice"][0]] == "muffled"


def test_items_have_no_right_answer():
    [one, *_] = present_all(Pair())

    assert Pair().feedback({"choice": "A"}, one.shown, one.key) is None


def test_rows_fit_a_scale_with_ties():
    rng = np.random.default_rng(3)
    rows = []
    for one in present_all(ALL, n=60):
        by_label = one.key["conditions"]
        is_kept = [by_label[label] == "kept" for label in "AB"]
        wish = "A1" if is_kept[0] else "B1"
        answer = wish if any(is_kept) and rng.random() < 0.8 else rng.choice(["A1", "tie", "B1"])
        rows += ALL.rows({"choice": str(answer)}, one.shown, one.key)
    frame = pd.DataFrame(rows).rename(columns={"condition_a": "first", "condition_b": "second"})

    scale = fit_bradley_terry(frame[["first", "second", "outcome"]], ties=True)

    abilities = {name: result.estimate for name, result in scale.abilities.items()}
    assert max(abilities, key=abilities.get) == "kept"
    assert abs(abilities["original"] - abilities["control_area"]) < 1
