"""Tensors from files that cannot run code: safetensors and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from explain_engine.errors import ModelError

if TYPE_CHECKING:
    import torch

# What such a file begins with, and what it is: all of them run code when they are loaded.
PICKLES = {
    b"PK": "a torch archive (a pickle, TorchScript or torch.export)",
    b"\x80": "a pickle",
}


def read_tensors(path: Path) -> tuple[dict[str, torch.Tensor], dict[str, str]]:
    """Read a safetensors file; nothing in it is executed.

    Parameters
    ----------
    path : pathlib.Path
        The file.

    Returns
    -------
    tensors : dict of str to torch.Tensor
        By name.
    metadata : dict of str to str
        The header's.

    Raises
    ------
    ModelError
        When it is missing, a pickle, or no safetensors file.
    """
    # optional dependency: safetensors
    from safetensors import SafetensorError, safe_open

    if not path.is_file():
        raise ModelError(f"A weights file must exist, got {path.name!r}.")
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            return {name: file.get_tensor(name) for name in file.keys()}, metadata  # noqa: SIM118
    except SafetensorError as error:
        raise ModelError(
            f"A weights file must be safetensors, {path.name!r} is {_name_kind(path, error)}."
        ) from error


def _name_kind(path: Path, error: Exception) -> str:
    with path.open("rb") as file:
        start = file.read(2)
    for magic, kind in PICKLES.items():
        if start.startswith(magic):
            return (
                f"{kind}, which can run code when it is loaded: save its state_dict with "
                f"safetensors.torch.save_file"
            )
    return f"not: {error}"
