"""Every kind of control, each from the same scene: the components, what was kept, the seed.

``control_area`` and ``control_energy`` are random choices (:mod:`explain_engine.controls`). The
others ask what else could make a listener say the same:

- ``control_whole``: all components, resynthesised: what the processing alone does;
- ``control_phase_only``: nothing but the fill, on the original's phase: nothing is shown, and yet
  phase carries rhythm and even pitch. Silence has no phase to hear: there every cell has the mean
  magnitude, of the STFT or of the model's picture;
- ``control_random_phase``: kept's magnitudes with random phase: nothing but magnitude;
- ``control_other_target``: what was kept for the recipe's next target;
- ``control_other_seed``: what the next seed would have kept;
- ``control_other_recording``: kept's patches, cut out of another recording.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from explain_engine.analysis import analyse
from explain_engine.components import Components, Patches
from explain_engine.controls import Control, draw_control_area, draw_control_energy
from explain_engine.errors import ComponentError, EngineError
from explain_engine.fills import make_fill
from explain_engine.picture_patches import PicturePatches


@dataclass(frozen=True, eq=False)
class Scene:
    """What a control is made against.

    Parameters
    ----------
    components : Components
        The excerpt's.
    target : str
        Whose control.
    kept : dict of str to np.ndarray
        Each target's kept components, shape=(n_components,), bool, in the recipe's order.
    rng : np.random.Generator
        The control's own stream.
    keep_again : callable or None
        Returns what the next seed would have kept, as `kept`.
    other : np.ndarray or None, shape=(n_samples,), float32
        As much of another recording, at the model's rate.
    """

    components: Components
    target: str
    kept: dict[str, np.ndarray]
    rng: np.random.Generator
    keep_again: Callable[[], dict[str, np.ndarray]] | None = None
    other: np.ndarray | None = None

    @property
    def own(self) -> np.ndarray:
        """What was kept for the target."""
        return self.kept[self.target]


def make_control(kind: str, scene: Scene) -> Control:
    """Make one control.

    Raises
    ------
    EngineError
        If the scene lacks what the kind needs.
    """
    return _MAKERS[kind](scene)


def _make_area(scene: Scene) -> Control:
    return draw_control_area(scene.components, scene.own, scene.rng)


def _make_energy(scene: Scene) -> Control:
    return draw_control_energy(scene.components, scene.own, scene.rng)


def _make_whole(scene: Scene) -> Control:
    return Control(np.ones(scene.components.n, dtype=bool))


def _make_phase_only(scene: Scene) -> Control:
    components = scene.components
    nothing = np.zeros(components.n, dtype=bool)
    if isinstance(components, PicturePatches):
        kind = "mean" if components.fill_name == "silence" else components.fill_name
        fill = make_fill(kind, components.analysis, components.seed)
        return Control(nothing, fill=kind, sound=components.render_fill(fill), picture=fill)
    analysis = components.analysis
    magnitude = analysis.spectrum.abs()
    spectrum = torch.polar(magnitude.mean().expand(magnitude.shape), analysis.spectrum.angle())
    sound = analysis.stft.inverse(spectrum, analysis.n_samples).cpu().numpy()
    return Control(nothing, fill="mean", sound=sound)


def _make_random_phase(scene: Scene) -> Control:
    analysis = scene.components.analysis
    kept = torch.from_numpy(scene.components.resynthesise(scene.own[None])[0])
    magnitude = analysis.stft.forward(kept).abs()
    phase = scene.rng.uniform(-np.pi, np.pi, magnitude.shape).astype(np.float32)
    spectrum = torch.polar(magnitude, torch.from_numpy(phase))
    sound = analysis.stft.inverse(spectrum, analysis.n_samples).numpy()
    return Control(scene.own, phase_source="random", sound=sound)


def _make_other_target(scene: Scene) -> Control:
    targets = list(scene.kept)
    following = targets[(targets.index(scene.target) + 1) % len(targets)]
    return _compare(scene, scene.kept[following])


def _make_other_seed(scene: Scene) -> Control:
    if scene.keep_again is None:
        raise EngineError("control_other_seed needs a second run of the explainer, got none.")
    return _compare(scene, scene.keep_again()[scene.target])


def _make_other_recording(scene: Scene) -> Control:
    if scene.other is None:
        raise EngineError("control_other_recording needs another recording, got none.")
    components = scene.components
    if isinstance(components, PicturePatches):
        other = components.move_to(scene.other)
        return Control(
            scene.own,
            phase_source="other",
            sound=other.resynthesise(scene.own[None])[0],
            picture=other.show(scene.own[None])[0],
        )
    if not isinstance(components, Patches):
        raise ComponentError(
            "control_other_recording needs components that are patches of the spectrogram, sources "
            "are the recording's own."
        )
    analysis = components.analysis
    heard = analyse(
        scene.other,
        analysis.sr,
        n_fft=analysis.stft.n_fft,
        hop_length=analysis.stft.hop_length,
        device=str(analysis.spectrum.device),
    )
    sound = Patches(heard, components.labels).resynthesise(scene.own[None])[0]
    return Control(scene.own, phase_source="other", sound=sound)


def _compare(scene: Scene, mask: np.ndarray) -> Control:
    area = scene.components.area_shares
    return Control(mask, float(area[mask].sum() / area[scene.own].sum() - 1.0), "share")


_MAKERS: dict[str, Callable[[Scene], Control]] = {
    "control_area": _make_area,
    "control_energy": _make_energy,
    "control_whole": _make_whole,
    "control_phase_only": _make_phase_only,
    "control_random_phase": _make_random_phase,
    "control_other_target": _make_other_target,
    "control_other_seed": _make_other_seed,
    "control_other_recording": _make_other_recording,
}
