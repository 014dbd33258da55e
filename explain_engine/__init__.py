"""Earwitness's explanation engine: why did a model hear that, and what does the reason sound like?

Sound goes in; a prediction, weights of the recording's components, and clips of the components
that mattered come out. ``import explain_engine`` is cheap: nothing heavy loads until it is used.

>>> from explain_engine import Recipe, explain, load_audio
>>> audio = load_audio("song.ogg")
>>> result = explain(audio, Recipe(model="vibenet", targets=("valence",), start=30.0))
>>> result.save("out/")
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING

from explain_engine.errors import EngineError

if TYPE_CHECKING:
    from explain_engine.audio import Audio, DecodedAudio, decode_audio, load_audio, read_audio_info
    from explain_engine.explanation import explain
    from explain_engine.front_ends.log_filtered import log_filtered_spectrogram
    from explain_engine.models import describe_model, load_model
    from explain_engine.recipe import Recipe
    from explain_engine.reconstruction import reconstruct
    from explain_engine.registry import Registry
    from explain_engine.result import Explanation

# Before torch loads OpenMP: threads that wait for each other sleep instead of turning. On a machine
# that does something else besides, two turning threads took up to ten times as long.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

__version__ = "0.3.0"

_HOMES = {
    "Audio": "audio",
    "DecodedAudio": "audio",
    "Explanation": "result",
    "Recipe": "recipe",
    "Registry": "registry",
    "decode_audio": "audio",
    "describe_model": "models",
    "explain": "explanation",
    "load_audio": "audio",
    "load_model": "models",
    "log_filtered_spectrogram": "front_ends.log_filtered",
    "read_audio_info": "audio",
    "reconstruct": "reconstruction",
}

__all__ = [
    "Audio",
    "DecodedAudio",
    "EngineError",
    "Explanation",
    "Recipe",
    "Registry",
    "__version__",
    "decode_audio",
    "describe_model",
    "explain",
    "load_audio",
    "load_model",
    "log_filtered_spectrogram",
    "read_audio_info",
    "reconstruct",
]


def __getattr__(name: str) -> object:
    """Load a public name from its module on first use (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
