"""Foretelling by hand: known answers from stored outputs, learning and test kept apart."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from evalsite.common.errors import EarwitnessError
from evalsite.studies.blocks import read_block
from evalsite.studies.models import Item
from evalsite.studies.outputs import choose_evenly, name_change, name_foremost, name_levels
from evalsite.studies.planning import plan_block
from evalsite.studies.readiness import check_study
from evalsite.studies.services import create_study
from evalsite.studies.trial_types.base import Truth
from evalsite.studies.trial_types.predict_model import PredictModel
from tests.factories import make_explanation, make_recording, make_study, make_user
from tests.studies.trials import SOUNDS, make_materials, present, present_all

FORWARD = {"trial_type": "predict_model", "conditions": ["kept"], "training": 4}
CHANGE = PredictModel(mode="counterfactual", explain="never")


def make_outputs(values, target="valence"):
    """Sources with these outputs on the original, whose kept clip gives .1 less."""
    materials = make_materials(len(values), targets=(target,))
    for material, value in zip(materials, values, strict=True):
        for kind, clip in material.clips.items():
            change = {"kept": -0.1, "removed": 0.2, "control_area": 0.0}.get(kind, 0.0)
            clip.facts = {"output_after_alignment": {target: value + change}}
    return materials


def test_levels_are_cut_into_equal_parts_of_all_sources():
    found = name_levels(make_outputs([0.9, 0.1, 0.4, 0.7, 0.2, 0.3]), ["low", "middle", "high"])

    assert found == ["high", "low", "middle", "high", "low", "middle"]


def test_levels_are_of_each_target_by_itself():
    materials = [*make_outputs([0.1, 0.2]), *make_outputs([0.8, 0.9], "energy")]

    assert name_levels(materials, ["low", "high"]) == ["low", "high", "low", "high"]


def test_equal_outputs_are_of_one_level():
    assert set(name_levels(make_outputs([0.5] * 4), ["low", "high"])) == {"low"}


def test_foremost_is_what_stands_out_among_all_sources():
    materials = make_outputs([0, 0, 0])
    # Valence is always the larger one; energy stands out in the first.
    for material, energy, valence in zip(materials, (0.3, 0.1, 0.1), (0.8, 0.9, 0.7), strict=True):
        material.explanation.manifest = {"all_predictions": {"valence": valence, "energy": energy}}

    assert name_foremost(materials, ["valence", "energy"]) == ["energy", "valence", "energy"]
    with pytest.raises(EarwitnessError, match="output for each choice, tension is missing"):
        name_foremost(materials, ["valence", "tension"])


@pytest.mark.parametrize(
    ("after", "same_within", "name"),
    [(0.6, 0, "up"), (0.4, 0, "down"), (0.5, 0, None), (0.55, 0.1, "same"), (0.7, 0.1, "up")],
)
def test_change_is_up_down_or_the_same(after, same_within, name):
    assert name_change(0.5, after, same_within=same_within) == name


def test_even_choice_takes_turns_among_classes():
    classes = ["high", "low", "low", "high", "low", "low"]

    assert choose_evenly(classes, 4, order=[5, 4, 3, 2, 1, 0]) == [0, 3, 4, 5]


def plan(materials, block=None, seed=3, name="main"):
    planned = plan_block(
        read_block({**FORWARD, "name": name, **(block or {})}), materials, SOUNDS, seed
    )
    by_kind = {kind: [] for kind in Item.Kind}
    for kind, one in planned:
        by_kind[kind].append(one)
    return by_kind


def test_learning_and_test_are_apart_and_balanced():
    planned = plan(make_outputs(np.linspace(0, 1, 12)))

    learning, test = planned["training"], planned["main"]
    assert Counter(one.key["sought"] for one in learning) == {"low": 2, "high": 2}
    assert Counter(one.key["sought"] for one in test) == {"low": 4, "high": 4}
    assert {one.key["phase"] for one in learning} == {"learning"}
    assert {one.key["phase"] for one in test} == {"test"}
    known = {one.material.explanation.recording_id for one in learning}
    assert not known & {one.material.explanation.recording_id for one in test}


def test_recording_with_two_targets_is_not_in_both_phases():
    materials = [*make_outputs(np.linspace(0, 1, 6)), *make_outputs(np.linspace(0, 1, 6), "energy")]

    planned = plan(materials, {"training": 2, "assignment": "all"})

    recordings = {
        kind: {one.material.explanation.recording_id for one in planned[kind]}
        for kind in ("training", "main")
    }
    assert recordings["training"] and not recordings["training"] & recordings["main"]


def test_arms_of_a_study_learn_from_the_same_recordings():
    arms = {
        "with": {},
        "without": {"conditions": ["original"], "parameters": {"explain": "never"}},
    }

    learned = [
        plan(make_outputs(np.linspace(0, 1, 12)), block, name=name)["training"]
        for name, block in arms.items()
    ]

    recordings = [{one.material.explanation.recording_id for one in arm} for arm in learned]
    assert recordings[0] == recordings[1]


@pytest.mark.parametrize(
    ("explain", "conditions", "labels"),
    [
        ("always", ["kept"], {"learning": "RE", "test": "RE"}),
        ("learning", ["kept"], {"learning": "RE", "test": "R"}),
        ("never", ["original"], {"learning": "R", "test": "R"}),
    ],
)
def test_explanation_is_heard_when_it_is_told(explain, conditions, labels):
    block = {"conditions": conditions, "parameters": {"explain": explain}}
    planned = plan(make_outputs(np.linspace(0, 1, 8)), block)
    trial_type = PredictModel(explain=explain)

    heard = {
        one.key["phase"]: "".join(
            present(trial_type, one, np.random.default_rng(0)).shown["labels"]
        )
        for kind in ("training", "main")
        for one in planned[kind]
    }

    assert heard == labels


def test_counterfactual_asks_what_the_stored_outputs_say():
    plans = CHANGE.plan_items(
        make_outputs([0.5]), ("kept", "removed", "control_area"), np.random.default_rng(0)
    )

    # The control changes nothing: nothing to foretell.
    assert [one.key["sought"] for one in plans] == ["down", "up"]
    assert plans[0].key["output_changed"] == pytest.approx(0.4)
    assert [signal.condition for signal in plans[1].signals] == ["original", "removed"]


def test_row_says_what_was_foretold_and_what_is_true():
    one = present(CHANGE, CHANGE.plan_items(make_outputs([0.5]), ("removed",), None)[0], None)

    [row] = CHANGE.rows({"choice": "down"}, one.shown, one.key)

    assert row == {
        "mode": "counterfactual",
        "phase": "test",
        "asked": "valence",
        "explained": False,
        "choice": "down",
        "truth": "up",
        "is_correct": False,
        "chance": 0.5,
        "output": 0.5,
        "output_changed": 0.7,
    }
    told = CHANGE.feedback({"choice": "down"}, one.shown, one.key)
    assert told == {"is_correct": False, "message": "The model’s output goes up. (0.50 → 0.70)"}


def test_nothing_shown_tells_the_answer():
    by_answer = {"low": set(), "high": set()}
    foretell = PredictModel()
    for item in foretell.plan_items(make_outputs([0.1, 0.2, 0.3, 0.4]), ("kept",), None):
        one = present(foretell, item, None)
        by_answer[one.key["sought"]].add(str(one.shown))

    assert by_answer["low"] == by_answer["high"]
    assert "output" not in str(by_answer)


def test_skilled_listener_is_right_as_often_as_the_skill_says():
    rng = np.random.default_rng(1)
    [one, *_] = present_all(PredictModel(), n=8)

    answers = [
        PredictModel().simulate_answer(rng, one.shown, Truth(one.key, 0.6)) for _ in range(2000)
    ]

    n_right = sum(answer["choice"] == one.key["sought"] for answer in answers)
    assert abs(n_right / 2000 - 0.8) < 0.036


@pytest.mark.parametrize(
    ("parameters", "conditions", "rule"),
    [
        ({"mode": "counterfactual"}, ["original", "kept"], "without original in a counterfactual"),
        ({"explain": "never"}, ["kept"], "original alone where nothing is explained"),
        ({"explain": "learning"}, ["kept", "control_area"], "one where only learning is explained"),
        ({"levels": []}, ["kept"], "levels must hold 2 to 5 entries, got 0"),
        ({"same_within": -1}, ["kept"], "same_within must be a number from 0 to 1000"),
    ],
)
def test_what_cannot_be_asked_is_refused(parameters, conditions, rule):
    with pytest.raises(EarwitnessError, match=rule):
        read_block(
            {"trial_type": "predict_model", "parameters": parameters, "conditions": conditions}
        )


@pytest.mark.django_db
def test_readiness_tells_of_answers_out_of_balance():
    # All explanations of the factory have one output.
    study = make_study(blocks=[{"trial_type": "predict_model", "feedback": False}])

    warnings = [check.text for check in check_study(study) if check.is_warning]

    assert any("not balanced (9 low): who always says low is right in 100%" in w for w in warnings)
    assert any("nobody learns what the model says" in w for w in warnings)
    assert any("Turn feedback on" in w for w in warnings)


@pytest.mark.django_db
def test_readiness_is_content_with_balanced_answers():
    owner = make_user()
    explanations = [make_explanation(make_recording(owner)) for _ in range(6)]
    for number, explanation in enumerate(explanations):
        explanation.clips.filter(kind="original").update(
            facts={"output_after_alignment": {"valence": number / 10}}
        )
    study = create_study(
        owner=owner,
        title="Foretold",
        explanations=explanations,
        overrides={"blocks": [{"trial_type": "predict_model", "training": 2}]},
    )

    texts = [check.text for check in check_study(study)]

    assert not [text for text in texts if "balanced" in text or "learn" in text]
