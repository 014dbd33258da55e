"""ONNX files that an operator describes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from explain_engine.errors import ModelError
from explain_engine.front_ends.log_filtered import LogFilteredSpectrogram
from tests.explain_engine.adapters.own_models import (
    FRONT_END,
    NOISE,
    SR,
)


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
