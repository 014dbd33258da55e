from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from explain_engine.adapters.onnx import OnnxGraph
from explain_engine.errors import ModelError

EXAMPLE = np.random.default_rng(0).standard_normal((3, 2, 4)).astype(np.float32)
WEIGHTS = np.arange(24, dtype=np.float32).reshape(8, 3) / 10


def make_model(nodes, initializers, *, batch="batch", domains=()) -> onnx.ModelProto:
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [batch, 2, 4])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, [batch, 3])
    graph = helper.make_graph(nodes, "g", [x], [y], initializers)
    opsets = [helper.make_opsetid("", 17), *(helper.make_opsetid(d, 1) for d in domains)]
    model = helper.make_model(graph, opset_imports=opsets)
    model.ir_version = 8
    return model


def make_reshaping(first: int, batch: object) -> onnx.ModelProto:
    nodes = [
        helper.make_node("Reshape", ["x", "shape"], ["flat"]),
        helper.make_node("MatMul", ["flat", "w"], ["y"]),
    ]
    shape = numpy_helper.from_array(np.array([first, 8], dtype=np.int64), "shape")
    return make_model(nodes, [shape, numpy_helper.from_array(WEIGHTS, "w")], batch=batch)


def save(tmp_path, model: onnx.ModelProto, name="m.onnx"):
    path = tmp_path / name
    path.write_bytes(model.SerializeToString())
    return path


@pytest.mark.parametrize(("first", "batch"), [(-1, "batch"), (1, "batch"), (1, 1)])
def test_frozen_batch_is_opened(tmp_path, first, batch):
    graph = OnnxGraph.load(save(tmp_path, make_reshaping(first, batch)), example=EXAMPLE)

    assert graph.is_batched
    assert graph.run(EXAMPLE) == pytest.approx(EXAMPLE.reshape(3, 8) @ WEIGHTS, abs=1e-5)


def test_frozen_batch_within_a_constant_is_opened(tmp_path):
    shape = numpy_helper.from_array(np.array([1, 8], dtype=np.int64), "shape")
    nodes = [
        helper.make_node("Constant", [], ["shape"], value=shape),
        helper.make_node("Reshape", ["x", "shape"], ["flat"]),
        helper.make_node("MatMul", ["flat", "w"], ["y"]),
    ]
    model = make_model(nodes, [numpy_helper.from_array(WEIGHTS, "w")], batch=1)

    graph = OnnxGraph.load(save(tmp_path, model), example=EXAMPLE)

    assert graph.is_batched
    assert graph.run(EXAMPLE) == pytest.approx(EXAMPLE.reshape(3, 8) @ WEIGHTS, abs=1e-5)


def test_graph_that_mixes_its_batch_is_run_singly(tmp_path):
    nodes = [
        helper.make_node("Reshape", ["x", "shape"], ["flat"]),
        helper.make_node("ReduceMean", ["flat"], ["mean"], axes=[0], keepdims=1),
        helper.make_node("Sub", ["flat", "mean"], ["centred"]),
        helper.make_node("Add", ["centred", "flat"], ["sum"]),
        helper.make_node("MatMul", ["sum", "w"], ["y"]),
    ]
    shape = numpy_helper.from_array(np.array([-1, 8], dtype=np.int64), "shape")
    model = make_model(nodes, [shape, numpy_helper.from_array(WEIGHTS, "w")])

    graph = OnnxGraph.load(save(tmp_path, model), example=EXAMPLE)

    assert not graph.is_batched
    assert graph.run(EXAMPLE) == pytest.approx(EXAMPLE.reshape(3, 8) @ WEIGHTS, abs=1e-5)


def test_weights_in_another_file_are_refused(tmp_path):
    model = make_reshaping(-1, "batch")
    tensor = model.graph.initializer[1]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="/etc/passwd")

    with pytest.raises(ModelError, match=r"must hold its weights itself, 'm\.onnx' keeps 'w' in"):
        OnnxGraph.load(save(tmp_path, model), example=EXAMPLE)


def test_weights_of_a_branch_in_another_file_are_refused(tmp_path):
    tensor = numpy_helper.from_array(np.zeros(3, np.float32), "hidden")
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="other.bin")
    out = helper.make_tensor_value_info("z", TensorProto.FLOAT, [3])
    branch = helper.make_graph([helper.make_node("Identity", ["hidden"], ["z"])], "b", [], [out],
                               [tensor])  # fmt: skip
    node = helper.make_node("If", ["c"], ["y"], then_branch=branch, else_branch=branch)
    condition = numpy_helper.from_array(np.array(True), "c")

    with pytest.raises(ModelError, match="keeps 'hidden' in another file"):
        OnnxGraph.load(save(tmp_path, make_model([node], [condition])), example=EXAMPLE)


@pytest.mark.parametrize(
    ("operator", "domain", "named"),
    [("Explode", "", "ai.onnx.Explode"), ("Run", "evil", "evil.Run")],
)
def test_unknown_operator_is_refused(tmp_path, operator, domain, named):
    node = helper.make_node(operator, ["x"], ["y"], domain=domain)
    model = make_model([node], [], domains=[domain] if domain else [])

    with pytest.raises(ModelError, match=f"standard operators only, 'm.onnx' uses {named}"):
        OnnxGraph.load(save(tmp_path, model), example=EXAMPLE)


@pytest.mark.parametrize("data", [b"", b"not a graph at all", bytes(range(256))])
def test_file_that_is_no_graph_is_refused(tmp_path, data):
    path = tmp_path / "m.onnx"
    path.write_bytes(data)

    with pytest.raises(ModelError, match="must be an ONNX graph"):
        OnnxGraph.load(path, example=EXAMPLE)


def test_missing_file_and_invalid_graph_are_refused(tmp_path):
    with pytest.raises(ModelError, match=r"must exist, got 'none\.onnx'"):
        OnnxGraph.load(tmp_path / "none.onnx", example=EXAMPLE)

    invalid = make_model([helper.make_node("MatMul", ["x", "nowhere"], ["y"])], [])
    with pytest.raises(ModelError, match="must be a valid ONNX graph"):
        OnnxGraph.load(save(tmp_path, invalid), example=EXAMPLE)
