"""`correlations TABLE` on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from explain_engine.cli import main


@pytest.fixture
def table(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    features = rng.normal(size=(60, 2))
    features[:, 1] += features[:, 0]
    target = features @ [0.5, 0.2] + rng.normal(size=60) * 0.3
    path = tmp_path / "ratings.csv"
    np.savetxt(
        path,
        np.column_stack((features, target)),
        delimiter=",",
        header="articulation,rhythm_complexity,energy",
        comments="",
    )
    return path


def test_correlations_prints_r_weight_and_share_of_each_feature(table, capsys) -> None:
    assert main(["correlations", str(table), "--target", "energy"]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("energy: 60 rows, R² 0.8")
    assert [line.split()[0] for line in lines[1::2]] == ["articulation", "rhythm_complexity"]


def test_correlations_as_json_are_the_figures_of_least_squares(table, capsys) -> None:
    assert main(["correlations", str(table), "--target", "energy", "--json"]) == 0

    (report,) = json.loads(capsys.readouterr().out)
    data = np.loadtxt(table, delimiter=",", skiprows=1)
    design = np.column_stack((np.ones(60), data[:, :2]))
    weights = np.linalg.lstsq(design, data[:, 2], rcond=None)[0][1:]
    assert [row["weight"] for row in report["rows"]] == pytest.approx(weights)
    assert sum(row["lmg"]["estimate"] for row in report["rows"]) == pytest.approx(report["r2"])


def test_correlations_of_a_column_that_is_not_there_is_a_sentence(table, capsys) -> None:
    assert main(["correlations", str(table), "--target", "joy"]) == 2

    assert capsys.readouterr().err == (
        "The table has no column 'joy'; it has articulation, rhythm_complexity, energy.\n"
    )


def test_correlations_are_drawn_on_request(table, tmp_path, capsys) -> None:
    out = tmp_path / "out"
    assert main(["correlations", str(table), "--target", "energy", "--out", str(out)]) == 0

    (drawn,) = out.iterdir()
    assert drawn.name == "correlations_energy.svg"
    assert "60 rows" in drawn.read_text(encoding="utf-8")
