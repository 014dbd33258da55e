"""The API writes: by the same rules as the pages, each refusal with its place."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from evalsite.clips.models import Explanation, Recording
from evalsite.studies.models import Study
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner():
    return factories.make_user()


@pytest.fixture
def api(owner):
    token = Token.objects.create(user=owner)
    client = APIClient(HTTP_AUTHORIZATION=f"Token {token.key}")
    client.default_format = "json"
    return client


def write(api, method: str, url: str, body: object = None):
    return getattr(api, method)(f"/api/v1/{url}", body, format="json")


def read_error(answer) -> dict:
    return answer.json()["error"]


def test_a_study_lives_from_draft_to_closed(api, owner):
    recordings = [factories.make_recording(owner, f"Piece {n}") for n in range(3)]
    sources = [
        {"explanation": factories.make_explanation(one).pk, "target": "valence"}
        for one in recordings
    ]
    made = write(api, "post", "studies/", {"title": "By program", "sources": sources})
    assert made.status_code == 201
    assert made.json()["state"] == "draft" and len(made.json()["items"]) == 10
    url = f"studies/{made.json()['slug']}/"

    blocks = [{"name": "scales", "trial_type": "rating", "conditions": ["kept", "control_area"]}]
    changed = write(api, "patch", url, {"blocks": blocks, "title": "Better"})
    assert changed.status_code == 200
    assert changed.json()["title"] == "Better"
    assert changed.json()["protocol"]["sources"] == made.json()["protocol"]["sources"]
    assert [block["name"] for block in changed.json()["protocol"]["blocks"]] == ["scales"]

    back = write(api, "put", url, made.json()["protocol"])
    assert back.json()["protocol"] == made.json()["protocol"]

    opened = write(api, "post", f"{url}open/")
    assert (opened.status_code, opened.json()["state"]) == (200, "open")
    refused = write(api, "patch", url, {"title": "Later"})
    assert refused.status_code == 409
    assert read_error(refused)["message"] == "Only a draft can be changed, this study is open."
    assert write(api, "delete", url).status_code == 409
    assert write(api, "post", f"{url}close/").json()["state"] == "closed"
    assert write(api, "post", f"{url}open/").status_code == 409

    copy = write(api, "post", f"{url}duplicate/")
    assert (copy.status_code, copy.json()["state"]) == (201, "draft")
    assert write(api, "delete", f"studies/{copy.json()['slug']}/").status_code == 204
    assert Study.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "place", "message"),
    [
        ({"instructions": ""}, "instructions", "instructions must have 1 to 5000 characters"),
        (
            {"blocks": [{"parameters": {"points": 1}}]},
            "blocks[0].parameters.points",
            "blocks[0].parameters.points must be a whole number from 2 to 9, got 1.",
        ),
        ({"sources": []}, "protocol", "A study must have one explanation or more, got 0."),
        ({"nonsense": 1}, "protocol", "protocol may hold format, title"),
        ([1], "non_field_errors", "The body must be a mapping"),
    ],
)
def test_a_broken_rule_is_refused_with_its_place(api, owner, body, place, message):
    study = factories.make_study(owner)

    answer = write(api, "patch", f"studies/{study.slug}/", body)

    assert answer.status_code == 400
    assert read_error(answer)["message"].startswith(message)
    if isinstance(body, dict):
        assert list(read_error(answer)["fields"]) == [place]
    before = study.protocol
    study.refresh_from_db()
    assert study.protocol == before


def test_explanations_of_others_make_no_study(api):
    foreign = factories.make_explanation(factories.make_recording(factories.make_user()))
    sources = [{"explanation": foreign.pk, "target": "valence"}]

    answer = write(api, "post", "studies/", {"title": "T", "sources": sources})

    assert answer.status_code == 404
    assert Study.objects.count() == 0


def test_a_recording_is_taken_in_described_and_deleted(api, owner):
    sound = factories.make_wav(2.5)

    def send(title: str):
        file = SimpleUploadedFile("piece.wav", sound)
        return api.post("/api/v1/recordings/", {"file": file, "title": title}, format="multipart")

    made = send("A piece")
    assert made.status_code == 201
    assert made.json()["title"] == "A piece"
    again = send("Another name")
    assert (again.status_code, again.json()["id"]) == (200, made.json()["id"])

    url = f"recordings/{made.json()['id']}/"
    named = write(api, "patch", url, {"title": "Prelude", "licence": "CC0"})
    assert (named.json()["title"], named.json()["licence"]) == ("Prelude", "CC0")
    assert write(api, "patch", url, {"title": ""}).status_code == 400
    assert write(api, "delete", url).status_code == 204
    assert Recording.objects.count() == 0


def test_what_is_no_sound_is_refused(api):
    file = SimpleUploadedFile("notes.wav", b"text")
    answer = api.post("/api/v1/recordings/", {"file": file}, format="multipart")
    assert answer.status_code == 400
    assert "notes.wav" in read_error(answer)["message"]
    missing = api.post("/api/v1/recordings/", {}, format="multipart")
    assert list(read_error(missing)["fields"]) == ["file"]


def test_a_recording_in_a_study_stays(api, owner):
    study = factories.make_study(owner)
    recording = study.items.get(number=1).recording

    answer = write(api, "delete", f"recordings/{recording.pk}/")

    assert answer.status_code == 409
    assert read_error(answer)["message"] == (
        "A recording must be in no study to be deleted, “Piece 1” is in “What is left”."
    )
    assert Recording.objects.filter(pk=recording.pk).exists()


def test_an_explanation_is_asked_for_and_taken_back(api, owner):
    factories.make_model()
    recording = factories.make_recording(owner)
    Recording.objects.filter(pk=recording.pk).update(n_samples=5 * recording.sample_rate)
    recipe = {"model": "vibenet", "targets": ["valence"], "start": 0, "duration": 4}
    body = {"recording": recording.pk, "recipe": recipe}

    asked = write(api, "post", "explanations/", body)
    assert (asked.status_code, asked.json()["state"]) == (201, "queued")
    again = write(api, "post", "explanations/", body)
    assert (again.status_code, again.json()["id"]) == (200, asked.json()["id"])

    url = f"explanations/{asked.json()['id']}/"
    assert write(api, "post", f"{url}retry/").status_code == 409
    Explanation.objects.update(state="failed")
    assert write(api, "post", f"{url}retry/").json()["state"] == "queued"
    assert write(api, "delete", url).status_code == 204
    assert Explanation.objects.count() == 0


@pytest.mark.parametrize(
    ("recipe", "message"),
    [
        ({"model": "none"}, "recipe.model must be one of vibenet, got 'none'."),
        ({"model": "vibenet", "targets": ["x"]}, "Targets of vibenet are valence, energy, got x."),
        ({"model": "vibenet", "targets": 7}, "targets"),
    ],
)
def test_a_broken_recipe_is_refused(api, owner, recipe, message):
    factories.make_model()
    recording = factories.make_recording(owner)

    answer = write(api, "post", "explanations/", {"recording": recording.pk, "recipe": recipe})

    assert answer.status_code == 400
    assert message in read_error(answer)["message"]
    assert Explanation.objects.count() == 0


def test_recordings_of_others_are_not_explained(api):
    factories.make_model()
    foreign = factories.make_recording(factories.make_user())
    body = {"recording": foreign.pk, "recipe": {"model": "vibenet", "targets": ["valence"]}}

    assert write(api, "post", "explanations/", body).status_code == 404


def test_a_session_writes_only_with_its_token(owner):
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(owner)

    assert client.post("/api/v1/studies/", {}, format="json").status_code == 403
