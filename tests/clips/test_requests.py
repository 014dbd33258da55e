"""Asking for an explanation: once is enough, wrong is a sentence, and no broker is no harm."""

from __future__ import annotations

import socket
import threading
import time

import pytest
from django.db import connection
from django.test import Client, override_settings
from django.urls import reverse

from evalsite.clips import engine
from evalsite.clips.models import Explanation, Model, Recording
from evalsite.clips.services import (
    delete_explanation,
    fail_explanation,
    lease_explanation,
    request_explanation,
    retry_explanation,
    sync_models,
)
from evalsite.common.errors import EarwitnessError, NotAllowedNow
from tests.clips.conftest import RECIPE, use_broker

pytestmark = pytest.mark.django_db

State = Explanation.State


def test_request_twice_is_one_row(recording: Recording, model: Model) -> None:
    first, is_new = request_explanation(recording=recording, model=model, recipe=RECIPE)
    again, is_new_again = request_explanation(
        recording=recording, model=model, recipe=dict(reversed(RECIPE.items()))
    )
    assert (is_new, is_new_again) == (True, False)
    assert again == first
    assert Explanation.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_twenty_requests_at_once_are_one_row(recording: Recording, model: Model) -> None:
    asked: list[tuple[int, bool]] = []

    def ask() -> None:
        try:
            found, is_new = request_explanation(recording=recording, model=model, recipe=RECIPE)
            asked.append((found.pk, is_new))
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({pk for pk, _ in asked}) == 1
    assert len(asked) == 20
    assert sum(is_new for _, is_new in asked) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 1},
        {"start": 0.75},
        {"targets": ["valence"]},
        {"n_samples": 32},
        {"selection": "against"},
    ],
    ids=str,
)
def test_another_recipe_is_another_row(
    queued: Explanation, model: Model, change: dict[str, object]
) -> None:
    other, is_new = request_explanation(
        recording=queued.recording, model=model, recipe={**RECIPE, **change}
    )
    assert is_new
    assert other.recipe_digest != queued.recipe_digest


def test_new_weights_are_another_row(queued: Explanation, model: Model) -> None:
    model.weights_digest = "0" * 64
    model.save()
    _, is_new = request_explanation(recording=queued.recording, model=model, recipe=RECIPE)
    assert is_new


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"targets": []}, "at least one"),
        ({"targets": ["sadness"]}, "Targets of vibenet are .*, got sadness"),
        ({"start": 2.0}, r"within the recording's 3.00 s, got 2 to 4 s"),
        ({"start": float("nan")}, "finite"),
        ({"duration": 1.0}, "duration must be 2 to 30 s, got 1"),
        ({"n_samples": 15}, "n_samples must be a whole number from 16"),
        ({"seed": True}, "seed must be a whole number"),
        ({"segmenter": "knife"}, "segmenter must be one of .*, got 'knife'"),
        ({"segmenter_parameters": {"x": 1}}, "takes the parameters"),
        (
            {"segmenter": "stems", "segmenter_parameters": {"files": ["/etc/passwd"]}},
            "segmenter stems reads files of its own, so it is for the command line only",
        ),
        ({"colour": "red"}, "got colour"),
    ],
    ids=str,
)
def test_wrong_recipe_is_a_sentence(
    recording: Recording, model: Model, change: dict[str, object], reason: str
) -> None:
    with pytest.raises(EarwitnessError, match=reason):
        request_explanation(recording=recording, model=model, recipe={**RECIPE, **change})
    assert not Explanation.objects.exists()


def test_missing_model_is_a_sentence(recording: Recording, model: Model) -> None:
    model.is_available = False
    model.save()
    with pytest.raises(EarwitnessError, match='must be installed, "vibenet" is not'):
        request_explanation(recording=recording, model=model, recipe=RECIPE)


def test_sync_models_follows_what_is_installed(model: Model) -> None:
    gone = Model.objects.create(
        name="gone", title="Gone", targets=["x"], sample_rate=16_000, weights_digest="0" * 64
    )
    sync_models()
    gone.refresh_from_db()
    model.refresh_from_db()
    assert not gone.is_available
    assert model.is_available
    assert [found.name for found in Model.objects.filter(is_default=True)] == ["a2mid2e"]
    assert "valence" in model.targets


@pytest.mark.parametrize(("setting", "device"), [("cpu", "cpu"), ("cuda", "cuda")])
def test_device_is_part_of_the_row(
    recording: Recording, model: Model, setting: str, device: str
) -> None:
    with override_settings(DEVICE=setting):
        explanation, _ = request_explanation(recording=recording, model=model, recipe=RECIPE)
    assert explanation.device == device
    assert engine.find_device("auto") in ("cpu", "cuda")


@pytest.mark.django_db(transaction=True)
def test_refusing_broker_leaves_the_row_to_the_reaper(no_broker: None, queued: Explanation) -> None:
    queued.refresh_from_db()
    assert queued.state == State.QUEUED
    assert queued.woken_at is None


@pytest.mark.django_db(transaction=True)
def test_silent_broker_holds_a_request_for_three_seconds_at_most(
    signed_in: Client, recording: Recording, model: Model
) -> None:
    """One that accepts connections and never says a word."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(5)
        with use_broker(silent.getsockname()[1]):
            begun = time.monotonic()
            response = signed_in.post(reverse("recording", args=[recording.pk]), form_data())
            seconds = time.monotonic() - begun
    explanation = Explanation.objects.get()
    assert response.url == reverse("explanation", args=[explanation.pk])
    assert explanation.woken_at is None
    # Two for the broker; the rest is what a busy machine takes for the page itself.
    assert seconds < 3.5


def form_data(**changes: object) -> dict[str, object]:
    return {
        "model": "vibenet",
        "targets": ["valence", "energy"],
        "start": "0.5",
        "duration": "2",
        "selection": "for",
        "n_selected": "7",
        "n_samples": "16",
        "stability": "0.9",
        "seed": "0",
        "segmenter": "grid",
        "explainer": "lime",
        "controls": ["control_area", "control_energy"],
        **changes,
    }


def test_page_asks_with_the_engines_own_defaults(
    signed_in: Client, recording: Recording, queued: Explanation
) -> None:
    """The form left as it is makes the same recipe as the service without those keys."""
    url = reverse("recording", args=[recording.pk])
    response = signed_in.post(url, form_data(), follow=True)
    assert Explanation.objects.count() == 1
    assert "This recipe was asked before" in response.content.decode()


def test_page_passes_on_the_stability_wanted(signed_in: Client, recording: Recording) -> None:
    sync_models()
    signed_in.post(reverse("recording", args=[recording.pk]), form_data(stability="0.8"))
    signed_in.post(reverse("recording", args=[recording.pk]), form_data(stability=""))

    asked = [explanation.recipe["stability"] for explanation in Explanation.objects.order_by("pk")]
    assert asked == [0.8, None]


@pytest.mark.parametrize("kind", ["segmenter", "explainer"])
def test_every_component_on_the_page_makes_a_recipe(
    signed_in: Client, recording: Recording, kind: str
) -> None:
    sync_models()
    names = [described["name"] for described in engine.describe_components(kind)]
    for name in names:
        signed_in.post(reverse("recording", args=[recording.pk]), form_data(**{kind: name}))

    assert sorted(e.recipe[kind] for e in Explanation.objects.all()) == names


def test_page_offers_what_reads_no_files() -> None:
    names = [described["name"] for described in engine.describe_components("segmenter")]

    assert {"beats", "frequency", "hpss", "nmf", "slic", "time"} <= set(names)
    assert "stems" not in names


def test_page_passes_on_component_parameters(signed_in: Client, recording: Recording) -> None:
    sync_models()
    described = {d["name"]: d for d in engine.describe_components("segmenter")}["grid"]
    parameter = described["parameters"][0]
    value = parameter["default"] + 1
    field = f"segmenter-grid-{parameter['name']}"
    signed_in.post(reverse("recording", args=[recording.pk]), form_data(**{field: value}))
    recipe = Explanation.objects.get().recipe
    assert recipe["segmenter_parameters"][parameter["name"]] == value


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"targets": []}, "Choose at least one target to explain."),
        ({"start": "2.5"}, "must end within the recording&#x27;s 3.00 s"),
        ({"duration": "99"}, "less than or equal to 30"),
        ({"start": "nan"}, "Enter a number."),
        ({"n_samples": "99999999999999999999"}, "n_samples must be a whole number"),
        ({"targets": ["sadness"]}, "Select a valid choice"),
        ({"model": "nothing"}, "Select a valid choice"),
        ({"segmenter-grid-n_bands": "a"}, "Enter a whole number"),
    ],
    ids=str,
)
def test_page_tells_what_is_wrong(
    signed_in: Client,
    recording: Recording,
    model: Model,
    changes: dict[str, object],
    sentence: str,
) -> None:
    url = reverse("recording", args=[recording.pk])
    response = signed_in.post(url, form_data(**changes))
    assert response.status_code == 400
    assert sentence in response.content.decode()
    assert not Explanation.objects.exists()


def test_retry_gives_all_attempts_back(queued: Explanation) -> None:
    leased = lease_explanation(pk=queued.pk)
    assert leased is not None
    fail_explanation(explanation=leased, sentence="The excerpt is silent.")
    retry_explanation(explanation=queued)
    queued.refresh_from_db()
    assert (queued.state, queued.attempts, queued.error) == (State.QUEUED, 0, "")


def test_retry_of_what_did_not_fail_is_refused(queued: Explanation) -> None:
    with pytest.raises(NotAllowedNow, match="Only a failed explanation"):
        retry_explanation(explanation=queued)


def test_waiting_can_be_taken_back_and_running_cannot(queued: Explanation) -> None:
    lease_explanation(pk=queued.pk)
    with pytest.raises(NotAllowedNow, match="waits or failed"):
        delete_explanation(explanation=queued)
    Explanation.objects.filter(pk=queued.pk).update(state=State.QUEUED, lease_until=None)
    delete_explanation(explanation=queued)
    assert not Explanation.objects.exists()
