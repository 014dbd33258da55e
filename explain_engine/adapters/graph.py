"""An ONNX file as a model."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from explain_engine.adapters.given import GivenModel
from explain_engine.errors import ModelError
from explain_engine.models.base import check_outputs

if TYPE_CHECKING:
    import torch

    from explain_engine.adapters.onnx import OnnxGraph

EXAMPLE_SECONDS = 2.0


class GraphModel(GivenModel):
    """Asks an ONNX graph about sounds, or about the pictures of a front end."""

    def predict(self, waveforms: np.ndarray) -> np.ndarray:
        """Predict all targets, shape=(batch, n_targets)."""
        # slow import: torch
        import torch

        y = torch.from_numpy(np.array(waveforms, dtype=np.float32))
        return self._run(y if self.front_end is None else self.front_end(y))

    def predict_pictures(self, pictures: np.ndarray) -> np.ndarray:
        """Predict from the front end's pictures."""
        # slow import: torch
        import torch

        if self.front_end is None:
            return super().predict_pictures(pictures)
        return self._run(torch.from_numpy(np.array(pictures, dtype=np.float32)))

    def _run(self, x: torch.Tensor) -> np.ndarray:
        inputs = self.arrange(x).contiguous().numpy()
        self._check_size(inputs)
        with self.name_failure(inputs):
            outputs = self._graph.run(inputs)
        return check_outputs(self, outputs, len(inputs))

    def _check_size(self, inputs: np.ndarray) -> None:
        fixed = self._graph.input_shape[1:]
        got = inputs.shape[1:]
        if len(fixed) != len(got) or any(
            size is not None and size != n for size, n in zip(fixed, got, strict=True)
        ):
            wanted = ", ".join("any" if size is None else str(size) for size in fixed)
            raise ModelError(
                f"Model {self.name} must be given input of shape (batch, {wanted}), got "
                f"(batch, {', '.join(map(str, got))}): choose axes and an excerpt of that length."
            )

    @cached_property
    def _graph(self) -> OnnxGraph:
        # slow import: torch, onnx, onnxruntime
        import torch

        from explain_engine.adapters.onnx import OnnxGraph, read_input_shape

        path = self.file.weights
        assert path is not None  # the model file's reader saw to it
        n_samples = round(EXAMPLE_SECONDS * self.sr)
        sound = 0.1 * np.random.default_rng(0).standard_normal((3, n_samples)).astype(np.float32)
        y = torch.from_numpy(sound)
        example = self.arrange(y if self.front_end is None else self.front_end(y)).numpy()
        shape = read_input_shape(path)
        if len(shape) == example.ndim:
            sizes = zip(shape[1:], example.shape[1:], strict=True)
            example = np.resize(example, (len(example), *(size or n for size, n in sizes)))
        return OnnxGraph.load(
            path, example=example, threads=self.threads, outputs=self.file.outputs
        )
