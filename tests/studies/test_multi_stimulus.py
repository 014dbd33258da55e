"""Several sounds on one scale: what is among them, what MUSHRA demands, what is recorded."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
import soundfile
import yaml
from django.conf import settings
from django.core.management import call_command

from evalsite.common.blobs import find_blob
from evalsite.common.errors import EarwitnessError, NotAllowedNow
from evalsite.studies.anchors import filter_lowpass
from evalsite.studies.models import Item, Study
from evalsite.studies.presentation import describe_items
from evalsite.studies.readiness import list_obstacles
from evalsite.studies.services import create_study, open_study
from evalsite.studies.trial_types.base import Sound, Truth
from evalsite.studies.trial_types.multi_stimulus import MultiStimulus
from tests.factories import make_explanation, make_recording, make_study, make_user
from tests.studies.full_band import make_mushra
from tests.studies.trials import make_materials, present, present_all

CONDITIONS = ("original", "kept", "control_area")
BESIDE = MultiStimulus(reference="original")
MUSHRA = MultiStimulus.from_parameters({"method": "mushra"})
ANCHORS = {name: Sound("a" * 64, 1000, 1.0) for name in ("anchor_3k5", "anchor_7k")}


def present_mushra(seed: int = 0):
    rng = np.random.default_rng(seed)
    material = replace(make_materials(1)[0], sounds=ANCHORS)
    [plan] = MUSHRA.plan_items([material], CONDITIONS, rng)
    return present(MUSHRA, plan, rng)


def test_one_item_a_recording_with_all_its_conditions():
    presented = present_all(MultiStimulus(), n=4)

    assert len(presented) == 4
    for one in presented:
        assert one.shown["labels"] == ["A", "B", "C"]
        assert sorted(one.key["conditions"].values()) == sorted(CONDITIONS)


def test_reference_is_open_and_hidden_among_the_others():
    [one] = present_all(BESIDE, n=1)

    assert one.shown["labels"] == ["R", "A", "B", "C"]
    conditions = list(one.key["conditions"].values())
    assert conditions[0] == "original"
    assert sorted(conditions[1:]) == sorted(CONDITIONS)
    assert not {"reference", "anchors", "method"} & set(one.shown)


def test_mushra_hides_reference_and_both_anchors():
    one = present_mushra()

    assert one.shown["labels"] == ["R", "A", "B", "C", "D", "E"]
    assert sorted(list(one.key["conditions"].values())[1:]) == sorted((*CONDITIONS, *ANCHORS))
    assert len({present_mushra(seed).key["conditions"]["A"] for seed in range(30)}) == 5


def test_rows_say_which_was_reference_and_anchor():
    key = {"conditions": {"R": "original", "A": "anchor_7k", "B": "original", "C": "kept"}}
    answer = {"ratings": {"A": 41, "B": 99, "C": 70}}

    rows = MUSHRA.rows(answer, {"labels": ["R", "A", "B", "C"]}, key)

    assert [tuple(row.values()) for row in rows] == [
        ("A", 41, False, 7000),
        ("B", 99, True, None),
        ("C", 70, False, None),
    ]


def test_every_sound_but_the_reference_needs_a_score():
    [one] = present_all(BESIDE, n=1)

    def find_errors(ratings):
        return list(BESIDE.answer_form({"ratings": ratings}, one.shown).errors)

    assert find_errors({"A": 0, "B": 100, "C": 50}) == []
    assert find_errors({"A": 0, "B": 100}) == ["ratings.C"]
    assert find_errors({"A": 0, "B": 101, "C": -1}) == ["ratings.B", "ratings.C"]
    assert find_errors({"A": 0, "B": 5.5, "C": True}) == ["ratings.B", "ratings.C"]
    assert find_errors({"A": 0, "B": 1, "C": 2, "R": 100}) == ["ratings"]
    assert BESIDE.must_hear(one.shown, {}) == ["R", "A", "B", "C"]


def test_training_tells_where_the_reference_was_and_practice_which_was_muffled():
    trained = present_mushra()
    hidden = next(
        label
        for label, condition in trained.key["conditions"].items()
        if condition == "original" and label != "R"
    )
    [practised] = present_all(BESIDE, what="practice")
    answer = {"ratings": dict.fromkeys("ABCDE", 30)}

    told = MUSHRA.feedback(answer, trained.shown, trained.key)
    easy = BESIDE.feedback({"ratings": {"A": 90, "B": 90}}, practised.shown, practised.key)

    message = f"The reference itself was hidden as {hidden}: you gave it 30."
    assert told == {"is_correct": None, "message": message}
    assert easy["is_correct"] is False
    assert (
        MultiStimulus().feedback(answer, {"labels": ["A"]}, {"conditions": {"A": "kept"}}) is None
    )


def test_skilled_simulation_ranks_reference_above_anchors():
    one = present_mushra()
    answer = MUSHRA.simulate_answer(np.random.default_rng(0), one.shown, Truth(one.key, 1.0))

    by_condition = {
        one.key["conditions"][label]: value for label, value in answer["ratings"].items()
    }
    assert by_condition["anchor_3k5"] < by_condition["anchor_7k"] < by_condition["original"]
    assert by_condition["original"] >= 95


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"method": "mushra", "reference": ""}, r"reference none and .* method: rating takes them"),
        (
            {"method": "mushra", "anchors": [3500]},
            r"mushra with .* got .* the anchors 3500: method",
        ),
        ({"method": "mushra", "only_playing": False}, "only_playing must be true"),
        ({"anchors": [3500]}, r"anchors can be made of a reference only"),
        ({"anchors": [5000]}, r"anchors\[0\] must be one of 3500, 7000, got 5000"),
        ({"anchors": [[]]}, r"anchors\[0\] must be one of 3500, 7000, got \[\]"),
        ({"bands": ["Bad", "Good"]}, "bands must hold 5 to 5 entries, got 2"),
        ({"bands": ["a|b", "c", "d", "e", "f"]}, r"bands\[0\] must be without \|"),
        ({"method": "bs1534"}, "method must be one of rating, mushra, got 'bs1534'"),
    ],
)
def test_parameters_are_refused_with_a_sentence(parameters, message):
    with pytest.raises(EarwitnessError, match=message):
        MultiStimulus.from_parameters(parameters)


@pytest.mark.parametrize(
    ("parameters", "conditions", "message"),
    [
        ({"reference": "original"}, ("kept", "removed"), "conditions kept, removed, got original"),
        ({}, ("kept",), "must be 2 to 12 in all, got 1"),
        ({"method": "mushra"}, ("original", *map(str, range(10))), "2 to 12 in all, got 13"),
    ],
)
def test_conditions_that_do_not_fit_are_refused(parameters, conditions, message):
    with pytest.raises(EarwitnessError, match=message):
        MultiStimulus.from_parameters(parameters).check_conditions(conditions)


@pytest.mark.django_db
def test_anchors_are_stored_beside_the_clips_as_long_and_in_time():
    study = make_mushra()

    for item in study.items.all():
        of_item = {signal.condition: signal for signal in item.signals.all() if signal.number}
        reference = of_item["original"]
        y, sr = soundfile.read(find_blob(reference.blob))
        for name, cutoff in {"anchor_3k5": 3500, "anchor_7k": 7000}.items():
            anchor = of_item[name]
            heard, rate = soundfile.read(find_blob(anchor.blob))
            assert (rate, anchor.n_bytes) == (sr, reference.n_bytes)
            assert (anchor.duration, anchor.clip) == (reference.duration, None)
            np.testing.assert_allclose(heard, filter_lowpass(y, sr, cutoff), atol=2**-14)


@pytest.mark.django_db
def test_mushra_opens_with_five_excerpts_and_training():
    few = make_mushra(n=5)

    sentence = "main: MUSHRA needs 5 excerpts or more, a listener gets 4."
    assert list_obstacles(few) == [sentence]
    with pytest.raises(NotAllowedNow, match=sentence):
        open_study(study=few)
    sample = {"assignment": "sample", "items_per_sitting": 4, "ratings_per_item": 2}
    assert list_obstacles(make_mushra(training=0, min_heard=0, **sample)) == [
        sentence,
        "main: MUSHRA needs training: give it one source or more, it has 0.",
        "main: MUSHRA needs every sound to be heard: min_heard must not be 0.",
    ]
    study = open_study(study=make_mushra())
    kinds = list(study.items.order_by("number").values_list("kind", flat=True))
    assert kinds == [Item.Kind.MAIN] * 5 + [Item.Kind.TRAINING]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"seconds": 12.5}, r"excerpts of 12 s or less, .*“Piece 0” has 12.50 s: method: rating"),
        ({"scale": 0.0}, r"15000 Hz or more, that of “Piece 0” ends at 0 Hz .* method: rating"),
        ({"scale": 1.0}, r"below full scale, that of 7000 Hz of “Piece 0” reaches"),
    ],
)
def test_clips_that_are_no_references_are_refused(options, message):
    with pytest.raises(EarwitnessError, match=message):
        make_mushra(n=2, **options)


@pytest.mark.django_db
def test_narrow_clips_are_no_mushra_but_a_rating():
    owner = make_user()
    explanations = [make_explanation(make_recording(owner)) for _ in range(2)]

    def make(**parameters):
        block = {"trial_type": "multi_stimulus", "parameters": parameters}
        overrides = {"blocks": [block]}
        return create_study(
            owner=owner, title="Narrow", explanations=explanations, overrides=overrides
        )

    with pytest.raises(
        EarwitnessError,
        match=r"blocks\[0\].*mushra with references up to 15000 Hz or more, that of “A piece” ends "
        r"at 4000 Hz \(sample rate 8000 Hz\): method: rating takes it.",
    ):
        make(method="mushra")
    with pytest.raises(EarwitnessError, match=r"7000 Hz must .* got 8000 Hz"):
        make(reference="original", anchors=[7000])
    study = make(reference="original")
    assert list_obstacles(study) == []


@pytest.mark.django_db
def test_all_conditions_in_one_item_need_no_more_recordings_than_one():
    blocks = [{"trial_type": "multi_stimulus"}]

    study = open_study(study=make_study(n_recordings=2, blocks=blocks))

    assert study.arms.count() == 1
    assert study.items.filter(kind="main").count() == 2


@pytest.mark.django_db
def test_study_is_made_of_the_manuals_example(tmp_path):
    owner = make_user("researcher")
    sources = [
        {"explanation": make_explanation(make_recording(owner)).pk, "target": "valence"}
        for _ in range(2)
    ]
    manual = (settings.BASE_DIR / "docs" / "studies.md").read_text(encoding="utf-8")
    [example] = re.findall(r"```yaml\n(trial_type: multi_stimulus\n.*?)```", manual, re.DOTALL)
    file = tmp_path / "study.yaml"
    protocol = {"format": 2, "title": "Several", "blocks": [yaml.safe_load(example)]}
    file.write_text(yaml.safe_dump({**protocol, "sources": sources}), encoding="utf-8")

    call_command("import_study", str(file), owner="researcher")

    study = open_study(study=Study.objects.get(title="Several"))
    conditions = ["original", "original", "kept", "control_area", "anchor_3k5"]
    for item in study.items.filter(kind="main"):
        assert list(item.signals.values_list("condition", flat=True)) == conditions
    rows = [row.condition for row in describe_items(study)]
    assert rows == 2 * ["original", "kept", "control, equal area"]
