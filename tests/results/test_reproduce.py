"""The scripts of a data set give the figures of its analysis.json, from its tables alone."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from django.urls import reverse

from evalsite.clips.models import Clip
from evalsite.responses.models import Response
from evalsite.results.findings import compute_findings
from evalsite.results.reproduce.calls import list_calls
from evalsite.results.reproduce.omitted import (
    OMITTED,
    explain_omission,
    list_missing,
    list_omitted,
)
from evalsite.results.reproduce.scripts import pick, python_functions, r_functions
from evalsite.studies.queries import protocol_of
from tests import factories
from tests.results.every_kind import BLOCKS, COMMON, answer_everything, unpack_export
from tests.results.with_model import QUALITIES, make_explained_study

pytestmark = pytest.mark.django_db
# Shares of 1,999 splits that R draws and of 1,999 others: four standard errors and a bit.
BY_CHANCE = 0.07
RATED = {
    "trial_type": "presence",
    "parameters": {"qualities": ["melodiousness", "minorness"]},
    "repeats": 2,
}
ARMS = [
    {
        "name": name,
        "trial_type": "predict_model",
        "conditions": [condition],
        "parameters": {"explain": explain},
        "when": {"help": [name]},
        **COMMON,
    }
    for name, condition, explain in (
        ("explained", "kept", "always"),
        ("alone", "original", "never"),
    )
]


@pytest.fixture
def rated():
    """Answers with groups, repeats, "can't tell", and somebody who stopped."""
    rng = np.random.default_rng(5)
    study = factories.make_open_study(
        n_recordings=4,
        blocks=[RATED],
        exclusions=[{"rule": "unfinished"}],
        between={"help": ["with", "without"]},
    )

    def rate(title: str, condition: str, quality: str) -> int | str:
        if quality == "minorness" and rng.random() < 0.2:
            return "cant_tell"
        value = rng.normal(4, 1) + (condition == "kept") + (title == "Piece 1")
        return int(np.clip(round(value), 1, 7))

    for n in range(10):
        factories.make_sitting(study, rate, training="10+" if n % 2 else "0")
    factories.make_sitting(study, rate, n_answers=3)
    return study


@pytest.fixture
def every_kind():
    """Answers to every trial type, and to blocks of their own by how listeners were helped."""
    rng = np.random.default_rng(3)
    study = factories.make_open_study(
        n_recordings=3, blocks=[*BLOCKS, *ARMS], between={"help": [arm["name"] for arm in ARMS]}
    )
    for n in range(6):
        answer_everything(study, rng, training="10+" if n % 2 else "0")
    return study


@pytest.fixture
def modelled():
    """Answers to a study of a model with outputs, of more listeners than all splits are tried.
    Nobody asked the model about one original; some ratings are "can't tell"."""
    rng = np.random.default_rng(4)
    study = make_explained_study(rng, n_recordings=9)
    Clip.objects.filter(pk=Clip.objects.filter(kind="original").latest("pk").pk).update(facts={})
    for n in range(16):
        answer_everything(study, rng, training="10+" if n % 2 else "0")
    for response in Response.objects.filter(trial__item__block="rated"):
        if rng.random() < 0.1:
            response.answer["ratings"][rng.choice(QUALITIES)] = "cant_tell"
            response.save()
    return study


def run(folder: Path, program: str, script: str) -> dict[str, list[float]]:
    """What a script prints: figures by their place."""
    done = subprocess.run([program, script], cwd=folder, capture_output=True, text=True)
    told = [line for line in done.stdout.splitlines() if line.startswith("#")]
    assert done.returncode == 0, "\n".join(told) + done.stderr
    lines = [line.split(",") for line in done.stdout.splitlines() if not line.startswith("#")]
    return {path: [read_number(text) for text in figures] for path, *figures in lines}


def read_number(text: str) -> float:
    return math.nan if text.strip() in ("NA", "NaN") else float(text)


def test_the_page_links_to_the_scripts_of_the_data_set(client, rated, tmp_path):
    client.force_login(rated.owner)
    before = client.get(reverse("study_script", args=[rated.slug, "py"]))
    folder = unpack_export(rated, tmp_path)

    html = client.get(reverse("study_results", args=[rated.slug])).content.decode()

    assert before.status_code == 302
    for language in ("py", "R"):
        url = reverse("study_script", args=[rated.slug, language])
        assert f'href="{url}"' in html
        answer = client.get(url)
        assert answer["Content-Type"].startswith("text/plain")
        assert answer.content == (folder / f"analysis.{language}").read_bytes()
    assert client.get(url.replace(".R", ".sql")).status_code == 404


@pytest.mark.parametrize("name", ["rated", "every_kind", "modelled"])
def test_both_scripts_give_every_figure(name, request, tmp_path):
    """The Python script fails by itself where a figure differs. Without R on this machine its
    script is only looked at."""
    study = request.getfixturevalue(name)
    folder = unpack_export(study, tmp_path)
    found = json.loads((folder / "analysis.json").read_text(encoding="utf-8"))
    calls = list_calls(found, protocol_of(study))

    printed = run(folder, sys.executable, "analysis.py")

    assert len(printed) == len(calls) > 50
    missing = list_missing(found, calls)
    assert [path for path in missing if not explain_omission(path, found)] == []
    calls_in_r = [call for call in calls if call.is_in_r]
    for language, own in (("py", calls), ("R", calls_in_r)):
        script = (folder / f"analysis.{language}").read_text(encoding="utf-8")
        told = " ".join(script.replace("#", " ").split())
        assert all(sentence in told for sentence in list_omitted(found, own))
        assert script.count("\nreport(") == len(own)
    if program := shutil.which("Rscript"):
        in_r = run(folder, program, "analysis.R")
        assert [*in_r] == [path for path, call in zip(printed, calls, strict=True) if call.is_in_r]
        for call, (path, figures) in zip(calls_in_r, in_r.items(), strict=True):
            n_sure, near = len(figures) - len(call.drawn), max(1e-6, call.tolerance)
            known, drawn = printed[path][:n_sure], printed[path][n_sure:]
            assert figures[:n_sure] == pytest.approx(known, rel=near, abs=near, nan_ok=True), path
            # Holm multiplies them by up to their number.
            by_chance = BY_CHANCE * (len(call.arguments) if call.function == "p_holm" else 1)
            assert figures[n_sure:] == pytest.approx(drawn, abs=by_chance, nan_ok=True), path


def test_a_figure_that_nobody_computes_is_found(rated):
    found = compute_findings(rated)
    assert found["blocks"][0]["question"] == "ratings"
    figure = {"estimate": 1.0, "low": None, "high": None, "details": {}}
    found["blocks"][0]["new"] = {"figure": figure, "count": 3, "name": "x", "is_new": True}

    missing = [path for path in list_missing(found, []) if not explain_omission(path, found)]

    new = [path for path in missing if path.startswith("blocks/0/new")]
    assert [path.removeprefix("blocks/0/new/") for path in new] == [
        "figure/estimate",
        "figure/low",
        "figure/high",
        "count",
    ]


def test_a_script_tells_only_the_omissions_of_its_study(rated):
    found = compute_findings(rated)

    told = list_omitted({"flow": found["flow"]}, [])

    assert [sentence.split(",")[0] for sentence in told] == ["flow"]
    assert set(told) < {sentence for _, sentence in OMITTED}


def test_a_figure_that_differs_is_told(rated, tmp_path):
    folder = unpack_export(rated, tmp_path)
    analysis = json.loads((folder / "analysis.json").read_text(encoding="utf-8"))
    analysis["robustness"][0]["drift"]["estimate"] += 0.01
    (folder / "analysis.json").write_text(json.dumps(analysis), encoding="utf-8")

    done = subprocess.run(
        [sys.executable, "analysis.py"], cwd=folder, capture_output=True, text=True
    )

    assert done.returncode == 1
    n_same, _, n_all = done.stdout.splitlines()[-1].split()[1:4]
    assert int(n_same) == int(n_all) - 1


@pytest.mark.parametrize(
    ("table", "column", "figure"),
    [
        ("outputs.csv", "value", "retention"),
        ("heads.csv", "weight", "conditional"),
        ("profiles.csv", "weight", "overlap"),
    ],
)
def test_another_table_gives_other_figures(table, column, figure, tmp_path):
    rng = np.random.default_rng(6)
    study = make_explained_study(rng, n_recordings=6)
    for _ in range(2):
        answer_everything(study, rng, training="0")
    folder = unpack_export(study, tmp_path)
    frame = pd.read_csv(folder / table)
    frame[column] = frame[column].sample(frac=1, random_state=0).to_numpy()
    frame.to_csv(folder / table, index=False)

    done = subprocess.run(
        [sys.executable, "analysis.py"], cwd=folder, capture_output=True, text=True
    )

    told = [line for line in done.stdout.splitlines() if line.startswith("# analysis.json has")]
    assert done.returncode == 1
    assert any(figure in line for line in told)


def test_a_script_holds_only_what_it_needs():
    sources = python_functions()

    picked = pick(sources, ["mean_of_clip"])

    names = [source.split("(")[0].removeprefix("def ") for source in picked]
    assert names == ["read_ratings", "choose", "t_interval", "mean_of_clip"]


def test_both_languages_have_the_same_figures():
    helpers = {
        "number",
        "n_unique",
        "count_points",
        "list_orders",
        "some_splits",
        "name_subset",
        "pseudo_inverse",
    }
    by_draws = {"draw_features", "correlate_columns", "percentiles", "tell_of_draws"}
    # numpy's generator deals these to groups.
    by_draws |= {"reliability_ends", "kendall_w_ends", "deal_both", "deal_units", "number_rows"}
    assert set(python_functions()) - by_draws == set(r_functions()) - helpers
