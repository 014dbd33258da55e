from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from explain_engine.cli import main
from explain_engine.errors import EngineError
from explain_engine.models import load_model, use_model_files
from explain_engine.models.a2mid2e import A2mid2e
from explain_engine.networks.names import EMOTIONS, FEATURES
from explain_engine.training import rendered
from explain_engine.training.command import find_system_soundfonts
from explain_engine.training.composer import compose
from explain_engine.training.measures import MEASURES
from explain_engine.training.performance import perform
from explain_engine.training.rendered import Split, load_split, make_split, render_excerpt
from explain_engine.training.synthesis import Orchestra, SoundfontError, find_soundfonts


@pytest.fixture(scope="module")
def soundfont() -> Path:
    return find_soundfonts()[0]


@pytest.fixture
def split(soundfont) -> Split:
    return Split("train", "train", 8, (soundfont,), seed=5)


def test_same_notes_give_the_same_sound(soundfont):
    rng = np.random.default_rng(1)
    piece = compose(rng)
    performance = perform(piece, rng)
    orchestra = Orchestra(soundfont)
    first = orchestra.play(piece, performance)
    other = compose(rng)
    orchestra.play(other, perform(other, rng))
    assert first.shape == (220_500,)
    assert first.dtype == np.float32
    assert float(np.abs(first).max()) == pytest.approx(0.7)
    np.testing.assert_array_equal(first, orchestra.play(piece, performance))
    np.testing.assert_array_equal(first, Orchestra(soundfont).play(piece, performance))


def test_staccato_leaves_more_of_the_sound_silent(split):
    quiet, gaps = [], []
    for index in range(8):
        y, measures = render_excerpt(split, index)
        envelope = np.abs(y).reshape(-1, 1050).max(axis=1)
        quiet.append(np.mean(envelope < 0.1))
        gaps.append(measures[MEASURES.index("gap_share")])
    assert np.corrcoef(quiet, gaps)[0, 1] > 0.2


def test_split_is_made_once_and_the_same_with_any_number_of_processes(split, tmp_path, monkeypatch):
    monkeypatch.setattr(rendered, "SHARD", 4)
    seen = []
    for folder, n in (("a", 1), ("b", 2)):
        make_split(split, tmp_path / folder, n_processes=n, progress=lambda *x: seen.append(x))
    spectrograms, measures = load_split(split, tmp_path / "a")
    again, measures_again = load_split(split, tmp_path / "b")
    assert seen == [(0, 2), (1, 2), (2, 2)] * 2
    assert spectrograms.shape == (8, 149, 313)
    assert measures.shape == (8, len(MEASURES))
    np.testing.assert_array_equal(spectrograms, again)
    np.testing.assert_array_equal(measures, measures_again)
    path = next((tmp_path / "a").glob("*.npz"))
    made = path.stat().st_mtime_ns
    make_split(split, tmp_path / "a")
    assert path.stat().st_mtime_ns == made


def test_missing_soundfont_is_refused_with_a_sentence(tmp_path):
    with pytest.raises(SoundfontError, match=r"A soundfont must exist, got 'none\.sf2'\."):
        Orchestra(tmp_path / "none.sf2")


@pytest.mark.parametrize(
    ("n_pieces", "soundfonts", "sentence"),
    [
        (7, (Path("x.sf2"),), "A split must hold 8 pieces or more, got 7"),
        (8, (), "The split train needs a soundfont, got none"),
    ],
)
def test_bad_split_is_refused_with_a_sentence(n_pieces, soundfonts, sentence):
    with pytest.raises(EngineError, match=sentence):
        Split("train", "train", n_pieces, soundfonts, 0)


def test_system_soundfonts_that_training_uses_are_left_out(monkeypatch, tmp_path):
    for name in ("a.sf2", "b.sf3", "used.sf2", "text.txt"):
        (tmp_path / name).touch()
    monkeypatch.setattr(
        "explain_engine.training.command.SYSTEM_SOUNDFONTS", (str(tmp_path), str(tmp_path / "x"))
    )
    found = find_system_soundfonts((Path("/elsewhere/used.sf2"),))
    assert [path.name for path in found] == ["a.sf2", "b.sf3"]


def run_train(out: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "explain_engine", "train", "--rendered", "--out", str(out)]
    environment = {**os.environ, "TQDM_DISABLE": ""}
    return subprocess.run(
        [*command, *options], capture_output=True, text=True, timeout=240, env=environment
    )


def test_command_trains_from_notes_to_card_and_goes_on(tmp_path, soundfont):
    out = tmp_path / "trained"
    other = tmp_path / "other.sf2"
    other.write_bytes(soundfont.read_bytes())
    options = ("--pieces", "16", "--test-pieces", "8", "--width", "0.05", "--threads", "1",
               "--soundfont", str(soundfont), "--test-soundfont", str(other))  # fmt: skip
    first = run_train(out, *options, "--epochs", "1")
    assert first.returncode == 0, first.stderr
    assert "Rendering train" in first.stderr
    made = {path.name: path.stat().st_mtime_ns for path in (out / "work").glob("*.npz")}
    weights = (out / "a2mid2e_joint.safetensors").read_bytes()
    assert main(["train", "--rendered", "--out", str(out), *options, "--epochs", "1"]) == 0
    assert {p.name: p.stat().st_mtime_ns for p in (out / "work").glob("*.npz")} == made
    assert (out / "a2mid2e_joint.safetensors").read_bytes() == weights
    log = json.loads((out / "a2mid2e_joint.json").read_text())
    assert set(log["tests"]) == {"test_pieces", "test_programs", "test_font_other"}
    assert set(log["tests"]["test_pieces"]["r"]) == {*EMOTIONS, *FEATURES}
    assert log["soundfonts"][0]["name"] == soundfont.name
    card = (out / "a2mid2e_joint.md").read_text()
    assert "soundfont other" in card
    use_model_files([out / "a2mid2e_joint.toml"])
    named = load_model("trained_a2mid2e_joint")
    model = A2mid2e(weights=str(out / "a2mid2e_joint.safetensors"))
    assert model.reference_features.shape == (8, 7)
    assert np.array_equal(named.reference_features, model.reference_features)
    noise = np.random.default_rng(0).normal(0, 0.1, (1, 44_100)).astype(np.float32)
    assert np.array_equal(named.predict(noise), model.predict(noise))
    use_model_files([])


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--scheme", "a2e"), "The reference model's scheme must be a2mid2e_joint, got 'a2e'."),
        (("--soundfont", "none.sf2"), "A soundfont must exist, got 'none.sf2'."),
        (("--pieces", "3"), "A split must hold 8 pieces or more, got 3."),
        (
            ("--soundfont", "a.sf2", "--test-soundfont", "b/a.sf2"),
            "Each soundfont may be named once, for training or for a test, got a.sf2, a.sf2.",
        ),
    ],
)
def test_bad_option_is_one_sentence_and_code_2(tmp_path, capsys, options, sentence):
    out = ("--out", str(tmp_path), "--threads", "1")
    assert main(["train", "--rendered", *out, *options]) == 2
    assert capsys.readouterr().err.strip().splitlines()[-1] == sentence
