"""The Gold-MSI in a sitting, and its scores in the export."""

from __future__ import annotations

import csv
import io
import zipfile

import pytest
from django.urls import reverse

from evalsite.results.services import make_export
from evalsite.studies.gold_msi import SCALES, name_item
from evalsite.studies.services import close_study
from tests.factories import make_open_study
from tests.responses.listener import Listener
from tests.studies.test_goldmsi import TRAINING, make_part

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def test_scores_stand_in_the_export_of_each_participant():
    part = make_part({*TRAINING, *SCALES["emotions"]}, when="after")
    study = make_open_study(goldmsi=part, blocks=[{"practice": False}], n_recordings=1)
    answers = {name_item(n): 7 for n in (*TRAINING, *SCALES["emotions"])}
    listeners = [Listener(study).pass_pages().answer_all() for _ in range(2)]
    url = reverse("goldmsi")

    refused = listeners[0].client.post(url, {**answers, "goldmsi_14": 8})
    assert "goldmsi_14-error" in refused.content.decode()
    listeners[0].client.post(url, answers)
    assert [one.next()["step"] for one in listeners] == ["thanks", "goldmsi"]

    file = io.BytesIO()
    make_export(study=close_study(study=study), format="csv_zip", file=file)
    archive = zipfile.ZipFile(file)
    rows = list(csv.DictReader(io.StringIO(archive.read("raters.csv").decode())))
    [scored] = [row for row in rows if row["sitting_finished"] == "true"]
    [blank] = [row for row in rows if row["sitting_finished"] == "false"]
    # Five of seven items as answered, two turned to 1; five of six, one turned.
    assert (scored["goldmsi_musical_training_sum"], scored["goldmsi_emotions_sum"]) == ("37", "36")
    assert scored["goldmsi_emotions_mean"] == "6"
    assert (scored["goldmsi_14"], scored["goldmsi_36"]) == ("7", "7")
    assert blank["goldmsi_musical_training_sum"] == blank["goldmsi_14"] == ""
    assert "goldmsi_general_sum" not in scored
    assert "Müllensiefen" in archive.read("README.md").decode()
