"""The example scripts do what they say."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import numpy as np
import pytest

from explain_engine.models import use_model_files
from explain_engine.networks.names import EMOTIONS, FEATURES

EXAMPLES = Path(__file__).parents[2] / "examples"


def run(name: str, *arguments: object) -> None:
    runpy.run_path(str(EXAMPLES / f"{name}.py"))["main"](*map(str, arguments))


def test_two_levels_of_a_song(tmp_path, capsys):
    run("two_levels", tmp_path)

    said = capsys.readouterr().out
    assert all(f"  {feature} " in said for feature in FEATURES)
    assert "minorness: " in said
    made = {path.name for path in tmp_path.iterdir()}
    assert {"explanation.html", "effects_valence.svg", "spectrogram_minorness-dark.png"} <= made


@pytest.fixture
def _own_models_end(monkeypatch):
    monkeypatch.setattr("sys.path", list(sys.path))
    yield
    use_model_files([])


@pytest.mark.usefixtures("_own_models_end")
def test_own_model_is_explained_by_what_it_is(tmp_path, capsys):
    run("own_model", tmp_path)

    # Eight bands, low to high; nothing sounds in the two highest.
    assert "components, brightest first: [5, 4]" in capsys.readouterr().out
    assert (tmp_path / "brightness_kept.wav").stat().st_size == 44 + 2 * 4 * 22_050


def test_effects_over_a_data_set_mark_one_piece(tmp_path, capsys):
    run("effects_over_a_data_set", tmp_path)

    assert "differs most in valence by its" in capsys.readouterr().out
    svg = (tmp_path / "effects_valence.svg").read_text(encoding="utf-8")
    assert svg.count("<title>") == len(FEATURES)


@pytest.fixture
def data_sets(tmp_path: Path) -> tuple[Path, Path]:
    """40 songs in the published layout, half of them of the Soundtracks set."""
    rng = np.random.default_rng(0)
    ratings = rng.uniform(1, 9, (40, 7))
    ratings[:, 1] = np.clip(ratings[:, 2] + rng.normal(0, 0.5, 40), 1, 9.5)
    folder = tmp_path / "mid" / "metadata_annotations"
    folder.mkdir(parents=True)
    lines = [", ".join(["song_id", *FEATURES])]
    lines += [f"{n + 1},{','.join(f'{x:.2f}' for x in row)}" for n, row in enumerate(ratings)]
    (folder / "annotations.csv").write_text("\n".join(lines), encoding="utf-8")
    lines = ["song id;Source;ID at file source"]
    lines += [
        f"{n + 1};{'soundtracks' if n < 20 else 'jamendo'};{n + 1:03d}.mp3" for n in range(40)
    ]
    (folder / "metadata.csv").write_text("\n".join(lines), encoding="utf-8")
    emotions = rng.uniform(1, 8, (20, len(EMOTIONS))) + ratings[:20, :1] / 9
    lines = [",".join(["number", *EMOTIONS, "TARGET"])]
    lines += [
        f"{n + 1:03d},{','.join(f'{x:.2f}' for x in row)},X" for n, row in enumerate(emotions)
    ]
    (tmp_path / "mean_ratings_set1.csv").write_text("\n".join(lines), encoding="utf-8")
    return tmp_path / "mid", tmp_path


def test_correlations_of_the_data_sets_side_by_side(tmp_path, data_sets, capsys):
    run("correlations_of_the_data_sets", tmp_path / "out", *data_sets)

    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["all", "40", "Soundtracks", "20"]
    (twins,) = [line for line in lines if line.startswith("rhythm_complexity, articulation")]
    assert all(float(r) > 0.9 for r in twins.split()[-2:])
    assert any("travels together with" in line for line in lines)
    assert {path.stem.split("_")[1] for path in (tmp_path / "out").iterdir()} == set(EMOTIONS)
