"""What an explanation holds."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from explain_engine.analysis import Analysis
from explain_engine.audio import Audio
from explain_engine.clips import Clip
from explain_engine.components import Components
from explain_engine.curves import Curves
from explain_engine.effects import Effects
from explain_engine.errors import RecipeError
from explain_engine.explainers.base import Attribution
from explain_engine.models import ModelDescription
from explain_engine.recipe import Recipe
from explain_engine.scores import Score


@dataclass(frozen=True, eq=False)
class Explanation:
    """What :func:`explain_engine.explain` returns.

    Parameters
    ----------
    recipe : Recipe
        What was asked.
    model : ModelDescription
        What was explained.
    recording_digest : str or None
        Identity of the recording, where it came from a file.
    device, dtype : str
        Where and in what precision.
    components : Components
        The excerpt, its picture and its parts.
    prediction : dict of str to float
        The model's output on the excerpt, per target of the recipe.
    all_predictions : dict of str to float
        The same for every output of the model.
    base : dict of str to float
        The model's output with everything switched off.
    level1 : Effects or None
        Level 1 with all that belongs to it, or None when the model has no linear head.
    attribution : Attribution
        Weights, masks tried, outputs.
    selected : dict of str to np.ndarray
        Components of each target's kept clip, strongest first.
    curves : dict of str to Curves
        Per target, its output while components go or come, strongest first.
    all_scores : dict of str to list of Score
        Per target; warnings first.
    verdicts : dict of str to str
        Per target, one sentence.
    clip_records : tuple of Clip
        All clips with all that is known of them.
    loudness_lufs : float
        Common loudness of the clips.
    other_recording_digest : str or None
        Identity of the recording that ``control_other_recording`` is cut from.
    run : dict
        Seconds, batch size, threads, forwards.
    """

    recipe: Recipe
    model: ModelDescription
    recording_digest: str | None
    device: str
    dtype: str
    components: Components
    prediction: dict[str, float]
    all_predictions: dict[str, float]
    base: dict[str, float]
    level1: Effects | None
    attribution: Attribution
    selected: dict[str, np.ndarray]
    curves: dict[str, Curves]
    all_scores: dict[str, list[Score]]
    verdicts: dict[str, str]
    clip_records: tuple[Clip, ...]
    loudness_lufs: float
    other_recording_digest: str | None = None
    run: dict[str, Any] = field(default_factory=dict)

    @property
    def effects(self) -> np.ndarray | None:
        """Level 1: weight times value, shape=(n_features, n_emotions), None without a head."""
        return None if self.level1 is None else self.level1.effects

    @property
    def weights(self) -> np.ndarray:
        """Weights, shape=(n_targets, n_components), in the recipe's order of targets."""
        return self.attribution.weights

    @property
    def labels(self) -> np.ndarray | None:
        """Component of each cell of the picture, shape=(n_bands, n_frames), None for sources."""
        return self.components.labels

    @property
    def analysis(self) -> Analysis:
        """The excerpt's spectrum and picture."""
        return self.components.analysis

    @property
    def scores(self) -> dict[str, Score]:
        """The first target's scores by name."""
        return self.scores_for(self.recipe.targets[0])

    @property
    def clips(self) -> dict[str, Audio]:
        """The first target's clips by kind, the original among them."""
        return self.clips_for(self.recipe.targets[0])

    def scores_for(self, target: str) -> dict[str, Score]:
        """Return a target's scores by name."""
        self._check_target(target)
        return {score.name: score for score in self.all_scores[target]}

    def clips_for(self, target: str) -> dict[str, Audio]:
        """Return a target's clips by kind, the original among them."""
        self._check_target(target)
        return {c.kind: c.audio for c in self.clip_records if c.target in (None, target)}

    def save(self, out_dir: str | os.PathLike[str], *, png: bool = False) -> Path:
        """Write clips, manifest, arrays, figures and a page; return the manifest's path."""
        # needs this module: the manifest describes an Explanation
        from explain_engine.manifest import save_explanation

        return save_explanation(self, Path(out_dir), png=png)

    def _repr_html_(self) -> str:
        # needs this module: the page shows an Explanation
        from explain_engine.html import show_explanation

        return show_explanation(self)

    def _check_target(self, target: str) -> None:
        if target not in self.recipe.targets:
            raise RecipeError(
                f"target must be one of {', '.join(self.recipe.targets)}, got {target!r}."
            )
