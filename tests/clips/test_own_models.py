"""Models that the operator's settings name are listed, offered, explained; no others are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from evalsite.clips import engine
from evalsite.clips.models import Explanation, Model, Recording
from evalsite.clips.services import request_explanation, run_explanation, sync_models
from explain_engine import EngineError, describe_model
from tests.clips.conftest import RECIPE

METER = """
name = "meter"
title = "Level meter"
kind = "callable"
code = "tests.clips.own_meter:measure"
targets = ["level", "peak"]
sr = 8000
licence = "Apache-2.0"
card = "It measures how loud a sound is."
"""


@pytest.fixture
def meter(tmp_path: Path, settings) -> Iterator[Path]:
    path = tmp_path / "meter.toml"
    path.write_text(METER, encoding="utf-8")
    settings.MODEL_FILES = [str(path)]
    apps.get_app_config("clips").ready()
    yield path
    engine.use_model_files([])


@pytest.mark.django_db
def test_own_model_is_listed_offered_and_explained(
    meter: Path, recording: Recording, signed_in: Client, no_broker: None
) -> None:
    call_command("sync_models")
    own = Model.objects.get(name="meter")
    page = signed_in.get(reverse("recording", args=[recording.pk])).content.decode()

    explanation, _ = request_explanation(
        recording=recording, model=own, recipe={**RECIPE, "targets": ["level"]}
    )
    run_explanation(pk=explanation.pk)

    assert (own.title, own.targets, own.sample_rate) == ("Level meter", ["level", "peak"], 8000)
    assert "Level meter" in page
    assert "digest covers the file that holds it" in own.card
    explanation.refresh_from_db()
    assert (explanation.state, explanation.error) == (Explanation.State.DONE, "")
    assert explanation.weights_digest == own.weights_digest


@pytest.mark.django_db
def test_own_model_that_is_gone_is_offered_no_more(meter: Path) -> None:
    sync_models()
    engine.use_model_files([])

    sync_models()

    assert not Model.objects.get(name="meter").is_available


def test_wrong_model_file_stops_the_start_with_a_sentence(meter: Path, settings) -> None:
    meter.write_text(METER.replace("callable", "pickle"), encoding="utf-8")

    with pytest.raises(ImproperlyConfigured, match=r"MODELS: .* kind must be one of .* 'pickle'"):
        apps.get_app_config("clips").ready()


@pytest.mark.django_db
@pytest.mark.parametrize("model", ["tests.clips.own_meter:measure", "meter.toml"])
def test_nobody_brings_code_through_the_form(
    meter: Path, recording: Recording, signed_in: Client, model: str
) -> None:
    sync_models()

    page = signed_in.post(reverse("recording", args=[recording.pk]), {"model": model})

    assert "Select a valid choice" in page.content.decode()
    assert not Explanation.objects.exists()
    with pytest.raises(EngineError, match="model must be one of a2mid2e, meter, vibenet, got"):
        describe_model(model)
