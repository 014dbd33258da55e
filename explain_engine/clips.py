"""Clips: the sounds of an explanation, as they go into files.

All clips of an explanation have the model's sample rate, and with it one bandwidth, the original
included: a person hears what the model was given, neither more nor less. They are mono 16-bit PCM
of one length, aligned in loudness.
"""

from __future__ import annotations

import hashlib
import io
import wave
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from explain_engine.audio import Audio
from explain_engine.components import Components
from explain_engine.control_clips import Scene, make_control
from explain_engine.controls import Control
from explain_engine.loudness import AlignedClip, align_loudness, fade_edges


@dataclass(frozen=True, eq=False)
class Plan:
    """A clip to be made: which components are on, and why.

    Parameters
    ----------
    kind : str
        ``original``, ``kept``, ``removed`` or a kind of control.
    target : str or None
        None for the original, which serves all targets.
    mask : np.ndarray, shape=(n_components,), bool
        Components that are on.
    control : Control or None
        How a control came about.
    """

    kind: str
    target: str | None
    mask: np.ndarray
    control: Control | None = None

    @property
    def key(self) -> str:
        return self.kind if self.target is None else f"{self.target}\n{self.kind}"


@dataclass(frozen=True, eq=False)
class Clip:
    """A finished clip and all that is known of it.

    Parameters
    ----------
    kind, target : str, str or None
        As planned.
    audio : Audio
        What the file holds.
    raw : np.ndarray, shape=(n_samples,), float32
        The sound before fades and alignment; in the domain audio what the model was scored on.
    components : tuple of int
        Components that are on.
    area_share, energy_share : float
        Shares of the picture's cells and of the STFT's energy, 0 to 1.
    overlap_with_kept : float or None
        Share of kept's area that is on here too; None for original.
    control : Control or None
        How near a control came.
    fill : str
        What stands where a component is off.
    phase_source : {"original", "estimated", "random", "other"}
        Where its phase comes from; ``"other"``: another recording, its magnitudes too.
    aligned : AlignedClip
        Loudness before and after, gain, peak.
    output_scored, output_before, output_after : dict of str to float
        The model's targets on the masking that the explanation scored (its own picture, where that
        is perturbed), on ``raw``, analysed again, and on ``audio``.
    """

    kind: str
    target: str | None
    audio: Audio
    raw: np.ndarray
    components: tuple[int, ...]
    area_share: float
    energy_share: float
    overlap_with_kept: float | None
    control: Control | None
    fill: str
    phase_source: str
    aligned: AlignedClip
    output_scored: dict[str, float]
    output_before: dict[str, float]
    output_after: dict[str, float]

    def to_wav(self) -> bytes:
        """Return the file: 16-bit mono PCM WAV, a 44-byte header, nothing but the samples."""
        return encode_wav(self.audio)

    def with_outputs(
        self, scored: dict[str, float], before: dict[str, float], after: dict[str, float]
    ) -> Clip:
        return replace(self, output_scored=scored, output_before=before, output_after=after)

    @property
    def gap_before(self) -> dict[str, float]:
        """Listening gap before fades and alignment, per target: heard minus scored."""
        return {t: value - self.output_scored[t] for t, value in self.output_before.items()}

    @property
    def gap_after(self) -> dict[str, float]:
        """Listening gap of the file, per target: heard minus scored."""
        return {t: value - self.output_scored[t] for t, value in self.output_after.items()}


def encode_wav(audio: Audio) -> bytes:
    """Return `audio` as 16-bit mono PCM WAV without any metadata."""
    steps = np.clip(np.rint(audio.y.astype(np.float64) * 32768), -32768, 32767)
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(audio.sr)
        file.writeframes(steps.astype("<i2").tobytes())
    return buffer.getvalue()


def digest_bytes(data: bytes) -> str:
    """Return the sha256 of `data` in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def plan_clips(
    components: Components,
    selected: dict[str, np.ndarray],
    controls: tuple[str, ...],
    seed: int,
    *,
    select_again: Callable[[], dict[str, np.ndarray]] | None = None,
    other: np.ndarray | None = None,
) -> list[Plan]:
    """Decide which components each clip is made of.

    Parameters
    ----------
    components : Components
        The excerpt's.
    selected : dict of str to np.ndarray
        Components chosen for each target.
    controls : tuple of str
        Kinds of controls.
    seed : int
        The recipe's; each control of each target draws from a stream of its own.
    select_again : callable, optional
        Returns what the next seed would have selected, for ``control_other_seed``.
    other : np.ndarray, shape=(n_samples,), optional
        Another recording at the model's rate, for ``control_other_recording``.

    Returns
    -------
    list of Plan
        The original first, then each target's.
    """

    def mark(chosen: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        return {t: np.isin(np.arange(components.n), numbers) for t, numbers in chosen.items()}

    plans = [Plan("original", None, np.ones(components.n, dtype=bool))]
    kept = mark(selected)
    keep_again = None if select_again is None else cache(lambda: mark(select_again()))
    for target, mask in kept.items():
        plans += [Plan("kept", target, mask), Plan("removed", target, ~mask)]
        for kind in controls:
            stream = list(hashlib.sha256(f"{target}\n{kind}".encode()).digest()[:8])
            rng = np.random.default_rng([seed, *stream])
            scene = Scene(components, target, kept, rng, keep_again, other)
            control = make_control(kind, scene)
            plans.append(Plan(kind, target, control.mask, control))
    return plans


def make_clips(components: Components, plans: list[Plan]) -> tuple[float, list[Clip]]:
    """Make clips: masked resynthesis, fades, loudness alignment over all of them.

    Returns
    -------
    target : float
        The common loudness in LUFS.
    clips : list of Clip
        In the order of `plans`, without the model's outputs.
    """
    sr = components.analysis.sr
    raw = components.resynthesise(np.stack([plan.mask for plan in plans]))
    for i, plan in enumerate(plans):
        if plan.control is not None and plan.control.sound is not None:
            raw[i] = plan.control.sound
    faded = {plan.key: fade_edges(y, sr) for plan, y in zip(plans, raw, strict=True)}
    loudness, aligned = align_loudness(faded, sr)
    kept = {plan.target: plan.mask for plan in plans if plan.kind == "kept"}
    clips = [
        Clip(
            kind=plan.kind,
            target=plan.target,
            audio=Audio(aligned[plan.key].y, sr),
            raw=y,
            components=tuple(int(i) for i in np.flatnonzero(plan.mask)),
            area_share=float(components.area_shares[plan.mask].sum()),
            energy_share=float(components.energy_shares[plan.mask].sum()),
            overlap_with_kept=(
                None
                if plan.target is None
                else _measure_overlap(components, plan.mask, kept[plan.target])
            ),
            control=plan.control,
            fill=(plan.control and plan.control.fill) or components.fill_name,
            phase_source=(plan.control and plan.control.phase_source) or components.phase_source,
            aligned=aligned[plan.key],
            output_scored={},
            output_before={},
            output_after={},
        )
        for plan, y in zip(plans, raw, strict=True)
    ]
    return loudness, clips


def _measure_overlap(components: Components, mask: np.ndarray, kept: np.ndarray) -> float:
    area = components.area_shares
    return float(area[mask & kept].sum() / area[kept].sum())
