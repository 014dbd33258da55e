"""From a recording to the components of an excerpt, as a recipe has it."""

from __future__ import annotations

import numpy as np

from explain_engine.analysis import analyse, analyse_picture
from explain_engine.audio import Audio
from explain_engine.components import Components
from explain_engine.errors import AudioError, ModelError
from explain_engine.excerpt import cut_excerpt, resample
from explain_engine.loudness import measure_loudness
from explain_engine.models.base import Model
from explain_engine.picture_patches import PicturePatches, check_labels
from explain_engine.recipe import SEGMENTERS, Recipe
from explain_engine.sources import cut_components


def prepare_components(audio: Audio, recipe: Recipe, model: Model, device: str) -> Components:
    """Cut the excerpt and its components.

    Parameters
    ----------
    audio : Audio
        The recording, or a part of it that holds the excerpt.
    recipe : Recipe
        Excerpt, domain, segmenter.
    model : Model
        Whose rate, and in the domain spectrogram whose picture.
    device : str
        Where spectra live.

    Returns
    -------
    Components
        At the model's rate.

    Raises
    ------
    EngineError
        If the excerpt is silent, or the model has no picture where one is wanted, or the segmenter
        finds nothing of use.
    """
    y = _cut_sound(audio, recipe, model.sr)
    segmenter = SEGMENTERS.make(recipe.segmenter, recipe.segmenter_parameters)
    if recipe.domain == "audio":
        sound = analyse(
            y,
            model.sr,
            n_fft=recipe.n_fft,
            hop_length=recipe.hop_length,
            device=device,
            start=recipe.start,
        )
        return cut_components(sound, segmenter)
    if model.front_end is None:
        raise ModelError(f"Model {model.name} must have a front end, which makes its picture.")
    analysis = analyse_picture(y, model.front_end, device=device, start=recipe.start)
    labels = check_labels(segmenter(analysis), recipe.segmenter)
    return PicturePatches(analysis, labels, recipe.fill, recipe.seed, recipe.reconstruction)


def _cut_sound(audio: Audio, recipe: Recipe, sr: int) -> np.ndarray:
    excerpt = cut_excerpt(audio, recipe.start, recipe.duration)
    y = resample(excerpt, sr, round(recipe.duration * sr))
    if not np.isfinite(measure_loudness(y, sr)):
        raise AudioError(
            f"An excerpt must be louder than -70 LUFS to be explained, the one from "
            f"{recipe.start:g} to {recipe.start + recipe.duration:g} s is silent."
        )
    return y
