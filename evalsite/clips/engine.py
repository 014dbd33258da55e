"""The one bridge to the explanation engine.

Everything above the line loads nothing heavy and may run in the web process; what stands below it
computes, and runs in workers only.
"""

from __future__ import annotations

import dataclasses
import importlib.metadata
import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import explain_engine
from explain_engine.errors import Cancelled, EngineError
from explain_engine.numbers import format_change, format_number, format_percent, format_signed
from explain_engine.recipe import (
    CHOICES,
    CONTROL_KINDS,
    EXPLAINERS,
    MAX_SECONDS,
    MIN_SECONDS,
    SEGMENTERS,
    Recipe,
)

if TYPE_CHECKING:
    import numpy as np

    from explain_engine.audio import AudioInfo
    from explain_engine.models import ModelDescription
    from explain_engine.rendering import Score
    from explain_engine.result import Explanation

__all__ = [
    "CHOICES",
    "CONTROL_KINDS",
    "MAX_SECONDS",
    "MIN_SECONDS",
    "Cancelled",
    "CheckedRecipe",
    "EngineError",
    "format_change",
    "format_number",
    "format_percent",
    "format_signed",
]

FIGURES = ("spectrogram", "weights")
VERSION = explain_engine.__version__
DTYPE = "float32"
REGISTRIES = {"segmenter": SEGMENTERS, "explainer": EXPLAINERS}


@dataclass(frozen=True)
class CheckedRecipe:
    """A recipe that keeps the engine's rules, with every default written out."""

    data: dict[str, Any]
    digest: str


def check_recipe(data: Mapping[str, Any]) -> CheckedRecipe:
    recipe = Recipe.from_dict(data)
    for kind, registry in REGISTRIES.items():
        if registry.describe(getattr(recipe, kind))["reads_files"]:
            raise EngineError(
                f"The {kind} {getattr(recipe, kind)} reads files of its own, so it is for the "
                f"command line only."
            )
    return CheckedRecipe(recipe.to_dict(), recipe.digest())


def check_picture(model: str, made_by: str, recipe: Mapping[str, Any]) -> None:
    """Refuse a recipe that needs more of a model's picture than `made_by`, its input, gives."""
    from explain_engine.models import check_picture as check

    if recipe["domain"] == "spectrogram":
        check(model, made_by, recipe["reconstruction"])


def read_recipe_defaults() -> dict[str, Any]:
    """The engine's own defaults: the stable ones."""
    return {
        field.name: field.default
        for field in dataclasses.fields(Recipe)
        if field.default is not dataclasses.MISSING
    }


def choose_excerpt(seconds: float) -> tuple[float, float]:
    """Start and length of the excerpt proposed when nobody chose one."""
    from explain_engine.audio import choose_excerpt as choose

    return choose(seconds)


def describe_components(kind: str) -> list[dict[str, Any]]:
    """Name, help and parameters of every segmenter or explainer that a recipe here may name."""
    described = [REGISTRIES[kind].describe(name) for name in REGISTRIES[kind].names()]
    return [component for component in described if not component["reads_files"]]


def describe_models() -> list[ModelDescription]:
    """What the engine tells of each model that is installed here."""
    from explain_engine.models import MODELS, describe_model

    descriptions = []
    for name in MODELS.names():
        try:
            descriptions.append(describe_model(name))
        except EngineError:
            continue
    return descriptions


def use_model_files(paths: Iterable[str]) -> None:
    """Offer the models that the operator describes; reads neither their code nor torch."""
    from explain_engine.models import use_model_files as use

    use(paths)


def list_pieces() -> list[Score]:
    """The scores that the engine can play: name, title, composer, character."""
    from explain_engine.rendering import SCORES

    return list(SCORES.values())


def render_piece(name: str, *, sr: int) -> np.ndarray:
    """One of the engine's own little pieces as mono samples, rendered without torch."""
    from explain_engine.rendering import render

    return render(name, sr).y


def find_device(setting: str) -> str:
    """`auto` is cuda where a card and a torch that can use it are installed; asks no library.

    The device is part of an explanation's identity, so the web process has to know it, and the
    web process never loads torch.
    """
    if setting != "auto":
        return setting
    has_card = os.path.exists("/dev/nvidia0")
    return "cuda" if has_card and "+cpu" not in importlib.metadata.version("torch") else "cpu"


# --- Below: workers, commands and the child that reads uploads. ------------------------------


def check_header(path: Path) -> AudioInfo:
    """What a file's header claims, within the engine's limits."""
    from explain_engine.audio import read_audio_info

    return read_audio_info(path)


def identify_audio(path: Path) -> str:
    """Decode a whole file in small pieces, check every rule, return the recording's digest."""
    from explain_engine.audio import load_audio

    return str(load_audio(path, start=0.0, duration=0.05).digest)


def explain_recording(
    *,
    path: Path,
    other_path: Path | None = None,
    recipe: Mapping[str, Any],
    out_dir: Path,
    device: str,
    dtype: str,
    progress: Callable[[int, int], None],
    is_cancelled: Callable[[], bool],
    answers: Path | None = None,
) -> dict[str, Any]:
    """Explain a recording into a folder; return its manifest.

    `answers`: a folder that lets a run that was killed go on where it was.
    """
    from explain_engine.audio import load_audio, load_middle
    from explain_engine.explanation import explain

    checked = Recipe.from_dict(recipe)
    audio = load_audio(path, start=checked.start, duration=checked.duration)
    result = explain(
        audio,
        checked,
        device=device,
        dtype=dtype,
        progress=progress,
        is_cancelled=is_cancelled,
        other=None if other_path is None else load_middle(other_path, checked.duration),
        answers=answers,
    )
    result.save(out_dir)
    draw_figures(result, out_dir)
    return json.loads((out_dir / "manifest.json").read_text(encoding="utf-8"))


def draw_figures(result: Explanation, out_dir: Path) -> None:
    """The figures once more without a style of their own: the page's style sheet colours them."""
    from explain_engine.figures import spectrogram_svg, weights_svg

    for number, target in enumerate(result.recipe.targets):
        for name, draw in (("spectrogram", spectrogram_svg), ("weights", weights_svg)):
            path = name_figure(out_dir, name, number)
            path.write_text(draw(result, target), encoding="utf-8")


def name_figure(out_dir: Path, name: str, number: int) -> Path:
    """Where the page's figure of the recipe's target number so-and-so lies."""
    return out_dir / f"page-{number}-{name}.svg"
