"""What kept clips still carry, on the page of a rated block and in its findings."""

from __future__ import annotations

import re
from html import unescape

import numpy as np
import pytest
from django.urls import reverse

from evalsite.clips.models import Clip
from evalsite.results import store
from evalsite.results.by_worker import compute_models
from evalsite.results.findings import findings_of
from evalsite.results.pages.wording import format_interval, format_share
from evalsite.results.services import run_analysis
from evalsite.results.tables.frames import ratings_frame
from evalsite.studies.services import close_study
from tests import factories

pytestmark = [pytest.mark.database, pytest.mark.django_db]
QUALITIES = ("valence", "energy")


def make_rate(rng: np.random.Generator):
    """Kept clips follow the originals, the control follows nothing."""

    def rate(recording: str, condition: str, quality: str) -> int:
        number = int(recording.split()[-1]) if recording.startswith("Piece") else 0
        level = 4 if condition == "control_area" else 1 + number % 6
        return int(np.clip(level + rng.integers(-1, 2), 1, 7))

    return rate


def make_study(*, n_recordings: int = 6, **options):
    study = factories.make_open_study(n_recordings=n_recordings, qualities=QUALITIES, **options)
    for number, clip in enumerate(Clip.objects.order_by("pk")):
        clip.facts |= {
            "output_after_alignment": {"valence": np.sin(number)},
            "gap_after_alignment": {"valence": -0.25},
        }
        clip.save()
    rng = np.random.default_rng(5)
    for _ in range(6):
        factories.make_sitting(study, make_rate(rng))
    return study


def read_section(client, study) -> str:
    run_analysis(pk=store.ask_worker(study, "models").pk)
    client.force_login(study.owner)
    html = client.get(reverse("study_results", args=[study.slug])).content.decode()
    return unescape(re.search(r'<section[^>]*id="retention".*?</section>', html, re.S)[0])


def test_retention_is_of_the_mean_ratings_and_of_the_stored_outputs(client):
    study = close_study(study=make_study())
    found = compute_models(study)["blocks"][0]["retention"]
    frame = ratings_frame(study).query("quality == 'valence'")
    means = frame.astype({"value": float}).pivot_table("value", "recording", "condition")

    valence, energy = found["qualities"]
    r = means.corr()["original"]
    assert valence["listeners"]["kept"]["estimate"] == pytest.approx(r["kept"])
    assert valence["listeners"]["retention"]["estimate"] == pytest.approx(
        r["kept"] - r["control_area"]
    )
    outputs = {
        (signal.condition, item.recording.sha256): signal.clip.facts["output_after_alignment"]
        for item in study.items.filter(kind="main")
        for signal in item.signals.all()
    }
    said = [
        [outputs[name, recording]["valence"] for recording in means.index]
        for name in ("original", "kept")
    ]
    assert valence["model"]["kept"]["estimate"] == pytest.approx(np.corrcoef(said)[0, 1])
    assert energy["model"] is None
    assert found["listening_gap"] == {"n": 6, "mean": 0.25}

    html = read_section(client, study)
    for figure in (valence["listeners"]["control"], valence["model"]["retention"]):
        assert format_share(figure["estimate"]) in html
        if figure["low"] is not None:
            assert format_interval(figure, format_share) in html
    assert "0.25" in html


def test_too_few_recordings_and_conditions_are_told(client):
    few = close_study(study=make_study(n_recordings=2))
    (reason,) = {
        one["listeners"]["retention"]["reason"]
        for one in compute_models(few)["blocks"][0]["retention"]["qualities"]
    }
    assert reason == "too_few_shared_recordings"
    assert "at least four recordings" in read_section(client, few)

    no_original = close_study(study=make_study(n_recordings=2, conditions=["kept", "control_area"]))
    assert "Retention is undefined. It needs the original" in read_section(client, no_original)


def test_a_running_study_says_nothing_of_what_is_carried(client):
    study = make_study(n_recordings=2)

    assert not {"retention", "presence", "words"} & findings_of(study)["blocks"][0].keys()
    client.force_login(study.owner)
    html = client.get(reverse("study_results", args=[study.slug])).content.decode()
    assert 'id="retention"' not in html


def test_targets_stand_against_foils(client):
    study = make_study(
        blocks=[
            {
                "name": "left",
                "trial_type": "presence",
                "conditions": ["kept", "control_area"],
                "parameters": {"qualities": list(QUALITIES)},
            }
        ]
    )
    study = close_study(study=study)
    presence = findings_of(study)["blocks"][0]["presence"]
    frame = ratings_frame(study).astype({"value": float})
    means = frame.groupby(["condition", "is_target"])["value"].mean().unstack()
    differences = means[True] - means[False]

    kept, control = presence["conditions"]
    assert kept["difference"]["estimate"] == pytest.approx(differences["kept"])
    assert control["difference"]["estimate"] == pytest.approx(differences["control_area"])
    assert presence["contrast"]["estimate"] == pytest.approx(
        differences["kept"] - differences["control_area"]
    )
    assert "against its foils" in read_section(client, study)
