"""Which noise holds a tone: only two ears that hear apart find Huggins' pitch.

Milne, Bianco, Poole, Zhao, Oxenham, Billig and Chait (2021), Behav. Res. Methods 53, 1551-1562.
Some 80 % of those with headphones pass and 20 % of those without.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from django.utils.translation import gettext_lazy as _

from evalsite.studies.checks.base import N_CHOICES, HeadphoneCheck, Stimulus, limit_loudness

PITCH_HZ = 600.0
HALF_WIDTH = 0.06
CLIP_SD = 4.2
PEAK = 0.99
N_SETS = 6
SEED = 20211551


@dataclass(frozen=True)
class Huggins(HeadphoneCheck):
    """Six rounds of three noises, each round of noises of its own; all six must be right."""

    title: ClassVar[str] = _("Hidden tones")
    question: ClassVar[str] = _("Which noise holds a tone?")
    intro: ClassVar[str] = _(
        "You hear three noises, once. On headphones one of them holds a faint tone."
    )
    pass_mark: ClassVar[int] = 6
    interval_seconds: ClassVar[float] = 1.0
    gap_seconds: ClassVar[float] = 1.0

    def make_all(self, sr: int, *, level: float | None = None) -> list[Stimulus]:
        """Six sets of noises, each with the tone in the first, the second and the third."""
        rng = np.random.default_rng(SEED)
        n = round(self.interval_seconds * sr)
        gap = np.zeros((round(self.gap_seconds * sr), 2))
        stimuli = []
        for _set in range(N_SETS):
            noises = [make_noise(n, rng) for _ in range(N_CHOICES)]
            for answer in range(1, N_CHOICES + 1):
                parts = [
                    np.stack([y, flip_band(y, sr) if k == answer else y], axis=1)
                    for k, y in enumerate(noises, start=1)
                ]
                y = np.concatenate([parts[0], gap, parts[1], gap, parts[2]])
                stimuli.append(
                    Stimulus(limit_loudness(y, np.concatenate(parts), sr, level), answer)
                )
        return stimuli

    def choose_rounds(self, answers: Sequence[int], rng: np.random.Generator) -> list[int]:
        """Each set once, in any order, with the tone anywhere."""
        places = rng.integers(0, N_CHOICES, size=N_SETS)
        chosen = [N_CHOICES * k + int(place) for k, place in enumerate(places)]
        return [chosen[i] for i in rng.permutation(N_SETS)]

    def recognise(self, y: np.ndarray, sr: int) -> int:
        """The interval whose channels differ most."""
        differences = [
            float(np.mean(np.diff(interval.cut(y, sr), axis=1) ** 2))
            for interval in self.intervals()
        ]
        return 1 + int(np.argmax(differences))


def make_noise(n: int, rng: np.random.Generator) -> np.ndarray:
    """White Gaussian noise, shape=(n,), clipped at 4.2 standard deviations, which become .99."""
    return PEAK * np.clip(rng.standard_normal(n), -CLIP_SD, CLIP_SD) / CLIP_SD


def flip_band(y: np.ndarray, sr: int) -> np.ndarray:
    """`y` with the sign of the bins within 6 % of 600 Hz turned."""
    spectrum = np.fft.rfft(y)
    hz = np.fft.rfftfreq(len(y), 1 / sr)
    is_flipped = np.abs(hz - PITCH_HZ) <= HALF_WIDTH * PITCH_HZ + 1e-9
    return np.fft.irfft(np.where(is_flipped, -spectrum, spectrum), len(y))
