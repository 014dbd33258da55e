"""Functions of waveforms that an operator names."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from explain_engine import Recipe, describe_model, explain, load_model
from explain_engine.errors import EngineError, ModelError
from explain_engine.models import use_model_files
from tests.explain_engine.adapters.own_models import (
    CODE,
    NOISE,
    write_model_file,
)


def test_function_answers_and_cannot_change_the_engines_sound(bring):
    model = bring(kind="callable", code=f"{CODE}:measure_level")
    before = NOISE.copy()

    outputs = model.predict(NOISE)

    assert np.array_equal(NOISE, before)
    levels = np.sqrt((before.astype(float) ** 2).mean(axis=1))
    assert outputs == pytest.approx(np.stack([levels, -levels], axis=1))
    assert "digest covers the file that holds it" in describe_model("own").card
    with pytest.raises(ModelError, match="Gradients need a torch model, own is none"):
        model.forward(torch.from_numpy(NOISE))


@pytest.mark.parametrize(
    ("function", "message"),
    [
        ("answer_nan", "own must return finite numbers, got NaN or infinity"),
        ("answer_too_much", r"own must return shape \(3, 2\), got \(3, 3\)"),
        ("fail", r"own failed on input of shape \(3, 8000\): KeyError: 'no such"),
        ("NOT_CALLABLE", "must be a function, .* is int"),
    ],
)
def test_function_that_answers_wrongly_gets_a_sentence(bring, function, message):
    with pytest.raises(ModelError, match=message) as caught:
        bring(kind="callable", code=f"{CODE}:{function}").predict(NOISE)

    assert "\n" not in str(caught.value)


def test_target_that_does_not_exist_gets_a_sentence(bring, music):
    bring(kind="callable", code=f"{CODE}:measure_level")

    with pytest.raises(EngineError, match="target of own must be one of calm, lively, got 'sad'"):
        explain(music, Recipe("own", ("sad",), duration=2.0))


def test_code_that_changed_since_it_was_loaded_is_not_passed_off(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    code = tmp_path / "changing.py"
    code.write_text("def f(y): return y[:, :2]\n")
    file = write_model_file(tmp_path, kind="callable", code="changing:f")
    use_model_files([file])
    before = describe_model("own")
    load_model("own").predict(NOISE)

    code.write_text("def f(y): return y[:, :2] + 1\n")

    assert describe_model("own").weights_digest != before.weights_digest
    with pytest.raises(ModelError, match=r"'changing\.py', has changed since .* process anew"):
        load_model("own").predict(NOISE)
