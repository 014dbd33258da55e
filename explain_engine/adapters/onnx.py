"""ONNX graphs through onnxruntime, checked before they load.

Refused: weights kept in files beside the graph (a path of the file's choosing), and operators
that the standard does not have (they would need a library of the file's choosing).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
from google.protobuf.message import DecodeError

from explain_engine.errors import ModelError

BATCH_TOLERANCE = 1e-4


@dataclass(frozen=True, eq=False)
class OnnxGraph:
    """A graph with one input, shape=(batch, ...), and outputs, shape=(batch, n_outputs).

    Parameters
    ----------
    session : onnxruntime.InferenceSession
        The graph, loaded.
    is_batched : bool
        Whether a batch gave the same outputs as its rows one by one.
    outputs : tuple of str
        Names of the outputs in use, one after the other.
    """

    session: ort.InferenceSession
    is_batched: bool
    outputs: tuple[str, ...]

    @classmethod
    def load(
        cls,
        path: str | os.PathLike[str],
        *,
        example: np.ndarray,
        threads: int = 1,
        outputs: tuple[str, ...] = (),
    ) -> OnnxGraph:
        """Check and load a file, opening a frozen batch if that can be done.

        Parameters
        ----------
        path : path
            The ONNX file.
        example : np.ndarray, shape=(batch, ...), float32
            Two rows or more on which batch and single runs are compared.
        threads : int
            Threads of one run.
        outputs : tuple of str
            Outputs to use; by default the graph's first.

        Returns
        -------
        OnnxGraph
            The graph.

        Raises
        ------
        ModelError
            If the file is no ONNX graph, or one that is refused.
        """
        path = Path(path)
        graph = _read_graph(path)
        _refuse_external_data(graph, path.name)
        _refuse_unknown_operators(graph, path.name)
        _check_ends(graph, outputs, path.name)
        names = outputs or (graph.graph.output[0].name,)
        opened = cls(_open_session(_open_batch(graph), threads, path.name), True, names)
        if opened.is_equal_singly(example):
            return opened
        return cls(_open_session(graph, threads, path.name), False, names)

    @property
    def input_shape(self) -> tuple[int | None, ...]:
        """The input's shape; None where any size will do."""
        sizes = self.session.get_inputs()[0].shape
        return tuple(size if isinstance(size, int) else None for size in sizes)

    def run(self, x: np.ndarray) -> np.ndarray:
        """Return the outputs, shape=(batch, n_outputs), of `x`, shape=(batch, ...)."""
        if self.is_batched:
            return self._run(x)
        return np.concatenate([self._run(row[None]) for row in x])

    def is_equal_singly(self, example: np.ndarray) -> bool:
        """Return whether a batch gives what its rows give one by one."""
        try:
            together = self._run(example)
            singly = np.concatenate([self._run(row[None]) for row in example])
        except Exception:  # a graph that cannot take a batch fails in the runtime's own ways
            return False
        return together.shape == singly.shape and bool(
            np.allclose(together, singly, rtol=BATCH_TOLERANCE, atol=BATCH_TOLERANCE)
        )

    def _run(self, x: np.ndarray) -> np.ndarray:
        found = self.session.run(list(self.outputs), {self.session.get_inputs()[0].name: x})
        return np.asarray(found[0] if len(found) == 1 else np.concatenate(found, axis=1))


def read_input_shape(path: Path) -> tuple[int | None, ...]:
    """Return the shape of a graph's first input, None where any size will do; () if untold."""
    inputs = _list_inputs(_read_graph(path))
    dims = inputs[0].type.tensor_type.shape.dim if inputs else ()
    return tuple(dim.dim_value or None for dim in dims)


def _list_inputs(model: onnx.ModelProto) -> list[onnx.ValueInfoProto]:
    # Old exporters list weights among the inputs too.
    weights = {tensor.name for tensor in model.graph.initializer}
    return [value for value in model.graph.input if value.name not in weights]


def _check_ends(model: onnx.ModelProto, outputs: tuple[str, ...], name: str) -> None:
    inputs = _list_inputs(model)
    if len(inputs) != 1:
        raise ModelError(f"An ONNX file must have one input, {name!r} has {len(inputs)}.")
    kind = inputs[0].type.tensor_type.elem_type
    if kind != onnx.TensorProto.FLOAT:
        found = onnx.TensorProto.DataType.Name(kind).lower()
        raise ModelError(f"An ONNX file's input must be float (32 bits), {name!r} takes {found}.")
    known = [value.name for value in model.graph.output]
    for output in outputs:
        if output not in known:
            raise ModelError(f"An output of {name!r} must be {', '.join(known)}, got {output!r}.")


def _read_graph(path: Path) -> onnx.ModelProto:
    if not path.is_file():
        raise ModelError(f"An ONNX file must exist, got {path.name!r}.")
    try:
        graph = onnx.load_model_from_string(path.read_bytes())
    except DecodeError as error:
        raise ModelError(f"{path.name!r} must be an ONNX graph, it cannot be parsed.") from error
    if not graph.graph.node:
        raise ModelError(f"{path.name!r} must be an ONNX graph, it holds no operator.")
    return graph


def _refuse_external_data(model: onnx.ModelProto, name: str) -> None:
    for tensor in _tensors(model):
        if tensor.data_location == onnx.TensorProto.EXTERNAL or tensor.external_data:
            raise ModelError(
                f"An ONNX file must hold its weights itself, {name!r} keeps "
                f"{tensor.name!r} in another file."
            )


def _refuse_unknown_operators(model: onnx.ModelProto, name: str) -> None:
    versions = {entry.domain or "ai.onnx": entry.version for entry in model.opset_import}
    local = {(function.domain, function.name) for function in model.functions}
    for node in _nodes(model):
        domain = node.domain or "ai.onnx"
        if (node.domain, node.op_type) in local:
            continue
        schema_domain = "" if domain == "ai.onnx" else domain
        known = domain in versions and onnx.defs.has(
            node.op_type, max_inclusive_version=versions[domain], domain=schema_domain
        )
        if not known:
            raise ModelError(
                f"An ONNX file may use standard operators only, {name!r} uses "
                f"{domain}.{node.op_type}."
            )


def _subgraphs(graph: onnx.GraphProto) -> Iterator[onnx.GraphProto]:
    yield graph
    yield from _attribute_graphs(graph.node)


def _attribute_graphs(nodes: object) -> Iterator[onnx.GraphProto]:
    for node in nodes:  # type: ignore[attr-defined]
        for attribute in node.attribute:
            for inner in (attribute.g, *attribute.graphs):
                if inner.node or inner.initializer:
                    yield from _subgraphs(inner)


def _all_graphs(model: onnx.ModelProto) -> Iterator[onnx.GraphProto]:
    yield from _subgraphs(model.graph)
    for function in model.functions:
        yield from _attribute_graphs(function.node)


def _nodes(model: onnx.ModelProto) -> Iterator[onnx.NodeProto]:
    for graph in _all_graphs(model):
        yield from graph.node
    for function in model.functions:
        yield from function.node


def _tensors(model: onnx.ModelProto) -> Iterator[onnx.TensorProto]:
    for graph in _all_graphs(model):
        yield from graph.initializer
        for sparse in graph.sparse_initializer:
            yield from (sparse.values, sparse.indices)
    for node in _nodes(model):
        for attribute in node.attribute:
            yield from (attribute.t, *attribute.tensors)


def _open_batch(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return the graph with constant ``[1, ...]`` targets of Reshape turned into ``[-1, ...]``.

    Exporters freeze the batch that way; whether it was the batch is seen by comparing outputs.
    """
    opened = onnx.ModelProto()
    opened.CopyFrom(model)
    shapes = {node.input[1] for node in opened.graph.node if node.op_type == "Reshape"}
    constants = [
        (node.output[0], attribute.t)
        for node in opened.graph.node
        if node.op_type == "Constant"
        for attribute in node.attribute
        if attribute.name == "value"
    ]
    for name, tensor in (*((t.name, t) for t in opened.graph.initializer), *constants):
        if name in shapes:
            shape = onnx.numpy_helper.to_array(tensor).copy()
            if shape.ndim == 1 and len(shape) > 1 and shape[0] == 1 and (shape > 0).all():
                shape[0] = -1
                tensor.CopyFrom(onnx.numpy_helper.from_array(shape, tensor.name))
    del opened.graph.value_info[:]
    for value in (*_list_inputs(opened), *opened.graph.output):
        dims = value.type.tensor_type.shape.dim
        if dims and dims[0].dim_value == 1:
            dims[0].dim_param = "batch"
    return opened


def _open_session(model: onnx.ModelProto, threads: int, name: str) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    try:
        return ort.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # onnxruntime raises many unrelated classes here
        reason = str(error).splitlines()[0]
        raise ModelError(f"{name!r} must be a valid ONNX graph: {reason}") from error
