from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from explain_engine.cli import main
from explain_engine.recipe import EXPLAINERS, SEGMENTERS
from tests.explain_engine.test_audio import (
    write_empty,
    write_lying_flac,
    write_nan,
    write_text,
    write_two_samples,
)
from tests.support.provide import find_song


def run(*arguments: object, cwd: Path) -> subprocess.CompletedProcess:
    root = str(Path(__file__).parents[2])
    return subprocess.run(
        [sys.executable, "-m", "explain_engine", *map(str, arguments)],
        cwd=cwd, env={**os.environ, "PYTHONPATH": root},
        capture_output=True, text=True, timeout=240,
    )  # fmt: skip


def write_silence(path: Path) -> None:
    sf.write(path, np.zeros(80_000), 8_000, format="WAV")


def test_explain_on_a_real_song_chooses_and_names_its_excerpt(tmp_path):
    done = run(
        "explain", find_song("Metal madness"), "--model", "vibenet", "--target", "valence",
        "--out", "out", "--duration", 3, "--n-samples", 16, cwd=tmp_path,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert "Excerpt: 70.3 to 73.3 s, the middle of 143.7 s" in done.stderr
    assert "valence: ." in done.stdout
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["recipe"]["start"] == 70.3
    assert {clip["n_bytes"] for clip in manifest["clips"]} == {44 + 2 * 48_000}
    levels = [clip["loudness_after_lufs"] for clip in manifest["clips"]]
    assert max(levels) - min(levels) <= 0.5
    assert max(clip["true_peak_dbtp"] for clip in manifest["clips"]) <= -1


@pytest.mark.usefixtures("plugin")
def test_options_make_the_recipe(tmp_path, monkeypatch, music_file):
    monkeypatch.chdir(tmp_path)
    code = main([
        "explain", str(music_file), "--model", "sines", "--target", "low", "--target", "high",
        "--out", "out", "--start", "0.5", "--duration", "2", "--n-samples", "50",
        "--n-selected", "3", "--seed", "7", "--segmenter", "grid",
        "--segmenter-parameter", "n_times=4", "--explainer", "lime",
        "--explainer-parameter", "alpha=0.5", "--selection", "against", "--stability", "none",
        "--control", "control_area", "--threads", "1", "--answers", "answers",
    ])  # fmt: skip

    assert code == 0
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    recipe = manifest["recipe"]
    assert recipe["targets"] == ["low", "high"]
    assert (recipe["start"], recipe["duration"], recipe["seed"]) == (0.5, 2.0, 7)
    assert recipe["segmenter_parameters"] == {"n_times": 4, "n_bands": 5}
    assert recipe["explainer_parameters"]["alpha"] == 0.5
    assert (recipe["selection"], recipe["controls"]) == ("against", ["control_area"])
    assert recipe["stability"] is None
    assert (manifest["run"]["threads"], manifest["run"]["n_reused"]) == (1, 0)
    (tmp_path / "recipe.json").write_text(json.dumps(recipe))
    again = main([
        "explain", str(music_file), "--model", "sines", "--recipe", "recipe.json",
        "--out", "again", "--threads", "1", "--answers", "answers",
    ])  # fmt: skip
    assert again == 0
    run_again = json.loads((tmp_path / "again" / "manifest.json").read_text())["run"]
    assert run_again["n_reused"] >= 50
    for path in (tmp_path / "out").glob("*.wav"):
        assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes()


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (write_text, "cannot be read as any"),
        (write_empty, "is empty"),
        (write_nan, "must be finite"),
        (write_two_samples, "got 2 samples"),
        (write_lying_flac, "the header of this one claims"),
        (write_silence, "is silent"),
    ],
)
def test_bad_file_is_one_sentence_and_exit_code_2(tmp_path, capsys, write, message):
    path = tmp_path / "x.wav"
    write(path)

    code = main(["explain", str(path), "--model", "vibenet", "--out", str(tmp_path / "out")])

    assert code == 2
    sentence = capsys.readouterr().err.strip().splitlines()[-1]
    assert message in sentence
    assert sentence.endswith(".")


def test_refusal_leaves_the_process_with_its_sentence_and_exit_code_2(tmp_path):
    write_text(tmp_path / "x.wav")

    done = run("explain", "x.wav", "--model", "vibenet", "--out", "out", cwd=tmp_path)

    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "A sound file must be WAV, FLAC, OGG or MP3, 'x.wav' cannot be read as any."
    ]
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--model", "none"], "model must be one of a2mid2e, vibenet, got 'none'."),
        (["--target", "sadness"], "A target of vibenet must be one of acousticness"),
        (["--duration", "1"], "duration must be 2 to 30 s, got 1."),
        (["--duration", "40"], "duration must be 2 to 30 s, got 40."),
        (["--start", "2", "--duration", "10"], "The excerpt 2 to 12 s must lie within"),
        (["--segmenter", "slices"], "segmenter must be one of beats, felzenszwalb, frequency"),
        (["--segmenter-parameter", "n"], "A parameter must be NAME=VALUE, got 'n'."),
        (["--device", "tpu"], "device must be cpu or cuda, got 'tpu'."),
        (["--dtype", "bfloat16"], "The dtype of vibenet must be float32, got 'bfloat16'."),
        (["--recipe", "none.json"], "none.json cannot be used: No such file or directory."),
    ],
)
def test_wrong_option_is_one_sentence_and_exit_code_2(
    tmp_path, capsys, music_file, arguments, message
):
    out = str(tmp_path / "out")

    code = main(["explain", str(music_file), "--out", out, "--model", "vibenet", *arguments])

    assert code == 2
    assert message in capsys.readouterr().err.strip().splitlines()[-1]


@pytest.mark.usefixtures("plugin")
def test_predict_prints_every_target(capsys, music_file):
    code = main(["predict", str(music_file), "--model", "sines"])

    assert code == 0
    shown = capsys.readouterr().out.splitlines()
    assert [line.rsplit(maxsplit=1)[0].strip() for line in shown] == [
        "low",
        "high",
        "low minus high",
    ]


@pytest.mark.parametrize(
    ("command", "names"),
    [
        ("models", ["a2mid2e", "vibenet"]),
        ("segmenters", SEGMENTERS.names()),
        ("explainers", EXPLAINERS.names()),
    ],
)
def test_lists_name_what_there_is(capsys, command, names):
    assert main([command]) == 0
    shown = capsys.readouterr().out
    assert main([command, "--json"]) == 0
    described = json.loads(capsys.readouterr().out)

    assert [entry["name"] for entry in described] == names
    for name in names:
        assert f"{name}: " in shown


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--model", "nobody"), "model must be one of"),
        (("--model", "vibenet", "--target", "awe"), "A target of vibenet must be one of"),
    ],
)
def test_unknown_model_or_target_is_all_that_is_said(
    tmp_path, capsys, music_file, arguments, message
):
    code = main(["explain", str(music_file), "--out", str(tmp_path / "out"), *arguments])

    assert code == 2
    (sentence,) = capsys.readouterr().err.splitlines()
    assert message in sentence
    assert not (tmp_path / "out").exists()
