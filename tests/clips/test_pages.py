"""The library's pages: everything that was made can be seen, heard and taken along."""

from __future__ import annotations

import io
import json
import re

import numpy as np
import pytest
import soundfile as sf
from django.test import Client
from django.urls import reverse

from evalsite.clips import presentation
from evalsite.clips.models import Explanation, Model, Recording
from evalsite.clips.services import fail_explanation, lease_explanation
from evalsite.common.blobs import find_blob

pytestmark = pytest.mark.django_db
State = Explanation.State


def read(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def read_bytes(client: Client, url: str) -> bytes:
    response = client.get(url)
    assert response.status_code == 200
    return b"".join(response.streaming_content)


def test_empty_library_says_how_to_begin(signed_in: Client) -> None:
    page = read(signed_in, reverse("library"))
    assert "Add recordings" in page
    assert page.count("<h3>") == 3


def test_library_lists_recordings_and_their_explanations(
    signed_in: Client, done: Explanation
) -> None:
    page = read(signed_in, reverse("library"))
    assert "1 recording, 2 models" in page
    assert f'href="{reverse("recording", args=[done.recording_id])}"' in page
    assert f'href="{reverse("explanation", args=[done.pk])}"' in page
    assert "Nothing waits." in page


def test_recording_plays_as_it_was_uploaded(signed_in: Client, recording: Recording) -> None:
    data = read_bytes(signed_in, reverse("recording_audio", args=[recording.pk]))
    heard, sr = sf.read(io.BytesIO(data), dtype="int32")
    stored, _ = sf.read(find_blob(recording.blob), dtype="int32")
    assert sr == 16_000
    assert np.array_equal(heard, stored)


def test_recording_page_proposes_an_excerpt(
    signed_in: Client, recording: Recording, model: Model
) -> None:
    page = read(signed_in, reverse("recording", args=[recording.pk]))
    assert re.search(r'name="start" value="0\.0"', page)
    assert re.search(r'name="duration" value="3\.0"', page)
    assert re.search(r'value="valence" checked', page)
    for target in model.targets:
        assert f'value="{target}"' in page


def test_recording_too_short_to_explain_says_so(signed_in: Client, recording: Recording) -> None:
    Recording.objects.update(n_samples=16_000)
    page = read(signed_in, reverse("recording", args=[recording.pk]))
    assert "shorter than two seconds" in page
    assert 'name="start"' not in page


@pytest.mark.parametrize("target", ["valence", "energy"])
def test_every_clip_of_a_target_can_be_played(
    signed_in: Client, done: Explanation, target: str
) -> None:
    page = read(signed_in, f"{reverse('explanation', args=[done.pk])}?target={target}")
    assert re.search(rf"Why did the model hear <em[^>]*>{target}</em>\?", page)
    sources = re.findall(r'data-src="([^"]+)"', page)
    clips = done.clips.filter(target__in=("", target))
    assert sorted(sources) == sorted(reverse("clip_audio", args=[clip.pk]) for clip in clips)
    assert len(sources) == 5
    assert page.count('class="play small"') == 5
    sounds = [sf.read(io.BytesIO(read_bytes(signed_in, url))) for url in sources]
    assert {(len(y), sr) for y, sr in sounds} == {(32_000, 16_000)}


def test_explanation_page_shows_figures_scores_and_recipe(
    signed_in: Client, done: Explanation
) -> None:
    page = read(signed_in, reverse("explanation", args=[done.pk]))
    assert 'class="comp-for"' in page
    assert page.count('<svg xmlns="http://www.w3.org/2000/svg" class="plot"') == 2
    for score in done.manifest["targets"]["valence"]["scores"]:
        assert score["title"] in page
    assert done.recipe_digest in page
    assert done.weights_digest in page
    assert "GPL-3.0-or-later" in page
    assert f"{reverse('study_new')}?explanation={done.pk}" in page


def test_page_keeps_the_content_policy(signed_in: Client, done: Explanation) -> None:
    for name, pk in (("explanation", done.pk), ("recording", done.recording_id)):
        page = read(signed_in, reverse(name, args=[pk]))
        assert "style=" not in page
        assert "<style" not in page
        assert not re.search(r"<script(?![^>]*\bsrc=)", page)
        assert not re.search(r"\son[a-z]+=", page)


def test_weak_explanation_opens_with_its_warning(signed_in: Client, done: Explanation) -> None:
    verdict = "Unstable: two halves of the maskings disagree."
    for target in done.manifest["targets"].values():
        target["verdict"] = verdict
        for score in target["scores"]:
            score["is_weak"] = score["name"] == "stability"
    done.save()
    page = read(signed_in, reverse("explanation", args=[done.pk]))
    warning = page.index(verdict)
    assert 'class="caveat"' in page[:warning]
    assert warning < page.index("Where it listened")


def test_undefined_score_is_told_in_words(signed_in: Client, done: Explanation) -> None:
    for target in done.manifest["targets"].values():
        target["scores"][0]["value"] = None
    done.save()
    assert "not defined" in read(signed_in, reverse("explanation", args=[done.pk]))


def test_unknown_target_is_not_found(signed_in: Client, done: Explanation) -> None:
    url = reverse("explanation", args=[done.pk])
    assert signed_in.get(f"{url}?target=liveness").status_code == 404


def test_manifest_clips_and_arrays_can_be_downloaded(signed_in: Client, done: Explanation) -> None:
    response = signed_in.get(reverse("explanation_manifest", args=[done.pk]))
    assert json.loads(response.content) == done.manifest
    arrays = np.load(
        io.BytesIO(read_bytes(signed_in, reverse("explanation_arrays", args=[done.pk])))
    )
    assert arrays["weights"].shape == (2, done.manifest["n_components"])
    clip = done.clips.get(kind="kept", target="energy")
    response = signed_in.get(reverse("clip_audio", args=[clip.pk]) + "?download=1")
    assert response["Content-Disposition"] == (
        f'attachment; filename="clip-{done.pk}-energy-kept.wav"'
    )


def test_nothing_to_download_before_it_is_done(signed_in: Client, queued: Explanation) -> None:
    for name in ("explanation_manifest", "explanation_arrays"):
        assert signed_in.get(reverse(name, args=[queued.pk])).status_code == 404


def test_clip_answers_byte_ranges(signed_in: Client, done: Explanation) -> None:
    clip = done.clips.get(kind="original")
    url = reverse("clip_audio", args=[clip.pk])
    part = signed_in.get(url, headers={"Range": "bytes=44-103"})
    assert part.status_code == 206
    assert part["Content-Range"] == f"bytes 44-103/{clip.n_bytes}"
    assert b"".join(part.streaming_content) == read_bytes(signed_in, url)[44:104]
    assert signed_in.get(url, headers={"Range": "bytes=99999999-"}).status_code == 416


def test_queue_tells_progress_and_failure(signed_in: Client, queued: Explanation) -> None:
    leased = lease_explanation(pk=queued.pk)
    assert leased is not None
    Explanation.objects.update(progress_done=120, progress_total=400)
    (entry,) = signed_in.get(reverse("queue")).json()["entries"]
    assert (entry["state"], entry["progress"]) == ("running", "120 of 400")
    assert "120 of 400" in read(signed_in, reverse("explanation", args=[queued.pk]))
    fail_explanation(explanation=leased, sentence="The excerpt <b>is</b> silent.")
    (entry,) = signed_in.get(reverse("queue")).json()["entries"]
    assert (entry["state"], entry["error"]) == ("failed", "The excerpt <b>is</b> silent.")
    page = read(signed_in, reverse("library"))
    assert "The excerpt &lt;b&gt;is&lt;/b&gt; silent." in page


def test_queue_can_be_asked_about_one_recording(signed_in: Client, queued: Explanation) -> None:
    url = reverse("queue")
    mine = signed_in.get(url, {"recording": queued.recording_id}).json()["entries"]
    assert [entry["pk"] for entry in mine] == [queued.pk]
    for other in (queued.recording_id + 1, 10**30):
        assert signed_in.get(url, {"recording": other}).json()["entries"] == []


def test_done_explanations_leave_the_queue(signed_in: Client, done: Explanation) -> None:
    assert signed_in.get(reverse("queue")).json() == {"entries": []}
    (entry,) = signed_in.get(reverse("explanation_state", args=[done.pk])).json()["entries"]
    assert entry["state"] == "done"


def test_buttons_retry_remove_and_reseed(signed_in: Client, done: Explanation) -> None:
    response = signed_in.post(reverse("reseed_explanation", args=[done.pk]))
    again = Explanation.objects.exclude(pk=done.pk).get()
    assert response.url == reverse("explanation", args=[again.pk])
    assert again.recipe == {**done.recipe, "seed": again.recipe["seed"]}
    assert again.recipe["seed"] != done.recipe["seed"]
    leased = lease_explanation(pk=again.pk)
    assert leased is not None
    fail_explanation(explanation=leased, sentence="No.")
    signed_in.post(reverse("retry_explanation", args=[again.pk]))
    again.refresh_from_db()
    assert again.state == State.QUEUED
    signed_in.post(reverse("delete_explanation", args=[again.pk]))
    assert not Explanation.objects.filter(pk=again.pk).exists()
    response = signed_in.post(reverse("delete_explanation", args=[done.pk]), follow=True)
    assert "Only an explanation that waits or failed can be removed." in response.content.decode()


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0:00"), (7.04, "0:07"), (59.96, "1:00"), (61.5, "1:01.5"), (600, "10:00")],
)
def test_clock(seconds: float, text: str) -> None:
    assert presentation.format_clock(seconds) == text


def test_envelope_is_drawn_to_scale() -> None:
    path = presentation.draw_envelope([0.0, 0.25, 0.5], width=300, height=40, loudest=0.5)
    assert path == "M50.0 19.6L150.0 10.5L250.0 1.0L250.0 39.0L150.0 29.5L50.0 20.4z"
