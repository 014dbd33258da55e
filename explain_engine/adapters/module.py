"""A torch module as a model: a class of the operator's, and safetensors."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from explain_engine.adapters.given import GivenModel, import_code
from explain_engine.errors import ModelError
from explain_engine.models.base import LinearHead, check_outputs
from explain_engine.tensor_files import read_tensors

if TYPE_CHECKING:
    import torch

# How far weight times feature plus intercept may be from the output, relative to its size.
HEAD_TOLERANCE = 1e-3


class ModuleModel(GivenModel):
    """Asks a torch module about sounds, or about the pictures of a front end; with gradients."""

    def predict(self, waveforms: np.ndarray) -> np.ndarray:
        """Predict all targets, shape=(batch, n_targets)."""
        # slow import: torch
        import torch

        y = torch.from_numpy(np.array(waveforms, dtype=np.float32)).to(self.device)
        with torch.inference_mode():
            return self._check(self.forward(y))

    def predict_pictures(self, pictures: np.ndarray) -> np.ndarray:
        """Predict from the front end's pictures."""
        # slow import: torch
        import torch

        x = torch.from_numpy(np.array(pictures, dtype=np.float32))
        with torch.inference_mode():
            return self._check(self.forward_pictures(x))

    def forward(self, waveforms: torch.Tensor) -> torch.Tensor:
        """Predict all targets with gradients, shape=(batch, n_targets)."""
        return self._run(waveforms if self.front_end is None else self.front_end(waveforms))

    def forward_pictures(self, pictures: torch.Tensor) -> torch.Tensor:
        """Predict from pictures with gradients."""
        if self.front_end is None:
            raise ModelError(f"Pictures need a model with a front end, {self.name} hears sound.")
        return self._run(pictures)

    @property
    def linear_head(self) -> LinearHead | None:
        """The layer that the model file names, or None."""
        return None if self._loaded[1] is None else self._loaded[1].head

    def _run(self, x: torch.Tensor) -> torch.Tensor:
        module, tap = self._loaded
        inputs = self.arrange(x.to(self.device))
        with self.name_failure(inputs):
            outputs = _join(module(inputs))
            n_own = len(self.file.targets)
            if tap is not None and outputs.ndim == 2 and outputs.shape[1] == n_own:
                outputs = tap.append_features(outputs, self.file.targets)
        return outputs

    def _check(self, outputs: torch.Tensor) -> np.ndarray:
        checked = check_outputs(self, outputs.float().cpu().numpy(), len(outputs))
        head = self.linear_head
        if head is not None:
            features, emotions = (
                checked[:, [self.targets.index(name) for name in names]]
                for names in (head.features, head.emotions)
            )
            error = np.abs(features @ head.weights + head.intercepts - emotions).max()
            if error > HEAD_TOLERANCE * max(1.0, float(np.abs(emotions).max())):
                raise ModelError(
                    f"head of model {self.name} must give its emotions by weights and intercepts "
                    f"alone, they are off by {error:.3g}."
                )
        return checked

    @cached_property
    def _loaded(self) -> tuple[torch.nn.Module, _Tap | None]:
        # slow import: torch
        import torch

        # Whoever asks first: tensors made while predicting could not be differentiated later.
        with torch.inference_mode(False):
            return self._load()

    def _load(self) -> tuple[torch.nn.Module, _Tap | None]:
        module = self._make_module()
        file = self.file
        assert file.weights is not None  # the model file's reader saw to it
        tensors = read_tensors(file.weights)[0]
        try:
            module.load_state_dict(tensors)
        except RuntimeError as error:
            reason = " ".join(str(error).split())[:300]
            raise ModelError(
                f"Weights of model {self.name} must fit {file.code}: {reason}"
            ) from error
        module.eval().requires_grad_(False).to(self.device)
        return module, None if file.head is None else _Tap(module, self)

    def _make_module(self) -> torch.nn.Module:
        # slow import: torch
        import torch

        made = import_code(self.file)
        if not (isinstance(made, type) and issubclass(made, torch.nn.Module)):
            raise ModelError(
                f"code of model {self.name} must be a class of torch.nn.Module, "
                f"{self.file.code!r} is none."
            )
        try:
            return made(**self.file.arguments)
        except Exception as error:  # foreign code raises anything
            raise ModelError(
                f"{self.file.code} cannot be made with the arguments of model {self.name}: {error}."
            ) from error


class _Tap:
    """The linear layer, and what went into it last."""

    def __init__(self, module: torch.nn.Module, model: ModuleModel) -> None:
        # slow import: torch
        from torch import nn

        choice = model.file.head
        assert choice is not None  # no tap without one
        layer = dict(module.named_modules()).get(choice.module)
        if not isinstance(layer, nn.Linear):
            found = "none" if layer is None else type(layer).__name__
            raise ModelError(
                f"head of model {model.name} must name a torch.nn.Linear within the module, "
                f"{choice.module!r} is {found}."
            )
        wanted = (len(choice.features), len(choice.emotions))
        if (layer.in_features, layer.out_features) != wanted:
            raise ModelError(
                f"head {choice.module!r} of model {model.name} takes {layer.in_features} features "
                f"to {layer.out_features} emotions, the model file names {wanted[0]} and "
                f"{wanted[1]}."
            )
        weights = layer.weight.detach().float().cpu().numpy().T
        bias = np.zeros(wanted[1]) if layer.bias is None else layer.bias.detach().cpu().numpy()
        self.head = LinearHead(choice.features, choice.emotions, weights, bias)
        self._seen: torch.Tensor | None = None
        layer.register_forward_pre_hook(self._keep)

    def _keep(self, layer: torch.nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
        self._seen = inputs[0]

    def append_features(self, outputs: torch.Tensor, targets: tuple[str, ...]) -> torch.Tensor:
        """Return `outputs` with the features beside them that are not among `targets`."""
        # slow import: torch
        import torch

        missing = [i for i, name in enumerate(self.head.features) if name not in targets]
        if not missing:
            return outputs
        if self._seen is None or self._seen.shape != (len(outputs), len(self.head.features)):
            raise ModelError("head must be used once on each row of a batch, it is not.")
        return torch.cat((outputs, self._seen[:, missing].to(outputs.dtype)), dim=1)


def _join(outputs: Any) -> torch.Tensor:
    """Return a module's output as one tensor; several go side by side, in their order."""
    # slow import: torch
    import torch

    if isinstance(outputs, Mapping):
        outputs = list(outputs.values())
    if isinstance(outputs, (tuple, list)):
        outputs = torch.cat(list(outputs), dim=1)
    if not isinstance(outputs, torch.Tensor):
        raise ModelError(f"A module must return a tensor, got {type(outputs).__name__}.")
    return outputs
