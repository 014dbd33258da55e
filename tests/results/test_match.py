"""Listeners' mean ratings beside the model's outputs, on the page and in the findings."""

from __future__ import annotations

import re
from html import unescape

import numpy as np
import pytest
from django.urls import reverse

from evalsite.clips.models import Clip
from evalsite.results import store
from evalsite.results.by_worker import compute_models
from evalsite.results.pages.wording import format_interval, format_share
from evalsite.results.services import run_analysis
from evalsite.results.tables.frames import ratings_frame
from evalsite.studies.services import close_study
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def study():
    """Listeners rate melodiousness as the model does; of minorness it has no output."""
    study = factories.make_open_study(n_recordings=8)
    for item in study.items.filter(kind="main"):
        clip = item.signals.get().clip
        number = int(item.recording.title.split()[-1])
        clip.facts |= {"output_after_alignment": {"melodiousness": number / 10}}
        clip.save()
    rng = np.random.default_rng(3)

    def rate(recording: str, condition: str, quality: str) -> int:
        number = int(recording.split()[-1]) if recording.startswith("Piece") else 4
        return int(np.clip(number + rng.integers(-2, 3), 1, 7))

    for _ in range(9):
        factories.make_sitting(study, rate)
    return close_study(study=study)


def test_means_are_correlated_with_the_outputs_of_the_same_clips(client, study):
    found = compute_models(study)["blocks"][0]["model_match"]

    assert [one["name"] for one in found["qualities"]] == ["melodiousness"]
    frame = ratings_frame(study).query("quality == 'melodiousness'").astype({"value": float})
    outputs = {
        (item.recording.sha256, item.condition): item.signals.get().clip.facts[
            "output_after_alignment"
        ]["melodiousness"]
        for item in study.items.filter(kind="main")
    }
    for name, figure in zip(
        found["conditions"], found["qualities"][0]["correlations"], strict=True
    ):
        means = frame[frame["condition"] == name].groupby("recording")["value"].mean()
        said = [outputs[recording, name] for recording in means.index]
        assert figure["estimate"] == pytest.approx(np.corrcoef(means, said)[0, 1])

    run_analysis(pk=store.ask_worker(study, "models").pk)
    client.force_login(study.owner)
    url = reverse("study_results", args=[study.slug])
    html = unescape(client.get(url).content.decode())
    section = re.search(r'<section[^>]*id="match".*?</section>', html, re.S)[0]
    original = found["qualities"][0]["correlations"][found["conditions"].index("original")]
    assert format_interval(original, format_share) in section
    assert "Of melodiousness listeners surely hear what the model says." in section
    clips = re.search(r'<section[^>]*id="clips".*?</section>', html, re.S)[0]
    assert '<th class="num">Model</th>' in clips and "0.80" in clips
    for name in ("match", "clips-melodiousness"):
        chart = client.get(reverse("study_chart", args=[study.slug, name, "svg"]))
        assert chart.status_code == 200 and chart.content.startswith(b"<svg")
    assert (
        client.get(reverse("study_chart", args=[study.slug, "clips-minorness", "svg"])).status_code
        == 404
    )


def test_a_model_without_outputs_for_what_is_rated_has_no_section(client):
    study = factories.make_open_study()
    assert not Clip.objects.filter(facts__output_after_alignment__has_key="melodiousness").exists()
    for _ in range(3):
        factories.make_sitting(study, lambda *_: 4)
    study = close_study(study=study)
    run_analysis(pk=store.ask_worker(study, "models").pk)

    client.force_login(study.owner)
    html = client.get(reverse("study_results", args=[study.slug])).content.decode()

    assert "model_match" not in compute_models(study)["blocks"][0]
    assert 'id="match"' not in html and 'href="#match"' not in html
