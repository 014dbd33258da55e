"""The data set: every judgment once, checksums right, the same bytes again."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import tomllib
import zipfile

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.urls import reverse

from evalsite import __version__
from evalsite.clips.models import Explanation
from evalsite.common.blobs import find_blob
from evalsite.common.errors import EarwitnessError, NotAllowedNow
from evalsite.results.by_worker import compute_models
from evalsite.results.dataset.data_dictionary import describe_tables, write_dictionary
from evalsite.results.exporters import make_exporter, registry
from evalsite.results.findings import findings_of
from evalsite.results.models import Export
from evalsite.results.services import make_export
from evalsite.results.tables.csv import format_cell, write_csv
from evalsite.studies.protocol import Protocol
from evalsite.studies.services import close_study
from tests import factories

pytestmark = pytest.mark.django_db
N_SITTINGS, N_RECORDINGS, N_QUALITIES = 4, 3, 2


@pytest.fixture
def study():
    study = factories.make_open_study(
        title="=HYPERLINK(1)", n_recordings=N_RECORDINGS, qualities=("melodiousness", "minorness")
    )
    study.items.get(number=1).recording.__class__.objects.filter(items__number=1).update(
        title="@SUM(A1)", source="＝1+1"
    )
    for n in range(N_SITTINGS):
        factories.make_sitting(study, lambda _, __, quality, n=n: rate(quality, n))
    factories.make_sitting(study, n_answers=1)
    factories.make_sitting(study, is_pilot=True)
    return close_study(study=study)


def rate(quality: str, n: int) -> int | str:
    return "cant_tell" if quality == "minorness" and n == 0 else 1 + n


def export(study) -> bytes:
    file = io.BytesIO()
    make_export(study=study, format="csv_zip", file=file)
    return file.getvalue()


def open_zip(data: bytes) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(data))


def read_rows(archive: zipfile.ZipFile, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(archive.read(name).decode(), newline="")))


def test_every_judgment_stands_in_it_once(study):
    rows = read_rows(open_zip(export(study)), "ratings.csv")
    assert len(rows) == (N_SITTINGS * N_RECORDINGS + 1) * N_QUALITIES
    keys = {(row["participant"], row["item"], row["quality"]) for row in rows}
    assert len(keys) == len(rows)
    assert sum(row["sitting_finished"] == "true" for row in rows) == 24
    unable = [row for row in rows if row["cant_tell"] == "true"]
    assert len(unable) == N_RECORDINGS
    assert {row["value"] for row in unable} == {""}
    assert rows == sorted(rows, key=lambda row: (row["participant"], int(row["position"])))
    assert {row["heard_s"] for row in rows} == {"0.5"}
    assert {row["confidence"] for row in rows} == {"3"}


def test_checksums_are_right_and_complete(study):
    archive = open_zip(export(study))
    lines = archive.read("CHECKSUMS").decode().splitlines()
    listed = dict(reversed(line.split("  ", 1)) for line in lines)
    assert set(listed) == set(archive.namelist()) - {"CHECKSUMS"}
    for name, digest in listed.items():
        assert hashlib.sha256(archive.read(name)).hexdigest() == digest


def test_clips_are_the_files_that_were_played(study):
    archive = open_zip(export(study))
    items = read_rows(archive, "items.csv")
    assert len(items) == 9
    for row in items:
        data = archive.read(row["clip_file"])
        assert hashlib.sha256(data).hexdigest() == row["clip"]
        assert data[:4] == b"RIFF"
    assert items[0]["model_output"] == "-0.3"
    assert items[0]["loudness_after"] == "-23"


def test_same_data_give_the_same_bytes(study):
    first, second = export(study), export(study)
    assert first == second
    digests = Export.objects.values_list("sha256", flat=True)
    assert set(digests) == {hashlib.sha256(first).hexdigest()}
    export_row = Export.objects.first()
    assert (export_row.n_ratings, export_row.n_participants) == (26, 5)
    assert export_row.protocol_digest == study.protocol_digest


def test_formulas_are_neutralised_in_text_only(study):
    archive = open_zip(export(study))
    items = read_rows(archive, "items.csv")
    assert items[0]["recording_title"] == "'@SUM(A1)"
    assert items[0]["recording_source"] == "'＝1+1"
    for name in ("ratings.csv", "items.csv", "raters.csv"):
        for row in read_rows(archive, name):
            for cell in row.values():
                is_number = cell.replace(".", "", 1).removeprefix("-").isdigit()
                assert is_number or not cell.startswith(tuple("=+-@\t\r＝＋－＠"))


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+41", "'+41"),
        ("-0.3", "'-0.3"),
        ("@x", "'@x"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("＝1", "'＝1"),
        ("－1", "'－1"),
        ("plain - text", "plain - text"),
        (-0.3, "-0.3"),
        (-3, "-3"),
        (5.0, "5"),
        (1e-7, "1e-07"),
        (float("nan"), ""),
        (None, ""),
        (True, "true"),
    ],
)
def test_a_cell_is_written_as_what_it_is(value, cell):
    assert format_cell(value) == cell


def test_csv_survives_commas_quotes_and_line_breaks():
    data = write_csv(["a", "b"], [['x,"y"', "line\r\nbreak\nand\rmore"]])
    rows = list(csv.reader(io.StringIO(data.decode(), newline="")))
    assert rows == [["a", "b"], ['x,"y"', "line\r\nbreak\nand\rmore"]]


def test_analysis_and_protocol_are_those_of_the_study(study):
    archive = open_zip(export(study))
    models = compute_models(study)
    assert json.loads(archive.read("analysis.json")) == {**findings_of(study), "models": models}
    told = json.loads(archive.read("study.json"))
    assert told["protocol"] == study.protocol
    assert told["protocol_digest"] == study.protocol_digest
    ratings = archive.read("ratings.csv")
    assert findings_of(study)["data_sha256"] == hashlib.sha256(ratings).hexdigest()


def test_what_the_readme_shows_reads_the_tables(study, tmp_path, monkeypatch, capsys):
    archive = open_zip(export(study))
    archive.extractall(tmp_path)
    monkeypatch.chdir(tmp_path)
    shown = (tmp_path / "README.md").read_text().split("```python\n")[1].split("```")[0]
    scope: dict = {}

    exec(shown, scope)

    n_told = N_SITTINGS * N_RECORDINGS * N_QUALITIES - N_RECORDINGS
    assert len(scope["told"]) == n_told
    assert scope["told"]["recording_title"].notna().all()
    assert "minorness" in capsys.readouterr().out


def test_the_dictionary_describes_every_column(study):
    archive = open_zip(export(study))
    dictionary = json.loads(archive.read("data_dictionary.json"))
    for name in dictionary:
        header = archive.read(name).decode().split("\r\n")[0].split(",")
        assert [column["name"] for column in dictionary[name]] == header
        assert all(column["meaning"] and column["type"] for column in dictionary[name])


def test_who_broke_which_rule_and_who_is_analysed_stands_in_it(study):
    archive = open_zip(export(study))
    [excluded] = read_rows(archive, "exclusions.csv")
    [left_out] = [row for row in read_rows(archive, "raters.csv") if row["analysed"] == "false"]
    assert excluded["participant"] == left_out["participant"]
    assert (excluded["rule"], excluded["action"]) == ("unfinished", "exclude")
    assert excluded["participant"] in excluded["reason"]
    readme = archive.read("README.md").decode()
    assert "5 people agreed, 4 sittings came to the end, 4 are analysed." in readme
    assert "- `unfinished` (version 1), left out:" in readme


def test_what_five_of_a_group_do_not_share_is_withheld(study):
    archive = open_zip(export(study))
    assert {row["about_device"] for row in read_rows(archive, "raters.csv")} == {"headphones"}
    study.state = "open"
    study.save()
    factories.make_sitting(study, training="3-5")
    archive = open_zip(export(close_study(study=study)))
    rows = read_rows(archive, "raters.csv")
    assert {(row["about_training"], row["about_device"]) for row in rows} == {("", "headphones")}
    privacy = json.loads(archive.read("study.json"))["privacy"]
    assert privacy["n_standing_out_before"] == 1
    assert "answers withheld for that: 6 of `about_training`" in archive.read("README.md").decode()


def test_no_link_cookie_or_pseudonym_of_the_house_goes_out(study):
    archive = open_zip(export(study))
    text = "".join(
        archive.read(name).decode() for name in archive.namelist() if not name.endswith(".wav")
    )
    secrets = [study.link_token, study.pilot_token, study.owner.username, study.rater_key.key]
    for sitting in study.sittings.select_related("participant"):
        secrets += [sitting.cookie_hash, sitting.resume_token, sitting.participant.pseudonym]
        for trial in sitting.trials.all():
            secrets += [trial.name, trial.signals.get().name]
    assert [secret for secret in secrets if secret in text] == []


def test_the_printed_dictionary_is_up_to_date():
    tables = describe_tables(Protocol(title="Any"))
    printed = settings.BASE_DIR / "docs" / "data-dictionary.md"
    assert printed.read_text(encoding="utf-8") == write_dictionary(tables)


def test_the_version_is_that_of_the_distribution():
    project = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["version"] == __version__


def test_pseudonyms_differ_between_studies(study):
    other = close_study(study=factories.make_open_study())
    assert export(study) and export(other)
    assert study.rater_key.key != other.rater_key.key


@pytest.mark.parametrize("state", ["draft", "open"])
def test_only_a_closed_study_is_exported(state):
    study = factories.make_study() if state == "draft" else factories.make_open_study()
    with pytest.raises(NotAllowedNow, match="once the study is closed"):
        export(study)
    assert Export.objects.count() == 0


def test_a_missing_clip_is_a_sentence(study):
    item = study.items.get(number=4)
    find_blob(item.signals.get().blob).unlink()
    with pytest.raises(EarwitnessError, match=r"that of item 4 .* is missing"):
        export(study)


@pytest.mark.parametrize("name", registry.names())
def test_every_format_writes_the_same_bytes_twice(name, study):
    exporter = make_exporter(name)
    assert exporter.title and exporter.suffix and exporter.content_type and exporter.parts
    files = [io.BytesIO(), io.BytesIO()]
    for file in files:
        make_export(study=study, format=name, file=file)
    assert files[0].getvalue() == files[1].getvalue()


def test_an_unknown_format_is_a_sentence(study):
    with pytest.raises(EarwitnessError, match=r"format must be one of .*csv_zip.*, got 'pdf'"):
        make_export(study=study, format="pdf", file=io.BytesIO())


def test_command_writes_what_the_page_sends(study, tmp_path, client):
    call_command("export_study", study.slug, "--out", str(tmp_path / "set.zip"))
    client.force_login(study.owner)
    answer = client.post(reverse("study_export", args=[study.slug]), {"format": "csv_zip"})
    assert answer["Content-Type"] == "application/zip"
    assert answer["Content-Disposition"] == f'attachment; filename="{study.slug}-csv_zip.zip"'
    assert b"".join(answer.streaming_content) == (tmp_path / "set.zip").read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ["set.zip"]


def test_command_says_what_is_wrong(study, tmp_path):
    with pytest.raises(CommandError, match="there is none called 'nothing'"):
        call_command("export_study", "nothing", "--out", str(tmp_path / "x.zip"))
    with pytest.raises(CommandError, match="format must be one of"):
        call_command("export_study", study.slug, "--format", "x", "--out", str(tmp_path / "x.zip"))
    assert list(tmp_path.iterdir()) == []


def test_the_models_outputs_stand_beside_the_ratings(study):
    clip = study.items.get(number=1).signals.get().clip
    clip.facts = {
        "output_after_alignment": {"valence": -0.3, "energy": 0.5},
        "output_before_alignment": {"valence": -0.25},
        "gap_after_alignment": {"valence": 0.125},
    }
    clip.save()

    archive = open_zip(export(study))

    rows = read_rows(archive, "outputs.csv")
    items = read_rows(archive, "items.csv")
    assert len(rows) == len(items) + 1
    numbers = ("value", "value_raw", "listening_gap")
    told = {row["output"]: [row[name] for name in numbers] for row in rows if row["item"] == "1"}
    assert told == {"energy": ["0.5", "", ""], "valence": ["-0.3", "-0.25", "0.125"]}
    shared = ("item", "block", "clip_file", "condition", "target", "recording")
    assert [[row[name] for name in shared] for row in rows[1:]] == [
        [row[name] for name in shared] for row in items
    ]
    # Nobody marked spans.
    assert read_rows(archive, "profiles.csv") == []


def test_a_models_linear_head_stands_there_once(study):
    for explanation in Explanation.objects.all():
        explanation.manifest["level1"] = {
            "features": ["melodiousness", "minorness"],
            "emotions": ["valence", "energy"],
            "weights": [[0.5, -0.1], [-0.25, 0]],
            "intercepts": [0.1, 2],
        }
        explanation.save()

    rows = read_rows(open_zip(export(study)), "heads.csv")

    assert [[*row.values()] for row in rows] == [
        ["w" * 64, "valence", "melodiousness", "0.5", "0.1"],
        ["w" * 64, "valence", "minorness", "-0.25", "0.1"],
        ["w" * 64, "energy", "melodiousness", "-0.1", "2"],
        ["w" * 64, "energy", "minorness", "0", "2"],
    ]
