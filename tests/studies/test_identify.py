"""Forced choice by hand: what is offered, which clips stand together, what counts as right."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from evalsite.common.errors import EarwitnessError
from evalsite.studies.trial_types.base import ItemView, Truth
from evalsite.studies.trial_types.identify import Identify
from tests.studies.trials import make_materials, present, present_all

CONDITIONS = ("kept", "control_area")
TARGETS = ("valence", "energy", "tension", "happiness")
RNG = np.random.default_rng(0)


def plan(identify, materials, conditions=CONDITIONS):
    return identify.plan_items(materials, conditions, np.random.default_rng(0))


def same_recording(targets=TARGETS):
    """One recording, a source for each target."""
    materials = make_materials(len(targets), targets)
    for material in materials:
        material.explanation.recording = materials[0].explanation.recording
    return materials


def names(choices):
    return [choice["name"] for choice in choices]


def test_choices_are_the_targets_of_the_sources():
    items = plan(Identify(), make_materials(5))

    assert len(items) == 10
    assert {tuple(names(item.shown["choices"])) for item in items} == {TARGETS}
    assert [item.key["sought"] for item in items[::2]] == [*TARGETS, "valence"]


def test_single_target_is_sought_among_its_ready_made_set():
    [item, _] = plan(Identify(), make_materials(1, ["energy"]))

    assert names(item.shown["choices"]) == [
        *("valence", "energy", "tension", "anger", "fear", "happy", "sad", "tender")
    ]


def test_single_target_of_no_set_needs_choices():
    with pytest.raises(EarwitnessError, match="2 targets or more to choose among, got loudness"):
        plan(Identify(), make_materials(1, ["loudness"]))


def test_target_missing_among_the_choices_is_named():
    identify = Identify.from_parameters({"choices": ["valence", "energy"]})

    with pytest.raises(EarwitnessError, match="every target of the sources, tension is missing"):
        plan(identify, make_materials(4))


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"ask": "x"}, "parameters.ask must be one of target, clip, got 'x'"),
        ({"n_clips": 1}, "n_clips must be 0 or from 2 to 12, got 1"),
        ({"choices": ["energy"]}, "parameters.choices must hold 2 to 20 entries or none, got 1"),
        ({"choices": "x"}, "parameters.choices must be one of mid_level, emotions, got 'x'"),
        ({"choices": ["energy", "energy"]}, "'energy' twice"),
        ({"choices": [{"name": "energy"}, "sad"]}, r"choices\[0\].label must be text, got None"),
    ],
)
def test_parameters_are_refused_with_a_sentence(parameters, message):
    with pytest.raises(EarwitnessError, match=message):
        Identify.from_parameters(parameters)


@pytest.mark.parametrize(
    ("among", "conditions", "message"),
    [
        ("conditions", ("kept",), "conditions must be 2 or more with kept among them"),
        ("conditions", ("original", "removed"), "with kept among them .* got original, removed"),
        ("targets", ("original", "kept"), "conditions must be without original"),
    ],
)
def test_conditions_are_refused_with_a_sentence(among, conditions, message):
    with pytest.raises(EarwitnessError, match=message):
        Identify(ask="clip", among=among).check_conditions(conditions)


def test_clips_of_all_conditions_stand_together():
    [item] = plan(Identify(ask="clip", among="conditions"), make_materials(1))

    assert [signal.condition for signal in item.signals] == list(CONDITIONS)
    assert (item.condition, item.key["sought"]) == ("kept, control_area", "kept")


def test_wanted_is_told_with_the_end_that_the_clips_speak_for():
    materials = make_materials(2, ["energy", "loudness"])
    identify = Identify(ask="clip", among="conditions")

    told = [item.shown["wanted"]["label"] for item in plan(identify, materials)]
    materials[0].explanation.recipe["selection"] = "against"
    told += [item.shown["wanted"]["label"] for item in plan(identify, materials[:1])]

    assert told == ["Energy: high", "Loudness", "Energy: low"]


def test_clips_of_a_recording_stand_together_and_each_target_is_sought():
    items = plan(Identify(ask="clip", n_clips=3), same_recording(), ("kept",))

    assert [item.key["made_for"] for item in items] == [
        ["valence", "energy", "tension"],
        ["energy", "tension", "happiness"],
        ["tension", "happiness", "valence"],
        ["happiness", "valence", "energy"],
    ]
    assert [item.key["sought"] for item in items] == list(TARGETS)
    assert {item.signals[0].clip.target for item in items} == set(TARGETS)


def test_recording_of_too_few_targets_is_named():
    with pytest.raises(EarwitnessError, match=r"Piece 0.* must have sources for 2 targets or more"):
        plan(Identify(ask="clip"), make_materials(4))


def test_clips_of_several_lengths_are_refused():
    materials = same_recording()
    materials[1].clips["kept"].n_bytes = 999

    with pytest.raises(EarwitnessError, match="one length to be compared, got 999, 1000 bytes"):
        plan(Identify(ask="clip"), materials)


def test_each_recording_is_in_one_group_in_all_conditions():
    identify = Identify(ask="clip", among="recordings", n_clips=2)

    items = plan(identify, make_materials(8))

    groups = {
        condition: [
            frozenset(signal.clip.explanation.recording.pk for signal in item.signals)
            for item in items
            if item.condition == condition
        ]
        for condition in CONDITIONS
    }
    assert groups["kept"] == groups["control_area"]
    assert sorted(pk for group in groups["kept"] for pk in group) == list(range(1, 9))
    assert all(len(set(item.key["made_for"])) == 2 for item in items)
    sought = Counter(item.key["sought"] for item in items)
    assert max(sought.values()) - min(sought.values()) <= 2
    assert identify.player["is_apart"] and not Identify(ask="clip").player["is_apart"]


def test_recording_that_is_a_source_twice_is_named():
    with pytest.raises(EarwitnessError, match=r"source once .* “Piece 0” is 4 times"):
        plan(Identify(ask="clip", among="recordings"), same_recording())


def test_choices_stand_in_one_order_for_a_listener():
    [item, *_] = plan(Identify(), make_materials(4))

    def arrange(identify, seed):
        view = ItemView(("clip",), ("kept",), item.shown, item.key, seed)
        return tuple(names(identify.arrange(view, RNG).shown["choices"]))

    orders = [arrange(Identify(), seed) for seed in range(400)]

    assert orders == [arrange(Identify(), seed) for seed in range(400)]
    assert set(Counter(order[0] for order in orders)) == set(TARGETS)
    assert min(Counter(order[0] for order in orders).values()) > 60
    assert arrange(Identify(order="fixed"), 3) == TARGETS


def test_row_of_a_target_says_what_was_right():
    shown = {"choices": [{"name": name} for name in ("energy", "sad", "fear")]}

    [row] = Identify().rows({"choice": "sad"}, shown, {"sought": "fear"})

    assert row == {
        "choice": "sad",
        "truth": "fear",
        "place": 2,
        "is_correct": False,
        "chance": 1 / 3,
    }


def test_row_of_a_clip_says_what_it_was_made_for():
    identify = Identify(ask="clip", confidence=("guess", "sure"))
    key = {"made_for": {"A": "energy", "B": "sad"}, "sought": "sad"}

    [row] = identify.rows({"choice": "B", "confidence": 2}, {"labels": ["A", "B"]}, key)

    assert row == {
        "choice": "sad",
        "truth": "sad",
        "place": 2,
        "is_correct": True,
        "chance": 0.5,
        "confidence": 2,
        "signal": "B",
    }
    told = identify.feedback({"choice": "A"}, {}, key)
    assert told == {"is_correct": False, "message": "It was: B."}


@pytest.mark.parametrize(
    "identify",
    [
        Identify(),
        Identify(ask="clip", among="conditions"),
        Identify(ask="clip", among="recordings", confidence=("guess", "sure")),
    ],
)
@pytest.mark.parametrize("what", ["items", "practice", "catch"])
def test_simulated_answers_pass_and_skill_shows(identify, what):
    rng = np.random.default_rng(1)
    [one, *_] = present_all(identify, ("kept", "control_area", "removed"), what=what)
    offered = one.shown["labels"] if identify.ask == "clip" else one.shown["choices"]

    n_right = 0
    for _ in range(1000):
        again = present(identify, one.plan, rng)
        answer = identify.simulate_answer(rng, again.shown, Truth(again.key, 0.6))
        assert identify.answer_form(answer, again.shown).cleaned == answer
        n_right += identify.rows(answer, again.shown, again.key)[0]["is_correct"]

    # Right when heard (.6) and in 1 of k guesses, within 4 standard errors.
    assert abs(n_right / 1000 - (0.6 + 0.4 / len(offered))) < 4 * 0.5 / 1000**0.5


def test_nothing_shown_tells_what_is_right():
    for identify in (Identify(), Identify(ask="clip", among="conditions")):
        by_target: dict[str, set[str]] = {}
        for one in present_all(identify, ("kept", "control_area"), n=8):
            by_target.setdefault(one.plan.material.target, set()).add(str(one.shown))
        assert all(len(shown) == 1 for shown in by_target.values())
        assert (len(set.union(*by_target.values())) == 1) == (identify.ask == "target")


def test_what_is_no_choice_is_refused():
    [one, *_] = present_all(Identify())

    errors = Identify().answer_form({"choice": "A"}, one.shown).errors

    assert list(errors) == ["choice"]
    assert errors["choice"].startswith("choice must be one of ")
