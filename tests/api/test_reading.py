"""The API: what it shows, to whom, and how it refuses."""

from __future__ import annotations

import pytest
from django.urls import reverse
from rest_framework.authtoken.models import Token
from rest_framework.pagination import PageNumberPagination
from rest_framework.test import APIClient

from evalsite.common.blobs import find_blob
from evalsite.results.tables.frames import ratings_frame
from evalsite.studies.services import close_study
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def study():
    study = factories.make_open_study(n_recordings=3)
    for n in range(3):
        factories.make_sitting(study, lambda _, __, quality, n=n: "cant_tell" if n == 0 else n + 2)
    factories.make_sitting(study, n_answers=1)
    factories.make_sitting(study, is_pilot=True)
    return study


@pytest.fixture
def api(study):
    client = APIClient()
    token = Token.objects.create(user=study.owner)
    client.credentials(HTTP_AUTHORIZATION=f"Token {token.key}")
    return client


def read_all(api, url: str) -> list[dict]:
    rows = []
    while url:
        answer = api.get(url)
        assert answer.status_code == 200
        body = answer.json()
        rows += body["results"]
        url = body["next"]
    assert len(rows) == body["count"]
    return rows


def test_lists_hold_what_is_mine(api, study):
    other = factories.make_open_study()
    n_others = other.items.values("recording").distinct().count() - 1
    assert n_others == 3
    assert len(read_all(api, "/api/v1/recordings/")) == 3
    explanations = read_all(api, "/api/v1/explanations/")
    assert {e["model"] for e in explanations} == {"vibenet"}
    assert "manifest" not in explanations[0]
    assert len(read_all(api, "/api/v1/clips/")) == 15
    assert [s["slug"] for s in read_all(api, "/api/v1/studies/")] == [study.slug]


def test_one_explanation_comes_with_manifest_and_clips(api, study):
    explanation = study.items.get(number=1).explanation
    body = api.get(f"/api/v1/explanations/{explanation.pk}/").json()
    assert body["manifest"] == explanation.manifest
    assert body["recipe"] == explanation.recipe
    assert {clip["kind"] for clip in body["clips"]} == set(factories.KINDS)
    assert body["clips"][0]["audio"].startswith("http://testserver/api/v1/clips/")


def test_a_clip_sounds_whole_and_in_ranges(api, study):
    clip = study.items.get(number=2).signals.get().clip
    data = find_blob(clip.blob).read_bytes()
    url = api.get(f"/api/v1/clips/{clip.pk}/").json()["audio"]
    whole = api.get(url)
    assert (whole.status_code, whole["Content-Type"]) == (200, "audio/wav")
    assert b"".join(whole.streaming_content) == data
    part = api.get(url, HTTP_RANGE="bytes=10-19")
    assert (part.status_code, part["Content-Range"]) == (206, f"bytes 10-19/{len(data)}")
    assert b"".join(part.streaming_content) == data[10:20]
    assert api.get(url, HTTP_RANGE=f"bytes={len(data)}-").status_code == 416


def test_a_study_comes_with_protocol_items_and_flow(api, study):
    body = api.get(f"/api/v1/studies/{study.slug}/").json()
    assert body["protocol"] == study.protocol
    assert len(body["items"]) == 10
    assert body["flow"]["finished"] == 3 and body["flow"]["pilots"] == 1
    for secret in (study.link_token, study.pilot_token):
        assert secret not in str(body)


def test_ratings_are_those_of_the_frame(api, study):
    close_study(study=study)
    rows = read_all(api, f"/api/v1/ratings/?study={study.slug}")
    frame = ratings_frame(study)
    assert len(rows) == len(frame) == (3 * 3 + 1) * 2
    expected = frame.astype(object).where(frame.notna(), None).to_dict("records")

    def order(row):
        return row["participant"], row["position"], row["quality"]

    assert sorted(rows, key=order) == sorted(expected, key=order)


def test_pages_of_ratings_neither_lose_nor_repeat(api, study, monkeypatch):
    close_study(study=study)
    all_rows = read_all(api, f"/api/v1/ratings/?study={study.slug}")
    monkeypatch.setattr(PageNumberPagination, "page_size", 7)
    assert read_all(api, f"/api/v1/ratings/?study={study.slug}") == all_rows


def test_ratings_of_an_open_study_are_refused(api, study):
    answer = api.get("/api/v1/ratings/", {"study": study.slug})
    assert answer.status_code == 409
    error = answer.json()["error"]
    assert error["code"] == "not_allowed_now"
    assert error["message"] == (
        "Ratings can be read once the study is closed, “What is left” is running."
    )


def test_ratings_need_the_name_of_a_study(api):
    answer = api.get("/api/v1/ratings/")
    assert answer.status_code == 400
    message = "study must name one of your studies."
    expected = {"code": "invalid", "message": message, "fields": {"study": [message]}}
    assert answer.json() == {"error": expected}
    assert api.get("/api/v1/ratings/?study=nothing").status_code == 404


@pytest.mark.parametrize("kind", ["recordings", "explanations", "clips", "studies", "ratings"])
def test_strangers_are_asked_for_a_token(kind):
    answer = APIClient().get(f"/api/v1/{kind}/")
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Token"
    assert answer.json()["error"]["code"] == "not_authenticated"


def test_a_session_serves_as_well_as_a_token(client, study):
    client.force_login(study.owner)
    assert client.get("/api/v1/studies/").status_code == 200
    assert APIClient(HTTP_AUTHORIZATION="Token wrong").get("/api/v1/studies/").status_code == 401


@pytest.mark.parametrize("kind", ["clips", "ratings"])
def test_what_is_made_here_cannot_be_written(api, study, kind):
    answer = api.post(f"/api/v1/{kind}/", {})
    assert answer.status_code == 405
    assert answer.json()["error"]["code"] == "method_not_allowed"


def test_what_is_not_there_is_said_in_the_same_shape(api):
    for url in ("/api/v1/clips/999999/", "/api/v1/clips/abc/", "/api/v1/studies/none/"):
        answer = api.get(url)
        assert answer.status_code == 404
        assert set(answer.json()["error"]) == {"code", "message", "fields"}


def test_schema_describes_every_list(client):
    text = client.get(reverse("api-schema")).content.decode()
    for kind in ("recordings", "explanations", "clips", "studies", "ratings"):
        assert f"/api/v1/{kind}/:" in text
    assert "/api/v1/clips/{id}/audio/:" in text


def test_docs_page_runs_without_inline_script(client):
    answer = client.get(reverse("api-docs"))
    assert answer.status_code == 200
    html = answer.content.decode()
    assert "<style" not in html and "style=" not in html
    assert html.count("<script src=") == html.count("<script") == 3
    assert "script-src 'self'" in answer["Content-Security-Policy"]
    script = client.get(reverse("api-docs") + "?script=")
    assert script["Content-Type"].startswith("application/javascript")
    assert "/api/v1/schema/" in script.content.decode()


@pytest.mark.parametrize("method", ["get", "post", "delete"])
def test_unknown_address_is_refused_in_json(client, method):
    answer = getattr(client, method)("/api/v1/nowhere/at/all/")

    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"
    assert client.get("/api/v1/nowhere", follow=True).json() == answer.json()
