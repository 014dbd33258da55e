"""What later exports and figures show of somebody who withdrew: the count, or answers of nobody."""

from __future__ import annotations

import csv
import io
import json
import zipfile

import pytest
from django.test import Client
from django.urls import reverse

from evalsite.results.findings import findings_of
from evalsite.results.queries import exports_of
from evalsite.results.services import make_export
from evalsite.studies.services import close_study
from tests.factories import make_open_study
from tests.responses.listener import Listener

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def export(study) -> zipfile.ZipFile:
    file = io.BytesIO()
    make_export(study=study, format="csv_zip", file=file)
    return zipfile.ZipFile(file)


def read_rows(archive: zipfile.ZipFile, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(archive.read(name).decode())))


def list_participants(archive: zipfile.ZipFile) -> set[str]:
    return {row["participant"] for row in read_rows(archive, "raters.csv")}


def withdraw(listener: Listener) -> None:
    Client().post(reverse("withdraw", args=[listener.sitting.resume_token]))


def take_study(policy: str):
    """A closed study that three listeners have finished, and a fourth who never agreed."""
    study = make_open_study(withdrawal=policy, blocks=[{"practice": False}], n_recordings=1)
    listeners = [Listener(study).pass_pages().answer_all() for _ in range(3)]
    reluctant = Listener(study).begin()
    return close_study(study=study), listeners, reluctant


def test_later_exports_show_the_count_only():
    study, listeners, reluctant = take_study("delete")
    before = export(study)
    assert findings_of(study)["flow"]["withdrawn"] == 0

    withdraw(listeners[0])
    withdraw(reluctant)
    after = export(study)

    [gone] = list_participants(before) - list_participants(after)
    assert len(list_participants(after)) == 2
    assert len(read_rows(before, "ratings.csv")) * 2 == len(read_rows(after, "ratings.csv")) * 3
    assert not any(gone.encode() in after.read(name) for name in after.namelist())
    flow = json.loads(after.read("analysis.json"))["flow"]
    assert (flow["withdrawn"], flow["finished"]) == (1, 2)
    assert "1 person agreed and later withdrew their data." in after.read("README.md").decode()
    assert [row.is_stale for row in exports_of(study)] == [True, True]


def test_anonymised_answers_are_nobodys_any_more():
    study, listeners, _ = take_study("anonymise")
    before = export(study)

    withdraw(listeners[0])
    after = export(study)

    known = list_participants(before)
    assert len(list_participants(after)) == 3
    assert len(read_rows(before, "ratings.csv")) == len(read_rows(after, "ratings.csv"))
    [left] = [row for row in read_rows(after, "raters.csv") if row["participant"] not in known]
    assert (left["about_training"], left["about_device"]) == ("", "")
    assert findings_of(study)["flow"]["withdrawn"] == 1
