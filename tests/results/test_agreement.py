"""Agreement within conditions and by group: computed by a worker, shown beside the overall one."""

from __future__ import annotations

import re

import numpy as np
import pytest
from django.urls import reverse

from evalsite.analysis.agreement import krippendorff_alpha
from evalsite.analysis.groups import compare_groups
from evalsite.results import store
from evalsite.results.by_worker import compute_models
from evalsite.results.pages.wording import format_interval, format_share
from evalsite.results.services import run_analysis
from evalsite.results.tables.frames import ratings_frame
from evalsite.studies.services import close_study
from tests import factories

pytestmark = pytest.mark.django_db
LEVEL = {"practice": 2, "original": 5, "kept": 5, "control_area": 3}


def make_study(trainings: list[str]):
    study = factories.make_open_study()
    rng = np.random.default_rng(4)
    for training in trainings:
        noise = 1 if training == "10+" else 2

        def rate(recording: str, condition: str, quality: str, noise: int = noise) -> int:
            wanted = LEVEL[condition] + (recording == "Piece 1") + rng.integers(-noise, noise + 1)
            return int(np.clip(wanted, 1, 7))

        factories.make_sitting(study, rate, training=training)
    return close_study(study=study)


@pytest.fixture
def study():
    return make_study(["10+", "0"] * 6)


def read_results(client, study) -> str:
    client.force_login(study.owner)
    html = client.get(reverse("study_results", args=[study.slug])).content.decode()
    return re.search(r'<section[^>]*id="split-agreement".*?</section>', html, re.S)[0]


def test_worker_splits_the_agreement_by_condition_and_group(study):
    found = compute_models(study)["blocks"][0]["qualities"][0]["split_agreement"]

    frame = ratings_frame(study)
    frame = frame[frame["quality"] == "melodiousness"].astype({"value": float})
    matrix = frame.pivot(index="participant", columns="item", values="value")
    kept = frame[frame["condition"] == "kept"]
    alpha = krippendorff_alpha(
        kept.pivot(index="participant", columns="item", values="value"), level="ordinal"
    )
    one = next(one for one in found["conditions"] if one["condition"] == "kept")
    assert one["agreement"]["estimate"] == pytest.approx(alpha.estimate, abs=1e-12)
    assert one["spread"] == pytest.approx(kept.groupby("item")["value"].mean().std())
    assert one["spread"] < found["spread"]

    groups = frame.groupby("participant")["group"].first().reindex(matrix.index)
    expected = compare_groups(
        matrix,
        list(groups),
        first="musicians",
        second="others",
        coefficient=lambda ratings, **options: krippendorff_alpha(
            ratings, level="ordinal", **options
        ),
    )
    for own, figure in zip(
        found["groups"]["groups"], (expected.first, expected.second), strict=True
    ):
        assert own["n_listeners"] == 6
        assert own["agreement"]["estimate"] == pytest.approx(figure.estimate, abs=1e-12)
    difference = found["groups"]["difference"]
    for end in ("estimate", "low", "high"):
        assert difference[end] == pytest.approx(getattr(expected.difference, end), abs=1e-12)
    assert difference["details"]["p_value"] == expected.difference.details["p_value"]
    assert difference["details"]["n_splits"] == 924


def test_page_shows_them_once_a_worker_has_computed_them(client, study):
    assert "It is being computed." in read_results(client, study)

    run_analysis(pk=store.ask_worker(study, "models").pk)

    html = read_results(client, study)
    assert "Restricted range" in html
    found = compute_models(study)["blocks"][0]["qualities"][0]["split_agreement"]
    figures = [one["agreement"] for one in found["conditions"]]
    figures += [one["agreement"] for one in found["groups"]["groups"]]
    for figure in (*figures, found["groups"]["difference"]):
        assert f'<td class="num">{format_share(figure["estimate"])}' in html
    difference = found["groups"]["difference"]
    interval = html.index(format_interval(difference, format_share))
    assert interval < html.index("p = .") or "p &lt; .001" in html[interval:]


def test_a_group_without_listeners_gives_its_reason(client):
    study = make_study(["0", "0", "0"])
    run_analysis(pk=store.ask_worker(study, "models").pk)
    html = read_results(client, study)
    assert "undefined" in html
    assert "The figure is undefined in one of the two groups." in html
    assert "There are no values." in html
