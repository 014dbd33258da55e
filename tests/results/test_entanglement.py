"""Correlations among rated qualities beside the model's, on the page and in the findings."""

from __future__ import annotations

import re
from html import unescape

import numpy as np
import pytest
from django.urls import reverse

from evalsite.clips.models import Clip
from evalsite.results import store
from evalsite.results.by_worker import compute_models
from evalsite.results.pages.wording import format_number, format_share
from evalsite.results.services import run_analysis
from evalsite.results.tables.frames import ratings_frame
from evalsite.studies.services import close_study
from tests import factories

pytestmark = [pytest.mark.database, pytest.mark.django_db]
FEATURES = ("melodiousness", "minorness")
QUALITIES = (*FEATURES, "valence")


def make_study(*, n_recordings: int):
    study = factories.make_open_study(n_recordings=n_recordings, qualities=QUALITIES)
    rng = np.random.default_rng(6)
    for clip in Clip.objects.order_by("pk"):
        clip.facts |= {
            "output_after_alignment": dict(zip(QUALITIES, rng.normal(size=3), strict=True))
        }
        clip.save()

    def rate(recording: str, condition: str, quality: str) -> int:
        number = int(recording.split()[-1]) if recording.startswith("Piece") else 0
        return int(np.clip(number % 6 + rng.integers(0, 3), 1, 7))

    for _ in range(6):
        factories.make_sitting(study, rate)
    return study


def read_section(client, study) -> str:
    run_analysis(pk=store.ask_worker(study, "models").pk)
    client.force_login(study.owner)
    html = client.get(reverse("study_results", args=[study.slug])).content.decode()
    return unescape(re.search(r'<section[^>]*id="entanglement".*?</section>', html, re.S)[0])


def test_listeners_stand_beside_the_model(client):
    study = close_study(study=make_study(n_recordings=9))
    found = compute_models(study)["blocks"][0]["entanglement"]
    frame = ratings_frame(study).query("condition == 'original'").astype({"value": float})
    means = frame.pivot_table("value", "recording", "quality")
    clips = {
        item.recording.sha256: item.signals.get().clip.facts["output_after_alignment"]
        for item in study.items.filter(kind="main", condition="original")
    }

    (pair,) = found["pairs"]
    r = means.corr().loc[FEATURES]
    assert pair["listeners"]["estimate"] == pytest.approx(r)
    said = [[clips[one][name] for one in means.index] for name in FEATURES]
    of_model = np.corrcoef(said)[0, 1]
    assert pair["model"]["estimate"] == pytest.approx(of_model)
    assert pair["difference"]["estimate"] == pytest.approx(r - of_model)
    for side, own in (("listeners", r), ("model", of_model)):
        factors = found["inflation"][side]["factors"]
        assert list(factors.values()) == pytest.approx([1 / (1 - own**2)] * 2)

    (valence,) = found["targets"]
    for side in ("listeners", "model"):
        own = valence[side]
        for share in ("lmg", "johnson"):
            parts = [
                row[share]["estimate"] if share == "lmg" else row[share] for row in own["rows"]
            ]
            assert sum(parts) == pytest.approx(own["r2"])

    html = read_section(client, study)
    assert format_share(pair["difference"]["estimate"]) in html
    assert format_number(found["inflation"]["model"]["factors"]["minorness"]) in html
    assert format_share(valence["model"]["rows"][0]["johnson"]) in html


def test_few_recordings_are_a_sentence(client):
    study = close_study(study=make_study(n_recordings=2))
    html = read_section(client, study)

    assert "at least four recordings" in html
    assert "2 qualities need at least 4 recordings that have all of them, there are 2." in html
    assert "What goes into valence" in html and "LMG share" not in html


def test_a_running_study_says_nothing_of_it(client):
    study = make_study(n_recordings=2)

    client.force_login(study.owner)
    html = client.get(reverse("study_results", args=[study.slug])).content.decode()
    assert "You are blind." in html and 'id="entanglement"' not in html
