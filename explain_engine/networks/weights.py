"""Weights on disk: safetensors, with what is needed to build the network in the file's header."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from explain_engine.errors import ModelError
from explain_engine.front_ends.log_filtered import LogFilteredSpectrogram
from explain_engine.networks.a2mid2e import A2Mid2E, NetworkConfig
from explain_engine.tensor_files import read_tensors

FORMAT = "earwitness-a2mid2e-1"


def save_network(network: A2Mid2E, front_end: LogFilteredSpectrogram, path: Path) -> None:
    """Write a network's weights, its configuration and its front end.

    Parameters
    ----------
    network : A2Mid2E
        Trained.
    front_end : LogFilteredSpectrogram
        What it was trained on.
    path : pathlib.Path
        Ends in ``.safetensors``.
    """
    # optional dependency: safetensors
    from safetensors.torch import save_file

    tensors = {k: v.contiguous() for k, v in network.state_dict().items()}
    # One entry, so that the file's bytes do not depend on the order of a mapping.
    header = {
        "format": FORMAT,
        "network": asdict(network.config),
        "front_end": asdict(front_end),
        "targets": list(network.config.targets),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    save_file(tensors, partial, metadata={"earwitness": json.dumps(header, sort_keys=True)})
    partial.chmod(0o644)  # safetensors makes it private
    partial.replace(path)


def load_network(path: Path) -> tuple[A2Mid2E, LogFilteredSpectrogram]:
    """Build a network from its file; nothing in the file is executed.

    Parameters
    ----------
    path : pathlib.Path
        Written by `save_network`.

    Returns
    -------
    network : A2Mid2E
        Ready to predict.
    front_end : LogFilteredSpectrogram
        What its input comes from.

    Raises
    ------
    ModelError
        When the file is missing, no safetensors file, or not such a network.
    """
    tensors, metadata = read_tensors(path)
    try:
        header = json.loads(metadata["earwitness"])
        if header["format"] != FORMAT:
            raise KeyError(header["format"])
        network = A2Mid2E(NetworkConfig(**header["network"]))
        front_end = LogFilteredSpectrogram(**header["front_end"])
        network.load_state_dict(tensors)
    except (KeyError, TypeError, json.JSONDecodeError, RuntimeError) as error:
        raise ModelError(
            f"A weights file must hold a network of the format {FORMAT}, {path.name!r} does not."
        ) from error
    network.eval()
    return network, front_end
