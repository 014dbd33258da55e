"""A liking for a place on the page is told apart from what stood there."""

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
from tests.results.every_kind import BLOCKS, answer_everything

pytestmark = pytest.mark.django_db


@pytest.fixture
def study():
    rng = np.random.default_rng(3)
    study = factories.make_open_study(n_recordings=4, blocks=BLOCKS)
    for _ in range(6):
        answer_everything(study, rng, training="0")
    return close_study(study=study)


def test_each_place_has_its_share_of_the_answers(client, study):
    blocks = {block["name"]: block for block in compute_findings(study)["blocks"]}
    frame = ratings_frame(study).query("kind == 'main' and occasion == 1")

    for name, column in (("identify", "place"), ("abx", "choice")):
        own = frame.loc[frame["block"] == name, column].astype(str)
        shares = {one["place"]: one["share"] for one in blocks[name]["places"]["shares"]}
        assert list(shares) == (["A", "B"] if name == "abx" else ["1", "2"])
        for place, share in shares.items():
            assert share["estimate"] == pytest.approx((own == place).mean())
            assert share["details"]["n"] == (own == place).sum()
            assert "p_value" not in share["details"]
        assert sum(share["estimate"] for share in shares.values()) == pytest.approx(1)

        client.force_login(study.owner)
        url = reverse("study_results", args=[study.slug])
        html = unescape(client.get(url, {"block": name}).content.decode())
        section = re.search(r'<section[^>]*id="places".*?</section>', html, re.S)[0]
        first = next(iter(shares.values()))
        assert f"{format_percent(first['low'])} to {format_percent(first['high'])}" in section


def test_a_question_without_places_has_no_section(client, study):
    blocks = {block["name"]: block for block in compute_findings(study)["blocks"]}

    assert "places" not in blocks["predict_model"]
    client.force_login(study.owner)
    url = reverse("study_results", args=[study.slug])
    assert 'id="places"' not in client.get(url, {"block": "predict_model"}).content.decode()
