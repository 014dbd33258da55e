"""Models: trained predictors that get explained, each a file of its own.

A model is a frozen dataclass (see :mod:`explain_engine.models.base`), listed by file name.
Describing a model is cheap: no torch, no onnxruntime, only the weights' bytes are read.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from explain_engine.registry import Registry

if TYPE_CHECKING:
    from explain_engine.models.base import Model

MODELS = Registry("explain_engine.models", "earwitness.models", "model")


@dataclass(frozen=True)
class ModelDescription:
    """What is known of a model without running it."""

    name: str
    title: str
    targets: tuple[str, ...]
    sr: int
    licence: str
    card: str
    weights_digest: str


def describe_model(name: str) -> ModelDescription:
    """Describe a model.

    Parameters
    ----------
    name : str
        One of ``MODELS.names()``.

    Returns
    -------
    ModelDescription
        Title, targets, rate, licence, card, digest of the weights.

    Raises
    ------
    EngineError
        If there is no such model, or it is not installed.
    """
    model: type[Model] = MODELS.get(name)
    return ModelDescription(
        name,
        model.title,
        model.targets,
        model.sr,
        model.licence,
        model.card,
        model.digest_weights(),
    )


@lru_cache(maxsize=4)
def load_model(name: str, *, device: str = "cpu", threads: int = 1) -> Model:
    """Load a model, once per process, device and number of threads.

    Raises
    ------
    EngineError
        If there is no such model, or it is not installed, or its file is refused.
    """
    model: Model = MODELS.get(name)(device=device, threads=threads)
    return model
