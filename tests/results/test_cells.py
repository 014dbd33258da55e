"""How the design came out: answers by recording and condition."""

from __future__ import annotations

from html import unescape

import numpy as np
import pytest
from django.urls import reverse

from evalsite.results.findings import compute_findings
from evalsite.results.tables.frames import ratings_frame
from evalsite.studies.services import close_study
from tests import factories
from tests.results.every_kind import BLOCKS, answer_everything

pytestmark = pytest.mark.django_db


def test_cells_count_each_answer_once_however_many_qualities_it_has(client):
    study = factories.make_open_study(n_recordings=3)
    for _ in range(5):
        factories.make_sitting(study, lambda *_: 4)
    study = close_study(study=study)

    cells = compute_findings(study)["blocks"][0]["cells"]

    frame = ratings_frame(study).query("quality == 'melodiousness'")
    for row in cells["recordings"]:
        own = frame[frame["recording"] == row["recording_sha256"]]
        assert row["counts"] == [
            int((own["condition"] == name).sum()) for name in cells["conditions"]
        ]
    assert sum(map(sum, (row["counts"] for row in cells["recordings"]))) == len(frame) == 15
    client.force_login(study.owner)
    html = unescape(client.get(reverse("study_results", args=[study.slug])).content.decode())
    assert "Answers in each cell of the design: 1 to 2" in html


def test_sounds_of_one_trial_are_in_cells_of_their_own_and_a_running_study_shows_none(client):
    rng = np.random.default_rng(1)
    study = factories.make_open_study(n_recordings=3, blocks=BLOCKS)
    for _ in range(4):
        answer_everything(study, rng, training="0")
    assert all("cells" not in block for block in compute_findings(study)["blocks"])

    blocks = {
        block["name"]: block for block in compute_findings(close_study(study=study))["blocks"]
    }

    scored = blocks["multi_stimulus"]["cells"]
    assert len(scored["conditions"]) > 2
    assert {n for row in scored["recordings"] for n in row["counts"]} == {4}
