"""Recipes: everything a person chooses about an explanation, as data with a digest."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from types import MappingProxyType
from typing import Any

from explain_engine.errors import RecipeError
from explain_engine.registry import Registry

SEGMENTERS = Registry("explain_engine.segmenters", "earwitness.segmenters", "segmenter")
EXPLAINERS = Registry("explain_engine.explainers", "earwitness.explainers", "explainer")

MIN_SECONDS, MAX_SECONDS = 2.0, 30.0
MAX_SAMPLES = 8192
CHOICES = {
    "domain": ("audio", "spectrogram"),
    "fill": ("silence", "mean", "minimum", "noise"),
    "selection": ("for", "against"),
    "reconstruction": ("stft_mask", "pinv", "nnls", "griffin_lim"),
}
# What the JSON calls the fill silence: 0.1.0 called it so, and recipes keep their digests.
SILENCE_IN_JSON = "zeros"
N_FFT, HOP_LENGTH = 2048, 512
# Left out of a recipe's JSON, and so of its digest, while they have their defaults.
ADDED_SINCE = ("stability",)
CONTROL_KINDS = (
    "control_area",
    "control_energy",
    "control_whole",
    "control_phase_only",
    "control_random_phase",
    "control_other_target",
    "control_other_seed",
    "control_other_recording",
)
CONTROLS = ("control_area", "control_energy")


@dataclass(frozen=True)
class Recipe:
    """What to explain and how.

    Parameters
    ----------
    model : str
        Name of the model (``explain_engine models`` lists them).
    targets : tuple of str
        Outputs of the model to explain; all come from one set of forward passes.
    start, duration : float
        Excerpt in seconds; 2 to 30 s long.
    seed : int
        Seed of all randomness, 0 to 2**32 - 1.
    segmenter, segmenter_parameters
        What the components are. Parameters not given take the segmenter's defaults.
    explainer, explainer_parameters
        Where the weights come from, likewise.
    domain : {"audio", "spectrogram"}
        What is perturbed: the sound that a person would hear, or the picture that the model makes
        of it (the papers' way; for models that declare a front end).
    fill : {"silence", "mean", "minimum", "noise"}
        What takes the place of a component that is switched off; in the domain audio always
        silence. :mod:`explain_engine.fills` describes them. ``"zeros"`` is silence's older name.
    n_samples : int
        Random maskings tried, at most, 16 to 8192; explainers that try a fixed number take no
        notice.
    stability : float or None
        Sampling stops by itself once two halves of the maskings rank the components alike to this
        much (Spearman) for every target, 0.5 to 0.99; None tries all `n_samples`.
    n_selected : int
        Components in the kept clip, at most.
    selection : {"for", "against"}
        Keep what speaks most for the target, or most against it.
    reconstruction : {"stft_mask", "pinv", "nnls", "griffin_lim"}
        How sound is made of a masked picture (:func:`explain_engine.reconstruct`); in the domain
        audio always ``"stft_mask"``: there the clip is what was scored.
    controls : tuple of str
        Control clips to make; of ``CONTROL_KINDS``, which
        :mod:`explain_engine.control_clips` describes.
    n_fft, hop_length : int
        Analysis window and hop in samples at the model's rate; in the domain spectrogram the
        model's front end has its own.

    Raises
    ------
    RecipeError, ComponentError
        If a value breaks a rule.
    """

    model: str
    targets: tuple[str, ...]
    start: float = 0.0
    duration: float = 10.0
    seed: int = 0
    segmenter: str = "felzenszwalb"
    segmenter_parameters: Mapping[str, Any] = field(default_factory=dict)
    explainer: str = "lime"
    explainer_parameters: Mapping[str, Any] = field(default_factory=dict)
    domain: str = "audio"
    fill: str = "silence"
    n_samples: int = 1000
    n_selected: int = 7
    selection: str = "for"
    reconstruction: str = "stft_mask"
    controls: tuple[str, ...] = CONTROLS
    n_fft: int = N_FFT
    hop_length: int = HOP_LENGTH
    stability: float | None = 0.9

    def __post_init__(self) -> None:
        if not isinstance(self.model, str) or not self.model:
            raise RecipeError(f"model must be the name of a model, got {self.model!r}.")
        self._set("targets", _check_names("targets", self.targets))
        if not self.targets:
            raise RecipeError("targets must name at least one output of the model, got none.")
        self._set("controls", _check_names("controls", self.controls))
        for control in self.controls:
            _check_choice("controls", control, CONTROL_KINDS)
        if "control_other_target" in self.controls and len(self.targets) < 2:
            raise RecipeError("control_other_target needs 2 targets or more, got 1.")
        if self.fill == SILENCE_IN_JSON:
            self._set("fill", "silence")
        for name, choices in CHOICES.items():
            _check_choice(name, getattr(self, name), choices)
        self._set("start", _check_float("start", self.start, 0.0, math.inf))
        self._set("duration", _check_float("duration", self.duration, MIN_SECONDS, MAX_SECONDS))
        _check_int("seed", self.seed, 0, 2**32 - 1)
        _check_int("n_samples", self.n_samples, 16, MAX_SAMPLES)
        if self.stability is not None:
            self._set("stability", _check_float("stability", self.stability, 0.5, 0.99, unit=""))
        _check_int("n_selected", self.n_selected, 1, 1000)
        _check_int("n_fft", self.n_fft, 256, 16384)
        _check_int("hop_length", self.hop_length, 64, 8192)
        if self.n_fft % self.hop_length:
            raise RecipeError(
                f"n_fft must be a multiple of hop_length, got {self.n_fft} and {self.hop_length}."
            )
        if self.n_fft < 4 * self.hop_length:
            raise RecipeError(
                f"n_fft must be 4 times hop_length or more, got {self.n_fft} and {self.hop_length}."
            )
        for registry, kind in ((SEGMENTERS, "segmenter"), (EXPLAINERS, "explainer")):
            parameters = getattr(self, f"{kind}_parameters")
            if not isinstance(parameters, Mapping):
                raise RecipeError(
                    f"{kind}_parameters must map names to values, got {parameters!r}."
                )
            made = registry.make(getattr(self, kind), parameters)
            self._set(f"{kind}_parameters", MappingProxyType(asdict(made)))
        if self.domain == "audio":
            self._check_audio()
        else:
            self._check_spectrogram()

    def _check_audio(self) -> None:
        if self.fill != "silence":
            raise RecipeError(f"fill must be silence in domain audio, got {self.fill!r}.")
        if self.reconstruction != "stft_mask":
            raise RecipeError(
                f"reconstruction must be stft_mask in domain audio, where the clip is what was "
                f"scored, got {self.reconstruction!r}."
            )

    def _check_spectrogram(self) -> None:
        if self.fill != "silence" and self.reconstruction != "stft_mask":
            raise RecipeError(
                f"reconstruction must be stft_mask with fill {self.fill}, "
                f"got {self.reconstruction!r}."
            )
        if (self.n_fft, self.hop_length) != (N_FFT, HOP_LENGTH):
            raise RecipeError(
                f"n_fft and hop_length must be left at {N_FFT} and {HOP_LENGTH} in domain "
                f"spectrogram, where the model's front end has its own, got {self.n_fft} and "
                f"{self.hop_length}."
            )
        if getattr(SEGMENTERS.get(self.segmenter), "finds_sources", False):
            raise RecipeError(
                f"Domain spectrogram needs components that are patches of the picture, "
                f"{self.segmenter} finds sources: choose domain audio."
            )

    def _set(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)

    def to_dict(self) -> dict[str, Any]:
        """Return the recipe as JSON-ready data; what came after 0.1.0 only where it says something.

        So a recipe keeps its digest when the engine learns more.
        """
        data: dict[str, Any] = {}
        for item in fields(self):
            value = getattr(self, item.name)
            if item.name in ADDED_SINCE and value == item.default:
                continue
            if isinstance(value, Mapping):
                value = {name: _write_plainly(parameter) for name, parameter in value.items()}
            data[item.name] = _write_plainly(value)
        if self.fill == "silence":
            data["fill"] = SILENCE_IN_JSON
        return data

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Recipe:
        """Make a recipe from what :meth:`to_dict` returned, or a part of it.

        Raises
        ------
        RecipeError
            If a key is unknown or a value breaks a rule.
        """
        if not isinstance(data, Mapping):
            raise RecipeError(f"A recipe must be an object, got {data!r}.")
        known = [item.name for item in fields(cls)]
        unknown = [str(key) for key in data if key not in known]
        if unknown:
            raise RecipeError(
                f"A recipe takes the keys {', '.join(known)}, got {', '.join(unknown)}."
            )
        missing = [name for name in ("model", "targets") if name not in data]
        if missing:
            raise RecipeError(f"A recipe must have {' and '.join(missing)}, got none.")
        return cls(**data)

    def to_json(self) -> str:
        """Return the canonical JSON: sorted keys, no spaces."""
        return json.dumps(self.to_dict(), sort_keys=True, separators=(",", ":"), allow_nan=False)

    @classmethod
    def from_json(cls, text: str | bytes) -> Recipe:
        """Make a recipe from JSON.

        Raises
        ------
        RecipeError
            If the text is not JSON, or not a recipe.
        """
        try:
            data = json.loads(text)
        except ValueError as error:
            raise RecipeError(f"A recipe must be JSON, this text is not ({error}).") from error
        return cls.from_dict(data)

    def digest(self) -> str:
        """Return the sha256 of the canonical JSON."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    def __hash__(self) -> int:
        return hash(self.to_json())

    def __reduce__(self) -> tuple[Any, ...]:
        return Recipe.from_dict, (self.to_dict(),)


def _write_plainly(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def _check_names(name: str, value: object) -> tuple[str, ...]:
    if isinstance(value, str) or not isinstance(value, (tuple, list)):
        raise RecipeError(f"{name} must be a list of names, got {value!r}.")
    for item in value:
        if not isinstance(item, str) or not item:
            raise RecipeError(f"{name} must be a list of names, got {item!r} in it.")
    if len(set(value)) != len(value):
        raise RecipeError(f"{name} must name each once, got {', '.join(value)}.")
    return tuple(value)


def _check_choice(name: str, value: object, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise RecipeError(f"{name} must be one of {', '.join(choices)}, got {value!r}.")


def _check_float(name: str, value: object, low: float, high: float, unit: str = " s") -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise RecipeError(f"{name} must be a finite number, got {value!r}.")
    if not low <= value <= high:
        rule = f"{low:g} or more" if math.isinf(high) else f"{low:g} to {high:g}"
        raise RecipeError(f"{name} must be {rule}{unit}, got {value:g}.")
    return float(value) + 0.0


def _check_int(name: str, value: object, low: int, high: int) -> None:
    if type(value) is not int or not low <= value <= high:
        raise RecipeError(f"{name} must be a whole number from {low} to {high}, got {value!r}.")
