"""What tables show of the answers about the person."""

from __future__ import annotations

import csv
import io
import zipfile

import pytest
from django.urls import reverse

from evalsite.results.dataset.data_dictionary import describe_tables
from evalsite.results.services import make_export
from evalsite.studies.queries import protocol_of
from evalsite.studies.services import close_study
from tests.factories import make_open_study
from tests.responses.listener import Listener
from tests.responses.test_questions import ABOUT, BEFORE

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def take_sittings(remarks: str, *, n: int = 1):
    """A closed study that n listeners have finished."""
    study = make_open_study(about=ABOUT, groups=None, n_recordings=1)
    for _ in range(n):
        listener = Listener(study).begin().agree()
        listener.client.post(reverse("about"), BEFORE)
        listener.client.post(reverse("instructions"))
        listener.answer_all()
        listener.client.post(reverse("afterwards"), {"remarks": remarks})
    return close_study(study=study)


def export(study, format: str) -> io.BytesIO:
    file = io.BytesIO()
    make_export(study=study, format=format, file=file)
    return file


def test_tables_band_ages_and_withhold_free_text():
    study = take_sittings("Greetings from Ada", n=5)

    archive = zipfile.ZipFile(export(study, "csv_zip"))

    rater, *_ = csv.DictReader(io.StringIO(archive.read("raters.csv").decode()))
    shown = {name: rater[name] for name in rater if name.startswith(("about_", "characters_"))}
    assert shown == {
        "about_hears": "piano",
        "about_plays": "piano;voice",
        "about_age": "30+",
        "about_hours": "1.5",
        "about_likes": "",
        "characters_town": "0",
        "characters_remarks": "18",
    }
    assert not any(b"Ada" in archive.read(name) for name in archive.namelist())
    described = describe_tables(protocol_of(study))["raters.csv"]
    assert list(rater) == [column["name"] for column in described]


def test_words_are_an_export_of_their_own():
    study = take_sittings("=1+1, Ada")

    data = export(study, "words").getvalue().decode()

    [row] = csv.DictReader(io.StringIO(data))
    assert (row["question"], row["words"]) == ("remarks", "'=1+1, Ada")
