"""Torch modules that an operator describes: their answers, heads, pictures, and bad weights."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from explain_engine import Recipe, explain, load_model
from explain_engine.errors import EngineError, ModelError
from explain_engine.front_ends.log_filtered import LogFilteredSpectrogram
from explain_engine.front_ends.mel import MelDecibels
from tests.explain_engine.adapters import own_models
from tests.explain_engine.adapters.own_models import (
    CODE,
    FRONT_END,
    HEAD,
    NOISE,
    SR,
    describe_sines,
    save_sines,
)


def test_torch_module_answers_as_itself_and_its_head_is_found(bring, tmp_path):
    module = save_sines(tmp_path)

    model = bring(**describe_sines(head=HEAD))

    with torch.no_grad():
        expected = module(torch.from_numpy(NOISE)).numpy()
    outputs = model.predict(NOISE)
    # The features that go into the head are targets too.
    assert model.targets == ("calm", "lively", "low", "high")
    assert outputs[:, :2] == pytest.approx(expected, abs=1e-6)
    head = model.linear_head
    assert outputs[:, 2:] @ head.weights + head.intercepts == pytest.approx(expected, abs=1e-6)


def test_torch_module_is_explained_at_both_levels_and_by_its_gradients(bring, tmp_path, music):
    save_sines(tmp_path)
    bring(**describe_sines(head=HEAD))
    cut = {
        "duration": 2.0,
        "segmenter": "grid",
        "segmenter_parameters": {"n_times": 2, "n_bands": 3},
        "n_selected": 2,
        "n_fft": 1024,
        "hop_length": 256,
    }

    recipe = Recipe("own", ("calm", "low"), explainer="integrated_gradients", **cut)
    result = explain(music, recipe, threads=1)

    # Exactly linear in what is on: the weights add up to what the sound adds to silence.
    for i, target in enumerate(recipe.targets):
        gained = result.prediction[target] - result.base[target]
        assert result.weights[i].sum() == pytest.approx(gained, abs=1e-5)
    intercept = load_model("own").linear_head.intercepts[0]
    assert result.effects.shape == (2, 2)
    assert result.effects[:, 0].sum() + intercept == pytest.approx(
        result.all_predictions["calm"], abs=1e-6
    )


def test_torch_module_is_given_a_scaled_picture_on_the_axes_it_wants(bring, tmp_path):
    save_file(own_models.Bands().state_dict(), tmp_path / "w.safetensors")

    model = bring(
        kind="torch", code=f"{CODE}:Bands", weights="w.safetensors", front_end=FRONT_END,
        axes=["channel", "frames", "bands"],
    )  # fmt: skip

    front_end = LogFilteredSpectrogram(sr=SR, frame_size=512, fps=50)
    pictures = (front_end(NOISE).numpy() - 0.5) / 2.0
    low, high = np.array_split(pictures.mean(axis=2), 2, axis=1)
    expected = np.stack([low.mean(axis=1), high.mean(axis=1)], axis=1)
    assert model.predict(NOISE) == pytest.approx(expected, abs=1e-5)
    assert model.predict_pictures(pictures) == pytest.approx(expected, abs=1e-5)
    assert model.front_end.find_silence(pictures[0]) == -0.25
    assert model.front_end(torch.zeros(SR)).unique().tolist() == [-0.25]
    given = torch.from_numpy(NOISE).requires_grad_()
    model.forward(given).sum().backward()
    assert given.grad.abs().sum() > 0


def test_scaled_picture_stands_for_the_same_magnitudes(bring, tmp_path):
    save_file(own_models.Bands().state_dict(), tmp_path / "w.safetensors")
    model = bring(
        kind="torch", code=f"{CODE}:Bands", weights="w.safetensors", front_end=FRONT_END,
        axes=["channel", "frames", "bands"],
    )  # fmt: skip
    plain = LogFilteredSpectrogram(sr=SR, frame_size=512, fps=50)
    sound = torch.from_numpy(NOISE[0])

    scaled = model.front_end.to_magnitude(model.front_end(sound).numpy())

    assert scaled == pytest.approx(plain.to_magnitude(plain(sound).numpy()), abs=1e-4)
    for name in ("sr", "n_fft", "hop", "n_bands"):
        assert getattr(model.front_end, name) == getattr(plain, name)
    for name in ("band_weights", "band_centres", "band_edges"):
        assert np.array_equal(getattr(model.front_end, name)(), getattr(plain, name)())
    assert np.array_equal(model.front_end.frame_centres(SR), plain.frame_centres(SR))
    assert np.array_equal(model.front_end.filterbank, plain.filterbank)


def test_torch_module_is_given_a_mel_picture(bring, tmp_path):
    save_file(own_models.Bands().state_dict(), tmp_path / "w.safetensors")
    parameters = {"n_fft": 512, "win_length": 400, "hop_length": 160, "n_mels": 40}

    model = bring(
        kind="torch", code=f"{CODE}:Bands", weights="w.safetensors",
        front_end={"name": "mel", **parameters}, axes=["channel", "frames", "bands"],
    )  # fmt: skip

    pictures = MelDecibels(SR, **parameters)(torch.from_numpy(NOISE)).numpy()
    low, high = np.array_split(pictures.mean(axis=2), 2, axis=1)
    expected = np.stack([low.mean(axis=1), high.mean(axis=1)], axis=1)
    assert model.predict(NOISE) == pytest.approx(expected, abs=1e-4)


class Bomb:
    """Writes a file when a pickle of it is loaded."""

    def __reduce__(self):
        return Path.write_text, (Path("exploded"), "bang")


def write_pickle(path: Path) -> None:
    path.write_bytes(pickle.dumps({"weights": Bomb()}))


def write_torch_pickle(path: Path) -> None:
    torch.save({"weights": Bomb()}, path)


def write_torchscript(path: Path) -> None:
    torch.jit.save(torch.jit.trace(torch.nn.Linear(2, 2), torch.zeros(1, 2)), path)


def write_torch_export(path: Path) -> None:
    torch.export.save(torch.export.export(torch.nn.Linear(2, 2), (torch.zeros(1, 2),)), path)


@pytest.mark.parametrize(
    ("write", "name", "found"),
    [
        (write_pickle, "w.safetensors", "is a pickle, which can run code"),
        (write_torch_pickle, "w.pt", "is a torch archive .* which can run code"),
        (write_torch_pickle, "w.safetensors", "is a torch archive"),
        (write_torchscript, "w.pt", "is a torch archive"),
        (write_torch_export, "w.pt2", "is a torch archive"),
        (lambda path: path.write_bytes(b"words, not weights"), "w.safetensors", "is not: "),
    ],
    ids=["pickle", "torch", "torch renamed", "torchscript", "export", "words"],
)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_weights_that_are_no_safetensors_are_refused_and_never_run(
    bring, tmp_path, monkeypatch, write, name, found
):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / name)

    with pytest.raises(ModelError, match=f"must be safetensors, '{name}' {found}"):
        bring(**describe_sines(weights=name)).predict(NOISE)

    assert not (tmp_path / "exploded").exists()


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({"arguments": {"hz": [220.0]}}, r"Weights of model own must fit .*: .* size mismatch"),
        ({"arguments": {}}, "cannot be made with the arguments of model own: .* 'hz'"),
        ({"code": f"{CODE}:measure_level"}, r"must be a class of torch\.nn\.Module, .* is none"),
        ({"code": f"{CODE}:Missing"}, "must hold 'Missing', which model own names"),
        ({"head": {**HEAD, "module": "fc"}}, r"must name a torch\.nn\.Linear .* 'fc' is none"),
        (
            {"head": {**HEAD, "features": ["low"]}},
            "takes 2 features to 2 emotions, the model file names 1 and 2",
        ),
        ({"targets": ["calm", "lively", "sad"]}, r"own must return shape \(3, 3\), got \(3, 2\)"),
        ({"axes": ["channel", "samples"]}, r"own must return shape \(3, 2\), got \(3, 1, 2\)"),
    ],
)
def test_torch_module_that_does_not_fit_its_file_gets_a_sentence(bring, tmp_path, entries, message):
    save_sines(tmp_path)

    with pytest.raises(EngineError, match=message) as caught:
        model = bring(**describe_sines(**entries))
        model.predict(NOISE), model.linear_head

    assert "\n" not in str(caught.value)


def test_head_that_is_not_the_last_word_is_refused(bring, tmp_path):
    save_file(own_models.Bent().state_dict(), tmp_path / "w.safetensors")
    head = {"module": "fc", "features": ["level"], "emotions": ["calm"]}
    model = bring(
        kind="torch", code=f"{CODE}:Bent", weights="w.safetensors", targets=["calm"], head=head
    )

    with pytest.raises(ModelError, match=r"emotions by weights and intercepts alone, .* off by"):
        model.predict(NOISE)


def test_module_that_returns_no_tensor_gets_a_sentence(bring, tmp_path):
    save_file(own_models.Texts().state_dict(), tmp_path / "w.safetensors")

    with pytest.raises(ModelError, match="must return a tensor, got str"):
        bring(kind="torch", code=f"{CODE}:Texts", weights="w.safetensors").predict(NOISE)
