"""The scripts of a data set give the figures of its analysis.json, from its tables alone."""

from __future__ import annotations

import io
import json
import math
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from evalsite.results.reproduce.scripts import pick, python_functions, r_functions
from evalsite.results.services import make_export
from evalsite.studies.services import close_study
from tests import factories

pytestmark = pytest.mark.django_db
BLOCK = {
    "trial_type": "presence",
    "parameters": {"qualities": ["melodiousness", "minorness"]},
    "repeats": 2,
}


@pytest.fixture
def folder(tmp_path) -> Path:
    """A data set with groups, repeats, "can't tell", and somebody who stopped."""
    rng = np.random.default_rng(5)
    study = factories.make_open_study(
        n_recordings=4, blocks=[BLOCK], exclusions=[{"rule": "unfinished"}]
    )

    def rate(title: str, condition: str, quality: str) -> int | str:
        if quality == "minorness" and rng.random() < 0.2:
            return "cant_tell"
        value = rng.normal(4, 1) + (condition == "kept") + (title == "Piece 1")
        return int(np.clip(round(value), 1, 7))

    for n in range(10):
        factories.make_sitting(study, rate, training="10+" if n % 2 else "0")
    factories.make_sitting(study, rate, n_answers=3)
    file = io.BytesIO()
    make_export(study=close_study(study=study), format="csv_zip", file=file)
    zipfile.ZipFile(file).extractall(tmp_path)
    return tmp_path


def run(folder: Path, *command: str) -> dict[str, list[float]]:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = [line.split(",") for line in done.stdout.splitlines() if not line.startswith("#")]
    return {path: [read_number(text) for text in figures] for path, *figures in lines}


def read_number(text: str) -> float:
    return math.nan if text.strip() in ("NA", "NaN") else float(text)


def list_figures(value: object, path: str = "") -> dict[str, list[float]]:
    """Every estimate of analysis.json with its interval, by its place."""
    if isinstance(value, list):
        value = {str(i): entry for i, entry in enumerate(value)}
    if not isinstance(value, dict):
        return {}
    if "estimate" in value:
        ends = [value[name] for name in ("estimate", "low", "high")]
        return {path: [math.nan if end is None else end for end in ends]}
    found: dict[str, list[float]] = {}
    for key, entry in value.items():
        found |= list_figures(entry, f"{path}/{key}".lstrip("/"))
    return found


def check(printed: dict[str, list[float]], folder: Path) -> None:
    analysis = json.loads((folder / "analysis.json").read_text(encoding="utf-8"))
    noted = list_figures({key: value for key, value in analysis.items() if key != "models"})
    assert set(printed) == set(noted)
    assert len(printed) > 50
    for path, figures in printed.items():
        assert figures == pytest.approx(noted[path], rel=1e-7, abs=1e-7, nan_ok=True), path


def test_python_gives_every_figure(folder):
    printed = run(folder, sys.executable, "analysis.py")

    check(printed, folder)


def test_r_gives_every_figure_where_there_is_r(folder):
    """Without R on this machine the script is only looked at."""
    program = shutil.which("Rscript")
    script = (folder / "analysis.R").read_text(encoding="utf-8")
    assert script.count("report(") > 50
    if program:
        check(run(folder, program, "analysis.R"), folder)


def test_a_figure_that_differs_is_told(folder):
    analysis = json.loads((folder / "analysis.json").read_text(encoding="utf-8"))
    analysis["robustness"][0]["drift"]["estimate"] += 0.01
    (folder / "analysis.json").write_text(json.dumps(analysis), encoding="utf-8")

    done = subprocess.run(
        [sys.executable, "analysis.py"], cwd=folder, capture_output=True, text=True
    )

    assert done.returncode == 1
    n_same, _, n_all = done.stdout.splitlines()[-1].split()[1:4]
    assert int(n_same) == int(n_all) - 1


def test_a_script_holds_only_what_it_needs():
    sources = python_functions()

    picked = pick(sources, ["mean_of_clip"])

    names = [source.split("(")[0].removeprefix("def ") for source in picked]
    assert names == ["read_ratings", "choose", "t_interval", "mean_of_clip"]


def test_both_languages_have_the_same_figures():
    helpers = {"number"}
    assert set(python_functions()) == set(r_functions()) - helpers
