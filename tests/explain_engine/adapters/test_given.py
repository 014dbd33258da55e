"""What holds for any model that an operator describes: lists, digests, the command line."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from safetensors.torch import save_file

from explain_engine import describe_model, load_model
from explain_engine.cli import main
from explain_engine.models import MODELS, use_model_files
from tests.explain_engine.adapters import own_models
from tests.explain_engine.adapters.own_models import (
    CODE,
    FRONT_END,
    HEAD,
    NOISE,
    SR,
    describe_sines,
    save_sines,
    write_model_file,
)
from tests.explain_engine.conftest import make_music


def test_a_given_model_is_listed_beside_the_built_in_ones(bring):
    bring(kind="callable", code=f"{CODE}:measure_level", title="Level meter")

    assert MODELS.names() == ["a2mid2e", "own", "vibenet"]
    assert describe_model("own").title == "Level meter"
    assert MODELS.describe("own")["help"] == "Level meter."
    assert set(describe_model("own").digests) == {"description", "source"}
    assert set(describe_model("vibenet").digests) == {"weights"}


def test_digest_follows_weights_and_description_but_not_the_words(tmp_path):
    def digest(**entries) -> str:
        use_model_files([write_model_file(tmp_path, **describe_sines(**entries))])
        return describe_model("own").weights_digest

    save_sines(tmp_path)
    first = digest()

    assert digest(title="Another title", card="Another card.") == first
    assert digest(sr=16_000) != first
    assert digest(head=HEAD) != first
    assert digest(targets=["lively", "calm"]) != first
    save_file(own_models.Sines([1.0, 2.0]).state_dict(), tmp_path / "w.safetensors")
    assert digest() != first


def test_new_weights_are_loaded_anew(bring, tmp_path):
    save_sines(tmp_path)
    before = bring(**describe_sines()).predict(NOISE)
    save_file(own_models.Sines([1.0, 2.0]).state_dict(), tmp_path / "w.safetensors")

    assert not np.allclose(load_model("own").predict(NOISE), before)


def test_describing_a_model_loads_neither_its_code_nor_torch(tmp_path):
    (tmp_path / "heavy").mkdir()
    (tmp_path / "heavy" / "__init__.py").write_text("raise SystemExit('imported')\n")
    (tmp_path / "heavy" / "net.py").write_text("class Net: pass\n")
    save_sines(tmp_path)
    file = write_model_file(tmp_path, **describe_sines(code="heavy.net:Net", front_end=FRONT_END))
    code = (
        "import sys; from explain_engine.models import describe_model, use_model_files\n"
        f"sys.path.insert(0, {str(tmp_path)!r}); use_model_files([{str(file)!r}])\n"
        "print(describe_model('own').name, *{'torch', 'onnxruntime'} & set(sys.modules))"
    )

    assert subprocess.check_output([sys.executable, "-c", code], text=True).split() == ["own"]


def test_music_is_told_apart_by_a_given_model_on_the_command_line(tmp_path, music_file, capsys):
    file = write_model_file(tmp_path, kind="callable", code=f"{CODE}:measure_level")

    arguments = [str(music_file), "--model", "own", "--model-file", str(file)]
    assert main(["predict", *arguments, "--start", "0", "--duration", "2"]) == 0
    calm = float(capsys.readouterr().out.split()[1])
    assert calm == pytest.approx(np.sqrt((make_music()[: 2 * SR] ** 2).mean()), abs=1e-3)

    assert main(["models", "--model-file", str(file)]) == 0
    assert "own: own, 8000 Hz, MIT; targets: calm, lively" in capsys.readouterr().out
    # The next command knows nothing of it.
    assert main(["predict", str(music_file), "--model", "own"]) == 2
    assert "model must be one of a2mid2e, vibenet, got 'own'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("function", "message"),
    [
        ("answer_nan", "Model own must return finite numbers, got NaN or infinity.\n"),
        ("answer_too_much", "Model own must return shape (1, 2), got (1, 3).\n"),
    ],
)
def test_command_line_refuses_wrong_answers(tmp_path, music_file, capsys, function, message):
    file = write_model_file(tmp_path, kind="callable", code=f"{CODE}:{function}")
    arguments = ["--model", "own", "--model-file", str(file), "--start", "0", "--duration", "2"]

    assert main(["predict", str(music_file), *arguments]) == 2

    assert capsys.readouterr().err == message
