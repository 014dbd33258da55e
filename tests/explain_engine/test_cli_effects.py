from __future__ import annotations

import json
import re

import numpy as np
import pytest

from explain_engine.cli import main
from explain_engine.networks.names import EMOTIONS, FEATURES


def test_effects_add_up_in_what_is_printed(music_file, capsys):
    arguments = ("effects", str(music_file), "--model", "a2mid2e", "--start", "0", "--duration")
    assert main([*arguments, "2", "--emotion", "valence"]) == 0
    head, *lines = capsys.readouterr().out.splitlines()
    output, intercept = map(float, re.findall(r"[-+]?\d\.\d+", head))
    effects = [float(re.search(r"= ([-+]\d\.\d+)", line).group(1)) for line in lines]
    assert len(lines) == len(FEATURES)
    assert all("against the mean excerpt" in line for line in lines)
    assert sum(effects) + intercept == pytest.approx(output, abs=0.005)


def test_effects_as_json_hold_every_emotion(music_file, capsys):
    arguments = ["effects", str(music_file), "--model", "a2mid2e", "--start", "0"]
    assert main([*arguments, "--duration", "2", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["emotion"] for row in rows] == list(EMOTIONS)
    for row in rows:
        effects = [effect["effect"] for effect in row["effects"]]
        np.testing.assert_allclose(sum(effects) + row["intercept"], row["output"], atol=1e-6)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            ("--model", "vibenet"),
            "Effects need a model with a linear layer from features to emotions, vibenet has none.",
        ),
        (
            ("--model", "a2mid2e", "--emotion", "awe"),
            f"The emotion must be one of {', '.join(EMOTIONS)}, got 'awe'.",
        ),
    ],
)
def test_refusal_is_one_sentence_and_code_2(music_file, capsys, options, sentence):
    excerpt = ("--start", "0", "--duration", "2")
    assert main(["effects", str(music_file), *excerpt, *options]) == 2
    assert capsys.readouterr().err.strip() == sentence


def test_effects_and_correlations_are_drawn(music_file, tmp_path, capsys):
    arguments = ["effects", str(music_file), "--model", "a2mid2e", "--start", "0"]
    arguments += ["--duration", "2", "--emotion", "sad", "--out", str(tmp_path / "out"), "--png"]
    assert main(arguments) == 0
    assert "sad: " in capsys.readouterr().out
    found = {path.name for path in (tmp_path / "out").iterdir()}
    endings = (".svg", "-light.png", "-dark.png")
    assert found == {f"{kind}_sad{end}" for kind in ("effects", "correlations") for end in endings}
    assert "300 reference excerpts" in (tmp_path / "out" / "effects_sad.svg").read_text()
