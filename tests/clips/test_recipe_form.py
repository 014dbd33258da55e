"""Everything a recipe can say can be chosen on the page, another recording included."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from evalsite.clips import engine
from evalsite.clips.forms import RecipeForm
from evalsite.clips.models import Explanation, Model, Recording
from evalsite.clips.queries import list_models, recordings_for
from evalsite.clips.services import lease_explanation, request_explanation
from evalsite.clips.services.jobs import make_outcome
from evalsite.common.blobs import publish_file
from evalsite.common.errors import EarwitnessError
from tests.clips.conftest import RECIPE, Intake

pytestmark = pytest.mark.django_db
OTHER = {**RECIPE, "targets": ["valence"], "controls": ["control_other_recording"]}


@pytest.fixture
def other(user: User, taken_in: Intake, recording: Recording) -> Recording:
    flac, facts = taken_in
    return Recording.objects.create(
        owner=user,
        title="other",
        file_name="other.wav",
        blob=publish_file(flac),
        **{**facts, "sha256": recording.sha256[::-1]},
    )


def fill_in(user: User, recording: Recording, **change: Any) -> RecipeForm:
    options = {
        "recording": recording,
        "models": list_models(),
        "others": recordings_for(user),
    }
    empty = RecipeForm(**options)
    data = {name: empty[name].value() for name in empty.fields}
    data = {name: value for name, value in data.items() if value is not None}
    return RecipeForm({**data, "model": "vibenet", **change}, **options)


def test_form_as_it_stands_is_the_engines_own_recipe(
    user: User, recording: Recording, model: Model
) -> None:
    form = fill_in(user, recording, targets=["valence"])
    assert form.is_valid(), form.errors
    checked = engine.check_recipe({**form.recipe(), "model": "vibenet"})
    plain = {"model": "vibenet", "targets": ["valence"], "start": 0.0, "duration": 3.0}
    assert checked.digest == engine.check_recipe(plain).digest


def test_everything_can_be_chosen(user: User, recording: Recording, model: Model) -> None:
    form = fill_in(
        user,
        recording,
        targets=["valence", "energy"],
        domain="spectrogram",
        fill="noise",
        reconstruction="stft_mask",
        controls=["control_whole", "control_other_target"],
    )
    assert form.is_valid(), form.errors
    found = engine.check_recipe({**form.recipe(), "model": "vibenet"}).data
    assert (found["domain"], found["fill"], found["reconstruction"]) == (
        "spectrogram",
        "noise",
        "stft_mask",
    )
    assert found["controls"] == ["control_whole", "control_other_target"]
    assert found["targets"] == ["valence", "energy"]


def test_what_is_hidden_in_the_sound_does_not_count(
    user: User, recording: Recording, model: Model
) -> None:
    form = fill_in(user, recording, targets=["valence"], domain="audio", fill="noise")
    assert form.is_valid(), form.errors
    assert "fill" not in form.recipe()


@pytest.mark.parametrize(
    ("model_input", "change", "sentence"),
    [
        ("waveform", {}, "needs a model that declares its front end, VibeNet does not"),
        ("mel", {"reconstruction": "pinv"}, "mel of VibeNet is none: choose stft_mask"),
    ],
)
def test_picture_that_the_model_does_not_have_is_a_sentence(
    signed_in: Client,
    recording: Recording,
    model: Model,
    model_input: str,
    change: dict[str, str],
    sentence: str,
) -> None:
    Model.objects.filter(pk=model.pk).update(input=model_input)
    model.refresh_from_db()
    recipe = {**RECIPE, "targets": ["valence"], "domain": "spectrogram", **change}

    page = signed_in.get(reverse("recording", args=[recording.pk])).content.decode()
    with pytest.raises(EarwitnessError, match=sentence.replace("VibeNet", "vibenet")):
        request_explanation(recording=recording, model=model, recipe=recipe)

    assert '<p class="note" data-model="vibenet">' in page
    assert sentence in page


def test_page_names_every_control_in_words(
    signed_in: Client, recording: Recording, model: Model
) -> None:
    page = signed_in.get(reverse("recording", args=[recording.pk])).content.decode()
    for kind in engine.CONTROL_KINDS:
        assert f'name="controls" value="{kind}"' in page
    assert page.count('name="controls"') == len(engine.CONTROL_KINDS)
    assert 'value="control_area" checked' in page
    assert 'value="control_whole" checked' not in page


def test_control_from_another_recording_asks_for_it(
    user: User, recording: Recording, other: Recording, model: Model
) -> None:
    form = fill_in(user, recording, targets=["valence"], controls=["control_other_recording"])
    assert form.errors == {"other": ["Choose the recording that this control is cut from."]}
    assert list(form.fields["other"].queryset) == [other]


@pytest.mark.parametrize(
    ("case", "sentence"),
    [
        ("none", "must have another recording"),
        ("same", "must have another recording"),
        ("foreign", "must be one of your own"),
        ("short", 'must last the excerpt\'s 2 s, "other" has 1.00 s'),
    ],
)
def test_wrong_other_recording_is_a_sentence(
    recording: Recording, other: Recording, model: Model, stranger: User, case: str, sentence: str
) -> None:
    if case == "foreign":
        other.owner = stranger
    if case == "short":
        other.n_samples = other.sample_rate
    given = {"none": None, "same": recording}.get(case, other)
    with pytest.raises(EarwitnessError, match=sentence):
        request_explanation(recording=recording, model=model, recipe=OTHER, other=given)
    assert not Explanation.objects.exists()


def test_other_recording_is_part_of_what_was_asked(
    recording: Recording, other: Recording, model: Model
) -> None:
    asked = {"recording": recording, "model": model, "other": other}
    plain, _ = request_explanation(**asked, recipe=RECIPE)
    assert plain.other_recording is None
    first, is_new = request_explanation(**asked, recipe=OTHER)
    again, is_new_again = request_explanation(**asked, recipe=OTHER)
    assert (is_new, is_new_again, first) == (True, False, again)
    assert first.other_recording == other


def test_control_is_cut_from_the_other_recording(
    recording: Recording, other: Recording, model: Model, tmp_path: Path
) -> None:
    asked, _ = request_explanation(recording=recording, model=model, recipe=OTHER, other=other)
    other.sha256 = recording.sha256  # the very sound: what the worker reads is what it is
    other.owner = User.objects.create(username="second")
    other.save()
    leased = lease_explanation(pk=asked.pk)
    assert leased is not None
    outcome = make_outcome(leased, tmp_path)
    assert outcome.manifest["other_recording_digest"] == other.sha256
    assert "control_other_recording" in {clip.kind for clip in outcome.clips}
