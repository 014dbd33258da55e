"""Models that the operator describes: torch modules, ONNX files, functions."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper
from safetensors.torch import save_file

from explain_engine import Recipe, describe_model, explain, load_model
from explain_engine.errors import EngineError, ModelError
from explain_engine.front_ends.log_filtered import LogFilteredSpectrogram
from explain_engine.front_ends.mel import MelDecibels
from explain_engine.models import MODELS, use_model_files
from tests.explain_engine.adapters import own_models
from tests.explain_engine.adapters.own_models import CODE, SR, write_model_file
from tests.explain_engine.conftest import make_music

NOISE = 0.1 * np.random.default_rng(0).standard_normal((3, SR)).astype(np.float32)
HEAD = {"module": "emotions", "features": ["low", "high"], "emotions": ["calm", "lively"]}
FRONT_END = {"name": "log_filtered", "frame_size": 512, "fps": 50, "mean": 0.5, "std": 2.0}


@pytest.fixture(autouse=True)
def _forget():
    yield
    use_model_files([])


@pytest.fixture
def bring(tmp_path):
    """Write a model file from its entries, use it, and return the model."""

    def bring_model(**entries):
        use_model_files([write_model_file(tmp_path, **entries)])
        return load_model(entries.get("name", "own"))

    return bring_model


def save_sines(folder: Path) -> own_models.Sines:
    torch.manual_seed(0)
    module = own_models.Sines([220.0, 1760.0])
    save_file(module.state_dict(), folder / "w.safetensors")
    return module


def describe_sines(**entries) -> dict:
    return {
        "kind": "torch",
        "code": f"{CODE}:Sines",
        "arguments": {"hz": [220.0, 1760.0]},
        "weights": "w.safetensors",
        **entries,
    }


def make_graph(nodes, initializers, shape, *, sizes=(2,), kind=TensorProto.FLOAT, domains=()):
    x = helper.make_tensor_value_info("x", kind, shape)
    outputs = [
        helper.make_tensor_value_info(f"y{i}", TensorProto.FLOAT, [shape[0], size])
        for i, size in enumerate(sizes)
    ]
    graph = helper.make_graph(nodes, "g", [x], outputs, initializers)
    opsets = [helper.make_opsetid("", 17), *(helper.make_opsetid(d, 1) for d in domains)]
    model = helper.make_model(graph, opset_imports=opsets)
    model.ir_version = 8
    return model


def make_mean_graph(shape=("batch", "n")) -> onnx.ModelProto:
    """Mean of the input's last axis, times two weights."""
    nodes = [
        helper.make_node("ReduceMean", ["x"], ["mean"], axes=[-1], keepdims=1),
        helper.make_node("MatMul", ["mean", "w"], ["y0"]),
    ]
    weights = numpy_helper.from_array(np.array([[1.0, -2.0]], np.float32), "w")
    return make_graph(nodes, [weights], list(shape))


def save_graph(folder: Path, model: onnx.ModelProto) -> None:
    (folder / "w.onnx").write_bytes(model.SerializeToString())


# --- torch modules ----------------------------------------------------------------------------


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


# --- functions --------------------------------------------------------------------------------


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


# --- ONNX -------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [("batch", "n"), ("batch", SR), (1, SR)])
def test_graph_of_sounds_with_open_or_frozen_sizes(bring, tmp_path, shape):
    save_graph(tmp_path, make_mean_graph(shape))

    outputs = bring(kind="onnx", weights="w.onnx").predict(NOISE)

    mean = NOISE.mean(axis=1)
    assert outputs == pytest.approx(np.stack([mean, -2 * mean], axis=1), abs=1e-6)


def test_graph_of_fixed_length_names_it(bring, tmp_path):
    save_graph(tmp_path, make_mean_graph((1, 5000)))

    with pytest.raises(ModelError, match=r"shape \(batch, 5000\), got \(batch, 8000\)"):
        bring(kind="onnx", weights="w.onnx").predict(NOISE)


def test_graph_of_pictures_answers_to_sound_and_to_pictures(bring, tmp_path):
    front_end = LogFilteredSpectrogram(sr=SR, frame_size=512, fps=50)
    nodes = [helper.make_node("ReduceMean", ["x"], [f"y{i}"], axes=[1, 3], keepdims=0)
             for i in (0, 1)]  # fmt: skip
    n_bands = front_end.n_bands
    shape = ["batch", 1, n_bands, "frames"]
    save_graph(tmp_path, make_graph(nodes, [], shape, sizes=(n_bands, n_bands)))
    targets = [f"{k}{band}" for k in "ab" for band in range(n_bands)]

    model = bring(
        kind="onnx", weights="w.onnx", front_end=FRONT_END, axes=["channel", "bands", "frames"],
        outputs=["y0", "y1"], targets=targets,
    )  # fmt: skip

    pictures = (front_end(NOISE).numpy() - 0.5) / 2.0
    expected = np.tile(pictures.mean(axis=2), 2)
    assert model.predict(NOISE) == pytest.approx(expected, abs=1e-5)
    assert model.predict_pictures(pictures) == pytest.approx(expected, abs=1e-5)


def make_external_graph() -> onnx.ModelProto:
    model = make_mean_graph()
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../secrets.bin")
    return model


def make_unknown_graph() -> onnx.ModelProto:
    return make_graph([helper.make_node("Run", ["x"], ["y0"], domain="evil")], [], ["batch", "n"],
                      domains=["evil"])  # fmt: skip


@pytest.mark.parametrize(
    ("model", "entries", "message"),
    [
        (make_external_graph(), {}, "must hold its weights itself, 'w.onnx' keeps 'w' in another"),
        (make_unknown_graph(), {}, r"standard operators only, 'w\.onnx' uses evil\.Run"),
        (make_mean_graph(("b", 2, "n")), {}, r"shape \(batch, 2, any\), got \(batch, 8000\)"),
        (make_mean_graph(), {"targets": ["one"]}, r"return shape \(3, 1\), got \(3, 2\)"),
        (make_mean_graph(), {"outputs": ["z"]}, r"output of 'w\.onnx' must be y0, got 'z'"),
        (
            make_graph([helper.make_node("Cast", ["x"], ["y0"], to=1)], [], ["b", 2],
                       kind=TensorProto.INT64),
            {},
            r"must be float \(32 bits\), 'w\.onnx' takes int64",
        ),
    ],
    ids=["external", "operator", "axes", "targets", "output", "type"],
)  # fmt: skip
def test_graph_that_is_unsafe_or_does_not_fit_gets_a_sentence(
    bring, tmp_path, model, entries, message
):
    save_graph(tmp_path, model)

    with pytest.raises(ModelError, match=message):
        bring(kind="onnx", weights="w.onnx", **entries).predict(NOISE)


# --- all kinds --------------------------------------------------------------------------------


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
    from explain_engine.cli import main

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
    from explain_engine.cli import main

    file = write_model_file(tmp_path, kind="callable", code=f"{CODE}:{function}")
    arguments = ["--model", "own", "--model-file", str(file), "--start", "0", "--duration", "2"]

    assert main(["predict", str(music_file), *arguments]) == 2

    assert capsys.readouterr().err == message
