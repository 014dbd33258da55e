"""Agreement by several coefficients: computed from what listeners said, shown beside alpha."""

from __future__ import annotations

import re
from html import unescape

import numpy as np
import pytest
from django.urls import reverse

from evalsite.analysis.agreement import (
    fleiss_kappa,
    gwet_ac1,
    gwet_ac2,
    icc,
    kendall_w,
    krippendorff_alpha,
    mean_ratings,
    percent_agreement,
)
from evalsite.analysis.power import plan_raters
from evalsite.results import store
from evalsite.results.by_worker import compute_models
from evalsite.results.findings import compute_findings
from evalsite.results.pages.coefficients import show_coefficients
from evalsite.results.pages.wording import format_interval, format_share
from evalsite.results.services import run_analysis
from evalsite.results.tables.frames import ratings_frame
from evalsite.studies.services import close_study
from tests import factories
from tests.results.every_kind import BLOCKS, answer_everything

pytestmark = pytest.mark.django_db


@pytest.fixture
def rated():
    rng = np.random.default_rng(4)
    study = factories.make_open_study(n_recordings=5)

    def rate(recording: str, condition: str, quality: str) -> int:
        level = 2 + int(recording[-1]) if recording.startswith("Piece") else 4
        return int(np.clip(level + rng.integers(-1, 2), 1, 7))

    for _ in range(6):
        factories.make_sitting(study, rate)
    return study


@pytest.fixture
def every_kind():
    rng = np.random.default_rng(3)
    study = factories.make_open_study(n_recordings=3, blocks=BLOCKS)
    for n in range(6):
        answer_everything(study, rng, training="10+" if n % 2 else "0")
    return study


def spread(frame, value: str, item: str | list[str] = "item"):
    return frame.pivot(index="participant", columns=item, values=value)


def check(found, expected) -> None:
    for end in ("estimate", "low", "high"):
        figure = getattr(expected, end)
        assert found[end] == (pytest.approx(figure, abs=1e-9) if np.isfinite(figure) else None), (
            expected.method
        )


def test_ratings_have_every_coefficient_of_an_ordered_scale(client, rated):
    study = close_study(study=rated)
    found = compute_models(study)["blocks"][0]["qualities"][0]["coefficients"]
    frame = ratings_frame(study).query("quality == 'melodiousness'").astype({"value": float})
    matrix = spread(frame, "value")

    single = icc(matrix, form="ICC(A,1)")
    check(found["percent_agreement"], percent_agreement(matrix))
    check(found["gwet_ac2"], gwet_ac2(matrix, categories=range(1, 8)))
    check(found["icc_a1"], single)
    check(found["icc_ak"], icc(matrix, form="ICC(A,k)", k=mean_ratings(matrix)))
    check(found["raters_needed"], plan_raters(single))

    run_analysis(pk=store.ask_worker(study, "models").pk)
    client.force_login(study.owner)
    html = client.get(reverse("study_results", args=[study.slug])).content.decode()
    table = unescape(re.search(r'<table class="coefficients.*?</table>', html, re.S)[0])
    for name in ("gwet_ac2", "icc_a1"):
        assert format_share(found[name]["estimate"]) in table
        assert format_interval(found[name], format_share) in table


def test_names_preferences_and_scores_have_theirs(every_kind):
    study = close_study(study=every_kind)
    frame = ratings_frame(study).query("kind == 'main' and occasion == 1")
    blocks = {block["name"]: block for block in compute_findings(study)["blocks"]}

    for name, column in (("identify", "choice"), ("pair", "preferred")):
        own = frame[frame["block"] == name]
        codes = {word: code for code, word in enumerate(sorted(set(own[column])))}
        matrix = spread(own.assign(code=own[column].map(codes).astype(float)), "code")
        found = blocks[name]["agreement"]
        check(found["krippendorff_alpha"], krippendorff_alpha(matrix, level="nominal"))
        check(found["percent_agreement"], percent_agreement(matrix))
        check(found["gwet_ac1"], gwet_ac1(matrix))
        check(found["fleiss_kappa"], fleiss_kappa(matrix))

    (scored,) = [one for one in compute_models(study)["blocks"] if one["name"] == "multi_stimulus"]
    own = frame[frame["block"] == "multi_stimulus"].astype({"value": float})
    matrix = spread(own, "value", ["item", "condition"])
    check(scored["coefficients"]["icc_a1"], icc(matrix, form="ICC(A,1)"))
    check(scored["coefficients"]["kendall_w"], kendall_w(matrix))


def test_abx_has_none_because_each_listener_is_asked_about_another_x(every_kind):
    blocks = {block["name"]: block for block in compute_findings(every_kind)["blocks"]}

    assert blocks["abx"]["agreement"] == {}
    assert show_coefficients([("", blocks["abx"]["agreement"])]) is None


def test_a_running_study_shows_agreement_and_nothing_of_a_condition(client, every_kind):
    client.force_login(every_kind.owner)
    found = {block["name"]: block for block in compute_findings(every_kind)["blocks"]}

    url = reverse("study_results", args=[every_kind.slug])
    html = unescape(client.get(url, {"block": "pair"}).content.decode())

    assert set(found["pair"]) == {"name", "trial_type", "question", "counts", "agreement"}
    assert "You are blind." in html and "Do listeners agree?" in html
    assert format_share(found["pair"]["agreement"]["gwet_ac1"]["estimate"]) in html
    table = re.search(r'<table class="coefficients.*?</table>', html, re.S)[0]
    assert not re.search("kept|control|original", table, re.I)


def test_no_number_of_listeners_is_surely_enough_when_the_correlation_may_be_zero():
    figure = {"estimate": 30.0, "low": 12.0, "high": None, "reason": None}

    shown = show_coefficients([("Mode", {"raters_needed": figure})])

    assert shown["rows"][0]["cells"] == [{"estimate": "30", "interval": "12 or more"}]
