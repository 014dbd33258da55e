"""What listeners wrote in trials: in data sets its length only, the words apart."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile

import pytest
from django.urls import reverse

from evalsite.results.dataset.data_dictionary import describe_tables
from evalsite.results.findings import findings_of
from evalsite.results.services import make_export
from evalsite.studies.queries import protocol_of
from evalsite.studies.services import close_study
from tests.factories import make_open_study
from tests.responses.listener import Listener, make_body

pytestmark = [pytest.mark.database, pytest.mark.django_db]

COMMON = {"conditions": ["kept", "control_area"], "practice": False, "ask_familiarity": False}
OPEN_WORDS = {"open_words": "What do you hear?", "qualities": ["valence", "energy"]}
PROMPTS = [
    {"name": "heard", "label": "What?"},
    {"name": "more", "label": "More?", "at_least": 0},
]
BLOCKS = [
    {"name": "said", "trial_type": "text", "parameters": {"prompts": PROMPTS}, **COMMON},
    {"name": "left", "trial_type": "presence", "parameters": OPEN_WORDS, **COMMON},
]


@pytest.fixture
def study():
    study = make_open_study(blocks=BLOCKS, n_recordings=1)
    listener = Listener(study).pass_pages()
    while listener.next()["step"] == "trial":
        trial = listener.open_trial()
        body = make_body(trial)
        is_text = "ratings" not in body["answer"]
        body["answer"]["words"] = {"heard": "Ada sings"} if is_text else "Ada hums"
        assert listener.send(trial, body).status_code == 200
    return close_study(study=study)


def export(study, format: str) -> bytes:
    file = io.BytesIO()
    make_export(study=study, format=format, file=file)
    return file.getvalue()


def read_rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode())))


def read_answers(found) -> list[dict]:
    """Of all clips of the block of open words."""
    said = next(block for block in found["blocks"] if block["name"] == "said")
    return [answer for clip in said["clips"] for answer in clip["answers"]]


def test_data_set_holds_lengths_and_no_words(study):
    archive = zipfile.ZipFile(io.BytesIO(export(study, "csv_zip")))

    data = archive.read("ratings.csv")
    rows = read_rows(data)
    lengths = {
        block: [
            (row["characters_text"], row["characters_words"])
            for row in rows
            if row["block"] == block
        ]
        for block in ("said", "left")
    }
    assert lengths == {"said": [("9", ""), ("0", "")], "left": [("", "8"), ("", "8")]}
    assert not any(b"Ada" in archive.read(name) for name in archive.namelist())
    described = describe_tables(protocol_of(study))["ratings.csv"]
    assert list(rows[0]) == [column["name"] for column in described]
    found = json.loads(archive.read("analysis.json"))
    assert found["data_sha256"] == hashlib.sha256(data).hexdigest()
    assert read_answers(found) == [{"n": 1}]


def test_researcher_reads_the_words_on_the_page_and_in_their_export(study):
    rows = read_rows(export(study, "words"))

    assert read_answers(findings_of(study)) == [{"text": "Ada sings", "n": 1}]
    written = {(row["block"], row["question"], row["words"]) for row in rows}
    assert written == {("said", "heard", "Ada sings"), ("left", "words", "Ada hums")}
    assert len(rows) == 2
    assert all(row["participant"] and row["position"] and row["item"] for row in rows)


def test_researcher_reads_words_written_before_rating_once_a_trial(client, study):
    left = next(block for block in findings_of(study)["blocks"] if block["name"] == "left")

    assert sorted((row["n"], len(row["answers"])) for row in left["words"]) == [(0, 0), (1, 1)]
    assert {row["label"] for row in left["words"]} == {"What do you hear?"}
    client.force_login(study.owner)
    url = reverse("study_results", args=[study.slug])
    html = client.get(url, {"block": "left"}).content.decode()
    assert html.count("Ada hums") == 1
