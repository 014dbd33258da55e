"""Models: trained predictors that get explained, each a file of its own.

A model is a frozen dataclass (see :mod:`explain_engine.models.base`), listed by file name. Who runs
the engine adds models of their own by model files (:mod:`explain_engine.model_files`).
Describing a model is cheap: no torch, no onnxruntime, only the weights' bytes are read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from explain_engine.errors import ModelError, RecipeError
from explain_engine.front_ends import OF_FILTERS, WAVEFORM, can_invert_filters
from explain_engine.registry import Registry

if TYPE_CHECKING:
    from explain_engine.models.base import Model
    from explain_engine.recipe import Recipe

MODELS = Registry("explain_engine.models", "earwitness.models", "model")


@dataclass(frozen=True)
class ModelDescription:
    """What is known of a model without running it.

    ``weights_digest`` stands for all that decides what the model says; ``digests`` are its parts.
    ``input`` is ``"waveform"`` or the name of a front end, ``features`` the inputs of the linear
    head that level 1 explains, none without one.
    """

    name: str
    title: str
    targets: tuple[str, ...]
    sr: int
    input: str
    features: tuple[str, ...]
    licence: str
    card: str
    weights_digest: str
    digests: Mapping[str, str]

    def check_recipe(self, recipe: Recipe) -> None:
        """Refuse what the model does not tell, or has no picture for.

        Raises
        ------
        RecipeError
            Naming what it has.
        """
        self.check_targets(recipe.targets)
        if recipe.domain == "spectrogram":
            check_picture(self.name, self.input, recipe.reconstruction)

    def check_targets(self, targets: Iterable[str]) -> None:
        """Refuse what the model does not tell.

        Raises
        ------
        RecipeError
            Naming its targets, and the first that is none.
        """
        for target in targets:
            if target not in self.targets:
                raise RecipeError(
                    f"A target of {self.name} must be one of {', '.join(self.targets)}, "
                    f"got {target!r}."
                )


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
        model.input,
        model.features,
        model.licence,
        model.card,
        model.digest_weights(),
        model.digest_parts(),
    )


def check_picture(model: str, made_by: str, reconstruction: str) -> None:
    """Refuse to hide parts of a model's picture, or to make sound of it, where that cannot be.

    Parameters
    ----------
    model : str
        What the message calls it.
    made_by : str
        Its input: the front end's name, or ``"waveform"``.
    reconstruction : str
        How sound is to be made of the picture.

    Raises
    ------
    RecipeError
        Saying what to choose instead.
    """
    if made_by == WAVEFORM:
        raise RecipeError(
            f"Domain spectrogram needs a model that declares its front end, {model} does not: "
            f"choose domain audio."
        )
    if reconstruction in OF_FILTERS and not can_invert_filters(made_by):
        raise RecipeError(
            f"Reconstruction {reconstruction} needs a front end of filters on magnitudes, "
            f"{made_by} of {model} is none: choose stft_mask or griffin_lim."
        )


def load_model(
    name: str, *, device: str = "cpu", threads: int = 1, dtype: str = "float32"
) -> Model:
    """Load a model, once per process, device, threads, precision and digest of its weights.

    Raises
    ------
    EngineError
        If there is no such model, or it is not installed, or its file is refused, or it cannot
        be run in that precision.
    """
    model: type[Model] = MODELS.get(name)
    if dtype not in model.dtypes:
        raise ModelError(f"The dtype of {name} must be {' or '.join(model.dtypes)}, got {dtype!r}.")
    return _load_model(model, device, threads, dtype, model.digest_weights())


@lru_cache(maxsize=4)
def _load_model(
    model: type[Model], device: str, threads: int, dtype: str, weights_digest: str
) -> Model:
    return model(device=device, threads=threads, dtype=dtype)


def use_model_files(paths: Iterable[str | Path]) -> list[str]:
    """Offer the models that these files describe, beside those that are there, in this process.

    Only for who runs the engine: a model file names code that will be run. The files replace
    those of an earlier call.

    Parameters
    ----------
    paths : iterable of path
        Model files.

    Returns
    -------
    list of str
        The models' names.

    Raises
    ------
    EngineError
        If a file breaks a rule or a name is taken.
    """
    paths = list(paths)
    models = _make_models(paths) if paths else {}
    MODELS.use(models)
    return list(models)


def _make_models(paths: list[str | Path]) -> dict[str, type[Model]]:
    # slow import: numpy
    from explain_engine.adapters import make_model
    from explain_engine.model_files import read_model_file

    made: dict[str, type[Model]] = {}
    for path in paths:
        file = read_model_file(path)
        if file.name in made:
            raise ModelError(
                f"Each model file must have a name of its own, {file.name!r} is twice."
            )
        made[file.name] = make_model(file)
    return made
