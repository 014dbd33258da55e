"""The model file of trained weights: with it, they are explained like any other model."""

from __future__ import annotations

import json
from pathlib import Path

from explain_engine.networks.weights import load_network


def describe_weights(weights: Path, source: str) -> Path:
    """Write the model file of weights, beside them.

    Parameters
    ----------
    weights : pathlib.Path
        Written by :func:`explain_engine.networks.weights.save_network`.
    source : str
        What the network learned from, for the card.

    Returns
    -------
    pathlib.Path
        As ``--model-file`` takes it; the model is called ``trained_`` and the file's name.
    """
    network, front_end = load_network(weights)
    entries = {
        "name": f"trained_{weights.stem}",
        "title": f"{weights.stem}, trained here",
        "kind": "a2mid2e",
        "weights": weights.name,
        "targets": list(network.config.targets),
        "sr": front_end.sr,
        "licence": "as its trainer decides",
        "card": f"An A2Mid2E network of the scheme {network.config.scheme}, trained on {source}.",
    }
    # JSON's texts, numbers and lists are TOML's.
    lines = [f"{key} = {json.dumps(value)}" for key, value in entries.items()]
    path = weights.with_suffix(".toml")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
