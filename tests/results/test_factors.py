"""Levels between listeners are compared, also across the blocks that levels are sent to."""

from __future__ import annotations

import re
from html import unescape

import numpy as np
import pytest
from django.urls import reverse

from evalsite.results.findings import compute_findings
from evalsite.results.pages.wording import format_percent
from evalsite.results.tables.frames import ratings_frame
from evalsite.studies.services import close_study
from tests import factories
from tests.results.every_kind import COMMON, answer_everything

pytestmark = pytest.mark.django_db
SKILLS = {"explained": 0.9, "control": 0.5, "alone": 0.1}
ARMS = [
    {
        "name": "explained",
        "trial_type": "predict_model",
        "conditions": ["kept"],
        "when": {"help": ["explained"]},
        **COMMON,
    },
    {
        "name": "control",
        "trial_type": "predict_model",
        "conditions": ["control_area"],
        "when": {"help": ["control"]},
        **COMMON,
    },
    {
        "name": "alone",
        "trial_type": "predict_model",
        "conditions": ["original"],
        "parameters": {"explain": "never"},
        "when": {"help": ["alone"]},
        **COMMON,
    },
]


@pytest.fixture
def foretold():
    """Listeners with explanations foretell the model better than those without."""
    study = factories.make_open_study(n_recordings=6, blocks=ARMS, between={"help": list(SKILLS)})
    rng = np.random.default_rng(7)
    for n in range(18):
        answer_everything(study, rng, training="10+" if n % 2 else "0", skills=SKILLS)
    return close_study(study=study)


def test_arms_with_blocks_of_their_own_are_compared(client, foretold):
    (found,) = compute_findings(foretold)["factors"]
    frame = ratings_frame(foretold).query("kind == 'main' and occasion == 1")
    right = frame["is_correct"].astype(float).groupby(frame["level_help"]).mean()

    assert found["blocks"] == list(SKILLS)
    means = {one["level"]: one["mean"]["estimate"] for one in found["levels"]}
    assert means == pytest.approx(right.to_dict())
    assert [one["n_listeners"] for one in found["levels"]] == [6, 6, 6]
    pairs = {(one["first"], one["second"]): one["difference"] for one in found["differences"]}
    assert set(pairs) == {("explained", "control"), ("explained", "alone"), ("control", "alone")}
    difference = pairs["explained", "alone"]
    assert difference["estimate"] == pytest.approx(right["explained"] - right["alone"])
    assert 0 < difference["low"] < difference["estimate"] < difference["high"] <= 1

    client.force_login(foretold.owner)
    for block in SKILLS:
        url = reverse("study_results", args=[foretold.slug])
        html = unescape(client.get(url, {"block": block}).content.decode())
        section = re.search(r'<section[^>]*id="factors".*?</section>', html, re.S)[0]
        assert "Right answers by help" in section
        assert format_percent(means["explained"]) in section
        assert format_percent(difference["low"]) in section


def test_one_block_for_all_levels_is_split_by_them():
    study = factories.make_open_study(
        blocks=[{"parameters": {"qualities": ["melodiousness", "minorness"]}}],
        between={"help": ["with", "without"]},
    )
    for _ in range(6):
        factories.make_sitting(study, lambda *_: 4)

    found = compute_findings(close_study(study=study))["factors"]

    assert {(one["factor"], tuple(one["blocks"])) for one in found} == {("help", ("main",))}
    assert [one["label"] for one in found] == ["Melodiousness", "Mode"]
    assert all(one["differences"][0]["difference"]["reason"] == "no_variation" for one in found)


def test_a_level_whose_block_has_no_other_level_is_compared_with_nothing():
    study = factories.make_open_study(
        blocks=[{"name": "only", "when": {"help": ["with"]}}, {"name": "all"}],
        between={"help": ["with", "without"]},
    )
    for _ in range(4):
        factories.make_sitting(study, lambda *_: 4)

    found = compute_findings(close_study(study=study))["factors"]

    assert {tuple(one["blocks"]) for one in found} == {("all",)}


def test_a_study_without_factors_has_none_and_no_section(client):
    study = factories.make_open_study()
    for _ in range(3):
        factories.make_sitting(study, lambda *_: 4)
    study = close_study(study=study)

    assert compute_findings(study)["factors"] == []
    client.force_login(study.owner)
    html = client.get(reverse("study_results", args=[study.slug])).content.decode()
    assert 'id="factors"' not in html
